"""Two companies by chance: enough rows of every kind to compare whole tables.

Rows keep every rule of the core; what a single row looks like is in `companies`.
"""

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

from crm_core.money import cents
from tests.integration.dbt_project.companies import ZERO, Company, add_integration, at, found
from tests.integration.dbt_project.raw_lake import RawLake


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
    return lake


def _one_lead(company: Company, chance: Random, branch: str | None, last: date) -> None:
    created_on = last - timedelta(days=chance.randint(0, 240))
    lead = company.lead(
        branch,
        created_on,
        is_bad=chance.random() < 0.05,
        source=chance.choice(["organic", "referral", "repeat"]),
        service_type=chance.choice(["Moving", "Packing"]),
        first_contacted_at=at(created_on) + timedelta(seconds=chance.randint(0, 90_000)),
    )
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
    journey = company.journey(branch, UUID(str(quote["id"])), service_on, **values)
    if values.get("status") != "COMPLETED":
        return
    issued_on = min(service_on + timedelta(days=chance.randint(0, 3)), last)
    tax = cents(share * Decimal("0.05"))
    invoice = company.invoice(
        branch, str(share), str(tax), issued_on, journey_id=journey, service_on=service_on
    )
    _collect(company, chance, branch, invoice, share + tax, issued_on, last)


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
