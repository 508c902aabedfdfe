"""What is wrong in real lists of people: the same person twice, names typed carelessly.

What each customer would be without it is made in `crm_core.simulation.customers`.
"""

import numpy as np
import polars as pl

from crm_core.simulation.organisation import World
from crm_core.simulation.zones import Index

TWICE_SHARE, CARELESS_SHARE = 0.012, 0.015
FURTHEST = 40
"""A second row of the same person comes at most so many customers of the branch later."""


def with_dirt(world: World, people: pl.DataFrame, branch: Index) -> pl.DataFrame:
    """Some rows repeat an earlier customer of the branch, flagged; some names are untidy."""
    rng = world.rng("dirt")
    twice, first = _twice(rng, branch)
    source = np.arange(len(people))
    source[twice] = first
    again = people[source]
    is_twice = np.zeros(len(people), dtype=bool)
    is_twice[twice] = True
    flag = pl.Series(is_twice)
    careless = rng.random(len(people)) < CARELESS_SHARE
    style = np.where(careless | is_twice, rng.integers(0, 3, len(people)), 3)

    def untidy(name: str) -> pl.Expr:
        kind, text = pl.Series(style), again[name]
        return (
            pl.when(kind == 0).then(text.str.to_uppercase())
            .when(kind == 1).then(text + "  ")
            .when(kind == 2).then(" " + text.str.to_lowercase())
            .otherwise(text)
        )  # fmt: skip

    world.planted["duplicate_customers"] = [
        {"id": row, "duplicate_of_id": of}
        for row, of in zip(people["id"].gather(twice), people["id"].gather(first), strict=True)
    ]
    world.planted["untidy_names"] = people["id"].filter(pl.Series(careless & ~is_twice)).to_list()
    return people.with_columns(
        pl.select(untidy("first_name")).to_series().alias("first_name"),
        pl.select(untidy("last_name")).to_series().alias("last_name"),
        again["email"],
        again["phone"],
        again["type"],
        again["company_name"],
        duplicate_of_id=pl.select(pl.when(flag).then(again["id"])).to_series(),
    )


def _twice(rng: np.random.Generator, branch: Index) -> tuple[Index, Index]:
    """Rows that repeat somebody, and whom; nobody repeats a repetition."""
    order = np.lexsort((np.arange(len(branch)), branch))
    place = np.flatnonzero(rng.random(len(branch)) < TWICE_SHARE)
    back = rng.integers(1, FURTHEST, len(place))
    target = np.maximum(place - back, 0)
    same = (branch[order[place]] == branch[order[target]]) & (target < place)
    same &= ~np.isin(target, place)
    return order[place[same]], order[target[same]]
