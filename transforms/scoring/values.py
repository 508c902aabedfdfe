"""What a customer is worth: jobs still to come, by how often they came, times what a job leaves.

Chances of yes or no are in `questions`; what storage brings is another figure, never added here.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from transforms.scoring.logistic import Array

HORIZON_YEARS = 2.0
"""How far ahead a customer's worth is looked at."""

PRIOR_JOBS = 3.0
"""Jobs at which a customer's own margin and that of the kind of customer weigh the same."""

JUDGED_DAYS = 90
"""The last days of the past, which the rates must foretell without knowing them."""

LEAST_CUSTOMERS = 100
LEAST_REPEATS = 20

SHAPES = (0.02, 0.05, 0.1, 0.2, 0.35, 0.6, 1.0, 2.0, 4.0, 8.0)
"""How alike customers of a kind are: small is a few regulars among many who never return."""

MARTS = ("fct_journeys", "fct_job_profits", "dim_customers", "dim_locations")

SQL = f"""
    with today as (
        select client_id, max(business_on) as day_on from marts.dim_locations group by client_id
    ),
    jobs as (
        select journeys.client_id, journeys.customer_id, journeys.completed_on, today.day_on,
               profits.profit_amount, journeys.currency
        from marts.fct_journeys as journeys
        inner join today using (client_id)
        left join marts.fct_job_profits as profits using (client_id, journey_id)
        where journeys.is_completed and journeys.completed_on <= today.day_on
    )
    select jobs.client_id, any_value(customers.location_id) as location_id,
           any_value(customers.owner_id) as owner_id, jobs.customer_id as subject_id,
           any_value(customers.customer_type) as kind, any_value(jobs.currency) as currency,
           max(jobs.day_on) as day_on,
           count(distinct completed_on) as days_count,
           count(distinct completed_on) filter (completed_on <= day_on - {JUDGED_DAYS})
               as earlier_days_count,
           cast(max(jobs.day_on) - min(completed_on) as double) / 365.25 as years,
           coalesce(cast(sum(profit_amount) as double), 0) as profit,
           count(profit_amount) as profits_count
    from jobs
    inner join marts.dim_customers as customers using (client_id, customer_id)
    group by jobs.client_id, jobs.customer_id
"""
"""One row per customer with a completed job: how often they came, since when, what it left. Jobs
of one day are one visit."""


@dataclass(frozen=True)
class Rate:
    """Visits a year of one kind of customer: a gamma distribution over its customers."""

    shape: float
    mean: float

    def expected(self, visits: Array, years: Array) -> Array:
        """Visits a year of customers who came so often again in so many years."""
        found: Array = (self.shape + visits) / (self.shape / max(self.mean, 1e-9) + years)
        return found


@dataclass(frozen=True)
class Judgement:
    """How well rates foretold the last days, in log-likelihood per customer."""

    customers: int
    repeats: int
    loss: float | None
    base_loss: float | None
    """Of one rate for all of a kind."""
    refusal: str | None


def judge(customers: pl.DataFrame) -> Judgement:
    """Whether a customer's own history foretells more than the mean of the kind."""
    years = customers["years"].to_numpy() - JUDGED_DAYS / 365.25
    seen = customers.filter(pl.Series(years > 0))
    repeats = int((customers["days_count"] - 1).sum()) if customers.height else 0
    if seen.height < LEAST_CUSTOMERS or repeats < LEAST_REPEATS:
        short = f"{seen.height} customers known for {JUDGED_DAYS} days with {repeats} returns"
        least = f"at least {LEAST_CUSTOMERS} with {LEAST_REPEATS} are needed"
        return Judgement(customers.height, repeats, None, None, f"{short}; {least}")
    own, base = 0.0, 0.0
    for _, kind in seen.group_by("kind", maintain_order=True):
        before = (kind["earlier_days_count"] - 1).clip(0).cast(pl.Float64).to_numpy()
        span = kind["years"].to_numpy() - JUDGED_DAYS / 365.25
        after = (kind["days_count"] - kind["earlier_days_count"]).cast(pl.Float64).to_numpy()
        rate = fitted(before, span)
        own += _surprise(after, rate.expected(before, span) * JUDGED_DAYS / 365.25)
        base += _surprise(after, np.full(len(after), rate.mean * JUDGED_DAYS / 365.25))
    refusal = None if own < base else "own history foretold no more than the mean of the kind"
    return Judgement(customers.height, repeats, own / seen.height, base / seen.height, refusal)


def fitted(visits: Array, years: Array) -> Rate:
    """The likeliest rate over customers with so many returns in so many years (never negative)."""
    span = np.maximum(years, 1 / 365.25)
    mean = (float(visits.sum()) + 0.5) / (float(span.sum()) + 1.0)

    def likelihood(shape: float) -> float:
        scale = shape / mean
        terms = _log_rising(shape, visits) + shape * np.log(scale / (scale + span))
        return float(np.sum(terms + visits * np.log(span / (scale + span))))

    return Rate(max(SHAPES, key=likelihood), mean)


def worth(customers: pl.DataFrame, judgement: Judgement) -> pl.DataFrame:
    """The customers with `expected_count` (visits) and `expected_amount` over the horizon.

    Where own histories were judged to tell nothing every customer of a kind has its mean rate.
    """
    made = []
    for _, kind in customers.group_by("kind", maintain_order=True):
        visits = (kind["days_count"] - 1).cast(pl.Float64).to_numpy()
        years = kind["years"].to_numpy()
        rate = fitted(visits, years)
        tells = judgement.refusal is None
        a_year = rate.expected(visits, years) if tells else np.full(kind.height, rate.mean)
        profit, days = kind["profit"].to_numpy(), kind["days_count"].cast(pl.Float64).to_numpy()
        typical = float(profit.sum()) / max(float(days.sum()), 1.0)
        margin = (profit + PRIOR_JOBS * typical) / (days + PRIOR_JOBS)
        made.append(
            kind.with_columns(
                pl.Series("expected_count", np.round(a_year * HORIZON_YEARS, 4)),
                pl.Series("expected_amount", a_year * HORIZON_YEARS * margin),
            )
        )
    columns = [
        pl.lit(None, pl.Float64).alias(name) for name in ("expected_count", "expected_amount")
    ]
    return pl.concat(made) if made else customers.with_columns(columns)


def _surprise(seen: Array, mean: Array) -> float:
    """Minus the log-likelihood of counts with these means (Poisson)."""
    safe = np.maximum(mean, 1e-9)
    return float(np.sum(safe - seen * np.log(safe) + _log_rising(1.0, seen)))


def _log_rising(start: float, counts: Array) -> Array:
    """Logarithm of start × (start + 1) × … of so many factors as each whole count says."""
    most = int(counts.max(initial=0.0))
    table = np.concatenate([[0.0], np.cumsum(np.log(start + np.arange(most)))])
    found: Array = table[counts.astype(np.intp)]
    return found
