"""Two companies by chance: enough rows of every kind to compare whole tables.

Rows keep every rule of the core; what a single row looks like is in `companies`.
"""

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

from crm_core.money import cents
from tests.integration.dbt_project.companies import (
    ZERO,
    Company,
    add_integration,
    at,
    found,
)
from tests.integration.dbt_project.estate import add_estate
from tests.integration.dbt_project.raw_lake import RawLake, local


def crowd(seed: int, leads: int = 400) -> RawLake:
    """Two tenants with months of leads and what became of them; the same for the same seed."""
    chance = Random(seed)
    lake = RawLake()
    last = date(2026, 11, 20)
    for slug, codes in (("northern", ("AAAA", "BBBB", "CCCC")), ("southern", ("DDDD",))):
        opened = {code: (last - timedelta(days=chance.randint(60, 900)), last) for code in codes}
        company = found(lake, slug, opened)
        for _ in range(leads):
            branch = chance.choice([*codes, *codes, *codes, None])
            _one_lead(company, chance, branch, last)
        add_integration(company, chance.choice(codes))
        _things(company, codes[0])
        add_estate(company, codes[0], last)
    return lake


def _one_lead(company: Company, chance: Random, branch: str | None, last: date) -> None:
    created_on = last - timedelta(days=chance.randint(0, 240))
    lead = company.lead(
        branch,
        created_on,
        is_bad=chance.random() < 0.05,
        source=chance.choice(["organic", "referral", "repeat"]),
        service_type=chance.choice(["Moving", "Packing"]),
        **_first_contact(created_on, chance.randint(0, 90_000)),
    )
    _follow_up(company, chance, branch, lead, created_on, last)
    day = created_on
    family: UUID | None = None
    for version in range(1, chance.choice([0, 1, 1, 1, 2, 3]) + 1):
        day += timedelta(days=chance.randint(0, 4))
        if day > last:
            return
        amount = str(cents(Decimal(chance.randint(10_000, 400_000)) / 100))
        values: dict[str, object] = {"version": version, "valid_until_on": day + timedelta(days=14)}
        if family is not None:
            values["family_id"] = family
            company.lake.rows["quotes"][-1]["status"] = "SUPERSEDED"
        quote_id = company.quote(branch, lead, amount, day, **values)
        family = family or quote_id
    if family is not None:
        _decide(company, chance, branch, day + timedelta(days=chance.randint(0, 20)), last)


def _decide(company: Company, chance: Random, branch: str | None, day: date, last: date) -> None:
    quote = company.lake.rows["quotes"][-1]
    if quote["valid_until_on"] < day:
        if quote["valid_until_on"] < last:
            quote |= {
                "status": "EXPIRED",
                "decided_on": quote["valid_until_on"] + timedelta(days=1),
            }
        return
    if day > last:
        return
    if chance.random() < 0.4:
        quote |= {"status": "REJECTED", "decided_on": day}
        return
    quote |= company.accepted(day)
    parts = chance.choice([1, 1, 2])
    for sequence in range(1, parts + 1):
        _work(company, chance, branch, quote, sequence, parts, last)


def _work(
    company: Company, chance: Random, branch: str | None, quote: dict[str, object],
    sequence: int, parts: int, last: date,
) -> None:  # fmt: skip
    assert isinstance(quote["decided_on"], date)
    service_on = quote["decided_on"] + timedelta(days=chance.randint(0, 30))
    share = cents(Decimal(str(quote["subtotal_amount"])) / parts)
    values: dict[str, object] = {"sequence": sequence, "quoted_amount": share}
    fate = chance.random()
    if fate < 0.1:
        values |= {"status": "CANCELLED", "cancelled_on": min(service_on, last)}
    elif service_on <= last:
        values |= company.done(service_on, chance.randint(-50, 20))
    values |= {"estimated_cost_amount": cents(share / 2), "actual_cost_amount": cents(share / 3)}
    journey = company.journey(branch, UUID(str(quote["id"])), service_on, **values)
    if values.get("status") != "COMPLETED":
        return
    _crew(company, chance, branch, journey, service_on, share)
    issued_on = min(service_on + timedelta(days=chance.randint(0, 3)), last)
    tax = cents(share * Decimal("0.05"))
    invoice = company.invoice(
        branch, str(share), str(tax), issued_on, journey_id=journey, service_on=service_on
    )
    company.lake.add(
        "invoice_items", client_id=company.client_id, location_id=company.branches[branch],
        invoice_id=invoice, category=chance.choice(["MOVING_SERVICES", "PACKING_SERVICES"]),
        quantity=Decimal(1), unit_amount=share, total_amount=share,
    )  # fmt: skip
    _collect(company, chance, branch, invoice, share + tax, issued_on, last)


