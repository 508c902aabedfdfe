"""The fake account's people and jobs through time, drawn from a seed alone.

Every fact hangs on (seed, branch, day), never on when one looks: two looks at the same instant
agree, and a later look shows the same lives further on. How it is answered belongs to `answers`.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID, uuid5

from transforms.sources.smartmoving.fake import words

BRAND = "Northway Moving"
_NAMESPACE = UUID("6c1d1f0a-0f3c-5c55-9a2e-7d0a5d3f9b11")
_HOURLY = {2: 139, 3: 189, 4: 259, 5: 349}
_WEEKDAY = (0.80, 0.80, 0.85, 1.00, 1.35, 1.25, 0.70)
_LABOUR_ONLY = 12
WINDOW = timedelta(days=45)


@dataclass(frozen=True, slots=True)
class BranchSpec:
    """A branch the account shall hold: our code, plain city name, two-letter province.

    `customers` is how many move around a given day (45 days either side).
    """

    code: str
    name: str
    province: str
    is_corporate: bool = False
    customers: int = 24


@dataclass(frozen=True, slots=True)
class Key:
    """Where in the draw a life stands: nothing else decides what happens in it."""

    branch: int
    day: date
    position: int
    turn: int

    @property
    def number(self) -> int:
        """A quote number nobody else has within ten years and 80 branches."""
        place = (self.day.toordinal() % 3650) * 80 + self.branch
        return 1_000_000 + place * 200 + self.position * 2 + self.turn


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch as the account writes it; `code` and `province` are empty for strays."""

    index: int
    id: str
    name: str
    code: str
    city: str
    province: str
    customers: int


@dataclass(slots=True)
class Job:
    """One job of an opportunity; minutes and rate price its labour."""

    id: str
    number: str
    day: date
    kind: int
    crew: int
    trucks: int
    minutes: int
    actual_minutes: int
    rate: Decimal
    extras: tuple[tuple[str, int, Decimal], ...]
    removed_at: datetime | None = None
    later_day: date | None = None
    later_from: datetime | None = None

    def day_at(self, instant: datetime) -> date:
        """The job's day as it stood then (a job may be re-dated once)."""
        if self.later_from and self.later_day and instant >= self.later_from:
            return self.later_day
        return self.day


@dataclass(slots=True)
class Life:
    """All that will ever happen to one opportunity."""

    id: str
    quote_number: int
    branch: Branch
    size: tuple[str, int, int, float]
    source: str
    seller: str
    has_date: bool
    created_at: datetime
    contacted_at: datetime
    quoted_at: datetime
    decided_at: datetime
    fate: str
    jobs: list[Job]
    deposit: Decimal
    pays_balance: bool
    cancelled_at: datetime | None = None
    refunded_at: datetime | None = None
    revised_at: datetime | None = None
    closed_at: datetime = field(default=datetime.max.replace(tzinfo=UTC))

    @property
    def completed_at(self) -> datetime:
        """End of the last day's work."""
        last = max(job.later_day or job.day for job in self.jobs)
        return local(last, 22, self.branch)

    def status_at(self, instant: datetime) -> int:
        """The account's status integer at an instant."""
        if instant < self.contacted_at:
            return 0
        if self.fate == "bad":
            return 50
        if instant < self.quoted_at:
            return 1
        if instant < self.decided_at:
            return 3
        if self.fate == "lost":
            return 30
        if self.cancelled_at and instant >= self.cancelled_at:
            return 20
        if instant < self.completed_at:
            return 4
        return 11 if instant >= self.closed_at else 10

    def jobs_at(self, instant: datetime) -> list[Job]:
        return [j for j in self.jobs if j.removed_at is None or instant < j.removed_at]


@dataclass(slots=True)
class Person:
    """A customer with one or two opportunities."""

    id: str
    name: str
    phone: str
    later_phone: str
    phone_changes_at: datetime
    email: str | None
    address: str
    destination: str
    lives: list[Life]
    vanishes_at: datetime | None


def local(day: date, hour: int, branch: Branch) -> datetime:
    """An hour of the branch's day as a UTC instant, roughly."""
    behind = words.HOURS_BEHIND_UTC.get(branch.province, 6)
    return datetime.combine(day, time(hour), UTC) + timedelta(hours=behind)


