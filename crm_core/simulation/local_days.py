"""The local days and times that the trigger writes in the live product, for rows that are copied.

Which columns those are is declared in the models; what they mean in the live product, in
`crm_core.migrations.local_time`.
"""

import numpy as np
import polars as pl
from sqlalchemy import Date

from crm_core.migrations.local_time import local_columns
from crm_core.models.base import SCHEMA, Base
from crm_core.simulation.organisation import World
from crm_core.simulation.zones import Index


def with_local(world: World, table: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with every local day and time that its table declares of an instant in it."""
    declared = local_columns(Base.metadata.tables[f"{SCHEMA}.{table}"])
    added = {
        column.name: (frame[at], isinstance(column.type, Date))
        for column, at in declared.items()
        if at in frame.columns
    }
    if not added:
        return frame
    branch = _places(world, frame)
    made = []
    for name, (instants, is_day) in added.items():
        stamps = instants.cast(pl.Datetime("us")).to_physical().fill_null(0).to_numpy()
        seconds, rest = np.divmod(stamps, 1_000_000)
        wall = world.zones.local(seconds, branch) * 1_000_000 + rest
        local = pl.Series(wall).cast(pl.Datetime("us"))
        made.append(
            pl.select(pl.when(instants.is_not_null()).then(local.dt.date() if is_day else local))
            .to_series()
            .alias(name)
        )
    return frame.with_columns(made)


def _places(world: World, frame: pl.DataFrame) -> Index:
    """The number of each row's branch; rows without one come after the last."""
    branches = world.location_ids
    if "location_id" not in frame.columns:
        return np.full(len(frame), len(branches), dtype=np.intp)
    numbers = {place: number for number, place in enumerate(branches)}
    found = frame["location_id"].replace_strict(numbers, default=len(branches))
    return found.cast(pl.Int64).to_numpy().astype(np.intp)
