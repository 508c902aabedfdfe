"""A company that makes its own rows, and a story of one small enough to reckon by hand.

Rows keep every rule of the core; how they are stored is `raw_lake`, many by chance are `crowd`.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from crm_core.money import cents
from tests.integration.dbt_project.raw_lake import RawLake, local

ZERO = Decimal("0.00")


def nov(day: int) -> date:
    """A day of November 2026."""
    return date(2026, 11, day)


def at(day: date, hour: int = 18, minute: int = 0, second: int = 0) -> datetime:
    """An instant (UTC) that lies on the same day in every Canadian zone."""
    return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=UTC)


HOURS = {day: {"open": "08:00", "close": "18:00"} for day in ("mon", "tue", "wed", "thu", "fri")}
"""When a branch is open."""


@dataclass
class Company:
    """Makes rows of one tenant; what a call leaves out is the usual case."""

    lake: RawLake
    client_id: UUID
    customer_id: UUID
    user_id: UUID
    branches: dict[str | None, UUID | None]

    def lead(self, branch: str | None, created_on: date, **values: object) -> UUID:
        return self.lake.add(
            "leads",
            **{
                "client_id": self.client_id,
                "customer_id": self.customer_id,
                "location_id": self.branches[branch],
                "owner_id": self.user_id,
                "source": "organic",
                "service_type": "Moving",
                "created_on": created_on,
                "received_at": at(created_on),
                "received_local_at": local(at(created_on)),
                **values,
            },
        )

    def quote(
        self, branch: str | None, lead_id: UUID, amount: str, created_on: date, **values: object
    ) -> UUID:
        """A quote of `amount` before tax, with 5 % tax; sent the day it was made."""
        subtotal = Decimal(amount)
        tax = cents(subtotal * Decimal("0.05"))
        quote_id = self.lake.new_id()
        return self.lake.add(
            "quotes",
            **{
                "id": quote_id,
                "family_id": quote_id,
                "client_id": self.client_id,
                "customer_id": self.customer_id,
                "lead_id": lead_id,
                "location_id": self.branches[branch],
                "owner_id": self.user_id,
                "quote_number": f"Q-{quote_id.int % 10**9}",
                "service_type": "Moving",
                "status": "SENT",
                "created_on": created_on,
                "sent_at": at(created_on, 20),
                "sent_on": created_on,
                "valid_until_on": created_on + timedelta(days=30),
                "subtotal_amount": subtotal,
                "tax_amount": tax,
                "total_amount": subtotal + tax,
                **values,
            },
        )

    def accepted(self, day: date, status: str = "CONVERTED") -> dict[str, object]:
        """What an acceptance writes on a quote."""
        return {
            "status": status, "accepted_on": day, "accepted_at": at(day), "decided_on": day
        }  # fmt: skip

    def journey(
        self, branch: str | None, quote_id: UUID | None, service_on: date, **values: object
    ) -> UUID:
        """Planned for four hours, the window ending an hour after the planned start."""
        return self.lake.add(
            "truck_journeys",
            **{
                "client_id": self.client_id,
                "customer_id": self.customer_id,
                "quote_id": quote_id,
                "location_id": self.branches[branch],
                "owner_id": self.user_id,
                "journey_number": f"J-{self.lake.new_id().int % 10**9}",
                "service_type": "Moving",
                "service_on": service_on,
                "planned_start_at": at(service_on, 16),
                "planned_start_local_at": local(at(service_on, 16)),
                "planned_end_at": at(service_on, 20),
                "arrival_window_end_at": at(service_on, 17),
                **values,
            },
        )

    def done(self, day: date, arrived_minutes_late: int = -30) -> dict[str, object]:
        """What a completed journey carries: three hours and forty minutes of work."""
        return {
            "status": "COMPLETED",
            "started_at": at(day, 16),
            "arrived_at": at(day, 17) + timedelta(minutes=arrived_minutes_late),
            "completed_at": at(day, 19, 40, 59),
            "completed_on": day,
        }

    def invoice(
        self, branch: str | None, net: str, tax: str, issued_on: date | None, **values: object
    ) -> UUID:
        """An invoice, or with negative amounts a credit note; unpaid unless told otherwise."""
        total = Decimal(net) + Decimal(tax)
        paid = Decimal(str(values.pop("paid_amount", ZERO)))
        return self.lake.add(
            "invoices",
            **{
                "client_id": self.client_id,
                "customer_id": self.customer_id,
                "location_id": self.branches[branch],
                "owner_id": self.user_id,
                "status": "SENT" if issued_on else "DRAFT",
                "subtotal_amount": Decimal(net),
                "tax_amount": Decimal(tax),
                "total_amount": total,
                "paid_amount": paid,
                "balance_amount": total - paid,
                "tax_province": "BC",
                "issued_at": at(issued_on, 21) if issued_on else None,
                "issued_on": issued_on,
                "due_on": issued_on + timedelta(days=5) if issued_on else None,
                **values,
            },
        )

    def payment(
        self, branch: str | None, invoice_id: UUID, amount: str, received_on: date, **values: object
    ) -> UUID:
        return self.lake.add(
            "payments",
            **{
                "client_id": self.client_id,
                "customer_id": self.customer_id,
                "invoice_id": invoice_id,
                "location_id": self.branches[branch],
                "owner_id": self.user_id,
                "payment_amount": Decimal(amount),
                "payment_method": "CREDIT_CARD",
                "status": "COMPLETED",
                "received_on": received_on,
                "received_at": at(received_on),
                **values,
            },
        )


def found(
    lake: RawLake, slug: str, branches: dict[str, tuple[date, date]], currency: str = "CAD"
) -> Company:
    """A tenant with one customer, one user, and branches by code: (opened, business date)."""
    client_id = lake.add("clients", slug=slug, name=slug.title(), currency=currency)
    ids: dict[str | None, UUID | None] = {None: None}
    for code, (opened_on, business_on) in branches.items():
        location_id = lake.add(
            "locations", client_id=client_id, code=code, name=code.title(), city=code.title(),
            province="BC", timezone="America/Vancouver", truck_count=3, opened_on=opened_on,
            business_hours=HOURS,
        )  # fmt: skip
        lake.add("business_dates", client_id=client_id, id=location_id, business_on=business_on)
        ids[code] = location_id
    home = next(location_id for code, location_id in ids.items() if code is not None)
    user_id = lake.add("users", client_id=client_id, location_id=home, role="SALES_REP")
    customer_id = lake.add(
        "customers", client_id=client_id, location_id=home, owner_id=user_id, province="BC",
        postal_area="V5K", created_on=date(2026, 11, 1),
    )  # fmt: skip
    return Company(lake, client_id, customer_id, user_id, ids)


def story() -> RawLake:
    """November 2026 at two branches; every figure of it is reckoned in `test_story`."""
    lake = RawLake()
    acme = found(
        lake, "acme",
        {"VANC": (date(2020, 1, 1), nov(20)), "DTOR": (nov(3), nov(21))},
    )  # fmt: skip
    _leads_and_quotes(acme)
    _money(acme)
    add_integration(acme)
    for month, count, amount in ((9, 5, "1000.00"), (10, 7, "1500.50")):
        lake.add(
            "booking_history", client_id=acme.client_id, location_id=acme.branches["VANC"],
            month_on=date(2026, month, 1), bookings_count=count, booked_amount=Decimal(amount),
        )  # fmt: skip
    other = found(lake, "other", {"RIVR": (date(2026, 11, 18), nov(20))})
    # Ran out, accepted in the second version, accepted again in the third: booked once, first.
    lead = other.lead("RIVR", nov(19), status="WON", won_on=nov(19))
    first = other.quote("RIVR", lead, "10.00", nov(19), status="EXPIRED", decided_on=nov(19))
    for version, amount, day in ((2, "20.00", 19), (3, "30.00", 20)):
        other.quote("RIVR", lead, amount, nov(day), family_id=first, version=version,
                    move_on=nov(30), **other.accepted(nov(day)))  # fmt: skip
    return lake


def _leads_and_quotes(acme: Company) -> None:
    # Booked on the 7th from the second of two offers; the move is done on the 20th, today.
    lead = acme.lead(
        "VANC", nov(2), status="WON", won_on=nov(7), first_contacted_at=at(nov(2), 18, 12, 30)
    )
    acme.quote("VANC", lead, "80.00", nov(3), status="SUPERSEDED")
    booked = acme.quote("VANC", lead, "110.00", nov(5), discount_amount=Decimal("10.00"),
                        total_amount=Decimal("105.50"), **acme.accepted(nov(7)))  # fmt: skip
    acme.journey("VANC", booked, nov(20), quoted_amount=Decimal("100.00"), **acme.done(nov(20)))
    # Not a lead at all.
    acme.lead("VANC", nov(2), is_bad=True, source="pay_per_click")
    # Offered on the 3rd, nobody answered, over on the 8th, noticed on the 10th.
    lead = acme.lead("VANC", nov(3))
    acme.quote("VANC", lead, "40.00", nov(3), valid_until_on=nov(8), status="EXPIRED",
               decided_on=nov(10))  # fmt: skip
    # Refused in the second version; the first left when the second was made.
    lead = acme.lead("DTOR", nov(3), status="LOST", lost_on=nov(9), lost_reason="price")
    first = acme.quote("DTOR", lead, "300.00", nov(4), status="SUPERSEDED")
    acme.quote("DTOR", lead, "250.00", nov(6), family_id=first, version=2, status="REJECTED",
               decided_on=nov(9))  # fmt: skip
    # Booked on the 5th, done late on the 12th by one of two journeys, the other cancelled.
    lead = acme.lead("DTOR", nov(4), status="WON", won_on=nov(5), source="referral")
    booked = acme.quote("DTOR", lead, "200.00", nov(4), **acme.accepted(nov(5)))
    acme.journey("DTOR", booked, nov(12), quoted_amount=Decimal("200.00"),
                 **acme.done(nov(12), arrived_minutes_late=5))  # fmt: skip
    acme.journey("DTOR", booked, nov(13), sequence=2, status="CANCELLED", cancelled_on=nov(11))
    # Booked on the 6th, cancelled as a whole on the 15th.
    lead = acme.lead("DTOR", nov(5), status="WON", won_on=nov(6))
    booked = acme.quote("DTOR", lead, "500.00", nov(6), **acme.accepted(nov(6)))
    acme.journey("DTOR", booked, nov(25), status="CANCELLED", cancelled_on=nov(15))
    # Nobody's branch yet: offered on the 10th and still open.
    lead = acme.lead(None, nov(4))
    acme.quote(None, lead, "70.00", nov(10))


def _money(acme: Company) -> None:
    journeys = acme.lake.rows["truck_journeys"]
    vancouver, toronto = journeys[0]["id"], journeys[1]["id"]
    # 105.00 on the 10th with a deposit from the 8th; due on the 15th; 50 late; 10.50 forgiven.
    billed = acme.invoice("VANC", "100.00", "5.00", nov(10), journey_id=vancouver,
                          service_on=nov(20), status="PARTIAL_PAID",
                          paid_amount="70.00")  # fmt: skip
    acme.payment("VANC", billed, "20.00", nov(8), payment_category="DEPOSIT")
    acme.payment("VANC", billed, "50.00", nov(17))
    acme.payment("VANC", billed, "35.00", nov(18), status="FAILED")
    acme.invoice("VANC", "-10.00", "-0.50", nov(18), credit_of_invoice_id=billed)
    # Issued on the 12th and taken back on the 14th.
    acme.invoice("DTOR", "190.00", "10.00", nov(12), status="CANCELLED", cancelled_on=nov(14))
    # Paid ten too much, and the ten returned.
    billed = acme.invoice("DTOR", "47.00", "3.00", nov(13), journey_id=toronto,
                          service_on=nov(12), status="PAID", paid_on=nov(13),
                          paid_amount="50.00", invoice_number="N-1")  # fmt: skip
    paid = acme.payment("DTOR", billed, "60.00", nov(13), fee_amount=Decimal("1.20"),
                        gateway="stripe")  # fmt: skip
    acme.payment("DTOR", billed, "10.00", nov(19), payment_category="REFUND",
                 gateway="stripe", refund_of_payment_id=paid)  # fmt: skip
    add_feeds(acme, paid)
    acme.invoice("DTOR", "900.00", "45.00", None)


def add_feeds(acme: Company, paid: UUID) -> None:
    """Processor and books: a charge a dollar above our payment and one nobody knows here; an
    invoice with another balance and one nobody knows here."""
    own: dict[str, object] = {"client_id": str(acme.client_id), "currency": "CAD"}
    charged = {"charge": "61.00", "stray": "25.00", "failed": "9.00"}
    for name, amount in charged.items():
        acme.lake.outside["stripe__charges"].append(
            own
            | {
                "id": f"ch_{name}",
                "payment_id": str(paid) if name == "charge" else None,
                "status": "failed" if name == "failed" else "succeeded",
                "charge_amount": amount,
                "created_on": nov(13) if name == "charge" else nov(20),
            }
        )
    refund = {"id": "re_1", "charge_id": "ch_charge", "status": "succeeded"}
    acme.lake.outside["stripe__refunds"].append(own | refund | {"refund_amount": "10.00"})
    fee = {"id": "txn_1", "source_id": "ch_charge", "fee_amount": "1.20"}
    acme.lake.outside["stripe__balance_transactions"].append(own | fee)
    for number, balance in (("N-1", "5.00"), ("N-9", "50.00")):
        document = {"id": number, "invoice_number": number, "issued_on": nov(13)}
        amounts = {"total_amount": "50.00", "balance_amount": balance}
        acme.lake.outside["quickbooks__invoices"].append(own | document | amounts)


def add_integration(acme: Company, branch: str = "VANC") -> None:
    """Two runs, the second of which fails, and three booked moves at the branch."""
    lake = acme.lake
    integration_id = lake.add(
        "integrations", client_id=acme.client_id, provider="smartmoving", name="SmartMoving"
    )
    for day, processed, failed, status in ((18, 40, 0, "COMPLETED"), (19, 10, 3, "FAILED")):
        lake.add(
            "integration_sync_logs", client_id=acme.client_id, integration_id=integration_id,
            run_id=lake.new_id(), stream="opportunities", type="INCREMENTAL", status=status,
            records_processed=processed, records_failed=failed, started_at=at(nov(day)),
            completed_at=at(nov(day), 19),
        )  # fmt: skip
    for status, is_booked, service_on in (
        ("BOOKED", True, nov(20)),
        ("CANCELLED", True, nov(28)),
        ("LOST", False, nov(21)),
        ("BOOKED", True, date(2026, 12, 2)),
    ):
        lake.opportunities.append(
            {
                "client_id": str(acme.client_id),
                "id": str(lake.new_id()),
                "location_id": str(acme.branches[branch]),
                "mode": "REFERENCE",
                "status": status,
                "is_booked": is_booked,
                "service_on": service_on,
                "currency": "CAD",
            }
        )
