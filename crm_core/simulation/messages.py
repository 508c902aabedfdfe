"""Mails, texts and notices: what was sent to whom about which offer, job and bill, and how it went.

When offers and bills go out is decided elsewhere.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
import polars as pl

from crm_core.enums import (
    CommunicationStatus,
    CommunicationType,
    NotificationStatus,
    NotificationType,
    TemplateType,
)
from crm_core.simulation.frames import choice, instants
from crm_core.simulation.identifiers import new_ids
from crm_core.simulation.organisation import World
from crm_core.simulation.span import first_day
from crm_core.simulation.zones import DAY

HOUR = 3600
NOTICE_DAYS = 60
"""Notices of members of staff are kept for so long."""
REMINDED_SHARE = 0.94


@dataclass(frozen=True)
class Letter:
    """A kind of message: how it is sent, the share that fails, the share that is read."""

    name: str
    kind: CommunicationType
    subject: str
    fails: float
    is_read: float


LETTERS: Final = (
    Letter("quote_sent", CommunicationType.EMAIL, "Your offer", 0.021, 0.62),
    Letter("move_reminder", CommunicationType.SMS, "", 0.012, 0.0),
    Letter("invoice_sent", CommunicationType.EMAIL, "Your invoice", 0.018, 0.70),
)
QUOTE, REMINDER, INVOICE = range(3)
FAILURES = ("address unknown", "mailbox full", "refused by the provider")


def message_frames(world: World, rows: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Templates, messages to customers, notices to staff."""
    templates = _templates(world)
    return {
        "templates": templates,
        "communications": _communications(world, rows, templates["id"]),
        "notifications": _notices(world, rows),
    }


def _templates(world: World) -> pl.DataFrame:
    start = np.full(len(LETTERS), first_day(world) * DAY)
    kinds = [TemplateType.EMAIL.value, TemplateType.SMS.value, TemplateType.EMAIL.value]
    return pl.DataFrame(
        {
            "client_id": pl.repeat(world.client_id, len(LETTERS), eager=True),
            "id": new_ids(start * 1000, world.rng("templates")),
            "name": [letter.name for letter in LETTERS],
            "type": kinds,
            "subject": [letter.subject or None for letter in LETTERS],
            "content": [
                f"{letter.subject or 'We come tomorrow'}: {{number}}" for letter in LETTERS
            ],
            "created_at": instants(start),
            "updated_at": instants(start),
        }
    )


