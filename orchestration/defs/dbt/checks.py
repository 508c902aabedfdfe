"""Checks of the warehouse after publication: fresh, audited, equal to the core.

The audits that gate a publication are in dbt and `transforms.lake.build`; these watch the result.
"""

import dagster as dg

from crm_core import clock
from orchestration.defs.dbt.assets import PUBLICATION

HOURS_PROMISED = 24


@dg.asset_check(asset=PUBLICATION, description="The newest publication is at most a day old.")
def publication_is_fresh() -> dg.AssetCheckResult:
    from transforms.lake import publication

    current = publication.current()
    if current is None:
        return dg.AssetCheckResult(passed=False, metadata={"reason": "nothing is published"})
    hours = (clock.now() - current.created_at).total_seconds() / 3600
    return dg.AssetCheckResult(passed=hours <= HOURS_PROMISED, metadata={"age_hours": hours})


@dg.asset_check(asset=PUBLICATION, description="The newest publication passed its audits.")
def publication_was_audited() -> dg.AssetCheckResult:
    from transforms.lake import publication

    current = publication.current()
    checks = int(current.checks["checks"]) if current else 0
    return dg.AssetCheckResult(passed=checks > 0, metadata={"checks": checks})


@dg.asset_check(asset=PUBLICATION, description="No step of the last run ended with an error.")
def last_run_succeeded() -> dg.AssetCheckResult:
    from transforms.lake.status import freshness

    failure = freshness().failure
    return dg.AssetCheckResult(
        passed=failure is None, metadata={"failure": failure.message if failure else "none"}
    )


CHECKS = [publication_is_fresh, publication_was_audited, last_run_succeeded]
