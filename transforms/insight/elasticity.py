"""How much a figure moves with one per cent of a lever, estimated from the past, with ranges.

What a changed lever does to a forecast is in `whatif`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from transforms.insight.baseline import Array
from transforms.scoring.logistic import chances, fit

LEAST = 60
"""Observations without which nothing is estimated."""

Z_95 = 1.96
ROUNDS = 30
MOST_QUOTES = 20_000


@dataclass(frozen=True)
class Elasticity:
    """Per cent of the figure for one per cent of the lever."""

    lever: str
    metric: str
    value: float
    deviation: float
    cases: int

    @property
    def low(self) -> float:
        """Lower end of the 95 % range."""
        return self.value - Z_95 * self.deviation

    @property
    def high(self) -> float:
        """Upper end of the 95 % range."""
        return self.value + Z_95 * self.deviation

    @property
    def is_known(self) -> bool:
        """Whether the past tells its sign."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class Panel:
    """A lever seen over time at several places: what is left of both after place and month."""

    lever: str
    metric: str
    sql: str
    """client_id, place, starts_on, cause, effect; both positive."""


# Prices are those of like offers: what is above the usual of its branch, service and size.
PRICES = f"""
    with decided as (
        select client_id, quote_id, location_id, service_type, move_size, source, is_accepted,
               cast(subtotal_amount as double) as price
        from marts.fct_quotes
        where is_decided and not is_superseded and subtotal_amount > 0
        qualify row_number() over (partition by client_id order by decided_on desc, quote_id)
            <= {MOST_QUOTES}
    )
    select client_id, coalesce(source, '') as source, cast(is_accepted as integer) as outcome,
           ln(price / median(price) over alike) as dearer
    from decided
    window alike as (partition by client_id, location_id, service_type, move_size)
    order by client_id, quote_id  -- Sums of floats depend on the order of the rows.
"""

PANELS = (
    Panel(
        "marketing",
        "new_leads",
        """
        select spend.client_id, spend.location_id || '/' || spend.source as place,
               spend.month_on as starts_on, any_value(cast(spend.spend_amount as double)) as cause,
               cast(count(*) as double) as effect
        from marts.fct_spend_monthly as spend
        inner join marts.fct_leads as leads
            on leads.client_id = spend.client_id and leads.location_id = spend.location_id
            and leads.source = spend.source and leads.is_valid
            and leads.created_on >= spend.month_on
            and leads.created_on < spend.month_on + interval 1 month
        where spend.spend_amount > 0
        group by spend.client_id, place, spend.month_on
        """,
    ),
    Panel(
        "crew",
        "jobs_completed",
        """
        select client_id, location_id as place, cast(date_trunc('week', service_on) as date)
               as starts_on, cast(sum(worked_seconds) as double) as cause,
               cast(count(*) as double) as effect
        from marts.fct_journeys
        where is_completed and worked_seconds > 0 and location_id is not null
        group by all
        """,
    ),
    Panel(
        "capacity",
        "jobs_completed",
        """
        select client_id, location_id as place, cast(date_trunc('week', service_on) as date)
               as starts_on, cast(count(distinct (equipment_id, service_on)) as double) as cause,
               cast(sum(jobs_count) as double) as effect
        from marts.fct_journey_trucks
        where location_id is not null
        group by all
        having sum(jobs_count) > 0
        """,
    ),
)

MARTS = ("fct_quotes", "fct_spend_monthly", "fct_leads", "fct_journeys", "fct_journey_trucks")


def elasticities(connection: DuckDBPyConnection) -> dict[str, list[Elasticity]]:
    """What the past of every tenant tells of each lever; none where it tells too little."""
    found: dict[str, list[Elasticity]] = {}
    for (client,), quotes in connection.sql(PRICES).pl().group_by("client_id", maintain_order=True):
        price = of_price(quotes)
        found.setdefault(str(client), []).extend([price] if price else [])
    for panel in PANELS:
        rows = connection.sql(panel.sql).pl().sort("client_id", "place", "starts_on")
        for (client,), own in rows.group_by("client_id", maintain_order=True):
            known = of_panel(own, panel.lever, panel.metric)
            found.setdefault(str(client), []).extend([known] if known else [])
    return found


def of_price(quotes: pl.DataFrame) -> Elasticity | None:
    """Of bookings by price, from decided quotes (dearer: logarithm; outcome; source).

    The chance of acceptance is a logistic function of the price; per cent of chance for per cent
    of price is its slope times what is left to lose.
    """
    rows = quotes.filter(pl.col("dearer").is_finite())
    y = rows["outcome"].cast(pl.Float64).to_numpy()
    dearer = rows["dearer"].to_numpy()
    if len(y) < LEAST or min(y.sum(), len(y) - y.sum()) < LEAST / 3 or np.std(dearer) < 1e-6:
        return None
    sources = rows["source"].unique().sort().to_list()
    dummies = [(rows["source"] == each).cast(pl.Float64).to_numpy() for each in sources[1:]]
    x = np.column_stack([dearer, *dummies])
    model = fit(x, y, ridge=1e-3)
    p = chances(model.odds(x))
    whole = np.column_stack([np.ones(len(y)), x])
    information = (whole * (p * (1 - p))[:, None]).T @ whole + 1e-3 * np.eye(whole.shape[1])
    deviation = float(np.sqrt(np.linalg.inv(information)[1, 1]))
    room = 1 - float(y.mean())
    return Elasticity("price", "bookings", model.weights[0] * room, deviation * room, len(y))


def of_panel(rows: pl.DataFrame, lever: str, metric: str) -> Elasticity | None:
    """From places over time (place, starts_on, cause, effect): what goes together beyond what is
    usual of the place and of the time."""
    effect = np.log(rows["effect"].cast(pl.Float64).to_numpy())
    cause = np.log(rows["cause"].cast(pl.Float64).to_numpy())
    places, times = rows["place"].n_unique(), rows["starts_on"].n_unique()
    freedom = len(effect) - places - times
    if len(effect) < LEAST or freedom < LEAST / 2:
        return None
    groups = [_codes(rows["place"]), _codes(rows["starts_on"])]
    y, x = _within(effect, groups), _within(cause, groups)
    spread = float(x @ x)
    if spread < 1e-6 * len(x):
        return None
    value = float(x @ y) / spread
    left = y - value * x
    # A place's own months go together: what they say is counted once per place.
    by_place = np.bincount(groups[0], weights=x * left)
    plain = float(left @ left) / freedom / spread
    clustered = float(by_place @ by_place) / spread**2
    return Elasticity(lever, metric, value, max(plain, clustered) ** 0.5, len(effect))


def _codes(values: pl.Series) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    return (values.rank("dense").to_numpy() - 1).astype(np.intp)


def _within(values: Array, groups: Sequence[np.ndarray[tuple[int], np.dtype[np.intp]]]) -> Array:
    """What is left when the means of all groups are taken off, in turn."""
    left: Array = values - values.mean()
    for _ in range(ROUNDS):
        for group in groups:
            left = left - (np.bincount(group, weights=left) / np.bincount(group))[group]
    return left