def _communications(
    world: World, rows: dict[str, pl.DataFrame], template_ids: pl.Series
) -> pl.DataFrame:
    """An offer, a reminder two days before a job, a bill: each as one message."""
    rng = world.rng("messages")
    end = world.plan.as_of.replace(tzinfo=None)
    known = ["client_id", "location_id", "owner_id", "customer_id", "at"]
    quotes = (
        rows["quotes"]
        .with_columns(at="sent_at")
        .select(*known, "lead_id", quote_id="id", number="quote_number", letter=pl.lit(QUOTE))
    )
    journeys = rows["truck_journeys"]
    before = pl.max_horizontal(pl.col("planned_start_at") - pl.duration(hours=44), "created_at")
    reminded = (
        journeys.with_columns(at=before, chance=pl.Series(rng.random(len(journeys))))
        .filter((pl.col("chance") < REMINDED_SHARE)
                & (pl.col("cancelled_at").is_null() | (pl.col("cancelled_at") > pl.col("at"))))
        .select(*known, journey_id="id", number="journey_number", letter=pl.lit(REMINDER))
    )  # fmt: skip
    bills = (
        rows["invoices"]
        .with_columns(at="issued_at")
        .select(*known, invoice_id="id", number="invoice_number", letter=pl.lit(INVOICE))
    )
    sent = (
        pl.concat([quotes, reminded, bills], how="diagonal")
        .filter(pl.col("at").is_not_null() & (pl.col("at") <= end))
        .join(rows["customers"].select("email", "phone", customer_id="id"), on="customer_id",
              how="left", maintain_order="left")
        .sort("at", maintain_order=True)
    )  # fmt: skip
    letter = sent["letter"].to_numpy()
    mail = pl.Series(letter != REMINDER)
    to = pl.select(pl.when(mail).then(sent["email"]).otherwise(sent["phone"])).to_series()
    count = len(sent)
    chance = rng.random(count)
    fails = (chance < np.array([each.fails for each in LETTERS])[letter]) | to.is_null().to_numpy()
    at = sent["at"].dt.epoch("s").to_numpy()
    delivered = at + (6 * np.exp(1.0 * rng.standard_normal(count))).astype(np.int64) + 1
    read = delivered + (3 * HOUR * np.exp(1.3 * rng.standard_normal(count))).astype(np.int64)
    is_read = ~fails & (rng.random(count) < np.array([each.is_read for each in LETTERS])[letter])
    is_read &= read <= world.as_of
    arrived = ~fails & (delivered <= world.as_of)
    status = np.select([fails, is_read, arrived], [0, 1, 2], default=3)
    statuses = [
        CommunicationStatus.FAILED,
        CommunicationStatus.READ,
        CommunicationStatus.DELIVERED,
        CommunicationStatus.SENT,
    ]
    branches = pl.DataFrame(
        {"location_id": world.location_ids, "branch": range(len(world.location_ids))}
    )
    branch = sent.join(branches, on="location_id", maintain_order="left")["branch"].to_numpy()
    wall = world.zones.local(at, branch)
    why = choice(
        FAILURES, np.where(to.is_null().to_numpy(), 0, (chance * 1e6).astype(int) % 3), fails
    )
    return sent.select(
        "client_id", "location_id", "owner_id", "customer_id", "lead_id", "quote_id",
        "journey_id", "invoice_id",
    ).with_columns(
        id=new_ids(at * 1000, rng),
        type=choice([each.kind.value for each in LETTERS], letter),
        status=choice([s.value for s in statuses], status),
        is_automatic=pl.lit(True),
        template_id=template_ids.gather(letter),
        template_version=pl.lit(1),
        recipient=to.fill_null("unknown"),
        subject=choice([each.subject or None for each in LETTERS], letter),
        content=choice([f"{each.subject or 'We come tomorrow'}: " for each in LETTERS], letter)
        + sent["number"],
        sent_at=instants(at),
        sent_on=pl.Series((wall // DAY).astype(np.int32)).cast(pl.Date),
        sent_local_at=instants(wall),
        delivered_at=instants(delivered, arrived),
        read_at=instants(read, is_read),
        failed_at=instants(np.minimum(delivered, world.as_of), fails),
        failure_reason=why,
        attempt_count=pl.lit(1),
        created_at=instants(at),
        updated_at=instants(np.where(is_read, read, np.minimum(delivered, world.as_of))),
    )  # fmt: skip


def _days_before(end: datetime, days: int) -> pl.Expr:
    return pl.lit(end).cast(pl.Datetime("ms")) - pl.duration(days=days)


def _notices(world: World, rows: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Crews are told of their jobs; most look at it within the hour."""
    rng = world.rng("notices")
    end = world.plan.as_of.replace(tzinfo=None)
    crew = (
        rows["assigned_crew"]
        .filter(pl.col("assigned_at") > _days_before(end, NOTICE_DAYS))
        .sort("assigned_at", maintain_order=True)
    )
    at = crew["assigned_at"].dt.epoch("s").to_numpy()
    read = at + (40 * 60 * np.exp(rng.standard_normal(len(at)))).astype(np.int64) + 5
    is_read = (rng.random(len(at)) < 0.9) & (read <= world.as_of)
    statuses = [NotificationStatus.DELIVERED.value, NotificationStatus.READ.value]
    soon = np.minimum(at + 3, world.as_of)
    return pl.DataFrame(
        {
            "client_id": crew["client_id"],
            "id": new_ids(at * 1000, rng),
            "location_id": crew["location_id"],
            "user_id": crew["user_id"],
            "type": pl.repeat(NotificationType.CREW_ASSIGNMENT.value, len(at), eager=True),
            "status": choice(statuses, is_read * 1),
            "title": pl.repeat("You have a new job", len(at), eager=True),
            "entity": pl.repeat("truck_journeys", len(at), eager=True),
            "entity_id": crew["journey_id"],
            "sent_at": instants(at),
            "delivered_at": instants(soon),
            "read_at": instants(read, is_read),
            "created_at": instants(at),
            "updated_at": instants(np.where(is_read, read, soon)),
        }
    )
