"""What the account's words mean here: addresses, names, channels, charges."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core import clock
from crm_core.enums import IntegrationMode, ItemCategory
from transforms.sources.smartmoving import mapping
from transforms.sources.smartmoving.addresses import Address, parse_address
from transforms.sources.smartmoving.branches import BranchUse
from transforms.sources.smartmoving.bundles import Bundle
from transforms.sources.smartmoving.contract import Charge, Job, JobTimes, Opportunity

BRANCH = BranchUse(UUID(int=1), IntegrationMode.SOURCE, "America/Vancouver", "BC")
JOB_ID = "7d1539a7-f754-5aec-ae55-5294741f75b5"


def charge(total: float, category: int = 1, discount: float = 0, text: str = "") -> Charge:
    return Charge.model_validate(
        {
            "name": "Moving Labor",
            "chargeCategory": category,
            "description": text,
            "subtotal": total + discount,
            "discountAmount": discount,
            "totalCost": total,
        }
    )


def job(*estimated: Charge, day: date | None = None) -> Job:
    found = Job.model_validate(
        {
            "id": JOB_ID,
            "jobNumber": "1-1",
            "jobDate": None if day is None else int(f"{day:%Y%m%d}"),
            "type": 1,
        }
    )
    return found.model_copy(update={"estimated_charges": list(estimated)})


def bundle(*jobs: Job, times: JobTimes | None = None) -> Bundle:
    opportunity = Opportunity.model_validate(
        {
            "id": JOB_ID,
            "quoteNumber": 1,
            "customer": {"id": JOB_ID, "name": "Wren Larkspur"},
            "branch": {"name": "Vancouver"},
            "opportunityType": 0,
            "serviceDate": 20261124,
            "status": 4,
            "jobs": [],
        }
    ).model_copy(update={"jobs": list(jobs)})
    return Bundle(opportunity, BRANCH, times={times.id: times} if times else {})


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (
            "12 Mill Road, Vaughan, ON L4K 1A1",
            Address("12 Mill Road", "Vaughan", "ON", "L4K1A1"),
        ),
        (
            "12 Mill Road, Vaughan, Ontario l4k-1a1, Canada",
            Address("12 Mill Road", "Vaughan", "ON", "L4K1A1"),
        ),
        ("12 Mill Road, Montréal, Québec", Address("12 Mill Road", "Montréal", "QC", None)),
        ("12 Mill Road, Vaughan, ON L4K", Address("12 Mill Road", "Vaughan", "ON", "L4K")),
        ("12 Mill Road, Austin, TX 78701", Address("12 Mill Road", "Austin", "XX", None)),
        ("12 Mill Road", Address("12 Mill Road", None, None, None)),
        ("", Address(None, None, None, None)),
    ],
)
def test_addresses_are_taken_apart_and_not_guessed(text: str, address: Address) -> None:
    assert parse_address(text) == address


@given(st.text(max_size=80))
def test_any_address_is_survived(text: str) -> None:
    assert None not in parse_address(text).as_json().values()


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("Wren Larkspur", "Wren", "Larkspur"),
        ("  Wren  de  Larkspur ", "Wren de", "Larkspur"),
        ("Larkspur, Wren", "Wren", "Larkspur"),
        ("Larkspur", "(unknown)", "Larkspur"),
        ("Larkspur,", "(unknown)", "Larkspur"),
        ("", "(unknown)", "(unknown)"),
    ],
)
def test_names_are_split_with_care(name: str, first: str, last: str) -> None:
    assert mapping.split_name(name) == (first, last)


@pytest.mark.parametrize(
    ("source", "channel"),
    [
        ("VANC Google organic", "organic"),
        ("VANC pay-per-click", "pay_per_click"),
        ("DTOR MovingWaldo", "lead_broker"),
        ("DTOR Ask for Referral", "referral"),
        ("DTOR postcard", "other"),
        (None, "other"),
    ],
)
def test_channels_are_our_own_short_list(source: str | None, channel: str) -> None:
    assert mapping.channel_of(source) == channel


def test_charges_become_lines_and_what_is_taken_off_a_discount() -> None:
    lines, off = mapping.lines_of(
        [charge(850.5), charge(90, category=3, discount=10), charge(-50, category=99), charge(0)]
    )
    assert [(line.category, line.unit_amount) for line in lines] == [
        (ItemCategory.MOVING_SERVICES, Decimal("850.50")),
        (ItemCategory.PACKING_SERVICES, Decimal("100.00")),
    ]
    assert off == Decimal("60.00")


def test_a_charge_that_contradicts_itself_counts_with_its_total() -> None:
    odd = charge(90).model_copy(update={"subtotal": Decimal(70)})
    lines, off = mapping.lines_of([odd])
    assert ([line.unit_amount for line in lines], off) == ([Decimal("90.00")], 0)


def test_nothing_priced_is_no_offer() -> None:
    assert mapping.offer_of(bundle(job(charge(0)))) is None
    assert mapping.offer_of(bundle(job(charge(50), charge(-50)))) is None
    assert mapping.offer_of(bundle()) is None


def test_a_plan_starts_when_noted_but_always_on_the_day_of_the_job() -> None:
    day = date(2026, 11, 24)
    noted = datetime(2026, 11, 24, 18, 30, tzinfo=UTC)
    labour = charge(378, text="2h 30m @ $189.00/hr (1 truck, 3 crew)")
    for start, wanted in (
        (noted, noted),
        (noted.replace(day=26), clock.instant_of(datetime(2026, 11, 24, 8), BRANCH.timezone)),
    ):
        times = JobTimes.model_validate({"id": JOB_ID, "startTimeUtc": start.isoformat()})
        plan = mapping.plan_of(job(labour, day=day), bundle(times=times), "x")
        assert plan is not None
        assert plan.planned_start_at == wanted
        assert (plan.planned_end_at - plan.planned_start_at).total_seconds() == 150 * 60
        assert (plan.crew_size, plan.truck_count, plan.weight) == (3, 1, Decimal(378))


def test_work_never_ends_before_it_began() -> None:
    times = JobTimes.model_validate(
        {
            "id": JOB_ID,
            "startTimeUtc": "2026-11-24T18:00:00Z",
            "completedAtUtc": "2026-11-24T17:00:00Z",
        }
    )
    planned = datetime(2026, 11, 24, 16, tzinfo=UTC)
    work = mapping.work_of(job(), bundle(times=times), (planned, planned))
    assert work.started_at == work.completed_at == datetime(2026, 11, 24, 18, tzinfo=UTC)
