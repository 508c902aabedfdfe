"""Random walks of storage units and rentals through their services; see `walks.py`."""

import itertools
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.database import as_system, tenant_session
from crm_core.enums import (
    AccessType,
    BookingStatus,
    PaymentMethod,
    StorageReturnCondition,
    StorageUnitStatus,
    StorageUnitType,
)
from crm_core.errors import InvalidInput
from crm_core.models import Invoice, StorageAlert, StorageBooking, StorageUnit
from crm_core.services.finance import invoices, payments
from crm_core.services.machines.storage import BOOKING, UNIT
from crm_core.services.storage import (
    storage_access,
    storage_alerts,
    storage_arrears,
    storage_bookings,
    storage_prices,
    storage_rent,
    storage_reservations,
    storage_units,
)
from crm_core.services.storage.storage_reservations import Rental
from crm_core.services.storage.storage_units import UnitData
from tests.conftest import TEST_NOW
from tests.factories import Tenant
from tests.integration.crm_core.balance import check_money
from tests.integration.crm_core.flow import BOXES, a_customer, hours
from tests.integration.crm_core.walks import Row, Step, Walk, take, walks

pytestmark = pytest.mark.long

FIRST = date(2026, 11, 20)
CONDITIONS = sorted(StorageReturnCondition)


@pytest.fixture
def unit(company: Tenant) -> StorageUnit:
    admin = company.subjects["admin"]
    with tenant_session(admin) as session:
        data = UnitData("A-1", StorageUnitType.POD, Decimal("99.00"))
        return storage_units.create(
            session, admin, location_id=company.locations["VANC"], data=data, at=TEST_NOW
        )


@pytest.fixture(params=["reserved", "running"])
def booking(company: Tenant, unit: StorageUnit, request: pytest.FixtureRequest) -> StorageBooking:
    """A rental where walks begin."""
    admin = company.subjects["admin"]
    with tenant_session(admin) as session:
        customer = a_customer(session, admin, company.locations["VANC"])
        rental = Rental(unit.id, customer.id, FIRST, deposit_amount=Decimal("50.00"))
        made = storage_reservations.reserve(session, admin, rental=rental, at=TEST_NOW)
        if request.param == "running":
            storage_bookings.activate(
                session, admin, booking_id=made.id, at=TEST_NOW, has_signed_terms=True
            )
        return made


def _pay(step: Step[Row], booking_id: object) -> object:
    query = select(Invoice).where(Invoice.storage_booking_id == booking_id)
    found = step.session.scalars(query.order_by(Invoice.id)).all()
    bill = step.data.draw(st.sampled_from(found))
    amount = step.data.draw(st.sampled_from([bill.balance_amount, Decimal("10.00")]))
    return payments.receive(
        step.session,
        step.subject,
        invoice_id=bill.id,
        amount=amount,
        method=PaymentMethod.CASH,
        at=step.at,
    )


def _pay_all(step: Step[Row], booking_id: object) -> object:
    query = select(Invoice).where(
        Invoice.storage_booking_id == booking_id, Invoice.balance_amount > 0
    )
    for bill in step.session.scalars(query.order_by(Invoice.id)).all():
        if bill.status not in ("PAID", "CANCELLED", "REFUNDED"):
            payments.receive(
                step.session,
                step.subject,
                invoice_id=bill.id,
                amount=bill.balance_amount,
                method=PaymentMethod.CASH,
                at=step.at,
            )
    return None


def _a_day_passes(step: Step[Row]) -> None:
    at, session, subject = step.at, step.session, step.subject
    storage_rent.run(session, subject, as_of=at)
    invoices.fall_due(session, subject, as_of=at)
    storage_arrears.run(session, subject, as_of=at)
    storage_reservations.expire_reservations(session, subject, as_of=at)
    storage_alerts.check_capacity(session, subject, as_of=at)


def _complete(step: Step[Row], booking_id: object) -> object:
    return storage_bookings.complete(
        step.session,
        step.subject,
        booking_id=booking_id,  # type: ignore[arg-type]
        condition=step.data.draw(st.sampled_from(CONDITIONS)),
        at=step.at,
        charges=step.data.draw(st.sampled_from([(), (BOXES,)])),
        write_off=step.data.draw(st.booleans()),
    )


