"""Many who want the same truck at once: exactly one gets it, the others hear what else is free."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

from sqlalchemy import create_engine, func, select, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from crm_core.database import DatabaseRole, connect, conninfo, set_context, tenant_session
from crm_core.models import EquipmentAssignment, Occupancy
from crm_core.refusals import name_fields
from crm_core.services.scheduling import truck_bookings
from crm_core.services.scheduling.resolutions import OfferKind, ResourceTaken
from tests.conftest import TEST_NOW
from tests.factories import Tenant
from tests.integration.crm_core.fleet import a_journey, a_truck, branch

CLIENTS = 30


def test_of_thirty_at_once_one_gets_the_truck_and_the_others_alternatives(
    company: Tenant,
) -> None:
    admin, dispatcher = company.subjects["admin"], company.subjects["dispatcher"]
    vanc, dtor = company.locations["VANC"], company.locations["DTOR"]
    branch(company, "VANC", shared_fleet_codes=["DTOR"])
    with tenant_session(admin) as session:
        wanted = a_truck(session, admin, vanc, "T-01")
        spare = a_truck(session, admin, vanc, "T-02")
        shared = a_truck(session, admin, dtor, "T-03")
        journeys = [a_journey(session, admin, vanc).id for _ in range(CLIENTS)]
    barrier = Barrier(CLIENTS, timeout=60)
    # A connection per client, all open at once: the pool of one process has fewer.
    clients = create_engine(
        "postgresql+psycopg://",
        creator=lambda: connect(conninfo(DatabaseRole.APP)),
        poolclass=NullPool,
    )
    name_fields(clients)

    def book(journey_id: UUID) -> ResourceTaken | None:
        with Session(clients) as session:
            try:
                with session.begin():
                    set_context(session, dispatcher, TEST_NOW)
                    session.execute(text("select 1"))
                    barrier.wait()
                    truck_bookings.assign_truck(
                        session,
                        dispatcher,
                        journey_id=journey_id,
                        equipment_id=wanted.id,
                        at=TEST_NOW,
                    )
            except ResourceTaken as taken:
                return taken
        return None

    with ThreadPoolExecutor(max_workers=CLIENTS) as pool:
        answers = list(pool.map(book, journeys))
    assert answers.count(None) == 1
    for taken in filter(None, answers):
        kinds = {offer.kind: offer.resource_id for offer in taken.alternatives}
        assert kinds[OfferKind.SAME_BRANCH] == spare.id
        assert kinds[OfferKind.SHARED_FLEET] == shared.id
        assert kinds[OfferKind.NEAREST_TIME] == wanted.id
    with tenant_session(admin) as session:
        for model in (EquipmentAssignment, Occupancy):
            assert session.scalar(select(func.count()).select_from(model)) == 1
