"""`simulate`: the demo companies, generated, loaded, and carried on through the services.

The command line around it is in `orchestration`.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import psycopg

from crm_core.database import DatabaseRole, conninfo
from crm_core.services.business_day import roll_over
from crm_core.simulation import load
from crm_core.simulation.audit_rows import audit_entries
from crm_core.simulation.errors import AlreadySimulated
from crm_core.simulation.generate import TABLES, northway_parts, riverbend_parts
from crm_core.simulation.network import Plan, northway, plan, riverbend
from crm_core.simulation.organisation import Frames, World, found

SLUGS = ("northway", "riverbend")
Progress = Callable[[str], None]


def silent(_: str) -> None:
    """No progress."""


@dataclass(frozen=True)
class SimulationResult:
    """What was written: rows by table, and the seconds of each step."""

    rows: dict[str, int]
    steps: dict[str, float]

    @property
    def seconds(self) -> float:
        return sum(self.steps.values())


def is_simulated() -> bool:
    """Whether the demo tenants are in the core."""
    return bool(_known_slugs())


def simulate(
    scale: str, seed: int, until: date, truth_dir: Path | None = None, progress: Progress = silent
) -> SimulationResult:
    """Write the demo companies into a migrated core, up to the morning of `until`.

    Same scale, seed and day: same rows. Raises `AlreadySimulated`, `UnknownScale`,
    `UntilOutOfRange` or `SimulationBlocked`.
    """
    wanted = plan(scale, seed, until)
    if known := _known_slugs():
        raise AlreadySimulated(
            f"tenant {' and '.join(known)} is in the core already: use an empty state directory"
            " (CRM_VAR) for another simulation"
        )
    steps: dict[str, float] = {}
    started = time.monotonic()
    progress(f"generating and loading scale {scale}")
    companies = load_companies(wanted)
    steps["load"] = time.monotonic() - started
    started = time.monotonic()
    load.analyze([*TABLES, "audit_entries"])
    steps["analyze"] = time.monotonic() - started
    rows: dict[str, int] = {}
    for frames in companies.values():
        for table, frame in frames.items():
            rows[table] = rows.get(table, 0) + len(frame)
    return SimulationResult(rows, steps)


def load_companies(wanted: Plan) -> dict[str, Frames]:
    """Generate and load both tenants in one transaction; their frames by slug."""
    worlds = {
        "northway": (found(wanted, northway(wanted)), northway_parts),
        "riverbend": (found(wanted, riverbend()), riverbend_parts),
    }
    written: dict[str, Frames] = {}
    with load.bulk_transaction([*TABLES, "audit_entries"]) as connection:
        for slug, (world, parts) in worlds.items():
            frames = written.setdefault(slug, {})
            load.copy_all(connection, _kept(parts(world), frames))
            rows = {table: len(frame) for table, frame in frames.items()}
            load.copy(connection, "audit_entries", audit_entries(world, rows))
        roll_over(connection, wanted.as_of)
    return written


def _kept(parts, frames):
    for part in parts:
        frames.update(part)
        yield part


def _known_slugs() -> list[str]:
    """Which demo tenants exist, looked up past row-level security."""
    with psycopg.connect(conninfo(DatabaseRole.LOADER)) as connection:
        found_rows = connection.execute(
            "select slug from core.clients where slug = any(%s) order by slug", [list(SLUGS)]
        ).fetchall()
    return [slug for (slug,) in found_rows]


__all__ = ["SimulationResult", "World", "is_simulated", "load_companies", "simulate"]
