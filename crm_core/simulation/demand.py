"""Who asks for a move: when, where, through which channel, and for what.

What the branch makes of it is decided in `crm_core.simulation.outcomes`.
"""

from dataclasses import dataclass, fields
from datetime import timedelta

import numpy as np

from crm_core.enums import CustomerType, UserRole
from crm_core.simulation import market
from crm_core.simulation.calendar import LONGEST_LEAD_TIME, expected_jobs, lead_time_days
from crm_core.simulation.frames import Days, Mask, draw
from crm_core.simulation.market import CHANNELS, SERVICE_NUMBER, SERVICES, SIZES, shares
from crm_core.simulation.organisation import World
from crm_core.simulation.zones import DAY, Index, Seconds, day_number

LONGEST_DECISION = 26
"""Days: a customer decides before the quote's thirty days are over."""
BAD_SHARE = 0.063
SOURCE_SILENCE_DAYS = 60
"""Branches that take their bookings from SmartMoving get no leads of ours in the last days."""

HOUR_WEIGHTS = (1, 1, 0, 0, 0, 1, 2, 4, 8, 10, 11, 10, 9, 9, 9, 9, 9, 8, 8, 8, 8, 6, 4, 2)
PROVINCES = ("AB", "BC", "MB", "NB", "NS", "ON", "QC", "SK")
FAR_SHARE = 0.006
"""Share of moves into another province, beside those sold as long distance."""
CUSTOMER_TYPES = (
    CustomerType.RESIDENTIAL,
    CustomerType.COMMERCIAL,
    CustomerType.CORPORATE_ACCOUNT,
)


@dataclass(frozen=True)
class Prospects:
    """One row per lead that may come in; every array has the same length."""

    branch: Index
    wanted_on: Days
    created_at: Seconds
    decision_seconds: Seconds
    """How long the customer takes to decide, if they book."""
    channel: Index
    service: Index
    size: Index
    customer_type: Index
    is_bad: Mask
    owner: Index
    """Staff number of the sales representative."""
    origin: Index
    destination: Index

    def __len__(self) -> int:
        return len(self.branch)

    def take(self, rows: Mask | Index) -> "Prospects":
        """The chosen rows."""
        return Prospects(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})


def prospects(world: World) -> Prospects:
    """Everybody who asks between some months before the start and the end, oldest first."""
    rng = world.rng("demand")
    branch, wanted_on = _wishes(world, rng)
    count = len(branch)
    booked_before = lead_time_days(rng.standard_normal(count))
    decision = np.clip(2.5 * np.exp(rng.standard_normal(count)), 0.05, LONGEST_DECISION)
    hours = draw(rng, shares(list(HOUR_WEIGHTS)), count)
    asked_on = np.floor(wanted_on - booked_before - decision).astype(np.int64)
    asked_local = asked_on * DAY + hours * 3600 + rng.integers(0, 3600, count)
    channel = draw(rng, shares([c.share for c in CHANNELS]), count)
    service = draw(rng, shares([s.share for s in SERVICES]), count)
    customer_type, size = _homes_and_firms(rng, service)
    home = home_provinces(world)[branch]
    first_rep, reps = world.posts(UserRole.SALES_REP)
    everyone = Prospects(
        branch=branch,
        wanted_on=wanted_on,
        created_at=world.zones.instants(asked_local, branch),
        decision_seconds=(decision * DAY).astype(np.int64),
        channel=channel,
        service=service,
        size=size,
        customer_type=customer_type,
        is_bad=(rng.random(count) < BAD_SHARE) & (channel != market.REPEAT),
        owner=first_rep[branch] + (rng.random(count) * reps[branch]).astype(np.intp),
        origin=home,
        destination=_destinations(rng, home, service),
    )
    came = everyone.take(_came(world, everyone, asked_on))
    return came.take(np.lexsort((came.branch, came.created_at)))


def _wishes(world: World, rng: np.random.Generator) -> tuple[Index, Days]:
    """Branch and wanted day of each lead: Poisson counts around the calendar."""
    plan = world.plan
    first = plan.start_on - timedelta(days=10)
    last = plan.until + timedelta(days=LONGEST_LEAD_TIME + LONGEST_DECISION + 5)
    expected = expected_jobs(world.company.branches, first, last, plan.until)
    counts = rng.poisson(expected * market.LEADS_PER_JOB)
    branch, offset = np.nonzero(counts)
    repeats = counts[branch, offset]
    wanted = day_number(first) + offset.astype(np.int64)
    return np.repeat(branch, repeats), np.repeat(wanted, repeats)


def _came(world: World, everyone: Prospects, asked_on: Days) -> Mask:
    """Leads that exist: after the branch opened, before the end, not in a source's silence."""
    opened = np.array([day_number(b.opened_on) for b in world.company.branches])
    silent = world.is_source_branch[everyone.branch] & (
        everyone.created_at >= world.as_of - SOURCE_SILENCE_DAYS * DAY
    )
    is_open = asked_on >= opened[everyone.branch]
    return is_open & (everyone.created_at <= world.as_of) & ~silent


def _homes_and_firms(rng: np.random.Generator, service: Index) -> tuple[Index, Index]:
    """Customer type and move size: offices for commercial jobs, homes for the rest."""
    count = len(service)
    is_commercial = service == SERVICE_NUMBER["COMMERCIAL"]
    corporate = rng.random(count)
    customer_type = np.where(
        is_commercial, np.where(corporate < 0.3, 2, 1), np.where(corporate < 0.03, 2, 0)
    )
    homes = shares([0.0 if size.is_commercial else size.share for size in SIZES])
    offices = shares([size.share if size.is_commercial else 0.0 for size in SIZES])
    size = np.where(is_commercial, draw(rng, offices, count), draw(rng, homes, count))
    return customer_type.astype(np.intp), size.astype(np.intp)


def home_provinces(world: World) -> Index:
    """By branch: the number of its province."""
    return np.array([PROVINCES.index(b.province) for b in world.company.branches], dtype=np.intp)


def _destinations(rng: np.random.Generator, home: Index, service: Index) -> Index:
    """Where moves end: nearly always in the province where they begin."""
    count = len(home)
    is_far = (rng.random(count) < FAR_SHARE) | (service == SERVICE_NUMBER["LONG_DISTANCE"])
    step = rng.integers(1, len(PROVINCES), count)
    return np.where(is_far, (home + step) % len(PROVINCES), home).astype(np.intp)
