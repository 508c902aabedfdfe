"""Source mode: what the account says becomes rows of the core, moved on through the services."""

from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from crm_core import clock
from crm_core.database import tenant_session
from crm_core.enums import JourneyStage, LeadStatus, QuoteStatus
from crm_core.models import (
    AuditEntry,
    Customer,
    Invoice,
    InvoiceItem,
    Lead,
    Payment,
    Quote,
    QuoteItem,
    TruckJourney,
)
from crm_core.services.sales import leads, quotes
from tests.conftest import TEST_NOW
from tests.integration.transforms.smartmoving_account import (
    Connected,
    connected,
    payloads_of,
    serve,
    story,
)
from transforms.sources.base import Json, Payload
from transforms.sources.smartmoving.fake import BranchSpec, FakeSmartMoving, money
from transforms.sources.smartmoving.fake.world import Life

pytestmark = pytest.mark.long

__all__ = ["connected"]

ZONE = "America/Vancouver"
LEAD_STATUS = {
    0: {LeadStatus.NEW},
    1: {LeadStatus.CONTACTED},
    3: {LeadStatus.PROPOSAL_SENT},
    4: {LeadStatus.WON},
    10: {LeadStatus.WON},
    11: {LeadStatus.WON},
    20: {LeadStatus.WON},
    30: {LeadStatus.LOST},
    50: {LeadStatus.LOST},
}
QUOTE_STATUS = {
    3: {QuoteStatus.SENT},
    4: {QuoteStatus.CONVERTED},
    10: {QuoteStatus.CONVERTED},
    11: {QuoteStatus.CONVERTED},
    20: {QuoteStatus.CONVERTED},
    30: {QuoteStatus.REJECTED, QuoteStatus.EXPIRED},
}
STAGE = {
    4: {JourneyStage.SCHEDULED},
    10: {JourneyStage.COMPLETED},
    11: {JourneyStage.AUDITED},
    20: {JourneyStage.CANCELLED},
}


def lively() -> FakeSmartMoving:
    """A small account in which an opportunity of every status stands within reach."""
    return account(seed=36, customers=60)


def crowd() -> FakeSmartMoving:
    """An account large enough to hold the story a test is about; not read as a whole."""
    return account(seed=23, customers=600)


def account(seed: int, customers: int) -> FakeSmartMoving:
    vancouver = BranchSpec("VANC", "Vancouver", "BC", is_corporate=True, customers=customers)
    toronto = BranchSpec("DTOR", "Downtown Toronto", "ON", customers=8)
    return FakeSmartMoving(seed=seed, as_of=TEST_NOW, branches=(vancouver, toronto))


def expected(server: FakeSmartMoving, connected: Connected) -> dict[str, Life]:
    """The opportunities of the source branch that the core has heard of."""
    known = {lead.external_id for lead in connected.rows(Lead)}
    return {key: life for key, (_, life) in server.account.lives.items() if key in known}


def check_statuses(server: FakeSmartMoving, connected: Connected, at: datetime) -> Counter[int]:
    """Lead, quote and journeys of every opportunity stand where the account says."""
    lives = expected(server, connected)
    all_quotes = {quote.external_id: quote for quote in connected.rows(Quote, version=1)}
    met: Counter[int] = Counter()
    for lead in connected.rows(Lead):
        if lead.external_id not in lives:
            continue
        status = lives[lead.external_id].status_at(at)
        met[status] += 1
        assert lead.status in LEAD_STATUS[status]
        assert lead.is_bad == (status == 50)
        assert lead.location_id == connected.tenant.locations["VANC"]
        quote = all_quotes.get(lead.external_id)
        if status in QUOTE_STATUS:
            family = connected.rows(Quote, family_id=quote.family_id)
            assert family[-1].status in QUOTE_STATUS[status]
            assert {q.status for q in family[:-1]} <= {QuoteStatus.SUPERSEDED}
        if status in STAGE:
            stages = {j.status for j in connected.rows(TruckJourney, quote_id=family[-1].id)}
            assert stages & STAGE[status]
            assert stages <= STAGE[status] | {JourneyStage.CANCELLED}
    return met