class World:
    """The account of one seed: its branches, and whoever moves around a given day."""

    def __init__(self, seed: int, branches: Sequence[BranchSpec]) -> None:
        self.seed = seed
        self.branches = [self._network_branch(i, spec) for i, spec in enumerate(branches)]
        self._add_strangers()

    def id_of(self, *parts: object) -> str:
        """The account's id of a thing: same seed and name, same id."""
        return str(uuid5(_NAMESPACE, ":".join(str(p) for p in (self.seed, *parts))))

    def dice(self, *parts: object) -> random.Random:
        return random.Random(":".join(str(p) for p in (self.seed, *parts)))

    def people(self, around: date) -> Iterator[Person]:
        """Everybody with a service day within `WINDOW` of a day, in no useful order."""
        for branch in self.branches:
            mean = branch.customers / (2 * WINDOW.days + 1)
            for offset in range(-WINDOW.days, WINDOW.days + 1):
                day = around + timedelta(days=offset)
                dice = self.dice("day", branch.index, day)
                expected = mean * _WEEKDAY[day.weekday()]
                number = int(expected) + (dice.random() < expected % 1)
                for position in range(number):
                    yield self._person(branch, day, position)

    def _network_branch(self, index: int, spec: BranchSpec) -> Branch:
        return Branch(
            index=index,
            id=self.id_of("branch", index),
            name=_dirty_name(index, spec),
            code=spec.code,
            city=spec.name,
            province=spec.province,
            customers=spec.customers,
        )

    def _add_strangers(self) -> None:
        names = [f"{BRAND} {city.rsplit(' ', 1)[0]}" for city in words.US_CITIES]
        for name in [*names, *words.STRAY_BRANCHES]:
            index = len(self.branches)
            city = name.removeprefix(BRAND).strip()
            # One in three has a customer now and then: rows that no branch of ours will claim.
            customers = 2 if index % 3 == 0 else 0
            self.branches.append(
                Branch(index, self.id_of("branch", name), name, "", city, "US", customers)
            )

    def _person(self, branch: Branch, day: date, position: int) -> Person:
        dice = self.dice("person", branch.index, day, position)
        key = Key(branch.index, day, position, 0)
        first, last = dice.choice(words.FIRST_NAMES), dice.choice(words.LAST_NAMES)
        name = f"{first} {last}" + ("  " if dice.random() < 0.05 else "")
        lives = [self._life(dice, branch, day, key)]
        if dice.random() < 0.04:
            again = day + timedelta(days=dice.randint(3, 10))
            lives.append(self._life(dice, branch, again, replace(key, turn=1)))
        start = min(life.created_at for life in lives)
        plain = "".join(c for c in f"{first}.{last}".lower() if c.isascii())
        return Person(
            id=self.id_of("customer", key),
            name=name,
            phone=_phone(dice),
            later_phone=_phone(dice),
            phone_changes_at=start + timedelta(days=dice.uniform(2, 300)),
            email=f"{plain}.{dice.randint(1, 999)}@example.com" if dice.random() < 0.9 else None,
            address=_address(dice, branch),
            destination=_address(dice, branch),
            lives=lives,
            vanishes_at=local(day, 12, branch) if dice.random() < 0.01 else None,
        )

    def _life(self, dice: random.Random, branch: Branch, day: date, key: Key) -> Life:
        service_at = local(day, 8, branch)
        lead_time = timedelta(days=min(60.0, max(1.0, dice.lognormvariate(2.5, 0.8))))
        created = (service_at - lead_time).replace(second=0, microsecond=0)
        contacted = created + min(lead_time * 0.1, timedelta(hours=dice.uniform(0.2, 20)))
        quoted = contacted + min(lead_time * 0.3, timedelta(hours=dice.uniform(0.1, 90)))
        decided = quoted + min(lead_time * 0.5, timedelta(days=dice.uniform(0.1, 7)))
        fate = dice.choices(("booked", "lost", "bad"), (36, 57, 7))[0]
        life = Life(
            id=self.id_of("opportunity", key),
            quote_number=key.number,
            branch=branch,
            size=dice.choices(words.MOVE_SIZES, (4, 4, 9, 20, 22, 9, 8, 7, 9, 6, 2))[0],
            source=_channel(dice, branch),
            seller=dice.choice(words.FIRST_NAMES),
            has_date=dice.random() < 0.7,
            created_at=created,
            contacted_at=contacted,
            quoted_at=quoted,
            decided_at=decided,
            fate=fate,
            jobs=[],
            deposit=Decimal(dice.choice((0, 0, 100, 150))),
            pays_balance=dice.random() < 0.93,
        )
        life.jobs = self._jobs(dice, life, day, key)
        life.closed_at = life.completed_at + timedelta(days=dice.uniform(1, 6))
        if fate == "booked" and dice.random() < 0.07:
            life.cancelled_at = decided + (service_at - decided) * dice.uniform(0.2, 0.9)
            if dice.random() < 0.5:
                life.refunded_at = life.cancelled_at + timedelta(days=2)
        if dice.random() < 0.1:
            life.revised_at = decided + (service_at - decided) * 0.5
        return life

    def _jobs(self, dice: random.Random, life: Life, day: date, key: Key) -> list[Job]:
        kinds = [kind for kind, *_ in words.SERVICE_TYPES]
        kind = dice.choices(kinds, [share for *_, share in words.SERVICE_TYPES])[0]
        jobs = [self._job(dice, life, day, kind, 1, key)]
        if dice.random() < 0.08:
            jobs.append(self._job(dice, life, day + timedelta(days=1), 6, 2, key))
            if dice.random() < 0.25:
                jobs[1].removed_at = local(day - timedelta(days=1), 9, life.branch)
        if dice.random() < 0.05:
            first = jobs[0]
            first.later_day = day + timedelta(days=dice.choice((-1, 2, 3)))
            first.later_from = life.decided_at
        return jobs

    def _job(
        self, dice: random.Random, life: Life, day: date, kind: int, sequence: int, key: Key
    ) -> Job:
        _, _, crew, hours = life.size
        trucks = 0 if kind == _LABOUR_ONLY else 2 if crew == 5 else 1
        rate = _HOURLY[crew] + 70 * max(0, trucks - 1) - (20 if kind == _LABOUR_ONLY else 0)
        minutes = max(120, int(hours * 60))
        spread = dice.lognormvariate(0, 0.15)
        extras: list[tuple[str, int, Decimal]] = []
        if trucks:
            extras.append(("Travel Fee", 5, Decimal(rate) / 2))
        if dice.random() < 0.12:
            extras.append(("Heavy item over 350 lb", 8, Decimal(325)))
        if kind in (3, 4) or dice.random() < 0.15:
            extras.append(("Packing materials", 3, Decimal(dice.randint(2999, 22999)) / 100))
        return Job(
            id=self.id_of("job", key, sequence),
            number=f"{life.quote_number}-{sequence}",
            day=day,
            kind=kind,
            crew=crew,
            trucks=trucks,
            minutes=minutes,
            actual_minutes=max(120, 15 * round(minutes * spread / 15)),
            rate=Decimal(rate),
            extras=tuple(extras),
        )


