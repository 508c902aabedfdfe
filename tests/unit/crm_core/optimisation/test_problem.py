from dataclasses import replace

import pytest

from crm_core.errors import InvalidInput
from crm_core.optimisation.problem import Rules, Window
from crm_core.optimisation.travel import Place, Travel, great_circle_km


def test_a_degree_of_latitude_is_111_kilometres() -> None:
    assert great_circle_km(Place(43, -79), Place(44, -79)) == pytest.approx(111.195, abs=0.01)


def test_a_degree_of_longitude_shrinks_to_the_north() -> None:
    assert great_circle_km(Place(60, -79), Place(60, -78)) == pytest.approx(55.6, abs=0.1)


def test_travel_rounds_up_and_is_free_only_on_the_spot() -> None:
    travel = Travel(factor=1.0, km_per_hour=60.0)
    assert travel.minutes(Place(43, -79), Place(43, -79)) == 0
    assert travel.minutes(Place(43, -79), Place(43.00001, -79)) == 1
    assert travel.minutes(Place(43, -79), Place(44, -79)) == 112
    assert Travel(factor=1.3, km_per_hour=60.0).minutes(Place(43, -79), Place(44, -79)) == 145


def test_people_away_for_part_of_the_shift_stay_at_home(make_day, make_job) -> None:
    day = make_day(make_job(1))
    assert [person.id for person in day.present(day.crews[0])] == ["P0a", "P0b"]
    away = replace(day.people[1], available=(Window(360, 700), Window(760, 1260)))
    day = replace(day, people=(day.people[0], away))
    assert [person.id for person in day.present(day.crews[0])] == ["P0a"]


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"promised_until": 800}, "promised_until"),
        ({"work_minutes": 0}, "work_minutes"),
        ({"crew_size": 0}, "crew_size"),
        ({"weight": 0}, "weight"),
        ({"volume": -1}, "volume"),
    ],
)
def test_contradictory_jobs_are_refused(make_day, make_job, facts, field) -> None:
    with pytest.raises(InvalidInput, match="J1") as refused:
        make_day(make_job(1, **facts))
    assert refused.value.field == field


def test_contradictory_days_are_refused(make_day, make_job) -> None:
    day = make_day(make_job(1), crews=2)
    with pytest.raises(InvalidInput, match="J1 appears 2 times"):
        replace(day, jobs=(make_job(1), make_job(1)))
    with pytest.raises(InvalidInput, match="P0a appears 2 times"):
        replace(day, crews=(day.crews[0], replace(day.crews[1], people=("P0a",))))
    with pytest.raises(InvalidInput, match="unknown P9"):
        replace(day, crews=(replace(day.crews[0], people=("P9",)),))
    with pytest.raises(InvalidInput, match="T0 belongs to unknown yard moon"):
        replace(day, trucks=(replace(day.trucks[0], yard="moon"),))
    with pytest.raises(InvalidInput, match="break_minutes"):
        replace(day, rules=Rules(break_minutes=0))
