"""The rows of a simulated company that are not business: tenant, branches, staff, integrations.

Customers and everything that follows from them are made by the other modules.
"""

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np
import polars as pl

from crm_core.enums import IntegrationMode, UserRole
from crm_core.simulation.calendar import LONGEST_LEAD_TIME
from crm_core.simulation.frames import stream
from crm_core.simulation.identifiers import new_ids
from crm_core.simulation.network import Company, Plan
from crm_core.simulation.people import StaffMember, staff
from crm_core.simulation.zones import Index, LocalTime, seconds_of

Frames = dict[str, pl.DataFrame]
"""Rows by table name."""

SMARTMOVING = "smartmoving"
COMPANY_ZONE = "America/Toronto"
LONGEST_LIFE_YEARS = 12
"""No row tells of something that happened so long before the detail."""
BUSINESS_HOURS = json.dumps(
    {day: {"open": "08:00", "close": "18:00"} for day in ("mon", "tue", "wed", "thu", "fri")}
    | {"sat": {"open": "09:00", "close": "17:00"}, "sun": {"open": "10:00", "close": "16:00"}}
)


@dataclass(frozen=True)
class World:
    """What every generator needs to know of a company: ids, zones, staff, and the plan."""

    plan: Plan
    company: Company
    client_id: str
    location_ids: pl.Series
    """By branch number."""
    user_ids: pl.Series
    """By staff number."""
    people: list[StaffMember]
    zones: LocalTime
    """By branch number; after the last, the company's own."""
    frames: Frames
    planted: dict[str, Any] = field(default_factory=dict)
    """What was hidden in the rows to be found, by kind: filled as they are made."""

    @property
    def as_of(self) -> int:
        """The end of the history, in seconds since 1970."""
        return seconds_of(self.plan.as_of)

    def rng(self, purpose: str) -> np.random.Generator:
        """The random numbers of one purpose in this company."""
        return stream(self.plan.seed, f"{self.company.slug}/{purpose}")

    def posts(self, role: UserRole) -> tuple[Index, Index]:
        """First staff number and number of staff in a role of the branches, by branch number."""
        homes: dict[str | None, list[int]] = {b.code: [] for b in self.company.branches}
        for number, person in enumerate(self.people):
            if person.role is role:
                homes[person.home].append(number)
        return np.array([h[0] for h in homes.values()]), np.array([len(h) for h in homes.values()])

    @property
    def is_source_branch(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Branches whose recent bookings come from SmartMoving, by branch number."""
        return np.array(
            [_mode(self, b.code) is IntegrationMode.SOURCE for b in self.company.branches]
        )


def found(plan: Plan, company: Company) -> World:
    """A company with its branches, staff and integrations, open for business."""
    rng = stream(plan.seed, f"{company.slug}/organisation")
    people = staff(company, rng)
    client_id = _ids([plan.history_start_on], rng)[0]
    opened = [branch.opened_on for branch in company.branches]
    hired = [_hired_on(person, company, plan) for person in people]
    world = World(
        plan=plan,
        company=company,
        client_id=client_id,
        location_ids=_ids(opened, rng),
        user_ids=_ids(hired, rng),
        people=people,
        zones=LocalTime(
            [*(branch.timezone for branch in company.branches), COMPANY_ZONE],
            date(plan.start_on.year - LONGEST_LIFE_YEARS, 1, 1),
            plan.until + timedelta(days=2 * LONGEST_LEAD_TIME + 60),
        ),
        frames={},
    )
    world.frames["clients"] = _clients(world)
    world.frames["locations"] = _locations(world)
    world.frames["users"] = _users(world, hired)
    world.frames["user_locations"] = _user_locations(world, hired, rng)
    if company.is_franchise:
        world.frames.update(_integrations(world, rng))
    return world


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12, tzinfo=UTC))


def _ids(created: list[date], rng: np.random.Generator) -> pl.Series:
    stamps = np.array([seconds_of(_noon(day)) * 1000 for day in created], dtype=np.int64)
    return new_ids(stamps, rng)


def _stamps(created: list[date]) -> pl.Series:
    return pl.Series([_noon(day).replace(tzinfo=None) for day in created], dtype=pl.Datetime("ms"))


def _stamped(rows: list[dict[str, Any]], created: list[date]) -> pl.DataFrame:
    stamps = _stamps(created)
    return pl.DataFrame(rows, infer_schema_length=None).with_columns(
        created_at=stamps, updated_at=stamps
    )


def _hired_on(person: StaffMember, company: Company, plan: Plan) -> date:
    """Staff are there from the first month of the history, or from when their branch opens."""
    opened = [b.opened_on for b in company.branches if b.code == person.home]
    return max([plan.history_start_on, *opened])


def _clients(world: World) -> pl.DataFrame:
    company = world.company
    row = {
        "id": world.client_id,
        "slug": company.slug,
        "name": company.name,
        "is_franchise": company.is_franchise,
        "timezone": COMPANY_ZONE,
    }
    return _stamped([row], [world.plan.history_start_on])


def _locations(world: World) -> pl.DataFrame:
    rows = [
        {
            "client_id": world.client_id,
            "id": location_id,
            "code": branch.code,
            "name": branch.name,
            "city": branch.city,
            "province": branch.province,
            "timezone": branch.timezone,
            "is_corporate": branch.is_corporate,
            "storage_type": branch.storage.value,
            "truck_count": branch.trucks,
            "shared_fleet_codes": "{" + ",".join(branch.shares_fleet_with) + "}",
            "latitude": str(branch.latitude),
            "longitude": str(branch.longitude),
            "business_hours": BUSINESS_HOURS,
            "opened_on": branch.opened_on,
            "email": f"{branch.code.lower()}@{world.company.domain}",
        }
        for branch, location_id in zip(world.company.branches, world.location_ids, strict=True)
    ]
    return _stamped(rows, [branch.opened_on for branch in world.company.branches])


def _users(world: World, hired: list[date]) -> pl.DataFrame:
    home = _location_by_code(world)
    rows = [
        {
            "client_id": world.client_id,
            "id": user_id,
            "location_id": home[person.home] if person.home else None,
            "role": person.role.value,
            "name": person.name,
            "email": person.email,
            "language": person.language,
            "hourly_cost_amount": str(person.hourly_cost_amount),
        }
        for person, user_id in zip(world.people, world.user_ids, strict=True)
    ]
    return _stamped(rows, hired)


def _user_locations(world: World, hired: list[date], rng: np.random.Generator) -> pl.DataFrame:
    location = _location_by_code(world)
    pairs = [
        (user_id, location[code], day)
        for person, user_id, day in zip(world.people, world.user_ids, hired, strict=True)
        for code in person.sees
    ]
    since = [day for _, _, day in pairs]
    rows = [
        {"client_id": world.client_id, "id": row_id, "user_id": user, "location_id": place}
        for (user, place, _), row_id in zip(pairs, _ids(since, rng), strict=True)
    ]
    return _stamped(rows, since)


def _integrations(world: World, rng: np.random.Generator) -> Frames:
    """SmartMoving: the source of a few franchises, a reference for the rest."""
    since = world.plan.start_on
    branches = world.company.branches
    integration_id = _ids([since], rng)[0]
    integration = {
        "client_id": world.client_id,
        "id": integration_id,
        "provider": SMARTMOVING,
        "name": "SmartMoving",
    }
    uses = [
        {
            "client_id": world.client_id,
            "id": row_id,
            "integration_id": integration_id,
            "location_id": location_id,
            "mode": _mode(world, branch.code).value,
            "external_name": "".join(filter(str.isalnum, branch.name.lower())),
        }
        for branch, location_id, row_id in zip(
            branches, world.location_ids, _ids([since] * len(branches), rng), strict=True
        )
    ]
    return {
        "integrations": _stamped([integration], [since]),
        "integration_locations": _stamped(uses, [since] * len(uses)),
    }


def _mode(world: World, code: str) -> IntegrationMode:
    is_source = world.company.is_franchise and code in world.plan.scale.source_codes
    return IntegrationMode.SOURCE if is_source else IntegrationMode.REFERENCE


def _location_by_code(world: World) -> dict[str, str]:
    codes = (branch.code for branch in world.company.branches)
    return dict(zip(codes, world.location_ids, strict=True))
