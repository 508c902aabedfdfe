"""Small days of the dispatcher's problem, with facts that a test can vary."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from crm_core.optimisation.problem import Crew, Day, Job, Person, Truck, Window
from crm_core.optimisation.travel import Place

YARD = Place(43.70, -79.40)


def create_job(number: int, **facts: Any) -> Job:
    """A morning's hour of work for two, north of the yard, the farther the higher the number."""
    origin = Place(YARD.latitude + 0.01 * number, YARD.longitude)
    job = Job(
        id=f"J{number}",
        origin=origin,
        destination=origin,
        window=Window(480, 720),
        promised_until=600,
        work_minutes=60,
        crew_size=2,
    )
    return replace(job, **facts)


def create_day(*jobs: Job, crews: int = 1, **facts: Any) -> Day:
    """A day with crews of two, each with a truck of its own, at one yard."""
    people = tuple(
        Person(f"P{number}{seat}", (Window(360, 1260),), frozenset({"heavy"}))
        for number in range(crews)
        for seat in "ab"
    )
    day = Day(
        jobs=jobs,
        crews=tuple(
            Crew(f"C{number}", "yard", Window(420, 1140), (f"P{number}a", f"P{number}b"))
            for number in range(crews)
        ),
        people=people,
        trucks=tuple(
            Truck(f"T{number}", "yard", 1000, Window(360, 1260)) for number in range(crews)
        ),
        yards={"yard": YARD},
    )
    return replace(day, **facts)


@pytest.fixture
def make_job() -> Callable[..., Job]:
    return create_job


@pytest.fixture
def make_day() -> Callable[..., Day]:
    return create_day
