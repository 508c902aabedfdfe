"""Rentals from reservation to move-out: what is billed, when, and what happens when it is not paid.

Random walks of the same services stand in `test_walks_storage.py`.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.database import tenant_session
from crm_core.enums import (
    AccessType,
    BookingStatus,
    InvoiceStatus,
    PaymentMethod,
    StorageReturnCondition,
    StorageUnitStatus,
    StorageUnitType,
)
from crm_core.errors import InvalidInput
from crm_core.ids import new_id
from crm_core.models import DiscountPolicy, Invoice, StorageAlert, StorageBooking, StorageUnit
from crm_core.security.permissions import Subject
from crm_core.services.finance import customer_credit, payments
from crm_core.services.machines.machine import TransitionRefused
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
from tests.integration.crm_core.flow import BOXES, a_customer

TODAY = date(2026, 11, 20)
GOOD = StorageReturnCondition.GOOD


def _days(count: int) -> datetime:
    return TEST_NOW + timedelta(days=count)


def _unit(session: Session, subject: Subject, branch: UUID, number: str = "A-1") -> StorageUnit:
    data = UnitData(number, StorageUnitType.POD, Decimal("99.00"))
    return storage_units.create(session, subject, location_id=branch, data=data, at=TEST_NOW)


def _booking(
    session: Session, subject: Subject, branch: UUID, deposit: str = "0.00"
) -> StorageBooking:
    unit = _unit(session, subject, branch)
    customer = a_customer(session, subject, branch)
    rental = Rental(unit.id, customer.id, TODAY, deposit_amount=Decimal(deposit))
    return storage_reservations.reserve(session, subject, rental=rental, at=TEST_NOW)


def _running(session: Session, subject: Subject, branch: UUID) -> StorageBooking:
    booking = _booking(session, subject, branch)
    return storage_bookings.activate(
        session, subject, booking_id=booking.id, at=TEST_NOW, has_signed_terms=True
    )


def _rents(session: Session, booking: StorageBooking) -> list[Invoice]:
    query = select(Invoice).where(Invoice.storage_booking_id == booking.id, Invoice.is_recurring)
    return list(session.scalars(query.order_by(Invoice.period_start_on)))


def _pay(session: Session, subject: Subject, invoice: Invoice, at: datetime) -> None:
    payments.receive(
        session,
        subject,
        invoice_id=invoice.id,
        amount=invoice.balance_amount,
        method=PaymentMethod.CASH,
        at=at,
    )


def test_rent_is_pro_rata_first_then_monthly_and_catches_up_once(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        booking = _running(session, admin, branch)
        unit = session.get_one(StorageUnit, (company.client_id, booking.unit_id))
        assert unit.status == StorageUnitStatus.OCCUPIED
        assert storage_rent.run(session, admin, as_of=_days(5)) == 0
        assert storage_rent.run(session, admin, as_of=_days(75)) == 3  # 3 February: three firsts
        assert storage_rent.run(session, admin, as_of=_days(75)) == 0
        rents = _rents(session, booking)
        assert [rent.subtotal_amount for rent in rents] == [
            Decimal("36.30"), Decimal(99), Decimal(99), Decimal(99),
        ]  # fmt: skip
        assert rents[0].period_end_on == date(2026, 11, 30)
        assert booking.next_invoice_on == date(2027, 3, 1)
        check_money(session, admin)


def test_a_new_rent_is_told_a_month_ahead(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        booking = _running(session, admin, branch)

        def announce(effective_on: date) -> object:
            return storage_prices.announce(
                session,
                admin,
                booking_id=booking.id,
                new_amount=Decimal("120.00"),
                effective_on=effective_on,
                at=TEST_NOW,
            )

        with pytest.raises(InvalidInput, match="2026-12-20 or later"):
            announce(date(2026, 12, 19))
        announce(date(2026, 12, 20))
        storage_rent.run(session, admin, as_of=_days(45))
        amounts = [rent.subtotal_amount for rent in _rents(session, booking)]
        assert amounts == [Decimal("36.30"), Decimal("99.00"), Decimal("120.00")]


def test_an_unpaid_rent_makes_the_rental_overdue_and_closes_the_door(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        booking = _running(session, admin, branch)

        def enters(day: int) -> bool:
            return storage_access.enter(
                session,
                admin,
                booking_id=booking.id,
                access_type=AccessType.CODE,
                at=_days(day),
            ).is_granted

        assert storage_arrears.run(session, admin, as_of=_days(0)) == 0
        assert storage_arrears.run(session, admin, as_of=_days(1)) == 1
        assert booking.status == BookingStatus.OVERDUE
        alert = session.scalars(select(StorageAlert)).one()
        assert (alert.type, alert.booking_id) == ("PAYMENT", booking.id)
        assert (enters(6), enters(7)) == (True, False)
        _pay(session, admin, _rents(session, booking)[0], _days(8))
        session.refresh(booking)
        session.refresh(alert)
        assert (booking.status, enters(8)) == (BookingStatus.ACTIVE, True)
        assert alert.resolved_on == TODAY + timedelta(days=8)
        assert booking.paid_amount == Decimal("38.12")


def test_a_reservation_without_its_deposit_expires(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        booking = _booking(session, admin, branch, deposit="50.00")
        expire = storage_reservations.expire_reservations
        assert expire(session, admin, as_of=TEST_NOW + timedelta(hours=47)) == 0
        assert expire(session, admin, as_of=TEST_NOW + timedelta(hours=48)) == 1
        assert (booking.status, booking.cancellation_reason) == ("CANCELLED", "expired")
        unit = session.get_one(StorageUnit, (company.client_id, booking.unit_id))
        assert unit.status == StorageUnitStatus.AVAILABLE
        check_money(session, admin)


def test_a_unit_is_rented_once_at_a_time(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        first = _running(session, admin, branch)
        rental = Rental(first.unit_id, first.customer_id, TODAY + timedelta(days=40))
        with pytest.raises(InvalidInput, match="taken from 2026-11-20 until further notice"):
            storage_reservations.reserve(session, admin, rental=rental, at=_days(1))
        storage_bookings.give_notice(
            session, admin, booking_id=first.id, ends_on=rental.starts_on, at=_days(1)
        )
        after = storage_reservations.reserve(session, admin, rental=rental, at=_days(1))
        with pytest.raises(TransitionRefused, match="still occupied"):
            storage_bookings.activate(
                session, admin, booking_id=after.id, at=_days(40), has_signed_terms=True
            )


def test_the_deposit_pays_what_is_open_at_move_out_and_the_rest_is_credit(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        booking = _booking(session, admin, branch, deposit="150.00")
        with pytest.raises(TransitionRefused, match="nothing was paid"):
            storage_bookings.activate(session, admin, booking_id=booking.id, at=TEST_NOW)
        deposit = session.scalars(select(Invoice)).one()
        _pay(session, admin, deposit, TEST_NOW)
        storage_bookings.activate(session, admin, booking_id=booking.id, at=TEST_NOW)
        storage_bookings.complete(
            session,
            admin,
            booking_id=booking.id,
            condition=StorageReturnCondition.DAMAGED,
            at=_days(3),
            charges=[BOXES],
        )
        unit = session.get_one(StorageUnit, (company.client_id, booking.unit_id))
        assert (booking.status, unit.status) == ("COMPLETED", StorageUnitStatus.MAINTENANCE)
        assert _rents(session, booking)[0].status == InvoiceStatus.PAID
        left = customer_credit.balance(session, admin, booking.customer_id, "CAD")
        assert left == Decimal("150.00") - Decimal("38.12") - Decimal("44.76")
        check_money(session, admin)


def test_who_leaves_with_open_rent_is_held_or_written_off(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        booking = _running(session, admin, branch)

        def complete(write_off: bool) -> object:
            return storage_bookings.complete(
                session,
                admin,
                booking_id=booking.id,
                condition=GOOD,
                at=_days(5),
                write_off=write_off,
            )

        with pytest.raises(TransitionRefused, match="open: INV-2026-000001"):
            complete(write_off=False)
        complete(write_off=True)
        assert booking.moved_out_on == TODAY + timedelta(days=5)
        check_money(session, admin)


def test_who_never_moved_in_cannot_move_out_though_the_next_renter_waits(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        unit, customer = _unit(session, admin, branch), a_customer(session, admin, branch)
        first, _ = (
            storage_reservations.reserve(session, admin, rental=rental, at=TEST_NOW)
            for rental in (
                Rental(unit.id, customer.id, TODAY, TODAY + timedelta(days=2)),
                Rental(unit.id, customer.id, TODAY + timedelta(days=3)),
            )
        )
        with pytest.raises(TransitionRefused):
            storage_bookings.complete(
                session, admin, booking_id=first.id, condition=GOOD, at=_days(4)
            )
        session.rollback()


def test_a_full_branch_raises_one_alert_until_it_is_not_full(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        booking = _running(session, admin, branch)
        for _ in range(2):
            assert storage_alerts.check_capacity(session, admin, as_of=_days(1)) == 1
        alert = session.scalars(select(StorageAlert)).one()
        assert alert.type == "CAPACITY"
        storage_bookings.complete(
            session, admin, booking_id=booking.id, condition=GOOD, at=_days(2), write_off=True
        )
        assert storage_alerts.check_capacity(session, admin, as_of=_days(2)) == 0
        assert alert.resolved_on == TODAY + timedelta(days=2)


def test_the_best_discount_is_frozen_with_the_rate(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        policy = DiscountPolicy(
            client_id=company.client_id,
            id=new_id(TEST_NOW),
            name="Winter",
            type="SEASONAL",
            discount_type="PERCENTAGE",
            rate=Decimal("0.10"),
            valid_from_on=date(2026, 11, 1),
        )
        session.add(policy)
        booking = _running(session, admin, branch)
        assert (booking.discount_policy_id, booking.discount_amount) == (policy.id, Decimal("9.90"))
        storage_units.reprice(
            session, admin, unit_id=booking.unit_id, current_amount=Decimal("140.00"), at=_days(1)
        )
        storage_rent.run(session, admin, as_of=_days(20))
        december = _rents(session, booking)[1]
        assert (december.subtotal_amount, december.discount_amount) == (
            Decimal("99.00"),
            Decimal("9.90"),
        )
        check_money(session, admin)
