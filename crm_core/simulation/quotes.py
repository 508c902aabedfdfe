"""Quotes, their versions and their lines as rows, with the status at the end of the history.

What is offered is decided in `offers`, when and with what success in `outcomes`.
"""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from crm_core.enums import ApprovalStatus, QuoteStatus, UserRole
from crm_core.services.numbers import NumberKind
from crm_core.simulation import market
from crm_core.simulation.demand import PROVINCES, Prospects
from crm_core.simulation.frames import (
    NEVER,
    Mask,
    choice,
    days,
    gather,
    instants,
    latest,
    money,
    numbered,
    only,
)
from crm_core.simulation.identifiers import new_ids
from crm_core.simulation.lines import Lines, Table, lines
from crm_core.simulation.market import SERVICES, SIZES
from crm_core.simulation.offers import Offers
from crm_core.simulation.organisation import World
from crm_core.simulation.outcomes import VALID_DAYS, Fate, Outcomes
from crm_core.simulation.status_log import Lives, life_of
from crm_core.simulation.totals import totals
from crm_core.simulation.zones import DAY, Index, Seconds

DEPOSIT_STEP = 5_000
"""Deposits are asked for in steps of fifty dollars."""
FREE_DISCOUNT_PCT = 10
APPROVAL = 50
"""Seconds from the draft to the release: a manager answers while the offer is written."""
HOURS_LEFT_OUT = 50
"""Hundredths of an hour by which a first version differs from the one that replaces it."""
STATUSES = (
    QuoteStatus.SUPERSEDED,
    QuoteStatus.CONVERTED,
    QuoteStatus.ACCEPTED,
    QuoteStatus.REJECTED,
    QuoteStatus.EXPIRED,
    QuoteStatus.VIEWED,
    QuoteStatus.SENT,
    QuoteStatus.DRAFT,
)


@dataclass(frozen=True)
class Versions:
    """One row per version of an offer: first versions, then second ones."""

    lead: Index
    first: Index
    """Row of the first version of the same offer."""
    is_second: Mask
    is_last: Mask
    """The customer decides on it."""
    created_at: Seconds
    sent_at: Seconds

    def __len__(self) -> int:
        return len(self.lead)


@dataclass(frozen=True)
class Quotes:
    """The rows, and how later stages find the quote and the lines of a lead."""

    frame: pl.DataFrame
    items: pl.DataFrame
    standing: Index
    """By lead: row of its last version, -1 where there is none."""
    item_rows: Table
    """By quote row and kind: row of the line, -1 where there is none."""
    last_numbers: dict[int, int]


def versions(end: int, fates: Outcomes, kept: Mask) -> Versions:
    """The versions drawn up by the end of the history, for the leads that are kept."""
    lead = np.flatnonzero(kept & (fates.quoted_at <= end))
    is_revised = fates.revised_at[lead] <= end
    again = lead[is_revised]
    first = np.concatenate([np.arange(len(lead)), np.flatnonzero(is_revised)])
    is_second = np.arange(len(first)) >= len(lead)
    return Versions(
        lead=np.concatenate([lead, again]),
        first=first,
        is_second=is_second,
        is_last=is_second | ~is_revised[first],
        created_at=np.concatenate([fates.quoted_at[lead], fates.revised_at[again]]),
        sent_at=np.concatenate([fates.sent_at[lead], fates.resent_at[again]]),
    )


def quotes(
    world: World,
    leads: Prospects,
    fates: Outcomes,
    offered: Offers,
    kept: Mask,
    lead_columns: pl.DataFrame,
) -> Quotes:
    """All versions; `lead_columns` holds id, customer, branch and owner of every lead."""
    rng = world.rng("quotes")
    made = versions(world.as_of, fates, kept)
    drawn = leads.take(made.lead)
    offer = _as_first_drawn(offered.take(made.lead), made, fates)
    ids = new_ids(made.created_at * 1000, rng)
    created_on = world.zones.local(made.created_at, drawn.branch) // DAY
    numbers, last_numbers = _numbers(made, created_on)
    about = lead_columns[made.lead]
    written = lines(offer, made.created_at, rng, with_optional=True)
    first_ids = ids.gather(made.first)
    frame = pl.DataFrame(
        {
            "client_id": about["client_id"],
            "id": ids,
            "location_id": about["location_id"],
            "owner_id": about["owner_id"],
            "customer_id": about["customer_id"],
            "lead_id": about["id"],
            "quote_number": numbers,
            "family_id": first_ids,
            "version": made.is_second + 1,
            "parent_quote_id": only(first_ids, made.is_second),
            **_facts(world, drawn, fates.take(made.lead), offer, made),
            **_life(world, made, drawn, fates.take(made.lead)),
            "created_on": days(created_on),
            "valid_until_on": days(created_on + VALID_DAYS),
            "created_at": instants(made.created_at),
        }
    )
    standing = np.full(len(leads), -1, dtype=np.intp)
    standing[made.lead[made.is_last]] = np.flatnonzero(made.is_last)
    items = _item_frame(written, frame)
    return Quotes(frame, items, standing, written.by_document(len(made)), last_numbers)


def _as_first_drawn(offer: Offers, made: Versions, fates: Outcomes) -> Offers:
    """First versions that were replaced had left out, or added, half an hour of work."""
    replaced = ~made.is_second & (fates.revised_at[made.lead] < NEVER)
    step = np.where(made.lead % 3 == 0, HOURS_LEFT_OUT, -HOURS_LEFT_OUT)
    least = int(market.LEAST_HOURS * 100)
    hours = np.where(replaced, np.maximum(offer.hours + step, least), offer.hours)
    return offer.with_hours(hours)


