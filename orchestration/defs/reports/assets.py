"""Assets of the reports: one per report of the catalogue, delivered to its recipients.

Rendering and delivery are in `reports`.
"""

import dagster as dg

from crm_core import clock
from orchestration.defs.dbt.assets import PUBLICATION
from reports.spec import ReportSpec, catalogue


def report_key(name: str) -> dg.AssetKey:
    """The asset key of a report."""
    return dg.AssetKey(["reports", name])


def report_asset(spec: ReportSpec) -> dg.AssetsDefinition:
    """Materialising a report's asset delivers it: once per window and recipient."""

    @dg.asset(
        key=report_key(spec.name),
        deps=[PUBLICATION],
        group_name="reports",
        kinds={"python"},
        description=spec.title_en,
    )
    def deliver_report() -> dg.MaterializeResult[None]:
        from orchestration.delivery import deliver_to_all_tenants

        sent = deliver_to_all_tenants(spec.name, clock.now())
        return dg.MaterializeResult(
            metadata={"sent": sum(d.is_new for d in sent), "recipients": len(sent)}
        )

    return deliver_report


ASSETS = [report_asset(spec) for spec in catalogue()]