def _things(company: Company, home: str) -> None:
    """A truck, an item, spend, and a business account that came twice."""
    lake, own = company.lake, {"client_id": company.client_id}
    place = own | {"location_id": company.branches[home]}
    lake.add("equipment", **place, name="Truck 1", equipment_type="TRUCK", model="M2 26 ft")
    lake.add(
        "inventory_items", **place, sku="BOX-S", name="Small box", category="BOX",
        unit_cost_amount=Decimal("1.2345"), unit_price_amount=Decimal("3.00"),
    )  # fmt: skip
    account = lake.add("customers", **place, type="COMMERCIAL", created_on=date(2026, 1, 1))
    for month in (5, 8):
        day = date(2026, month, 10)
        company.invoice(home, "500.00", "25.00", day, customer_id=account, service_on=day)
        for source, amount in (("organic", "10.00"), ("referral", "20.50")):
            lake.add("marketing_spend", **place, source=source, month_on=day.replace(day=1),
                     spend_amount=Decimal(amount))  # fmt: skip


def _first_contact(day: date, seconds: int) -> dict[str, object]:
    instant = at(day) + timedelta(seconds=seconds)
    return {"first_contacted_at": instant, "first_contacted_local_at": local(instant)}


def _follow_up(
    company: Company, chance: Random, branch: str | None, lead: UUID, day: date, last: date
) -> None:  # fmt: skip
    due = day + timedelta(days=chance.randint(0, 5))
    done = min(due + timedelta(days=chance.randint(-1, 1)), last)
    company.lake.add(
        "sales_activities", client_id=company.client_id, location_id=company.branches[branch],
        lead_id=lead, owner_id=company.user_id, type=chance.choice(["PHONE_CALL", "EMAIL"]),
        direction=chance.choice(["INBOUND", "OUTBOUND"]), scheduled_on=due, completed_on=done,
        completed_at=at(done), completed_local_at=local(at(done)), cost_amount=Decimal("2.50"),
    )  # fmt: skip


def _crew(
    company: Company, chance: Random, branch: str | None, journey: UUID, day: date, share: Decimal
) -> None:  # fmt: skip
    """Hours, a truck and costs of a job, and who led it."""
    lake = company.lake
    own = {"client_id": company.client_id, "location_id": company.branches[branch]}
    worked = at(day, 16), at(day, 16) + timedelta(minutes=chance.randint(100, 700))
    lake.add("assigned_crew", **own, journey_id=journey, user_id=company.user_id, is_lead=True,
             crew_role="DRIVER", assigned_at=at(day, 9), planned_start_at=at(day, 16),
             planned_end_at=at(day, 20))  # fmt: skip
    lake.add("time_entries", **own, journey_id=journey, user_id=company.user_id, kind="WORK",
             is_paid=True, worked_on=day, started_at=worked[0],
             started_local_at=local(worked[0]), ended_at=worked[1])  # fmt: skip
    lake.add("equipment_assignments", **own, journey_id=journey, equipment_id=lake.new_id(),
             start_at=at(day, 15), end_at=at(day, 21))  # fmt: skip
    for kind, parts in (("LABOUR", 4), ("FUEL", 20), ("CLAIM", chance.choice([3, 50]))):
        amount = cents(share / parts)
        lake.add("journey_costs", **own, journey_id=journey, kind=kind, incurred_on=day,
                 unit_amount=amount, amount=amount)  # fmt: skip
    lake.add("status_events", client_id=company.client_id, entity="truck_journeys",
             entity_id=journey, status_column="status", to_status="AUDITED",
             occurred_at=at(day) + timedelta(hours=chance.randint(2, 90)))  # fmt: skip
    lake.add("financial_transactions", **own, type="INCOME", category="REVENUE", direction=1,
             transaction_amount=share, currency="CAD", transaction_on=day, posted_at=at(day),
             posted_on=day, journey_id=journey)  # fmt: skip


def _collect(
    company: Company, chance: Random, branch: str | None, invoice_id: UUID, total: Decimal,
    issued_on: date, last: date,
) -> None:  # fmt: skip
    invoice = company.lake.rows["invoices"][-1]
    fate = chance.random()
    if fate < 0.05:
        cancelled_on = min(issued_on + timedelta(days=2), last)
        invoice |= {"status": "CANCELLED", "cancelled_on": cancelled_on}
        return
    paid = ZERO
    for amount in (cents(total / 3), cents(total / 3) * 2):
        day = issued_on + timedelta(days=chance.randint(-5, 25))
        if fate < 0.3 or day > last:
            continue
        company.payment(branch, invoice_id, str(amount), day)
        paid += amount
    invoice |= {"paid_amount": paid, "balance_amount": total - paid}