def _check_units(session: Session) -> None:
    """Every unit is what its rentals say, rent is billed once a day, alerts match."""
    with as_system(session):
        for unit in session.scalars(select(StorageUnit)):
            session.refresh(unit)
            held = session.scalars(
                select(StorageBooking.status).where(StorageBooking.unit_id == unit.id)
            ).all()
            running = [status for status in held if status in ("ACTIVE", "OVERDUE")]
            assert len(running) <= 1
            assert (unit.status == StorageUnitStatus.OCCUPIED) == bool(running)
            if unit.status == StorageUnitStatus.RESERVED:
                assert BookingStatus.PENDING in held
            if unit.status == StorageUnitStatus.AVAILABLE:
                assert not BookingStatus.holding() & {BookingStatus(each) for each in held}
        for booking in session.scalars(select(StorageBooking)):
            rents = session.execute(
                select(Invoice.period_start_on, Invoice.period_end_on)
                .where(Invoice.storage_booking_id == booking.id, Invoice.is_recurring)
                .order_by(Invoice.period_start_on)
            ).all()
            for before, after in itertools.pairwise(rents):
                assert after[0] == before[1] + timedelta(days=1), "a gap or an overlap of rent"
            alerts = session.scalars(
                select(StorageAlert).where(
                    StorageAlert.booking_id == booking.id, StorageAlert.resolved_at.is_(None)
                )
            ).all()
            if booking.status in ("ACTIVE", "OVERDUE"):
                assert len(alerts) == (booking.status == "OVERDUE")


@walks
@given(data=st.data())
def test_rentals(company: Tenant, booking: StorageBooking, data: st.DataObject) -> None:
    admin = company.subjects["admin"]

    def holds(session: Session, row: StorageBooking) -> None:
        check_money(session, admin)
        _check_units(session)

    acts = {
        "pay": lambda s: _pay(s, s.row.id),
        "pay all": lambda s: _pay_all(s, s.row.id),
        "activate": lambda s: storage_bookings.activate(
            s.session,
            s.subject,
            booking_id=s.row.id,
            at=s.at,
            has_signed_terms=s.data.draw(st.booleans()),
        ),
        "cancel": lambda s: storage_reservations.cancel(
            s.session, s.subject, booking_id=s.row.id, reason="changed mind", at=s.at
        ),
        "a day passes": _a_day_passes,
        "another day passes": _a_day_passes,
        "new price": lambda s: storage_prices.announce(
            s.session,
            s.subject,
            booking_id=s.row.id,
            new_amount=Decimal("109.00"),
            effective_on=s.at.date() + timedelta(days=s.data.draw(st.sampled_from([10, 31]))),
            at=s.at,
        ),
        "notice": lambda s: storage_bookings.give_notice(
            s.session,
            s.subject,
            booking_id=s.row.id,
            ends_on=s.at.date() + timedelta(days=15),
            at=s.at,
        ),
        "enter": lambda s: storage_access.enter(
            s.session, s.subject, booking_id=s.row.id, access_type=AccessType.CODE, at=s.at
        ),
        "complete": lambda s: _complete(s, s.row.id),
    }
    walk = Walk(BOOKING, StorageBooking, booking.id, TEST_NOW, acts, holds, step=timedelta(days=9))
    take(walk, admin, data)


def _some_booking(step: Step[StorageUnit]) -> StorageBooking:
    query = select(StorageBooking).where(StorageBooking.unit_id == step.row.id)
    found = step.session.scalars(query.order_by(StorageBooking.id)).all()
    if not found:
        raise InvalidInput("booking_id", "nobody rents it")
    return step.data.draw(st.sampled_from(found))


def _reserve(step: Step[StorageUnit]) -> object:
    customer = a_customer(step.session, step.subject, step.row.location_id, at=step.at)  # type: ignore[arg-type]
    starts_on = step.at.date() + timedelta(days=step.data.draw(st.sampled_from([0, 3, 6])))
    length = step.data.draw(st.sampled_from([None, 2, 5]))
    ends_on = None if length is None else starts_on + timedelta(days=length)
    rental = Rental(step.row.id, customer.id, starts_on, ends_on)
    return storage_reservations.reserve(step.session, step.subject, rental=rental, at=step.at)


@walks
@given(data=st.data())
def test_units(company: Tenant, unit: StorageUnit, data: st.DataObject) -> None:
    admin = company.subjects["admin"]
    acts = {
        "service": lambda s: storage_units.service(s.session, s.subject, unit_id=s.row.id, at=s.at),
        "retire": lambda s: storage_units.retire(s.session, s.subject, unit_id=s.row.id, at=s.at),
        "restore": lambda s: storage_units.restore(s.session, s.subject, unit_id=s.row.id, at=s.at),
        "reserve": _reserve,
        "activate": lambda s: storage_bookings.activate(
            s.session,
            s.subject,
            booking_id=_some_booking(s).id,
            at=s.at,
            has_signed_terms=True,
        ),
        "cancel": lambda s: storage_reservations.cancel(
            s.session, s.subject, booking_id=_some_booking(s).id, reason="no", at=s.at
        ),
        "complete": lambda s: _complete(s, _some_booking(s).id),
    }
    walk = Walk(
        UNIT,
        StorageUnit,
        unit.id,
        hours(1),
        acts,
        lambda session, row: _check_units(session),
        step=timedelta(days=1),
        is_guarded=True,
    )
    take(walk, admin, data)