def check_money(server: FakeSmartMoving, connected: Connected) -> int:
    """Invoices and payments equal the account to the cent; how many opportunities were billed."""
    billed: Counter[str] = Counter()
    paid: Counter[str] = Counter()
    for invoice in connected.rows(Invoice):
        key = connected.one(Quote, id=invoice.quote_id).external_id
        billed[key] += invoice.total_amount
        paid[key] += invoice.paid_amount
        assert invoice.tax_province == "BC"
        assert invoice.issued_on == clock.local_date(invoice.issued_at, ZONE)
    for key in billed:
        _, life = server.account.lives[key]
        before_tax = money.subtotal(life, TEST_NOW, actual=True)
        assert billed[key] == before_tax + money.tax(life, before_tax)
        rows = server.account.payments_of(key) or []
        signed = [(-1 if row["isRefund"] else 1) * Decimal(str(row["amount"])) for row in rows]
        assert paid[key] == sum(signed)
    assert sum(item.total_amount for item in connected.rows(InvoiceItem)) == sum(
        invoice.subtotal_amount for invoice in connected.rows(Invoice)
    )
    return len(billed)


def check_times(server: FakeSmartMoving, connected: Connected) -> None:
    """What happened before we met an opportunity is dated as the account dates it."""
    lives = expected(server, connected)
    for lead in connected.rows(Lead):
        life = lives[lead.external_id]
        assert lead.received_at == life.created_at
        assert lead.created_on == clock.local_date(life.created_at, ZONE)
        if lead.status == LeadStatus.WON:
            assert lead.won_at == life.decided_at.replace(microsecond=0)
        if lead.status == LeadStatus.LOST:
            assert life.created_at <= lead.lost_at <= TEST_NOW
    for journey in connected.rows(TruckJourney):
        if journey.completed_at:
            assert journey.started_at <= journey.completed_at
            assert journey.service_on == journey.completed_on


def test_a_first_run_brings_the_core_to_where_the_account_stands(connected: Connected) -> None:
    with lively() as server:
        result = connected.ingest(server)
        met = check_statuses(server, connected, TEST_NOW)
        assert set(met) >= {1, 3, 4, 10, 11, 20, 30, 50}
        assert check_money(server, connected) == met[10] + met[11]
        check_times(server, connected)
    assert result.applied.refused == {}
    toronto = connected.tenant.locations["DTOR"]
    assert not connected.rows(Lead, location_id=toronto), "a reference is compared, not taken in"
    assert {entry.actor_type for entry in connected.rows(AuditEntry)} == {"INTEGRATION"}


def test_time_moves_the_rows_on_and_a_repeat_changes_nothing(connected: Connected) -> None:
    at = TEST_NOW + timedelta(days=7)
    with lively() as server:
        first = connected.ingest(server)
        server.move_to(at)
        moved = connected.ingest(server, at)
        check_statuses(server, connected, at)
        before = connected.content()
        repeated = connected.ingest(server, at)
        assert connected.content() == before
    assert (first.applied.refused, moved.applied.refused) == ({}, {})
    assert repeated.applied.changed == 0
    for event in ("lead created", "lead lost", "quote accepted", "journey completed"):
        assert moved.applied.events[event] > 0, event


def test_a_quote_carries_the_priced_lines_crew_and_day(connected: Connected) -> None:
    with serve() as server:
        rows = story(server, lambda life: life.status_at(TEST_NOW) == 3 and len(life.jobs) == 1)
    connected.land(payloads_of(rows))
    connected.apply()
    detail = rows["detail"]
    charges = detail["jobs"][0]["estimatedCharges"]  # type: ignore[index]
    quote = connected.one(Quote)
    lines = connected.rows(QuoteItem, quote_id=quote.id)
    priced = [line.total_amount for line in sorted(lines, key=lambda line: line.sort_order)]
    assert priced == [Decimal(str(charge["totalCost"])) for charge in charges]
    assert {line.category for line in lines} >= {"MOVING_SERVICES"}
    assert quote.subtotal_amount == Decimal(str(detail["estimatedTotal"]["subtotal"]))  # type: ignore[index]
    assert f"{quote.move_on:%Y%m%d}" == str(detail["serviceDate"])
    assert quote.crew_size
    assert quote.estimated_minutes
    customer = connected.one(Customer)
    assert customer.city == "Vancouver"
    assert customer.province == "BC"
    assert customer.postal_area in str(rows["customer"]["address"])


