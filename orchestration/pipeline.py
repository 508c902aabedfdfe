"""The whole pipeline, once: roll the day, ingest, extract, build, audit, publish.

Each step's work is in `crm_core.services`, `transforms.sources` and `transforms.lake`; Dagster's
assets and the command line both call this.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crm_core.services.business_day import roll_over_all
from transforms.forecasting.publish import write_forecasts
from transforms.lake.build import BuildResult, run_build
from transforms.lake.extract import ExtractResult, run_extract
from transforms.lake.publication import Publication
from transforms.sources.ingest import IngestResult, ingest_due

from orchestration.progress import Step, Steps
from transforms.lake.writer import writer_lock


@dataclass(frozen=True)
class PipelineRun:
    """What one run did; `publication` is None when there was nothing to publish."""

    ingested: tuple[IngestResult, ...]
    extracted: ExtractResult
    publication: Publication | None
    steps: tuple[Step, ...]

    @property
    def payload(self) -> Mapping[str, Any]:
        changed = {n: t for n, t in self.extracted.tables.items() if t.changed}
        return {
            "changed_rows": self.extracted.changed_rows,
            "read_rows": self.extracted.read_rows,
            "tables": changed,
            "quarantined": sum(i.quarantined for i in self.ingested),
            "published": self.publication,
            "steps": {step.name: round(step.seconds, 2) for step in self.steps},
            "seconds": round(sum(step.seconds for step in self.steps), 2),
        }

    @property
    def text(self) -> str:
        seconds = sum(step.seconds for step in self.steps)
        rows = f"{self.extracted.changed_rows:,} changed rows"
        refused = sum(i.quarantined for i in self.ingested)
        if refused:
            rows += f", {refused:,} records in quarantine"
        if self.publication is None:
            return (
                "Nothing changed and no branch began a new day:"
                f" nothing published ({seconds:.1f} s)."
            )
        return f"Publication {self.publication.id}: {rows}, {seconds:.1f} s."


def run_pipeline(
    *, at: datetime, full: bool = False, rebuild: bool = False, steps: Steps | None = None
) -> PipelineRun:
    """Bring the warehouse up to date; publishes only what passed every check.

    `full` reads every row again, `rebuild` builds even when nothing changed. Raises what the steps
    raise (`AuditFailed`, `WriterBusy`, …); the last publication then still stands.
    """
    steps = steps or Steps(quiet=True)
    with writer_lock():
        with steps.step("roll the business day") as step:
            step.detail = f"{roll_over_all(at)} branches"
        with steps.step("ingest integrations") as step:
            ingested = tuple(ingest_due(at))
            step.detail = ", ".join(i.summary for i in ingested) or "none due"
        with steps.step("extract what changed") as step:
            extracted = run_extract(full=full)
            step.detail = f"{extracted.read_rows:,} rows read, {extracted.changed_rows:,} changed"
        built: BuildResult = run_build(
            at=at, transform=write_forecasts, rebuild=rebuild or full, on_step=steps.add
        )
    return PipelineRun(ingested, extracted, built.publication, tuple(steps.done))
