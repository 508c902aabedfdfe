"""When reports go out: one job and one schedule per report that declares a cadence.

The cadence itself stands in the report's spec.
"""

import dagster as dg

from orchestration.defs.reports.assets import report_key
from reports.spec import catalogue

SCHEDULED = [
    (
        spec,
        dg.define_asset_job(
            f"deliver_{spec.name}", selection=dg.AssetSelection.assets(report_key(spec.name))
        ),
    )
    for spec in catalogue()
    if spec.schedule
]
JOBS = [job for _, job in SCHEDULED]
SCHEDULES = [
    dg.ScheduleDefinition(
        name=f"{spec.name}_schedule",
        job=job,
        cron_schedule=spec.schedule.cron,
        execution_timezone=spec.schedule.timezone,
    )
    for spec, job in SCHEDULED
    if spec.schedule
]
