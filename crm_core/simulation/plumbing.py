"""What runs by itself: pulls from the outside system, webhooks, reports, exchange rates, plans.

What the business does is made in the other modules.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
import polars as pl

from crm_core.enums import (
    DeliveryStatus,
    LedgerCategory,
    PeriodGrain,
    ReportFormat,
    ReportStatus,
    SyncStatus,
    SyncType,
    TargetDirection,
    UserRole,
)
from crm_core.simulation.calendar import days_between, expected_jobs
from crm_core.simulation.frames import choice, days, instants, money
from crm_core.simulation.identifiers import new_ids
from crm_core.simulation.letters import letters
from crm_core.simulation.organisation import World
from crm_core.simulation.span import first_day
from crm_core.simulation.zones import DAY, Index, Seconds, day_number

HOUR = 3600
SYNC_EVERY = 4 * HOUR
STREAMS = ("branches", "customers", "opportunities")
SYNC_FAILURE_SHARE = 0.012
WEBHOOKS: Final = (
    ("accounting", "invoice.paid", "invoices", "PAID"),
    ("calendar", "quote.accepted", "quotes", "ACCEPTED"),
)
WEBHOOK_DAYS = 30
REPORTS = ("daily operations", "weekly operations", "finance", "sales and pipeline")
TICKET_CENTS = 105_000
TARGETS: Final = (
    ("S08", TargetDirection.AT_LEAST, "0.3750"),
    ("S07", TargetDirection.AT_LEAST, "0.3000"),
    ("O02", TargetDirection.AT_LEAST, "0.9000"),
    ("F14", TargetDirection.AT_LEAST, "0.2000"),
    ("Q01", TargetDirection.AT_MOST, "0.0150"),
    ("T01", TargetDirection.AT_LEAST, "0.8500"),
    ("G01", TargetDirection.AT_LEAST, "0.9990"),
)
BUDGETS: Final = (
    (LedgerCategory.MOVING_REVENUE, 100), (LedgerCategory.LABOUR, 38), (LedgerCategory.FUEL, 4),
    (LedgerCategory.MARKETING, 8), (LedgerCategory.MATERIALS, 2),
)  # fmt: skip
FIRST = "northway"
"""The company that writes down what belongs to no tenant."""
RATES: Final = (("USD", 1.36), ("EUR", 1.48))


def plumbing_frames(world: World, rows: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """All of it; exchange rates belong to no tenant."""
    frames = {
        "report_runs": _reports(world),
        **letters(world),
        "budgets": _budgets(world),
        "kpi_targets": _targets(world),
        **_webhooks(world, rows["status_events"]),
    }
    if world.company.slug == FIRST:
        frames["fx_rates"] = _rates(world)
    if "integrations" in rows:
        frames["integration_sync_logs"] = _syncs(world, rows["integrations"]["id"][0])
    return frames


def _every(world: World, step: int) -> Seconds:
    return np.arange(first_day(world) * DAY + 6 * HOUR, world.as_of - HOUR, step)


def _syncs(world: World, integration_id: str) -> pl.DataFrame:
    """A run every few hours; each stream is pulled for itself, some fail, a few records too."""
    rng = world.rng("syncs")
    runs = _every(world, SYNC_EVERY)
    run_ids = new_ids(runs * 1000, rng)
    run, stream = (part.reshape(-1) for part in np.indices((len(runs), len(STREAMS))))
    at = runs[run] + stream * 20
    lasts = (np.array([3, 25, 60])[stream] * np.exp(0.4 * rng.standard_normal(len(run)))).astype(
        np.int64
    ) + 1
    failed = rng.random(len(run)) < SYNC_FAILURE_SHARE
    size = rng.poisson(np.array([3, 14, 30])[stream])
    bad = np.where(failed, 0, rng.binomial(size, 0.004))
    created = rng.binomial(size - bad, 0.25)
    updated = rng.binomial(size - bad - created, 0.4)
    done = ~failed
    statuses = [SyncStatus.COMPLETED.value, SyncStatus.FAILED.value]
    return pl.DataFrame(
        {
            "client_id": pl.repeat(world.client_id, len(run), eager=True),
            "id": new_ids(at * 1000, rng),
            "integration_id": pl.repeat(integration_id, len(run), eager=True),
            "run_id": run_ids.gather(run),
            "stream": choice(STREAMS, stream),
            "window_from_at": instants(at - SYNC_EVERY),
            "window_to_at": instants(at),
            "type": pl.repeat(SyncType.INCREMENTAL.value, len(run), eager=True),
            "status": choice(statuses, failed * 1),
            "records_processed": size * done,
            "records_created": created * done,
            "records_updated": updated * done,
            "records_unchanged": (size - bad - created - updated) * done,
            "records_failed": bad,
            "started_at": instants(at),
            "completed_at": instants(at + lasts),
            "error": choice(["the source did not answer in time"], failed * 0, failed),
            "created_at": instants(at),
            "updated_at": instants(at + lasts),
        }
    )


def _webhooks(world: World, log: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Two receivers, the events of the last month, and how each was delivered."""
    rng = world.rng("webhooks")
    start = np.full(len(WEBHOOKS), first_day(world) * DAY)
    hook_ids = new_ids(start * 1000, rng)
    since = pl.lit(world.plan.as_of.replace(tzinfo=None)) - pl.duration(days=WEBHOOK_DAYS)
    parts = [
        log.filter((pl.col("entity") == entity) & (pl.col("to_status") == status)
                   & (pl.col("status_column") == "status") & (pl.col("occurred_at") > since))
        .with_columns(hook=pl.lit(place), name=pl.lit(name))
        for place, (_, name, entity, status) in enumerate(WEBHOOKS)
    ]  # fmt: skip
    found = pl.concat(parts).sort("occurred_at", maintain_order=True)
    at = found["occurred_at"].dt.epoch("s").to_numpy()
    count = len(found)
    hook = found["hook"].to_numpy()
    event_ids = new_ids(at * 1000, rng)
    attempts = np.minimum(1 + rng.geometric(0.93, count) - 1, 6)
    lost = (rng.random(count) < 0.004) | (attempts > 5)
    waits = np.array([1, 2, 62, 662, 4_262, 25_862, 86_400])[attempts]
    delivered = at + waits + rng.integers(0, 3, count)
    waiting = ~lost & (delivered > world.as_of)
    good = ~lost & ~waiting
    status = np.select([good, waiting], [0, 1], default=2)
    statuses = [DeliveryStatus.DELIVERED, DeliveryStatus.RETRY, DeliveryStatus.FAILED]
    payload = '{"id": "' + found["entity_id"] + '"}'
    last = np.minimum(delivered, world.as_of)
    events = pl.DataFrame(
        {
            "client_id": found["client_id"],
            "id": event_ids,
            "location_id": found["location_id"],
            "name": found["name"],
            "entity": found["entity"],
            "entity_id": found["entity_id"],
            "payload": payload,
            "occurred_at": found["occurred_at"],
            "published_at": found["occurred_at"],
            "created_at": found["occurred_at"],
            "updated_at": found["occurred_at"],
        }
    )
    deliveries = pl.DataFrame(
        {
            "client_id": found["client_id"],
            "id": new_ids(at * 1000, rng),
            "webhook_id": hook_ids.gather(hook),
            "event_id": event_ids,
            "event": found["name"],
            "payload": payload,
            "status": choice([s.value for s in statuses], status),
            "response_code": np.where(good, 200, 503),
            "attempt_count": attempts,
            "attempted_at": instants(last),
            "next_attempt_at": instants(delivered, waiting),
            "delivered_at": instants(delivered, good),
            "created_at": instants(at),
            "updated_at": instants(last),
        }
    )
    tally = [np.bincount(hook[rows], minlength=len(WEBHOOKS)) for rows in (good, lost)]
    hooks = pl.DataFrame(
        {
            "client_id": pl.repeat(world.client_id, len(WEBHOOKS), eager=True),
            "id": hook_ids,
            "name": [name for name, *_ in WEBHOOKS],
            "url": [f"https://{name}.example/hook" for name, *_ in WEBHOOKS],
            "events": ["{" + event + "}" for _, event, *_ in WEBHOOKS],
            "is_active": [False] * len(WEBHOOKS),
            "success_count": tally[0],
            "failure_count": tally[1],
            "created_at": instants(start),
            "updated_at": instants(start),
        }
    )
    return {"webhooks": hooks, "domain_events": events, "webhook_deliveries": deliveries}


