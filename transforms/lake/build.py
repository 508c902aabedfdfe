"""Build in memory, audit there, publish in one lake transaction; warm doors before letting go.

How dbt is run is in `dbt_memory`; the models are in dbt_project.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
from duckdb import DuckDBPyConnection

from crm_core import clock
from crm_core.config import settings
from transforms.lake import audit, crash, publication, publish, state, status
from transforms.lake.catalogue import ensure_catalogue
from transforms.lake.definitions import definitions_hash, keep_definitions
from transforms.lake.door import sweep_doors, warm_doors
from transforms.lake.engine import attach_lake, connect_memory, current_snapshot, said
from transforms.lake.errors import AuditFailed, BuildFailed, NothingPublished
from transforms.lake.publication import Publication
from transforms.lake.state import LakeState
from transforms.lake.writer import Writer, writing

if TYPE_CHECKING:
    from transforms.lake.dbt_memory import Outcome

Transform = Callable[[DuckDBPyConnection], None]
"""Computes what SQL cannot (forecasts), from the marts in memory into its schema `transforms`."""

BEFORE_TRANSFORMS = ("--exclude", "source:transforms+")
AFTER_TRANSFORMS = ("--select", "source:transforms+")


@dataclass(frozen=True)
class Published:
    """A build that made a new publication."""

    publication: Publication
    models: int
    checks: int
    rows: dict[str, int]
    doors: int
    seconds: dict[str, float]
    """Duration of each step."""


@dataclass(frozen=True)
class NothingToPublish:
    """Neither the data nor the definitions changed since the current publication."""

    publication: Publication

    @property
    def line(self) -> str:
        """One line for people."""
        return (
            f"nothing to publish: no row, no business date and no definition changed since"
            f" publication {self.publication.id}"
        )


@dataclass
class _Steps:
    """How long each step took, and who hears about it."""

    tell: Callable[[str], None] | None
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        if self.tell is not None:
            self.tell(name)
        started = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - started, 3)


def run_build(
    transform: Transform | None = None,
    *,
    force: bool = False,
    at: datetime | None = None,
    project_dir: Path | None = None,
    wait: float = 0.0,
    tell: Callable[[str], None] | None = None,
) -> Published | NothingToPublish:
    """Builds, audits and publishes the marts from what the last extract brought.

    Without `force`, only if that, or the dbt project, differs from the current publication.
    Raises `WriterBusy`, `AuditFailed`, `BuildFailed`; the current publication then stays.
    """
    project = project_dir or settings().dbt_project_dir
    with writing("build", wait=wait, tell=tell) as writer, status.recorded("build") as notes:
        ensure_catalogue()
        connection = connect_memory()
        try:
            attach_lake(connection)
            extracted, snapshot = state.newest(connection), current_snapshot(connection)
            if extracted is None:
                raise NothingPublished("the lake is empty: run `crm pipeline run`")
            definitions = definitions_hash(project)
            standing = publication.current()
            if standing and not force and _is_current(standing, extracted, definitions):
                notes.append("nothing to publish")
                return NothingToPublish(standing)
            connection.execute("detach lake")
            attach_lake(connection, snapshot)
            steps = _Steps(tell)
            made = _build(connection, writer, project, transform, extracted, definitions, steps, at)
        except duckdb.Error as error:
            raise BuildFailed(f"the build was interrupted: {said(error)}: run it again") from error
        finally:
            connection.close()
        notes.append(f"publication {made.publication.id}")
        return made


def _is_current(standing: Publication, extracted: LakeState, definitions: str) -> bool:
    return standing.generation == extracted.generation and standing.definitions == definitions


def _build(
    connection: DuckDBPyConnection,
    writer: Writer,
    project: Path,
    transform: Transform | None,
    extracted: LakeState,
    definitions: str,
    steps: _Steps,
    at: datetime | None,
) -> Published:
    # Two seconds to import: only when there is something to build.
    from transforms.lake.dbt_memory import DbtMemory

    with steps.step("models"):
        dbt = DbtMemory(connection, project, settings().var / "dbt")
        try:
            outcomes = dbt.build(*BEFORE_TRANSFORMS)
            require_success(outcomes)
            if transform is not None:
                with steps.step("transforms"):
                    connection.execute("create schema if not exists memory.transforms")
                    transform(connection)
                outcomes += dbt.build(*AFTER_TRANSFORMS)
                require_success(outcomes)
        finally:
            dbt.let_go()
    crash.point("build.built")
    with steps.step("audit"):
        marts = publish.relations(connection)
        if findings := audit.findings(connection, marts):
            raise AuditFailed(findings)
    with steps.step("publish"):
        keep_definitions(definitions, dbt.target_dir)
        written = publish.write_marts(connection, writer, marts)
        made = publication.publish(
            lake_snapshot=written.lake_snapshot,
            generation=extracted.generation,
            fence=extracted.fence,
            definitions=definitions,
            relations=marts,
            checks={
                "models": sum(not outcome.is_check for outcome in outcomes),
                "checks": sum(outcome.is_check for outcome in outcomes),
                "relations": len(marts),
                "rows": written.rows,
            },
            as_of=extracted.as_of,
            at=at or clock.now(),
        )
    crash.point("publish.pointed")
    with steps.step("doors"):
        doors = warm_doors(connection, made)
        sweep_doors()
    checks = made.checks
    return Published(
        made, checks["models"], checks["checks"], written.rows, doors, dict(steps.seconds)
    )


def require_success(outcomes: "list[Outcome]") -> None:
    """Raises `BuildFailed` for models that could not be built, `AuditFailed` for failed checks."""
    failed = [outcome for outcome in outcomes if outcome.failed]
    broken = [outcome.line for outcome in failed if not outcome.is_check]
    if broken:
        raise BuildFailed(
            f"nothing was published, {len(broken)} of the models could not be built:"
            f" {'; '.join(broken)}"
        )
    if failed:
        raise AuditFailed([outcome.line for outcome in failed])