def _dirty_name(index: int, spec: BranchSpec) -> str:
    """The branch's name as somebody once typed it: every kind of dirt turns up in a network."""
    if spec.code == "MONT":
        return f"{BRAND} - Corporate - MONTRÈAL"
    if spec.is_corporate:
        return f"{BRAND} - Corporate - {spec.name}" + ("  " if index % 2 else "")
    flag = "\N{REGIONAL INDICATOR SYMBOL LETTER C}\N{REGIONAL INDICATOR SYMBOL LETTER A}"
    forms = (
        f"{BRAND} {spec.name}",
        f"{BRAND} {spec.name}  ",
        f"{BRAND} {spec.name} {flag}",
        f"{BRAND} {spec.name}{flag}",
        f"Northway's Moving {spec.name}",
        f"Northways Moving - {spec.name.upper()}",
    )
    return forms[index % len(forms)]


def _channel(dice: random.Random, branch: Branch) -> str:
    names = [name for name, _ in words.CHANNELS]
    channel = dice.choices(names, [share for _, share in words.CHANNELS])[0]
    return f"{branch.code or 'US'} {channel}"


def _phone(dice: random.Random) -> str:
    return f"{dice.choice(('416', '604', '403', '514', '902'))}-555-01{dice.randint(0, 99):02d}"


def _address(dice: random.Random, branch: Branch) -> str:
    street = f"{dice.randint(1, 990)} {dice.choice(words.STREETS)}"
    letters = words.POSTAL_LETTERS.get(branch.province)
    if letters is None:
        return f"{street}, {branch.city}"
    province = branch.province
    if dice.random() < 0.2:
        province = words.PROVINCE_NAMES[province]
    area = f"{dice.choice(letters)}{dice.randint(1, 9)}{dice.choice('ABCEGHJKLMNPRSTVXY')}"
    unit = f"{dice.randint(1, 9)}{dice.choice('ABCEGHJKLMNPRSTVWXYZ')}{dice.randint(1, 9)}"
    return f"{street}, {branch.city}, {province} {area} {unit}"
