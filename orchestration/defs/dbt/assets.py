"""Assets of the warehouse: every dbt model, the forecasts, and the publication.

They are one step, because the database they are built in lives in that step's memory until all of
it has passed its audit and is published at once. The build is in `transforms.lake.build`.
"""

from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, build_dbt_asset_specs

from crm_core import clock
from orchestration.defs.core.assets import raw_key
from transforms.metrics.definitions import manifest_path

PUBLICATION = dg.AssetKey(["publication"])
FORECASTS = dg.AssetKey(["transforms", "forecasts"])
MONTHLY = dg.AssetKey(["marts", "fct_bookings_monthly"])


class Translator(DagsterDbtTranslator):
    """Keys are [schema, name]; sources are the raw tables of the extract; one group."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        if dbt_resource_props["resource_type"] == "source":
            if dbt_resource_props["source_name"] == "transforms":
                return FORECASTS
            return raw_key(dbt_resource_props["name"])
        return dg.AssetKey([dbt_resource_props["schema"], dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        return "warehouse"


def manifest() -> Path:
    """dbt's manifest of the project as it is now, parsed when it is not kept yet."""
    return manifest_path().with_name("manifest.json")


def warehouse_specs() -> list[dg.AssetSpec]:
    """dbt's models, the forecasts between them, and the publication after them."""
    models = list(build_dbt_asset_specs(manifest=manifest(), dagster_dbt_translator=Translator()))
    published = [spec.key for spec in models if spec.key.path[0] in ("marts", "reporting")]
    return [
        *models,
        dg.AssetSpec(
            FORECASTS,
            deps=[MONTHLY],
            group_name="warehouse",
            kinds={"python", "polars"},
            description="Monthly bookings and revenue per branch, with intervals.",
        ),
        dg.AssetSpec(
            PUBLICATION,
            deps=published,
            group_name="warehouse",
            kinds={"parquet"},
            description="One version of all marts, audited, visible at the door.",
        ),
    ]


SPECS = warehouse_specs()


def in_order() -> list[dg.AssetKey]:
    """The keys of the warehouse, each after what it depends on, as Dagster wants them reported."""
    graph = {spec.key: [dep.asset_key for dep in spec.deps] for spec in SPECS}
    return [key for key in TopologicalSorter(graph).static_order() if key in graph]


@dg.multi_asset(name="build_and_publish", specs=SPECS)
def build_and_publish(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None]]:
    """Build in memory, forecast, audit, publish in one lake transaction."""
    from transforms.forecasting.publish import write_forecasts
    from transforms.lake.build import run_build

    result = run_build(write_forecasts, at=clock.now())
    context.log.info(f"publication {result.publication.id}")
    for key in in_order():
        yield dg.MaterializeResult(asset_key=key, metadata={"publication": result.publication.id})


ASSETS = [build_and_publish]
