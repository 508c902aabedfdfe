"""Build in memory, audit there, publish in one lake transaction; warm doors before letting go.

What the models are is compiled by `dbt_plan`, how they are run is in `run_plan`.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from crm_core import clock
from crm_core.config import settings
from transforms.lake import audit, crash, publication, publish, run_plan, slices, state, status
from transforms.lake.audit import Relations
from transforms.lake.catalogue import ensure_catalogue
from transforms.lake.changes import changed_tables
from transforms.lake.dbt_plan import plan_of
from transforms.lake.definitions import definitions_hash
from transforms.lake.door import Change, warm_doors
from transforms.lake.door_sweep import sweep_doors
from transforms.lake.engine import attach_lake, connect_memory, current_snapshot, said
from transforms.lake.errors import AuditFailed, BuildFailed, NothingPublished
from transforms.lake.plan import Plan, Work
from transforms.lake.publication import Publication
from transforms.lake.state import LakeState
from transforms.lake.writer import Writer, writing

Transform = Callable[[DuckDBPyConnection], None]
"""Computes what SQL cannot (forecasts), from the marts in memory into its schema `transforms`."""


@dataclass(frozen=True)
class Published:
    """A build that made a new publication."""

    publication: Publication
    models: int
    """Made anew."""
    checks: int
    """Run over what was made anew."""
    rows: dict[str, int]
    """Of the relations that were replaced."""
    merged: dict[str, int]
    """How many rows more the merged relations have."""
    doors: int
    seconds: dict[str, float]
    """Duration of each step."""
    is_full: bool
    """Whether everything was made and checked, not only what lies downstream of a change."""


@dataclass(frozen=True)
class NothingToPublish:
    """Neither the data nor the definitions changed since the current publication."""

    publication: Publication

    @property
    def line(self) -> str:
        """One line for people."""
        return (
            "nothing to publish: no row that a figure depends on, no business date and no"
            f" definition changed since publication {self.publication.id}"
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
    """Builds, audits and publishes the marts from what the extracts brought.

    Only what lies downstream of a changed table is made and checked; with `force`, and when the
    definitions changed, everything. Without `force` nothing is done when neither changed since
    the current publication. Raises `WriterBusy`, `AuditFailed`, `BuildFailed`; the current
    publication then stays.
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
            steps = _Steps(tell)
            with steps.step("plan"):
                plan = plan_of(project, definitions)
                base = None if force else _base(standing, plan, definitions)
                changed = changed_tables(connection, base) if base else None
                work = plan.work(changed)
                if base and not work.touched:
                    notes.append("no figure depends on what changed")
                    return NothingToPublish(base)
                if base and changed and work.merged:
                    since = base.lake_snapshot
                    if slices.cut(connection, plan, changed, since, snapshot) is None:
                        work = plan.work(changed, may_merge=False)
                connection.execute("detach lake")
                attach_lake(connection, snapshot)
            crash.point("build.attached")
            job = _Job(connection, writer, plan, work, extracted, definitions, base)
            made = _build(job, transform, steps, at or clock.now())
        except duckdb.Error as error:
            raise BuildFailed(f"the build was interrupted: {said(error)}: run it again") from error
        finally:
            connection.close()
        notes.append(f"publication {made.publication.id}")
        return made


@dataclass(frozen=True)
class _Job:
    """One build: what it works on, and what it starts from."""

    connection: DuckDBPyConnection
    writer: Writer
    plan: Plan
    work: Work
    extracted: LakeState
    definitions: str
    base: Publication | None
    """The publication that keeps what is not made anew; None when nothing is kept."""


def _is_current(standing: Publication, extracted: LakeState, definitions: str) -> bool:
    return standing.generation == extracted.generation and standing.definitions == definitions


def _base(standing: Publication | None, plan: Plan, definitions: str) -> Publication | None:
    """The publication to start from: one of these very definitions, with nothing missing."""
    if standing is None or standing.definitions != definitions:
        return None
    return standing if standing.relations.keys() == plan.relations else None


def _build(job: _Job, transform: Transform | None, steps: _Steps, at: datetime) -> Published:
    connection, work = job.connection, job.work
    findings: list[str] = []
    with steps.step("models"):
        run_plan.hold(connection, work.held)
        crash.point("build.held")
        if work.merged:
            with steps.step("slice"):
                findings += slices.make(connection, job.plan, work)
        run_plan.make(connection, work.before)
        crash.point("build.before")
        if work.after:
            with steps.step("transforms"):
                connection.execute("create schema if not exists memory.transforms")
                if transform is not None:
                    transform(connection)
            crash.point("build.transformed")
            run_plan.make(connection, work.after)
        crash.point("build.after")
    crash.point("build.built")
    marts = publish.relations(connection)
    with steps.step("audit"):
        crash.point("audit.started")
        findings += run_plan.failures(connection, work.checks)
        crash.point("audit.checked")
        findings += audit.findings(connection, marts)
        crash.point("audit.judged")
        if findings:
            crash.point("audit.failed")
            raise AuditFailed(findings)
        crash.point("audit.passed")
    with steps.step("publish"):
        merged = [model for model in work.slice_models if model.name in work.merged]
        written = publish.write_marts(
            connection, job.writer, marts, merged, keep=job.plan.relations
        )
        crash.point("publish.reserving")
        prepared = Publication(
            id=publication.reserve(),
            lake_snapshot=written.lake_snapshot,
            generation=job.extracted.generation,
            fence=job.extracted.fence,
            definitions=job.definitions,
            relations={**_kept(job), **marts},
            checks=_checks(job, marts, written),
            as_of=job.extracted.as_of,
            created_at=at,
        )
    crash.point("publish.reserved")
    with steps.step("doors"):
        # Before anybody can ask for them: whoever looks at once would make them a second time.
        change = Change(job.base, frozenset(marts), tuple(merged)) if job.base else None
        doors = warm_doors(connection, prepared, change)
    crash.point("publish.pointing")
    made = publication.announce(prepared)
    crash.point("publish.pointed")
    with steps.step("sweep"):
        sweep_doors()
    return Published(
        publication=made,
        models=len(work.touched),
        checks=len(work.checks) + len(work.slice_checks),
        rows=written.rows,
        merged=written.merged,
        doors=doors,
        seconds=dict(steps.seconds),
        is_full=len(work.touched) == len(job.plan.models),
    )


def _kept(job: _Job) -> Relations:
    """What stays as the publication before has it."""
    return job.base.relations if job.base else {}


def _checks(job: _Job, marts: Relations, written: publish.Written) -> dict[str, object]:
    """What a reader may rely on: all checks hold, those not run now for what has not changed."""
    rows = dict(job.base.checks.get("rows", {})) if job.base else {}
    for name, more in written.merged.items():
        rows[name] = rows.get(name, 0) + more
    return {
        "models": len(job.plan.models),
        "checks": len(job.plan.checks),
        "run": len(job.work.checks) + len(job.work.slice_checks),
        "relations": len({**_kept(job), **marts}),
        "rows": {**rows, **written.rows},
    }
