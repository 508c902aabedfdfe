"""Contracts: good rows are typed exactly, each kind of poison is named, oddities are counted."""

from copy import deepcopy
from datetime import UTC, date, datetime

import pytest

from tests.unit.transforms.sources.conftest import AS_OF, Ours
from transforms.sources.base import Json, Oddities, Payload, Quarantined
from transforms.sources.contracts import contracted
from transforms.sources.smartmoving import contract
from transforms.sources.smartmoving.connector import UNKNOWN_BRANCH, parse
from transforms.sources.smartmoving.contract import note_oddities
from transforms.sources.smartmoving.fake import FakeSmartMoving

INCLUDE = frozenset({"includecharges", "includepayments", "includejobaddresses"})


@pytest.fixture
def detail(account: FakeSmartMoving) -> Json:
    """Details of a completed opportunity, as they are once read."""
    done = (key for key, (_, life) in account.account.lives.items() if life.status_at(AS_OF) == 11)
    return account.account.opportunity(next(done), INCLUDE) or {}


def typed(row: Json) -> contract.Row | Quarantined:
    """The verdict on a row that came the whole way through JSON."""
    body = Payload.of("opportunities", row).body()
    return contracted(contract.Opportunity, body, "opportunities", "x")


def judged(row: Json, ours: Ours) -> contract.Row | Quarantined:
    return parse(Payload.of("opportunities", row), ours.branches)


def with_at(row: Json, path: str, value: object) -> Json:
    """A copy of the row with the value at a dotted path replaced."""
    changed = deepcopy(row)
    place: object = changed
    *way, last = path.split(".")
    for step in way:
        place = place[int(step)] if isinstance(place, list) else place[step]  # type: ignore[index]
    place[last] = value  # type: ignore[index]
    return changed


def test_a_good_row_is_typed(detail: Json, ours: Ours) -> None:
    row = judged(detail, ours)
    assert isinstance(row, contract.Opportunity)
    assert row.estimated_total is not None
    total = row.estimated_total
    assert total.final_total == total.subtotal + total.tax
    assert total.subtotal == sum(c.total_cost for j in row.jobs for c in j.estimated_charges)
    assert isinstance(row.jobs[0].job_date, date)
    labour = row.jobs[0].estimated_charges[0].labour
    assert labour is None or labour.minutes >= 120
    assert len(row.jobs[0].job_addresses) == 2


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        ("id", "7", "id is not a UUID"),
        ("id", None, "id is not text"),
        ("branch", None, "branch is not an object"),
        ("branch.name", 5, "branch.name is not text"),
        ("customer.name", "nul\x00", "customer.name holds a character that cannot be stored"),
        ("customer.name", "half \ud83c", "customer.name holds a character that cannot be stored"),
        ("customer.name", "x" * 5000, "customer.name is longer than 4000 characters"),
        ("status", "booked", "status is not a whole number"),
        ("status", 4.5, "status is not a whole number"),
        ("status", True, "status is not a whole number"),
        ("status", 10**40, "status is out of range"),
        ("serviceDate", 20261341, "serviceDate is not a day of the calendar"),
        ("serviceDate", 10101, "serviceDate is not a day of the form yyyyMMdd"),
        ("serviceDate", 19991231, "serviceDate is a day out of range"),
        ("serviceDate", "infinity", "serviceDate is not a day of the form yyyyMMdd"),
        ("estimatedTotal.finalTotal", "about 900", "estimatedTotal.finalTotal is not a number"),
        ("estimatedTotal.finalTotal", float("nan"), "estimatedTotal.finalTotal is out of range"),
        ("estimatedTotal.tax", float("inf"), "estimatedTotal.tax is out of range"),
        ("estimatedTotal.tax", 10**39, "estimatedTotal.tax is out of range"),
        ("jobs", None, "jobs is not a list"),
        ("jobs.0.confirmed", "yes", "jobs.0.confirmed is not true or false"),
        (
            "jobs.0.actualCharges.0.totalCost",
            "1,050.00",
            "jobs.0.actualCharges.0.totalCost is not a number",
        ),
    ],
)
def test_a_bad_row_is_quarantined_with_the_field_and_not_the_value(
    detail: Json, path: str, value: object, reason: str
) -> None:
    assert typed(with_at(detail, path, value)) == Quarantined("opportunities", "x", reason)


