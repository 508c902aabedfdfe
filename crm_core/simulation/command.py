"""`simulate`: the demo companies, generated, loaded, and carried on through the services.

The command line around it is in `orchestration`.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl

from crm_core import clock
from crm_core.database import DatabaseRole, connect, conninfo
from crm_core.services.business_day import roll_over
from crm_core.simulation import live, load
from crm_core.simulation.audit_rows import audit_entries
from crm_core.simulation.errors import AlreadySimulated
from crm_core.simulation.generate import (
    TABLES,
    northway_parts,
    riverbend_parts,
    riverbend_start_on,
)
from crm_core.simulation.local_days import with_local
from crm_core.simulation.manifest import write_manifest
from crm_core.simulation.network import Plan, northway, plan, riverbend
from crm_core.simulation.organisation import Frames, World, found
from crm_core.simulation.truth import READ, Figures, fitted, shape, write_truth

SLUGS = ("northway", "riverbend")
LIVE_BRANCHES = ("VANC", "DTOR")
LIVE_DAYS, LIVE_SALES = 4, 8
RIVERBEND_SALES = 30
AUDIT = "audit_entries"

Progress = Callable[[str], None]


def silent(_: str) -> None:
    """No progress."""


@dataclass
class SimulationResult:
    """What was written: rows by table, sales driven live, and the seconds of each step."""

    rows: dict[str, int] = field(default_factory=dict)
    live_sales: int = 0
    steps: dict[str, float] = field(default_factory=dict)
    truth: Path | None = None
    checksums: dict[str, str] = field(default_factory=dict)
    """Per table, when asked for: `crm_core.simulation.checksums`."""

    @property
    def seconds(self) -> float:
        """The whole simulation."""
        return sum(self.steps.values())


@dataclass(frozen=True)
class Written:
    """A company as it was copied: its rows, and the transaction that wrote them."""

    world: World
    frames: Frames
    transaction: int


def is_simulated() -> bool:
    """Whether the demo tenants are in the core."""
    return bool(_known_slugs())


def simulate(
    scale: str, seed: int, until: date, truth_dir: Path | None = None, progress: Progress = silent
) -> SimulationResult:
    """Write the demo companies into a migrated core, up to the morning of `until`.

    Same scale, seed and day: same rows, ids included; only what the database itself stamps on the
    few sales that the services make (the instant of writing, ids of history) differs.
    Raises `AlreadySimulated`, `UnknownScale`, `UntilOutOfRange` or `SimulationBlocked`.
    """
    wanted = plan(scale, seed, until, clock.now())
    if known := _known_slugs():
        raise AlreadySimulated(
            f"tenant {' and '.join(known)} is in the core already: use an empty state directory"
            " (CRM_VAR) for another simulation"
        )
    result = SimulationResult()
    with _step(result, "generate and load", progress):
        companies = load_companies(wanted).companies
    with load.statistics_gathered([*TABLES, AUDIT]):
        with _step(result, "drive sales through the services", progress):
            result.live_sales = drive_companies(wanted, companies)
        if truth_dir is not None:
            with _step(result, "write the true figures", progress):
                result.truth = write_truth(figures_of(companies), truth_dir)
                write_manifest((company.world for company in companies), truth_dir)
    for company in companies:
        for table, frame in company.frames.items():
            if table != AUDIT:
                result.rows[table] = result.rows.get(table, 0) + len(frame)
    return result


@contextmanager
def _step(result: SimulationResult, name: str, progress: Progress) -> Iterator[None]:
    """Announces a step and notes its seconds."""
    progress(name)
    started = time.monotonic()
    yield
    result.steps[name] = time.monotonic() - started


Companies = Sequence[tuple[World, Iterable[Frames]]]


def companies_of(wanted: Plan) -> Companies:
    """The tenants of a plan, and their parts as they are made; the largest last."""
    small = found(wanted, riverbend())
    numbers = range(wanted.scale.tenants, 0, -1)
    networks = [found(wanted, northway(wanted, number)) for number in numbers]
    return [(small, riverbend_parts(small)), *((one, northway_parts(one)) for one in networks)]


@dataclass(frozen=True)
class Loaded:
    """What a load wrote, the big company first, and its seconds by kind of work."""

    companies: list[Written]
    steps: Mapping[str, float]


def load_companies(wanted: Plan) -> Loaded:
    """Generate and copy all tenants in one transaction."""
    return write_companies(companies_of(wanted), wanted.as_of)


def write_companies(companies: Companies, as_of: datetime) -> Loaded:
    """Copy tenants in one transaction, part by part as they come."""
    written: list[Written] = []
    with load.bulk_transaction([*TABLES, AUDIT]) as bulk:
        number = load.transaction_number(bulk.connection)
        for world, parts in companies:
            frames: Frames = {}
            load.copy_all(bulk, _kept(parts, frames), last=world is companies[-1][0])
            rows = {table: len(frame) for table, frame in frames.items() if table != AUDIT}
            noted = with_local(world, AUDIT, audit_entries(world, rows))
            known = [frames[AUDIT]] if AUDIT in frames else []
            frames[AUDIT] = pl.concat([*known, noted], how="diagonal_relaxed")
            load.copy(bulk, AUDIT, frames[AUDIT])
            written.insert(0, Written(world, frames, number))
        roll_over(bulk.connection, as_of)
    return Loaded(written, bulk.steps)


def drive_companies(wanted: Plan, companies: Iterable[Written]) -> int:
    """Some sales of the last days at a few branches, and all of the small tenant; returns how many.

    The last sale of the detail is in the books before `as_of`, like everything else.
    """
    worlds = {company.world.company.slug: company.world for company in companies}
    live.drive(
        live.desks(worlds["northway"], LIVE_BRANCHES),
        LIVE_SALES,
        first=wanted.as_of - timedelta(days=LIVE_DAYS),
        last=wanted.as_of,
        seed=wanted.seed,
    )
    live.drive(
        live.desks(worlds["riverbend"]),
        RIVERBEND_SALES,
        first=_midday(riverbend_start_on(wanted.until)),
        last=wanted.as_of,
        seed=wanted.seed + 1,
    )
    return LIVE_SALES + RIVERBEND_SALES


def _midday(day: date) -> datetime:
    """Midday of a day in eastern Canada."""
    return datetime(day.year, day.month, day.day, 17, tzinfo=UTC)


def _kept(parts: Iterable[Frames], frames: Frames) -> Iterator[Frames]:
    """The parts as they come, remembered in `frames`; the audit trail waits for the last row."""
    for part in parts:
        frames.update(part)
        yield {table: frame for table, frame in part.items() if table != AUDIT}


def figures_of(companies: Sequence[Written]) -> list[Figures]:
    """What the true figures follow from: the copied rows and those that the services made."""
    return [
        Figures(
            client=company.world.company.slug,
            tables={table: _all_rows(company, table, columns) for table, columns in READ.items()},
            until=company.world.plan.until,
        )
        for company in companies
    ]


def _all_rows(company: Written, table: str, columns: tuple[str, ...]) -> pl.DataFrame:
    """The copied rows and, where rows carry their tenant, those that the services made."""
    copied = fitted(table, company.frames.get(table), columns)
    if table == "clients":
        return copied
    client_id, like = company.world.client_id, shape(table, columns)
    made = load.read_since(client_id, table, columns, company.transaction, like)
    return pl.concat([copied, made])


def _known_slugs() -> list[str]:
    """Which demo tenants exist, looked up past row-level security."""
    with connect(conninfo(DatabaseRole.LOADER)) as connection:
        known = connection.execute(
            "select slug from core.clients where slug = any(%s) order by slug", [list(SLUGS)]
        ).fetchall()
    return [slug for (slug,) in known]
