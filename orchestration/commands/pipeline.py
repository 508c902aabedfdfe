"""`crm pipeline`: extract, build, audit, publish; once, or whenever something changes.

The steps are composed in `orchestration.pipeline`.
"""

import time

import click

from crm_core import clock
from orchestration.output import say


@click.group()
def pipeline() -> None:
    """Extract, build, audit, publish."""


@pipeline.command()
@click.option("--full", is_flag=True, help="Read every row again.")
@click.option("--watch", is_flag=True, help="Stay, and publish whenever something changed.")
@click.option("--every", default=5, show_default=True, help="Seconds between looks with --watch.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def run(full: bool, watch: bool, every: int, as_json: bool) -> None:
    """Run the pipeline and print what it read, wrote and published."""
    from orchestration.pipeline import run_pipeline
    from orchestration.progress import Steps

    while True:
        done = run_pipeline(at=clock.now(), full=full, steps=Steps(quiet=as_json))
        say(as_json, done.payload, done.text)
        if not watch:
            return
        time.sleep(every)
