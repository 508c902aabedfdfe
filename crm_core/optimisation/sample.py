"""Invented days of a pooled metro, the same for the same number: for measuring and for tests.

Real days come from the core's tables; nothing here is about a real place or person.
"""

import random

from crm_core.optimisation.problem import Crew, Day, Job, Person, Truck, Window
from crm_core.optimisation.travel import Place

CENTRE = Place(43.70, -79.45)
YARDS = {
    "harbour": Place(43.64, -79.40),
    "hill": Place(43.79, -79.42),
    "lake": Place(43.60, -79.62),
    "valley": Place(43.77, -79.24),
}
# share, people, minutes on site, cubic feet: the move sizes of a metro's pooled day
SIZES = (
    (0.25, 1, 50, 60),
    (0.27, 2, 90, 100),
    (0.20, 2, 130, 288),
    (0.14, 2, 180, 432),
    (0.08, 3, 225, 864),
    (0.05, 3, 285, 1296),
    (0.01, 4, 340, 1440),
)
# share, opens, promised until, hard close
PROMISES = (
    (0.30, 480, 600, 660),
    (0.15, 540, 660, 720),
    (0.20, 720, 840, 900),
    (0.15, 780, 960, 1020),
    (0.20, 480, 960, 1020),
)
SKILLS = (("piano", 0.05), ("packing", 0.10))
TAIL_LIFT_SHARE = 0.05


def sample_day(number: int, jobs: int = 120, trucks: int = 40) -> Day:
    """One day; `number` seeds everything about it."""
    source = random.Random(number)
    yards = list(YARDS)
    fleet = tuple(_truck(i, yards[i % len(yards)]) for i in range(trucks))
    people: list[Person] = []
    crews = []
    for index in range(trucks):
        size = (2, 2, 3, 3, 4)[(index // len(yards)) % 5]
        members = tuple(_person(source, f"P{index + 1:02}-{seat}", seat) for seat in range(size))
        people += members
        opens = source.choice((420, 420, 450))
        crews.append(
            Crew(
                id=f"C{index + 1:02}",
                yard=yards[index % len(yards)],
                shift=Window(opens, 1140),
                people=tuple(person.id for person in members),
            )
        )
    return Day(
        jobs=tuple(_job(source, i) for i in range(jobs)),
        crews=tuple(crews),
        people=tuple(people),
        trucks=fleet,
        yards=YARDS,
    )


def _truck(index: int, yard: str) -> Truck:
    large = index % 3 != 0
    return Truck(
        id=f"T{index + 1:02}",
        yard=yard,
        capacity=1700 if large else 1000,
        available=Window(360, 1260),
        licence="heavy" if large else None,
        features=frozenset({"tail lift"} if index % 5 == 1 else ()),
    )


def _person(source: random.Random, name: str, seat: int) -> Person:
    skills = {skill for skill in ("piano", "packing") if source.random() < 0.35}
    if seat == 0:
        skills.add("heavy")
    # about one in forty people cannot come before the afternoon
    opens = 780 if seat > 0 and source.random() < 0.025 else 360
    return Person(id=name, available=(Window(opens, 1260),), skills=frozenset(skills))


def _place(source: random.Random) -> Place:
    return Place(
        CENTRE.latitude + source.gauss(0, 0.09),
        CENTRE.longitude + source.gauss(0, 0.13),
    )


def _job(source: random.Random, index: int) -> Job:
    _, crew_size, minutes, volume = source.choices(SIZES, [size[0] for size in SIZES])[0]
    _, opens, promised, closes = source.choices(PROMISES, [promise[0] for promise in PROMISES])[0]
    if minutes > 200 and opens > 600:  # large moves start in the morning
        _, opens, promised, closes = PROMISES[0]
    origin = _place(source)
    stays = source.random() < 0.15
    near = Place(origin.latitude + source.gauss(0, 0.05), origin.longitude + source.gauss(0, 0.07))
    return Job(
        id=f"J{index + 1:03}",
        origin=origin,
        destination=origin if stays else near,
        window=Window(opens, closes),
        promised_until=promised,
        work_minutes=minutes,
        crew_size=crew_size,
        volume=0 if stays else volume,
        skills=frozenset(skill for skill, share in SKILLS if source.random() < share),
        features=frozenset({"tail lift"} if source.random() < TAIL_LIFT_SHARE else ()),
    )
