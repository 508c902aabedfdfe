"""Assets of the warehouse: every dbt model, what Python makes of them, and the publication.

They are one step, because the database they are built in lives in that step's memory until all of
it has passed its audit and is published at once. The build is in `transforms.lake.build`.
"""

import json
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


def made_key(name: str) -> dg.AssetKey:
    """The key of a table that Python makes of the marts."""
    return dg.AssetKey(["transforms", name])


class Translator(DagsterDbtTranslator):
    """Keys are [schema, name]; sources are the raw tables of the extract; one group."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        if dbt_resource_props["resource_type"] == "source":
            if dbt_resource_props["source_name"] == "transforms":
                return made_key(dbt_resource_props["name"])
            return raw_key(dbt_resource_props["name"])
        return dg.AssetKey([dbt_resource_props["schema"], dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        return "warehouse"


def manifest() -> Path:
    """dbt's manifest of the project as it is now, parsed when it is not kept yet."""
    return manifest_path().with_name("manifest.json")


def warehouse_specs() -> list[dg.AssetSpec]:
    """dbt's models, what Python makes between them, and the publication after them."""
    models = list(build_dbt_asset_specs(manifest=manifest(), dagster_dbt_translator=Translator()))
    published = [spec.key for spec in models if spec.key.path[0] in ("marts", "reporting")]
    return [
        *models,
        *made_specs(),
        dg.AssetSpec(
            PUBLICATION,
            deps=published,
            group_name="warehouse",
            kinds={"parquet"},
            description="One version of all marts, audited, visible at the door.",
        ),
    ]


def made_specs() -> list[dg.AssetSpec]:
    """What Python makes of the marts, as dbt's sources declare it."""
    sources = json.loads(manifest().read_text())["sources"].values()
    return [
        dg.AssetSpec(
            made_key(each["name"]),
            deps=[dg.AssetKey(["marts", mart]) for mart in each["meta"]["made_of"]],
            group_name="warehouse",
            kinds={"python", "polars"},
            description=each["description"],
        )
        for each in sources
        if each["source_name"] == "transforms"
    ]


SPECS = warehouse_specs()


def in_order() -> list[dg.AssetKey]:
    """The keys of the warehouse, each after what it depends on, as Dagster wants them reported."""
    graph = {spec.key: [dep.asset_key for dep in spec.deps] for spec in SPECS}
    return [key for key in TopologicalSorter(graph).static_order() if key in graph]


@dg.multi_asset(name="build_and_publish", specs=SPECS)
def build_and_publish(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None]]:
    """Build in memory, forecast, audit, publish in one lake transaction."""
    from transforms.lake.build import run_build
    from transforms.results import write_results

    result = run_build(write_results, at=clock.now())
    context.log.info(f"publication {result.publication.id}")
    for key in in_order():
        yield dg.MaterializeResult(asset_key=key, metadata={"publication": result.publication.id})


ASSETS = [build_and_publish]
