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


@dg.asset_check(asset=PUBLICATION, description="Every audit of the newest publication passed.")
def publication_passed_its_audits() -> dg.AssetCheckResult:
    from transforms.lake import publication

    current = publication.current()
    checks = current.checks if current else {}
    failed = int(checks.get("failed", 0))
    passed = int(checks.get("passed", 0))
    return dg.AssetCheckResult(
        passed=bool(current) and failed == 0 and passed > 0,
        metadata={"passed": passed, "failed": failed},
    )


CHECKS = [publication_is_fresh, publication_passed_its_audits]
