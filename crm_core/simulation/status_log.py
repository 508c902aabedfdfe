"""The history of every status as rows, as the trigger of the live product writes it.

When a status changes is decided where the rows are made; here the changes are put in order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from crm_core.simulation.identifiers import new_ids
from crm_core.simulation.organisation import World

ABOUT = ("client_id", "id", "location_id", "owner_id")


@dataclass(frozen=True)
class Lives:
    """What became of the rows of one table: for each status the instants at which it was reached.

    Instants are null where it was not; those of one row stand in the order of the steps.
    """

    entity: str
    about: pl.DataFrame
    """One row per row of the table: its id, branch and person, as far as it has them."""
    steps: Sequence[tuple[str, pl.Series]]
    column: str = "status"


def status_events(world: World, lives: Sequence[Lives]) -> pl.DataFrame:
    """All changes, oldest first."""
    changes = pl.concat([_changes(life) for life in lives])
    ordered = changes.sort("occurred_at", "step", maintain_order=True)
    stamps = ordered["occurred_at"].dt.epoch("ms").to_numpy()
    return ordered.with_columns(
        id=new_ids(stamps, world.rng("status events")), created_at="occurred_at",
        updated_at="occurred_at",
    ).drop("step")  # fmt: skip


def _changes(life: Lives) -> pl.DataFrame:
    """The changes of one table, row by row."""
    names = [f"at {place}" for place in range(len(life.steps))]
    times = pl.DataFrame(
        [at.alias(name) for name, (_, at) in zip(names, life.steps, strict=True)]
    ).with_row_index("row")
    labels = {name: str(status) for name, (status, _) in zip(names, life.steps, strict=True)}
    long = (
        times.unpivot(index="row", variable_name="name", value_name="occurred_at")
        .filter(pl.col("occurred_at").is_not_null())
        .with_columns(step=pl.col("name").str.slice(3).cast(pl.Int8))
        .sort("row", "occurred_at", "step")
        .with_columns(to_status=pl.col("name").replace_strict(labels))
        .with_columns(
            from_status=pl.when(pl.col("row") == pl.col("row").shift(1)).then(
                pl.col("to_status").shift(1)
            )
        )
        .filter(pl.col("from_status").ne_missing(pl.col("to_status")))
    )
    about = life.about[long["row"]]
    return pl.DataFrame(
        {
            "client_id": about["client_id"],
            "location_id": _column(about, "location_id"),
            "owner_id": _column(about, "owner_id"),
            "entity": pl.repeat(life.entity, len(long), eager=True),
            "entity_id": about["id"],
            "status_column": pl.repeat(life.column, len(long), eager=True),
            "from_status": long["from_status"],
            "to_status": long["to_status"],
            "occurred_at": long["occurred_at"].cast(pl.Datetime("ms")),
            "step": long["step"],
        }
    )


def _column(about: pl.DataFrame, name: str) -> pl.Series:
    if name in about.columns:
        return about[name]
    return pl.Series([None] * len(about), dtype=pl.String)


def life_of(entity: str, frame: pl.DataFrame, steps: Mapping[Any, str]) -> Lives:
    """The life that stands in the rows themselves: status to the column of its instant."""
    about = frame.select([name for name in ABOUT if name in frame.columns])
    return Lives(entity, about, [(status, frame[column]) for status, column in steps.items()])


def repeated(entity: str, rows: pl.DataFrame, changes: pl.DataFrame) -> Lives:
    """Changes that come again and again, laid out by their place in the history of each row.

    `changes` holds id, at and status.
    """
    placed = changes.sort("id", "at", maintain_order=True).with_columns(
        n=pl.int_range(pl.len()).over("id")
    )
    steps: list[tuple[str, pl.Series]] = []
    for key, part in sorted(placed.partition_by("n", "status", as_dict=True).items()):
        at = rows.select("id").join(part, on="id", how="left", maintain_order="left")["at"]
        steps.append((str(key[1]), at))
    return Lives(entity, rows.select([name for name in ABOUT if name in rows.columns]), steps)
