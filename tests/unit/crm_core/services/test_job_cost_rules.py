"""What hours and trucks cost, to the cent."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from crm_core.enums import CostKind
from crm_core.services.operations.job_cost_rules import Stretch, Wage, labour, trucks, wage_amount

DAY = date(2026, 11, 20)
MORNING = datetime(2026, 11, 20, 15, tzinfo=UTC)
PERSON, OTHER = UUID(int=1), UUID(int=2)
WAGE = Wage(Decimal("24.00"))


def stretch(
    number: int, start: int, minutes: int, *, is_own: bool = True, who: UUID = PERSON
) -> Stretch:
    begin = MORNING + timedelta(minutes=start)
    return Stretch(
        UUID(int=100 + number), who, DAY, begin, begin + timedelta(minutes=minutes), is_own
    )


def test_overtime_counts_the_whole_day_of_the_person_and_costs_the_job_its_part() -> None:
    day = [stretch(1, 0, 420, is_own=False), stretch(2, 430, 120)]
    (line,) = labour(day, {(PERSON, DAY): WAGE}, overtime_after_minutes=480)
    # An hour plain and an hour at one and a half.
    assert (line.amount, line.source_id) == (Decimal("60.00"), UUID(int=102))


def test_who_has_no_wage_gives_no_line() -> None:
    assert labour([stretch(1, 0, 60, who=OTHER)], {(PERSON, DAY): WAGE}, 480) == []


@given(
    cuts=st.lists(st.integers(1, 239), max_size=5, unique=True),
    cost=st.decimals(Decimal("0.01"), 99, places=2),
    loading=st.integers(0, 60),
)
def test_a_day_costs_the_same_however_it_is_cut_up_to_a_cent_a_piece(
    cuts: list[int], cost: Decimal, loading: int
) -> None:
    wage = Wage(cost, Decimal(loading))
    edges = [0, *sorted(cuts), 240]
    pieces = [stretch(n, a, b - a) for n, (a, b) in enumerate(pairwise(edges))]
    lines = labour(pieces, {(PERSON, DAY): wage}, overtime_after_minutes=100)
    whole = wage_amount(Decimal(100), Decimal(140), wage)
    assert abs(sum(line.amount for line in lines) - whole) <= Decimal("0.01") * len(lines)


def test_trucks_cost_a_day_each_where_the_tenant_says_so() -> None:
    assert trucks(DAY, 2, None) == []
    (line,) = trucks(DAY, 2, Decimal("85.50"))
    assert (line.kind, line.amount) == (CostKind.TRUCK, Decimal("171.00"))
