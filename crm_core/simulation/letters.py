"""Letters with reports of the time before the product sent its own: when due, when accepted.

The runs that made the reports are in `crm_core.simulation.plumbing`.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from crm_core.enums import DeliveryState, OccasionState, UserRole
from crm_core.simulation.frames import choice, instants, only
from crm_core.simulation.identifiers import new_ids
from crm_core.simulation.organisation import World
from crm_core.simulation.span import first_day
from crm_core.simulation.zones import DAY, Index, Seconds

HOUR, MINUTE = 3600, 60
WEEKLY, MONTHLY = "weekly operations", "monthly branch"
"""The first to head office each Monday, the second to every manager on the first of a month."""
LATE_SHARE, REFUSED_SHARE = 0.03, 0.008
STATES = (DeliveryState.SENT, DeliveryState.REFUSED)


def letters(world: World) -> dict[str, pl.DataFrame]:
    """Occasions, and a delivery per recipient of each."""
    due, name = _due(world)
    ids = new_ids(due * 1000, world.rng("occasions"))
    keys = (due // DAY).astype("datetime64[D]").astype(str)
    end = instants(due + 30 * MINUTE)
    occasions = pl.DataFrame(
        {
            "client_id": pl.repeat(world.client_id, len(due), eager=True),
            "id": ids,
            "report_name": choice([WEEKLY, MONTHLY], name),
            "due_at": instants(due),
            "window_key": pl.Series(keys),
            "state": pl.repeat(OccasionState.DONE.value, len(due), eager=True),
            "finished_at": end,
            "created_at": instants(due),
            "updated_at": end,
        }
    )
    return {
        "report_occasions": occasions,
        "report_deliveries": _deliveries(world, due, name, occasions),
    }


def _due(world: World) -> tuple[Seconds, Index]:
    """Due times in order, and which report: at six in the morning of the company."""
    day = np.arange(first_day(world) + 1, world.as_of // DAY)
    date = day.astype("datetime64[D]")
    first = date == date.astype("datetime64[M]")
    found = np.concatenate([day[day % 7 == 4], day[first]])
    name = np.repeat([0, 1], [int((day % 7 == 4).sum()), int(first.sum())])
    order = np.argsort(found, kind="stable")
    company: Index = np.full(len(found), len(world.company.branches))
    return world.zones.instants(found[order] * DAY + 6 * HOUR, company), name[order]


def _deliveries(world: World, due: Seconds, name: Index, occasions: pl.DataFrame) -> pl.DataFrame:
    rng = world.rng("deliveries")
    readers = [_staff(world, (UserRole.EXECUTIVE, UserRole.FINANCE)), _managers(world)]
    opened = _opened(world)
    pairs = [
        (row, person)
        for row, kind in enumerate(name)
        for person in readers[kind]
        if opened[person] <= due[row]
    ]
    row, person = (np.array(part, dtype=np.intp) for part in zip(*pairs, strict=True))
    late = rng.random(len(row)) < LATE_SHARE
    wait = np.where(late, rng.integers(11, 90, len(row)), rng.integers(1, 9, len(row))) * MINUTE
    state = (rng.random(len(row)) < REFUSED_SHARE) * 1
    at, ids = due[row] + wait, new_ids(due[row] * 1000, rng)
    return pl.DataFrame(
        {
            "client_id": pl.repeat(world.client_id, len(row), eager=True),
            "id": ids,
            "occasion_id": occasions["id"].gather(row),
            "report_name": occasions["report_name"].gather(row),
            "window_key": occasions["window_key"].gather(row),
            "recipient_user_id": world.user_ids.gather(person),
            "state": choice([each.value for each in STATES], state),
            "message_id": "<" + ids + "@reports.example>",
            "attempt_count": pl.repeat(1, len(row), eager=True),
            "rendered_at": instants(due[row]),
            "attempted_at": instants(at),
            "sent_at": only(instants(at), state == 0),
            "detail": choice(["", "the address is unknown"], state, state == 1),
            "created_at": instants(due[row]),
            "updated_at": instants(at),
        }
    )


def _staff(world: World, roles: Sequence[UserRole]) -> list[int]:
    return [number for number, person in enumerate(world.people) if person.role in roles]


def _managers(world: World) -> list[int]:
    return _staff(world, (UserRole.MANAGER,))


def _opened(world: World) -> list[int]:
    """By staff number: since when their branch is open."""
    since = {b.code: np.datetime64(b.opened_on, "s").astype(int) for b in world.company.branches}
    return [int(since.get(person.home or "", 0)) for person in world.people]