def test_a_lost_field_is_quarantined_and_a_new_one_announced(detail: Json) -> None:
    lost = {k: v for k, v in detail.items() if k not in ("quoteNumber", "status")}
    verdict = typed(lost)
    assert isinstance(verdict, Quarantined)
    assert verdict.reason == "quoteNumber is missing; status is missing"
    grown = with_at(detail | {"loyaltyTier": "gold"}, "jobs.0.driver", "somebody")
    row = typed(grown)
    oddities = Oddities()
    assert isinstance(row, contract.Opportunity)
    note_oddities(row, oddities)
    assert oddities.new_fields == {"Opportunity.loyaltyTier", "Job.driver"}


def test_the_fake_answers_nothing_the_contracts_do_not_know(
    account: FakeSmartMoving, ours: Ours
) -> None:
    oddities = Oddities()
    for key in account.account.lives:
        row = judged(account.account.opportunity(key, INCLUDE) or {}, ours)
        if isinstance(row, contract.Opportunity):
            note_oddities(row, oddities)
    assert (oddities.new_fields, oddities.unknown_codes) == (set(), {})
    assert oddities.unreadable_texts > 0, "some labour texts were typed by hand"


def test_unknown_codes_land_by_number_and_are_counted(detail: Json, ours: Ours) -> None:
    row = judged(with_at(with_at(detail, "status", 99), "jobs.0.type", 77), ours)
    oddities = Oddities()
    assert isinstance(row, contract.Opportunity)
    note_oddities(row, oddities)
    assert oddities.unknown_codes == {"UNKNOWN_99": 1, "UNKNOWN_77": 1}


def test_a_branch_nobody_knows_is_quarantined(detail: Json, ours: Ours) -> None:
    verdict = judged(with_at(detail, "branch.name", "Northway Moving Tucson"), ours)
    assert isinstance(verdict, Quarantined)
    assert verdict.reason == f"branch.name {UNKNOWN_BRANCH}"
    assert "Tucson" not in verdict.reason


@pytest.mark.parametrize(
    ("written", "wanted"), [(151.085, "151.09"), (0.1, "0.10"), (1e2, "100.00"), (7, "7.00")]
)
def test_money_is_exact_to_the_cent(detail: Json, written: float, wanted: str) -> None:
    row = typed(with_at(detail, "estimatedTotal.tax", written))
    assert isinstance(row, contract.Opportunity)
    assert row.estimated_total
    assert str(row.estimated_total.tax) == wanted


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("2026-11-20T18:00:00Z", datetime(2026, 11, 20, 18, tzinfo=UTC)),
        ("2026-11-20T18:00:00", datetime(2026, 11, 20, 18, tzinfo=UTC)),
        ("2026-11-20T13:00:00.5-05:00", datetime(2026, 11, 20, 18, 0, 0, 500_000, tzinfo=UTC)),
    ],
)
def test_instants_are_utc(written: str, wanted: datetime) -> None:
    body: Json = {"id": "3caca6c1-1152-5f2e-93c2-816d0b257bc5", "createdAtUtc": written}
    row = contracted(contract.OpportunityDate, body, "t", "x")
    assert isinstance(row, contract.OpportunityDate)
    assert row.created_at_utc == wanted


def test_a_row_without_a_usable_id_still_has_a_name() -> None:
    nameless = Payload.of("opportunities", {"id": "a\x00b", "status": "\ud83c"})
    assert nameless.external_id == f"unidentified-{nameless.digest[:16]}"
    assert nameless.body() == {"id": "a\x00b", "status": "\ud83c"}
    assert Payload.of("leads", {"name": "x"}).external_id.startswith("unidentified-")
