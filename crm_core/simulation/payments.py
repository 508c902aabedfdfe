"""Payments as rows.

Who pays when and how is decided in `crm_core.simulation.money_in`.
"""

import numpy as np
import polars as pl

from crm_core.enums import PaymentStatus
from crm_core.simulation.bills import Bills
from crm_core.simulation.frames import choice, days, gather, instants, money, only
from crm_core.simulation.identifiers import new_ids
from crm_core.simulation.money_in import CATEGORIES, GATEWAYS, METHODS, REFUND, STATUSES, Payments
from crm_core.simulation.organisation import World
from crm_core.simulation.status_log import ABOUT, Lives
from crm_core.simulation.zones import DAY

BY_HAND = [n for n, (method, _, _) in enumerate(METHODS) if method not in GATEWAYS]
LATE_SHARE = 0.02
"""Payments entered by hand that are entered some days late."""


def payment_frame(
    world: World, made: Bills, paid: Payments, invoice_frame: pl.DataFrame
) -> pl.DataFrame:
    """One row per payment, attempt and refund."""
    ids = new_ids(paid.received_at * 1000, world.rng("payment ids"))
    about = invoice_frame.select("client_id", "id", "location_id", "owner_id", "customer_id")[
        paid.bill
    ]
    received_on = world.zones.local(paid.received_at, made.branch[paid.bill]) // DAY
    by_hand = np.isin(paid.method, BY_HAND) & (paid.category != REFUND)
    rng = world.rng("late payments")
    is_late = by_hand & (rng.random(len(paid)) < LATE_SHARE)
    wait = rng.integers(DAY, 6 * DAY, len(paid))
    written = np.minimum(np.where(is_late, paid.received_at + wait, paid.received_at), world.as_of)
    stamp = instants(paid.received_at)
    return pl.DataFrame(
        {
            "client_id": about["client_id"],
            "id": ids,
            "location_id": about["location_id"],
            "owner_id": about["owner_id"],
            "invoice_id": about["id"],
            "customer_id": about["customer_id"],
            "refund_of_payment_id": gather(ids, paid.refund_of),
            "payment_amount": money(paid.amount),
            "fee_amount": money(paid.fee),
            "payment_method": choice([method.value for method, _, _ in METHODS], paid.method),
            "payment_category": choice([c.value for c in CATEGORIES], paid.category),
            "status": choice([status.value for status in STATUSES], paid.status),
            "gateway": choice([GATEWAYS.get(method) for method, _, _ in METHODS], paid.method),
            "received_at": stamp,
            "received_on": days(received_on),
            "created_at": instants(written),
            "updated_at": instants(written),
        }
    )


def payment_lives(frame: pl.DataFrame) -> Lives:
    """What became of the payments: through a gateway they are first on their way."""
    returned = (
        frame.filter(pl.col("refund_of_payment_id").is_not_null())
        .group_by("refund_of_payment_id")
        .agg(pl.col("received_at").min().alias("refunded_at"))
        .rename({"refund_of_payment_id": "id"})
    )
    known = frame.join(returned, on="id", how="left", maintain_order="left")
    failed = known["status"] == PaymentStatus.FAILED.value
    through_gateway = known["gateway"].is_not_null()
    received = known["received_at"]
    steps = [
        (PaymentStatus.PROCESSING, only(received, through_gateway.to_numpy())),
        (PaymentStatus.FAILED, only(received, failed.to_numpy())),
        (PaymentStatus.COMPLETED, only(received, (~failed).to_numpy())),
        (PaymentStatus.REFUNDED, known["refunded_at"]),
    ]
    return Lives("payments", frame.select(ABOUT), steps)
