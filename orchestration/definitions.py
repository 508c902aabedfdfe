"""Dagster's entry: loads what stands under `orchestration/defs`, and nothing else.

Assets, checks and schedules belong to their area's folder.
"""

import dagster as dg

from orchestration.defs.core import assets as core_assets
from orchestration.defs.core import upkeep
from orchestration.defs.dbt import assets as dbt_assets
from orchestration.defs.dbt import checks as dbt_checks
from orchestration.defs.dbt import nightly
from orchestration.defs.integrations import assets as integration_assets
from orchestration.defs.reports import assets as report_assets

PIPELINE = dg.define_asset_job(
    "pipeline",
    selection=dg.AssetSelection.groups("integrations", "core", "warehouse"),
    description="Ingest, extract, build, audit, publish.",
    executor_def=dg.in_process_executor,
)

EVERY_QUARTER_HOUR = dg.ScheduleDefinition(
    name="pipeline_every_quarter_hour",
    job=PIPELINE,
    cron_schedule="*/15 * * * *",
    description="Publishes only when something changed or a branch began a new day.",
)

defs = dg.Definitions(
    assets=[
        *integration_assets.ASSETS,
        *core_assets.ASSETS,
        *dbt_assets.ASSETS,
        *nightly.ASSETS,
        *report_assets.ASSETS,
    ],
    asset_checks=dbt_checks.CHECKS,
    jobs=[PIPELINE, *nightly.JOBS, *upkeep.JOBS],
    schedules=[
        EVERY_QUARTER_HOUR,
        *nightly.SCHEDULES,
        *upkeep.SCHEDULES,
    ],
    executor=dg.in_process_executor,
)
