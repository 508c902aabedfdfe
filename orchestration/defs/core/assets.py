"""Assets of the core: one per raw table of the lake, all written by one fenced extract.

The extract itself is in `transforms.lake.extract`.
"""

from collections.abc import Iterator

import dagster as dg

from crm_core import clock
from crm_core.migrations.access import raw_tables
from orchestration.defs.integrations.assets import LANDING

INTEGRATION_TABLES = ("smartmoving__opportunities", "smartmoving__jobs", "smartmoving__payments")


def raw_key(name: str) -> dg.AssetKey:
    """The asset key of a raw table of the lake."""
    return dg.AssetKey(["raw", name])


def raw_specs() -> list[dg.AssetSpec]:
    """One asset per table that is copied to the lake."""
    core = [
        dg.AssetSpec(raw_key(f"core__{table.name}"), group_name="core", kinds={"postgres"})
        for table in raw_tables()
    ]
    landed = [
        dg.AssetSpec(raw_key(name), deps=[LANDING], group_name="core", kinds={"parquet"})
        for name in INTEGRATION_TABLES
    ]
    return core + landed


@dg.multi_asset(name="extract", specs=raw_specs())
def extract(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None]]:
    """Everything that changed since the last fence, in one consistent snapshot."""
    from crm_core.services.business_day import roll_over_all
    from transforms.lake.extract import run_extract

    roll_over_all(clock.now())
    result = run_extract()
    context.log.info(f"{result.read_rows} rows read, {result.changed_rows} changed")
    for key in context.selected_asset_keys:
        change = result.tables.get(key.path[-1])
        metadata = {"read": change.read, "changed": change.changed} if change else {}
        yield dg.MaterializeResult(asset_key=key, metadata=metadata)


ASSETS = [extract]
