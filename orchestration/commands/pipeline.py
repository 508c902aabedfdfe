"""`crm pipeline`: extract, build, audit, publish; once, or whenever something changes.

The steps are composed in `orchestration.pipeline`, the upkeep of the lake in `transforms.lake`.
"""

import json
import sys
from typing import TYPE_CHECKING

import click

from crm_core import clock
from orchestration.output import plain, say

if TYPE_CHECKING:
    from orchestration.pipeline import PipelineRun


@click.group()
def pipeline() -> None:
    """Extract, build, audit, publish."""


@pipeline.command()
@click.option("--full", is_flag=True, help="Read every row again.")
@click.option("--full-audit", is_flag=True, help="Build and check everything, changed or not.")
@click.option("--compare", is_flag=True, help="Compare every row with the core and mend the lake.")
@click.option("--watch", is_flag=True, help="Stay, and publish whenever something changed.")
@click.option("--every", default=2.0, show_default=True, help="Seconds between looks with --watch.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def run(
    full: bool, full_audit: bool, compare: bool, watch: bool, every: float, as_json: bool
) -> None:
    """Run the pipeline and print what it read, wrote, refused and published."""
    from orchestration.pipeline import run_pipeline
    from orchestration.progress import Steps
    from orchestration.watch import watch as runs

    if full or full_audit or compare or not watch:
        steps = Steps(quiet=as_json)
        done = run_pipeline(
            at=clock.now(), full=full, compare=compare, rebuild=full_audit, steps=steps
        )
        if not watch:
            say(as_json, done.payload, done.text)
        else:
            _say_one_line(as_json, done)
    if watch:
        for made in runs(every):
            if isinstance(made, str):
                click.echo(made, err=True)
            elif made.published:
                _say_one_line(as_json, made)


def _say_one_line(as_json: bool, done: "PipelineRun") -> None:
    """A line a run, at once: who watches reads them one by one."""
    click.echo(json.dumps(plain(done.payload)) if as_json else done.text)
    sys.stdout.flush()


@pipeline.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def maintain(as_json: bool) -> None:
    """Expire old publications, compact the lake and remove the files nobody reads any more."""
    from transforms.lake.maintenance import maintain as keep

    kept = keep(clock.now(), wait=60.0)
    say(as_json, kept.payload, kept.line)
