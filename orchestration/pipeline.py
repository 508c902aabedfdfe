"""The whole pipeline, once: roll the day, ingest, extract, build, audit, publish.

Each step's work is in `crm_core.services`, `transforms.sources` and `transforms.lake`; Dagster's
assets call the same functions one by one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crm_core import clock
from crm_core.security.audit_seals import seal_now
from crm_core.services.business_day import roll_over_all
from orchestration.progress import Step, Steps
from transforms.lake.build import Published, run_build
from transforms.lake.extract import ExtractResult, run_extract
from transforms.lake.publication import Publication
from transforms.lake.writer import writing
from transforms.results import write_results
from transforms.sources.ingest import IngestResult, ingest_due

PATIENCE = 60.0
"""Seconds to wait for another run to let go of the lake."""


@dataclass(frozen=True)
class PipelineRun:
    """What one run did; `published` is None when there was nothing to publish."""

    ingested: tuple[IngestResult, ...]
    extracted: ExtractResult
    published: Published | None
    steps: tuple[Step, ...]

    @property
    def publication(self) -> Publication | None:
        """The new publication, if there is one."""
        return self.published.publication if self.published else None

    @property
    def seconds(self) -> float:
        return sum(step.seconds for step in self.steps)

    @property
    def quarantined(self) -> int:
        """Records refused by their contract in this run."""
        return sum(result.quarantined for result in self.ingested) + self.extracted.quarantined

    @property
    def payload(self) -> Mapping[str, Any]:
        changed = {name: t for name, t in self.extracted.tables.items() if t.changed}
        return {
            "as_of": self.extracted.as_of,
            "is_full": bool(self.published and self.published.is_full),
            "changed_rows": self.extracted.changed_rows,
            "read_rows": self.extracted.read_rows,
            "tables": changed,
            "quarantined": self.quarantined,
            "mended": self.extracted.mended,
            "publication": self.publication.id if self.publication else None,
            "models": self.published.models if self.published else 0,
            "checks": self.published.checks if self.published else 0,
            "written": self.published.rows if self.published else {},
            "merged": self.published.merged if self.published else {},
            "doors": self.published.doors if self.published else 0,
            "steps": {step.name: round(step.seconds, 3) for step in self.steps},
            "seconds": round(self.seconds, 3),
        }

    @property
    def text(self) -> str:
        mended = "".join(f"Mended: {line}\n" for line in self.extracted.mended)
        if self.published is None:
            return mended + (
                "Nothing changed and no branch began a new day:"
                f" nothing published ({self.seconds:.1f} s)."
            )
        refused = f", {self.quarantined:,} records in quarantine" if self.quarantined else ""
        return mended + (
            f"Publication {self.published.publication.id}: {self.extracted.read_rows:,} rows read,"
            f" {self.extracted.changed_rows:,} changed{refused},"
            f" {self.published.models} models, {self.published.checks} checks passed"
            f"{'' if self.published.is_full else ' (downstream of the change)'},"
            f" {sum(self.published.rows.values()):,} rows written in {len(self.published.rows)}"
            f" relations, {len(self.published.merged)} merged, {self.published.doors} doors,"
            f" {self.seconds:.1f} s."
        )


def prepare(at: datetime) -> int:
    """Roll the day and ingest what is due; how many branches and integrations that was."""
    return roll_over_all(at) + len(list(ingest_due(at)))


def run_pipeline(
    *,
    at: datetime,
    full: bool = False,
    compare: bool = False,
    rebuild: bool = False,
    steps: Steps | None = None,
) -> PipelineRun:
    """Bring the warehouse up to date; publishes only what passed every check.

    `full` loads every row again, `compare` compares every row with the core and mends the lake,
    `rebuild` builds and checks everything, even when nothing changed; else only what lies
    downstream of a change. Raises what the steps raise (`AuditFailed`, `WriterBusy`, …); the
    last publication then still stands.
    """
    steps = steps or Steps(quiet=True)
    with steps.step("roll the business day") as step:
        step.detail = f"{roll_over_all(at)} branches"
    with steps.step("ingest integrations") as step:
        ingested = tuple(ingest_due(at))
        step.detail = ", ".join(result.summary for result in ingested) or "none due"
    with writing("pipeline", wait=PATIENCE):
        with steps.step("extract what changed") as step:
            extracted = run_extract(full, at=at, compare=compare)
            step.detail = f"{extracted.read_rows:,} rows read, {extracted.changed_rows:,} changed"
        built = run_build(write_results, force=full or rebuild, at=at)
    published = built if isinstance(built, Published) else None
    with steps.step("seal the audit trail") as step:
        step.detail = f"{seal_now(clock.now()):,} entries"
    for name, seconds in durations(published).items() if published else ():
        steps.add(name, seconds)
    return PipelineRun(ingested, extracted, published, tuple(steps.done))


def durations(published: Published) -> Mapping[str, float]:
    """Seconds of each step of a build; slice and transforms run inside the models' step."""
    seconds = dict(published.seconds)
    inside = seconds.get("transforms", 0.0) + seconds.get("slice", 0.0)
    return seconds | {"models": seconds.get("models", 0.0) - inside}
