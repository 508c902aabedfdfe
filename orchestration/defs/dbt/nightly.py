"""The nightly run, and past days run again: every row compared, everything made anew and checked.

What they compute belongs to the packages they call.
"""

import dagster as dg

from crm_core import clock

FIRST_DAY = "2020-01-01"
DAYS = dg.DailyPartitionsDefinition(start_date=FIRST_DAY, timezone="America/Toronto")


@dg.op
def audit_everything(context: dg.OpExecutionContext) -> None:
    """Build and check all models, then let old versions of the lake go."""
    from orchestration.pipeline import PATIENCE, run_pipeline
    from transforms.lake.maintenance import maintain

    context.log.info(run_pipeline(at=clock.now(), rebuild=True, compare=True).text)
    context.log.info(maintain(clock.now(), wait=PATIENCE).line)


@dg.job(executor_def=dg.in_process_executor, description="Full audit, and the lake's upkeep.")
def nightly() -> None:
    """One op: nothing of the lake is swept while it is being written."""
    audit_everything()


@dg.asset(
    key=dg.AssetKey(["past_days"]),
    partitions_def=DAYS,
    # A range of days is one build: each makes all of them.
    backfill_policy=dg.BackfillPolicy.single_run(),
    group_name="past_days",
    kinds={"python"},
    description="A past day, or a range of them, made again from the rows as they are known now.",
)
def past_days(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
    from orchestration.pipeline import run_pipeline
    from transforms.lake.days import rows_of_days

    days = sorted(context.partition_keys)
    done = run_pipeline(at=clock.now(), rebuild=True)
    assert done.publication is not None
    rows = rows_of_days(done.publication, days[0], days[-1])
    return dg.MaterializeResult(
        metadata={"publication": done.publication.id, "from": days[0], "to": days[-1], **rows}
    )


ASSETS = [past_days]
JOBS = [nightly]
SCHEDULES = [
    dg.ScheduleDefinition(
        name="audit_every_night",
        job=nightly,
        # Between the last branch's midnight and the first reports.
        cron_schedule="0 4 * * *",
        execution_timezone="America/Toronto",
    )
]
