"""Who signs in, who takes data out, and who may do more than the role: the trail of the office.

The entries of the bulk load itself are in `crm_core.simulation.audit_rows`.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import polars as pl

from crm_core.enums import Action, ActorType, AuditSeverity, PermissionScope, Resource, UserRole
from crm_core.security.audit import content_hash, export_severity
from crm_core.simulation.frames import choice, instants
from crm_core.simulation.identifiers import new_ids
from crm_core.simulation.organisation import World
from crm_core.simulation.span import first_day
from crm_core.simulation.zones import DAY, Index, Seconds

HOUR = 3600
TRAIL_DAYS = 100
"""So far back the trail of the office goes."""
OFFICE = (UserRole.MANAGER, UserRole.SALES_REP, UserRole.DISPATCHER)
WEEKLY_SHARE = 0.9
"""Sessions last a week: that part of the office signs in anew in each."""
REFUSED_SHARE = 0.07
EXPORT_SHARE = 0.3
"""Managers and analysts who take rows out, in a week."""
MEDIAN_ROWS, ROWS_SIGMA = 320, 1.1
GRANTED = (
    (Resource.COMMUNICATION, Action.EXPORT),
    (Resource.SCHEDULE, Action.APPROVE),
    (Resource.CUSTOMER, Action.EXPORT),
)
"""What a dispatcher is given for a while when the manager is away."""
GRANT_SHARE, ENDLESS_SHARE, AWAY_SHARE = 0.3, 0.15, 0.1
GRANT_DAYS = (10, 90)


@dataclass
class Entry:
    """One entry, as its hash covers it."""

    client_id: str
    id: str
    location_id: str | None
    owner_id: str | None
    actor_type: str
    action: str
    resource: str
    resource_id: str | None
    severity: str
    occurred_at: datetime
    details: dict[str, Any]


def trail_entries(world: World) -> pl.DataFrame:
    """Sign-ins, refused ones, and exports, oldest first, as they stand in `core.audit_entries`."""
    made = sorted([*_sign_ins(world), *_exports(world)], key=lambda each: each[0])
    stamps = np.array([at for at, *_ in made], dtype=np.int64)
    ids = new_ids(stamps * 1000, world.rng("trail ids"))
    entries = [
        Entry(
            client_id=world.client_id,
            id=row_id,
            occurred_at=datetime.fromtimestamp(at, UTC),
            **about,
        )
        for row_id, (at, about) in zip(ids, made, strict=True)
    ]
    stamp = instants(stamps)
    return pl.DataFrame(
        [
            {**each.__dict__, "details": json.dumps(each.details)}
            | {"content_hash": content_hash(each)}
            for each in entries
        ],
        infer_schema_length=None,
    ).with_columns(occurred_at=stamp, created_at=stamp, updated_at=stamp)


def with_last_sign_in(users: pl.DataFrame, entries: pl.DataFrame) -> pl.DataFrame:
    """The accounts with the instant of their last sign-in."""
    last = (
        entries.filter(pl.col("action") == "SIGN_IN")
        .group_by(pl.col("resource_id").alias("id"))
        .agg(pl.col("occurred_at").max().alias("last_login_at"))
    )
    return users.join(last, on="id", how="left", maintain_order="left")


def user_permissions(world: World) -> pl.DataFrame:
    """Rights that some dispatchers were given, most of them for a few weeks."""
    rng = world.rng("overrides")
    first, _ = world.posts(UserRole.DISPATCHER)
    branch, right = (part.reshape(-1) for part in np.indices((len(first), len(GRANTED))))
    days = world.as_of // DAY - first_day(world)
    granted = world.as_of - rng.integers(1, days, len(branch)) * DAY + 3 * HOUR
    length = rng.integers(*GRANT_DAYS, len(branch)) * DAY
    luck = rng.random(len(branch))
    opened = np.array([b.opened_on for b in world.company.branches], dtype="datetime64[D]")
    known = (opened.astype(np.int64) * DAY)[branch] < granted
    keep = np.flatnonzero((luck < GRANT_SHARE) & known & (granted < world.as_of))
    keep = keep[np.argsort(granted[keep], kind="stable")]
    branch, right, granted, length = branch[keep], right[keep], granted[keep], length[keep]
    manager, _ = world.posts(UserRole.MANAGER)
    lasts = rng.random(len(keep)) < ENDLESS_SHARE
    return pl.DataFrame(
        {
            "client_id": pl.repeat(world.client_id, len(keep), eager=True),
            "id": new_ids(granted * 1000, rng),
            "location_id": world.location_ids.gather(branch),
            "user_id": world.user_ids.gather(first[branch]),
            "resource": choice([resource.value for resource, _ in GRANTED], right),
            "action": choice([action.value for _, action in GRANTED], right),
            "is_granted": pl.repeat(True, len(keep), eager=True),
            "scope": pl.repeat(PermissionScope.LOCATION.value, len(keep), eager=True),
            "expires_at": instants(granted + length, ~lasts),
            "reason": pl.repeat("the manager is away", len(keep), eager=True),
            "granted_by_id": world.user_ids.gather(manager[branch]),
            "created_at": instants(granted),
            "updated_at": instants(granted),
        }
    )


Made = tuple[int, dict[str, Any]]
"""When, and the fields of an entry."""


def _sign_ins(world: World) -> Iterator[Made]:
    """Once a week on a morning, now and then after a mistyped password."""
    rng = world.rng("sign-ins")
    for staff in _office(world, OFFICE):
        for at in _weekly(world, rng, WEEKLY_SHARE, staff):
            user = world.user_ids[staff]
            about = _about(Resource.USER, None) | {"resource_id": user}
            if rng.random() < REFUSED_SHARE:
                yield at - 40, about | {
                    "actor_type": ActorType.SYSTEM.value, "owner_id": None,
                    "action": "SIGN_IN_REFUSED", "severity": AuditSeverity.WARNING.value,
                }  # fmt: skip
            yield at, about | {"owner_id": user, "action": "SIGN_IN"}


def _exports(world: World) -> Iterator[Made]:
    """Rows taken out by managers, seldom of another branch for whose manager they stand in."""
    rng = world.rng("exports")
    codes = {b.code: n for n, b in enumerate(world.company.branches)}
    for staff in _office(world, (UserRole.MANAGER, UserRole.ANALYST)):
        home = world.people[staff].home
        for at in _weekly(world, rng, EXPORT_SHARE, staff):
            rows = int(MEDIAN_ROWS * np.exp(ROWS_SIGMA * rng.standard_normal()))
            branch = None if home is None else codes[home]
            if branch is not None and rng.random() < AWAY_SHARE:
                branch = (branch + 1) % len(codes)
            yield at + 2 * HOUR, _about(Resource.WAREHOUSE, branch, world) | {
                "owner_id": world.user_ids[staff], "action": "EXPORT",
                "severity": export_severity(rows).value,
                "details": {"what": "rows", "rows": rows},
            }  # fmt: skip


def _about(resource: Resource, branch: int | None, world: World | None = None) -> dict[str, Any]:
    return {
        "location_id": None if branch is None or world is None else world.location_ids[branch],
        "actor_type": ActorType.USER.value,
        "resource": resource.value,
        "resource_id": None,
        "severity": AuditSeverity.INFO.value,
        "details": {},
    }


def _office(world: World, roles: tuple[UserRole, ...]) -> Iterator[int]:
    """Staff numbers of these roles."""
    return (number for number, person in enumerate(world.people) if person.role in roles)


def _weekly(world: World, rng: np.random.Generator, share: float, staff: int) -> list[int]:
    """Instants on mornings of the week, in that part of the weeks, once the branch is open."""
    home = world.people[staff].home
    codes = [b.code for b in world.company.branches]
    branch = codes.index(home) if home in codes else len(codes)
    last = world.as_of // DAY
    first = max(first_day(world), last - TRAIL_DAYS)
    if branch < len(codes):
        opened = np.datetime64(world.company.branches[branch].opened_on, "D").astype(np.int64)
        first = max(first, int(opened))
    monday: Seconds = np.arange(first + (4 - first % 7) % 7, last - 4, 7)
    chosen = monday[rng.random(len(monday)) < share]
    day = chosen + rng.integers(0, 4, len(chosen))
    at = day * DAY + rng.integers(7 * HOUR, 11 * HOUR, len(chosen))
    place: Index = np.full(len(chosen), branch)
    return [int(each) for each in world.zones.instants(at, place)]