def charged(charges: list[dict[str, Any]], factor: float) -> list[dict[str, Any]]:
    return [
        c | {"subtotal": c["subtotal"] * factor, "totalCost": c["totalCost"] * factor}
        for c in charges
    ]


def test_a_changed_price_makes_a_new_version(connected: Connected) -> None:
    with serve() as server:
        rows = story(server, lambda life: life.status_at(TEST_NOW) == 3)
    connected.land(payloads_of(rows))
    connected.apply()
    job = rows["detail"]["jobs"][0]  # type: ignore[index]
    dearer = job | {"estimatedCharges": charged(job["estimatedCharges"], 2)}
    connected.land(payloads_of(rows, jobs=[dearer, *rows["detail"]["jobs"][1:]]))  # type: ignore[index]
    assert connected.apply().events == {"quote revised": 1, "quote sent": 1}
    old, new = connected.rows(Quote)
    assert (old.status, new.status, new.version) == ("SUPERSEDED", "SENT", 2)
    assert new.subtotal_amount > old.subtotal_amount
    assert connected.apply().changed == 0


def booked(server: FakeSmartMoving, jobs: int = 1) -> dict[str, Json]:
    return story(
        server, lambda life: life.status_at(TEST_NOW) == 4 and len(life.jobs_at(TEST_NOW)) == jobs
    )


def test_a_re_dated_job_is_planned_anew(connected: Connected) -> None:
    with crowd() as server:
        rows = booked(server)
    connected.land(payloads_of(rows))
    connected.apply()
    first = connected.one(TruckJourney)
    later = first.service_on + timedelta(days=2)
    job = rows["detail"]["jobs"][0] | {"jobDate": int(f"{later:%Y%m%d}")}  # type: ignore[index]
    connected.land(payloads_of(rows, jobs=[job], serviceDate=job["jobDate"]))
    events = connected.apply().events
    assert events["journey re-dated"] == events["journey created"] == 1
    old, new = connected.rows(TruckJourney)
    assert (old.status, new.status, new.service_on) == ("CANCELLED", "SCHEDULED", later)
    assert new.external_id == f"{old.external_id}/2"
    assert connected.one(Quote).status == QuoteStatus.CONVERTED
    before = connected.content()
    assert connected.apply().changed == 0
    assert connected.content() == before


def test_a_job_removed_at_the_source_is_cancelled(connected: Connected) -> None:
    with crowd() as server:
        rows = booked(server, jobs=2)
    connected.land(payloads_of(rows))
    connected.apply()
    first = rows["detail"]["jobs"][0]  # type: ignore[index]
    connected.land(payloads_of(rows, jobs=[first]))
    events = connected.apply().events
    assert events["journey cancelled"] == 1
    stages = {j.external_id: j.status for j in connected.rows(TruckJourney)}
    removed = rows["detail"]["jobs"][1]["id"]  # type: ignore[index]
    assert stages == {first["id"]: "SCHEDULED", removed: "CANCELLED"}
    assert connected.apply().changed == 0


def test_a_cancelled_move_stays_won(connected: Connected) -> None:
    with crowd() as server:
        rows = booked(server)
    connected.land(payloads_of(rows))
    connected.apply()
    connected.land(payloads_of(rows, status=20))
    connected.apply()
    journey = connected.one(TruckJourney)
    assert (journey.status, journey.cancelled_at) == ("CANCELLED", TEST_NOW)
    assert connected.one(Lead).status == LeadStatus.WON
    assert connected.one(Quote).status == QuoteStatus.CONVERTED
    assert connected.apply().changed == 0


def test_a_lost_opportunity_comes_back(connected: Connected) -> None:
    with crowd() as server:
        rows = booked(server)
    connected.land(payloads_of(rows, status=30))
    connected.apply()
    assert connected.one(Lead).status == LeadStatus.LOST
    connected.land(payloads_of(rows))
    events = connected.apply().events
    assert events["lead reopened"] == events["quote accepted"] == 1
    assert connected.one(Lead).status == LeadStatus.WON
    assert [quote.status for quote in connected.rows(Quote)] == ["REJECTED", "CONVERTED"]
    assert connected.apply().changed == 0