def _numbers(made: Versions, created_on: Seconds) -> tuple[pl.Series, dict[int, int]]:
    """First versions are numbered; a second one carries the number of the first with -2."""
    is_first = ~made.is_second
    given, last = numbered(NumberKind.QUOTE.value, created_on[is_first], made.created_at[is_first])
    numbers = given.gather(made.first)
    suffix = choice(["", "-2"], made.is_second * 1)
    return numbers + suffix, last


def _facts(
    world: World, drawn: Prospects, fates: Outcomes, offer: Offers, made: Versions
) -> dict[str, pl.Series]:
    """What is offered, and for how much."""
    approved_at = np.minimum(made.created_at + APPROVAL, world.as_of)
    priced = totals(offer, drawn.origin, drawn.destination, fates.move_on)
    deposit = priced.total * offer.deposit_pct // 100 // DEPOSIT_STEP * DEPOSIT_STEP
    manager, _ = world.posts(UserRole.MANAGER)
    is_approved = offer.discount_pct > FREE_DISCOUNT_PCT
    approvals = [ApprovalStatus.NOT_REQUIRED.value, ApprovalStatus.APPROVED.value]
    return {
        "service_type": choice([service.name for service in SERVICES], drawn.service),
        "move_size": choice([size.name for size in SIZES], drawn.size),
        "move_on": days(fates.move_on),
        "crew_size": pl.Series(offer.crew),
        "truck_count": pl.Series(offer.trucks),
        "estimated_minutes": pl.Series(offer.minutes),
        "hourly_rate_amount": money(offer.rate),
        "origin_province": choice(PROVINCES, drawn.origin),
        "destination_province": choice(PROVINCES, drawn.destination),
        "subtotal_amount": money(priced.subtotal),
        "discount_amount": money(priced.discount),
        "tax_amount": money(priced.tax),
        "total_amount": money(priced.total),
        "deposit_amount": money(deposit),
        "approval_status": choice(approvals, is_approved * 1),
        "approved_at": instants(approved_at, is_approved),
        "approved_by_id": gather(world.user_ids, np.where(is_approved, manager[drawn.branch], -1)),
    }


def _life(world: World, made: Versions, drawn: Prospects, fates: Outcomes) -> dict[str, pl.Series]:
    """What became of each version by the end of the history."""
    end = world.as_of
    is_sent = made.sent_at <= end
    is_viewed = made.is_last & (fates.viewed_at <= end)
    is_decided = made.is_last & (fates.decided_at <= end)
    is_won = is_decided & (fates.fate == Fate.WON)
    is_refused = is_decided & (fates.fate == Fate.REJECTED)
    reached = [
        ~made.is_last,
        is_won & (fates.converted_at <= end),
        is_won,
        is_refused,
        is_decided,
        is_viewed,
        is_sent,
    ]
    status = np.select(reached, list(range(len(reached))), default=len(reached))
    life = (fates.viewed_at, fates.decided_at, fates.converted_at)
    later = [made.sent_at, *(np.where(made.is_last, times, NEVER) for times in life)]
    return {
        "status": choice([s.value for s in STATUSES], status),
        "sent_at": instants(made.sent_at, is_sent),
        "sent_on": days(world.zones.local(made.sent_at, drawn.branch) // DAY, is_sent),
        "viewed_at": instants(fates.viewed_at, is_viewed),
        "accepted_at": instants(fates.decided_at, is_won),
        "accepted_on": days(fates.decided_on, is_won),
        "rejected_at": instants(fates.decided_at, is_refused),
        "expired_at": instants(fates.decided_at, is_decided & ~is_won & ~is_refused),
        "converted_at": instants(fates.converted_at, is_won & (fates.converted_at <= end)),
        "decided_on": days(fates.decided_on, is_decided),
        "rejection_reason": choice(market.REJECTION_REASONS, fates.reason, is_refused),
        "updated_at": instants(latest(end, made.created_at, later)),
    }


def quote_lives(quotes: pl.DataFrame) -> list[Lives]:
    """What became of the quotes, and of the release of those that needed one."""
    replaced = quotes.filter(pl.col("version") > 1).select(
        pl.col("parent_quote_id").alias("id"), pl.col("created_at").alias("superseded_at")
    )
    known = quotes.join(replaced, on="id", how="left", maintain_order="left")
    steps = {
        QuoteStatus.DRAFT: "created_at",
        QuoteStatus.SENT: "sent_at",
        QuoteStatus.VIEWED: "viewed_at",
        QuoteStatus.SUPERSEDED: "superseded_at",
        QuoteStatus.REJECTED: "rejected_at",
        QuoteStatus.EXPIRED: "expired_at",
        QuoteStatus.ACCEPTED: "accepted_at",
        QuoteStatus.CONVERTED: "converted_at",
    }
    released = quotes.filter(pl.col("approved_at").is_not_null())
    approval = {ApprovalStatus.PENDING: "created_at", ApprovalStatus.APPROVED: "approved_at"}
    return [
        life_of("quotes", known, steps),
        replace(life_of("quotes", released, approval), column="approval_status"),
    ]


def _item_frame(written: Lines, frame: pl.DataFrame) -> pl.DataFrame:
    about = frame.select("client_id", "location_id", "owner_id", "id", "created_at")[
        written.document
    ]
    return pl.DataFrame(
        {
            "client_id": about["client_id"],
            "id": written.ids,
            "location_id": about["location_id"],
            "owner_id": about["owner_id"],
            "quote_id": about["id"],
            **written.columns,
            "is_optional": written.is_optional,
            "is_selected": ~written.is_optional,
            "created_at": about["created_at"],
            "updated_at": about["created_at"],
        }
    )