def _reports(world: World) -> pl.DataFrame:
    """The daily report every morning, the others on Mondays; now and then one fails."""
    rng = world.rng("reports")
    day = _every(world, DAY) + 5 * HOUR
    monday = (day // DAY + 3) % 7 == 0
    at = np.concatenate([day, *[day[monday] + 600 * n for n in (1, 2, 3)]])
    kind = np.concatenate([np.zeros(len(day), int), *[np.full(monday.sum(), n) for n in (1, 2, 3)]])
    keep = at <= world.as_of - 600
    at, kind = at[keep], kind[keep]
    order = np.argsort(at, kind="stable")
    at, kind = at[order], kind[order]
    failed = rng.random(len(at)) < 0.006
    ended = at + rng.integers(20, 200, len(at))
    owner = next(n for n, person in enumerate(world.people) if person.role is UserRole.EXECUTIVE)
    ids = new_ids(at * 1000, rng)
    hashes = pl.Series([rng.bytes(32).hex() for _ in range(len(at))])
    ok = pl.Series(~failed)
    statuses = [ReportStatus.COMPLETED.value, ReportStatus.FAILED.value]
    return pl.DataFrame(
        {
            "client_id": pl.repeat(world.client_id, len(at), eager=True),
            "id": ids,
            "owner_id": pl.repeat(world.user_ids[owner], len(at), eager=True),
            "report_name": choice(REPORTS, kind),
            "format": pl.repeat(ReportFormat.PDF.value, len(at), eager=True),
            "status": choice(statuses, failed * 1),
            "attempt_count": pl.repeat(1, len(at), eager=True),
            "started_at": instants(at),
            "finished_at": instants(ended),
            "as_of": instants(at, ~failed),
            "row_count": pl.select(
                pl.when(ok).then(pl.Series(rng.integers(20, 900, len(at))))
            ).to_series(),
            "file_key": pl.select(pl.when(ok).then("reports/" + ids + ".pdf")).to_series(),
            "content_hash": pl.select(pl.when(ok).then(hashes)).to_series(),
            "error": choice(["the warehouse was busy"], failed * 0, failed),
            "created_at": instants(at),
            "updated_at": instants(ended),
        }
    )


def _months(world: World) -> tuple[Index, Index]:
    """Branch and first day of each month of the detail in which the branch is open."""
    start = np.datetime64(world.plan.start_on, "M")
    month = np.arange(start, np.datetime64(world.plan.until, "M") + 1)
    opened = np.array([np.datetime64(b.opened_on, "M") for b in world.company.branches])
    branch, place = np.nonzero(month[None, :] >= opened[:, None])
    return branch, month[place].astype("datetime64[D]").astype(np.int64)


def _budgets(world: World) -> pl.DataFrame:
    """What each branch plans to earn and spend, from the expected jobs of its months."""
    rng = world.rng("budgets")
    branch, month = _months(world)
    plan = world.plan
    dates = days_between(plan.start_on, plan.until)
    by_day = expected_jobs(world.company.branches, dates[0], dates[-1], plan.until)
    first = np.array([day_number(day.replace(day=1)) for day in dates])
    number = {int(value): place for place, value in enumerate(np.unique(first))}
    totals = np.zeros((len(by_day), len(number)))
    np.add.at(totals.T, np.array([number[int(value)] for value in first]), by_day.T)
    jobs = totals[branch, np.array([number[int(value)] for value in month])]
    row, kind = (part.reshape(-1) for part in np.indices((len(branch), len(BUDGETS))))
    share = np.array([pct for _, pct in BUDGETS])[kind]
    spread = 0.95 + 0.1 * rng.random(len(row))
    amount = (jobs[row] * TICKET_CENTS * share / 100 * spread).astype(np.int64) // 10_000 * 10_000
    made = np.full(len(row), (first_day(world) - 20) * DAY)
    return pl.DataFrame(
        {
            "client_id": pl.repeat(world.client_id, len(row), eager=True),
            "id": new_ids(made * 1000, rng),
            "location_id": world.location_ids.gather(branch[row]),
            "category": choice([c.value for c, _ in BUDGETS], kind),
            "month_on": days(month[row]),
            "budget_amount": money(amount),
            "created_at": instants(made),
            "updated_at": instants(made),
        }
    )


def _targets(world: World) -> pl.DataFrame:
    """Targets of the company for every month."""
    month = np.unique(_months(world)[1])
    row, kind = (part.reshape(-1) for part in np.indices((len(month), len(TARGETS))))
    made = np.full(len(row), (first_day(world) - 20) * DAY)
    return pl.DataFrame(
        {
            "client_id": pl.repeat(world.client_id, len(row), eager=True),
            "id": new_ids(made * 1000, world.rng("targets")),
            "metric": choice([name for name, *_ in TARGETS], kind),
            "grain": pl.repeat(PeriodGrain.MONTH.value, len(row), eager=True),
            "period_on": days(month[row]),
            "direction": choice([d.value for _, d, _ in TARGETS], kind),
            "target": choice([value for *_, value in TARGETS], kind),
            "created_at": instants(made),
            "updated_at": instants(made),
        }
    )


def _rates(world: World) -> pl.DataFrame:
    """A rate per day and foreign currency: a slow walk around its mean."""
    rng = world.rng("exchange rates")
    day = np.arange(first_day(world), day_number(world.plan.until))
    parts = []
    for name, mean in RATES:
        walk = np.cumsum(rng.standard_normal(len(day))) * 0.002
        rate = mean * np.exp(walk - walk.mean())
        stamp = instants(day * DAY + 13 * HOUR)
        parts.append(
            pl.DataFrame(
                {
                    "from_currency": pl.repeat(name, len(day), eager=True),
                    "to_currency": pl.repeat("CAD", len(day), eager=True),
                    "rate_on": days(day),
                    "rate": pl.Series([f"{value:.6f}" for value in rate]),
                    "source": pl.repeat("simulated", len(day), eager=True),
                    "created_at": stamp,
                    "updated_at": stamp,
                }
            )
        )
    return pl.concat(parts)
