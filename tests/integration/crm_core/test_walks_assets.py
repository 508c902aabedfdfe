"""Random walks of assets and of the work orders on them; see `walks.py`."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from crm_core.database import tenant_session
from crm_core.enums import MaintenanceType
from crm_core.models import Equipment, EquipmentMaintenance
from crm_core.services.equipment import equipment, maintenance
from crm_core.services.equipment.maintenance import OrderData, WorkDone
from crm_core.services.machines.equipment import EQUIPMENT, WORK_ORDER
from crm_core.services.scheduling import schedules
from tests.conftest import TEST_NOW
from tests.factories import Tenant
from tests.integration.crm_core.balances import shop_holds
from tests.integration.crm_core.fleet import a_journey, a_truck, hours
from tests.integration.crm_core.walks import Step, Walk, take, walks

pytestmark = pytest.mark.long


@pytest.fixture
def order(company: Tenant) -> EquipmentMaintenance:
    """A work order on a truck that two journeys have, and a second order beside it."""
    manager, vanc = company.subjects["manager"], company.locations["VANC"]
    with tenant_session(manager) as session:
        truck = a_truck(session, manager, vanc, "T-01", service_days=100)
        a_truck(session, manager, vanc, "T-02")
        for start in (hours(-60), hours(20)):
            journey = a_journey(session, manager, vanc, start, equipment_id=truck.id)
            schedules.plan_journey(session, manager, journey=journey, at=TEST_NOW)
        orders = [
            maintenance.order(
                session,
                manager,
                equipment_id=truck.id,
                data=OrderData(kind, "Work", hours(start), hours(start + 4)),
                at=TEST_NOW,
            )
            for kind, start in ((MaintenanceType.PREVENTIVE, 0), (MaintenanceType.CORRECTIVE, 6))
        ]
        return orders[0]


def _second(step: Step[EquipmentMaintenance]) -> EquipmentMaintenance:
    query = select(EquipmentMaintenance).where(EquipmentMaintenance.id != step.row.id)
    return step.session.scalars(query.order_by(EquipmentMaintenance.id)).first() or step.row


ORDER_ACTS = {
    "start": lambda s: maintenance.start(s.session, s.subject, order_id=s.row.id, at=s.at),
    "complete": lambda s: maintenance.complete(
        s.session,
        s.subject,
        order_id=s.row.id,
        done=WorkDone(s.data.draw(st.sampled_from([None, 49_000, 60_000]))),
        at=s.at,
    ),
    "cancel": lambda s: maintenance.cancel(
        s.session, s.subject, order_id=s.row.id, reason="not needed", at=s.at
    ),
    "start the other": lambda s: maintenance.start(
        s.session, s.subject, order_id=_second(s).id, at=s.at
    ),
    "end the other": lambda s: maintenance.complete(
        s.session, s.subject, order_id=_second(s).id, done=WorkDone(), at=s.at
    ),
    "return": lambda s: equipment.return_to_service(
        s.session, s.subject, equipment_id=s.row.equipment_id, at=s.at
    ),
    "break down": lambda s: equipment.break_down(
        s.session, s.subject, equipment_id=s.row.equipment_id, at=s.at
    ),
    "retire": lambda s: equipment.retire(
        s.session, s.subject, equipment_id=s.row.equipment_id, reason="old", at=s.at
    ),
    "fail": lambda s: maintenance.fail_inspection(
        s.session, s.subject, equipment_id=s.row.equipment_id, findings="x", at=s.at
    ),
}


@walks
@given(data=st.data())
def test_work_orders(company: Tenant, order: EquipmentMaintenance, data: st.DataObject) -> None:
    walk = Walk(WORK_ORDER, EquipmentMaintenance, order.id, hours(-62), ORDER_ACTS, shop_holds)
    take(walk, company.subjects["manager"], data)


def _asset_act(name: str, step: Step[Equipment]) -> object:
    """The act of a work order, seen from its asset."""
    query = select(EquipmentMaintenance).order_by(EquipmentMaintenance.id)
    first = step.session.scalars(query).first()
    assert first is not None
    return ORDER_ACTS[name](Step(step.session, step.subject, first, step.at, step.data))


@walks
@given(data=st.data())
def test_assets(company: Tenant, order: EquipmentMaintenance, data: st.DataObject) -> None:
    acts = {
        "service": lambda s: equipment.send_to_service(
            s.session, s.subject, equipment_id=s.row.id, at=s.at
        ),
        "sell": lambda s: equipment.sell(
            s.session, s.subject, equipment_id=s.row.id, amount=Decimal("9000.00"), at=s.at
        ),
        **{
            name: (lambda s, name=name: _asset_act(name, s))  # type: ignore[misc]
            for name in ("start", "complete", "return", "break down", "retire", "fail")
        },
    }
    walk = Walk(EQUIPMENT, Equipment, order.equipment_id, hours(-62), acts, shop_holds)
    take(walk, company.subjects["manager"], data)
