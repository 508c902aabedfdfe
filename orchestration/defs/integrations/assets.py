"""Assets of the integrations: payloads landed in the core, encrypted.

Fetching and contracts are in `transforms.sources`.
"""

import dagster as dg

from crm_core import clock

LANDING = dg.AssetKey(["landing", "smartmoving"])


@dg.asset(
    key=LANDING,
    group_name="integrations",
    description="What SmartMoving sent: landed encrypted, bad records in quarantine.",
    kinds={"python", "postgres"},
)
def smartmoving_landing() -> dg.MaterializeResult[None]:
    from transforms.sources.ingest import ingest_due

    results = list(ingest_due(clock.now()))
    return dg.MaterializeResult(
        metadata={
            "runs": len(results),
            "quarantined": sum(r.quarantined for r in results),
        }
    )


ASSETS = [smartmoving_landing]