def test_what_the_core_refuses_is_reported_and_tried_again(connected: Connected) -> None:
    with serve() as server:
        rows = story(server, lambda life: life.status_at(TEST_NOW) == 3)
    connected.land(payloads_of(rows))
    connected.apply()
    with tenant_session(connected.subject) as session:
        quote = connected.one(Quote)
        quotes.accept(session, connected.subject, quote_id=quote.id, at=TEST_NOW)
    connected.land(payloads_of(rows, status=30))
    before = connected.content()
    for _ in range(2):
        refused = connected.apply().refused
        assert list(refused) == [rows["detail"]["id"]]
        assert "won here" in refused[str(rows["detail"]["id"])]
    assert connected.content() == before
    connected.land(payloads_of(rows, status=4))
    assert connected.apply().events["journey created"] == 1


def test_one_refusal_does_not_hold_up_the_rest(connected: Connected) -> None:
    with crowd() as server:
        good = booked(server)
        other = story(server, lambda life: life.status_at(TEST_NOW) == 11)
    unpriced = [job | {"estimatedCharges": []} for job in other["detail"]["jobs"]]  # type: ignore[attr-defined]
    connected.land([*payloads_of(good), *payloads_of(other, jobs=unpriced)])
    applied = connected.apply()
    assert (applied.changed, list(applied.refused)) == (1, [other["detail"]["id"]])
    assert connected.one(Lead).external_id == good["detail"]["id"]


def test_what_is_kept_by_hand_stays(connected: Connected) -> None:
    with serve() as server:
        rows = story(server, lambda life: life.status_at(TEST_NOW) == 3)
    connected.land(payloads_of(rows))
    connected.apply()
    lead = connected.one(Lead)
    data = leads.LeadData(
        source=lead.source,
        service_type=lead.service_type,
        move_size=lead.move_size,
        estimated_move_on=lead.estimated_move_on,
        estimated_amount=lead.estimated_amount,
        origin_province=lead.origin_province,
        destination_province=lead.destination_province,
        notes="call after six",
    )
    with tenant_session(connected.subject) as session:
        leads.update(session, connected.subject, lead_id=lead.id, data=data, at=TEST_NOW)
    connected.land(payloads_of(rows, moveSize={"name": "Large", "volume": None}))
    assert connected.apply().events == {"lead updated": 1}
    lead = connected.one(Lead)
    assert (lead.notes, lead.move_size) == ("call after six", "Large")


def test_a_lead_keeps_its_row_when_it_becomes_an_opportunity(connected: Connected) -> None:
    with serve() as server:
        rows = story(server, lambda life: life.status_at(TEST_NOW) == 3)
        life = server.account.lives[str(rows["detail"]["id"])][1]
        server.move_to(life.created_at + timedelta(minutes=1))
        (row,) = (r for r in server.account.leads() if r["id"] == life.id)
    connected.land([Payload.of("leads", row)])
    assert connected.apply().events == {"customer created": 1, "lead created": 1}
    lead = connected.one(Lead)
    assert (lead.status, lead.received_at) == (LeadStatus.NEW, life.created_at)
    connected.land(payloads_of(rows))
    connected.apply()
    assert connected.one(Lead).id == lead.id
    assert connected.one(Customer).id == lead.customer_id
    assert connected.one(Customer).address is not None


def test_a_payment_over_two_jobs_is_split(connected: Connected) -> None:
    with crowd() as server:
        key, (_, life) = next(
            (key, found)
            for key, found in server.account.lives.items()
            if found[1].branch.code == "VANC"
            and len(found[1].jobs_at(TEST_NOW)) == 2
            and found[1].status_at(TEST_NOW) in (10, 11)
            and found[1].pays_balance
            and len(found[0].lives) == 1
        )
        rows = story(server, lambda found: found is life)
        payments = server.account.payments_of(key) or []
    landed = [Payload.of("payments", p, external_id=f"{key}:{p['id']}") for p in payments]
    connected.land([*payloads_of(rows), *landed])
    connected.apply()
    invoices = connected.rows(Invoice)
    assert [invoice.balance_amount for invoice in invoices] == [0, 0]
    booked_payments = connected.rows(Payment)
    assert len(booked_payments) > len(payments)
    assert sum(p.payment_amount for p in booked_payments) == sum(
        Decimal(str(p["amount"])) for p in payments
    )
    assert connected.apply().changed == 0
