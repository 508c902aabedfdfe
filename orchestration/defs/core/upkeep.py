"""The daily upkeep as a job, early in the morning of every branch.

What it runs is in `orchestration.upkeep`.
"""

import dagster as dg

from crm_core import clock


@dg.op
def keep_up(context: dg.OpExecutionContext) -> None:
    """Run what is due today in every tenant; fails after all runs when one did."""
    from orchestration.upkeep import keep, require_whole

    made = list(keep(clock.now()))
    for kept in made:
        if kept.count or kept.problem:
            context.log.info(f"{kept.what}: {kept.problem or kept.count}")
    require_whole(made)


@dg.job(executor_def=dg.in_process_executor, description="What the business does by itself.")
def upkeep() -> None:
    """One op: the runs are ordered, and each has a transaction of its own."""
    keep_up()


JOBS = [upkeep]
SCHEDULES = [
    dg.ScheduleDefinition(
        name="upkeep_every_morning",
        job=upkeep,
        # After midnight in the west, before the first truck leaves in the east.
        cron_schedule="15 4 * * *",
        execution_timezone="America/Toronto",
    )
]
