"""Invoices, credit notes and their lines as rows, with the status at the end of the history.

What is charged is decided in `bills`, what is paid in `money_in`.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from crm_core.enums import InvoiceStatus, ItemCategory, TaxCategory
from crm_core.services.numbers import NumberKind
from crm_core.simulation.bills import Bills
from crm_core.simulation.demand import PROVINCES, home_provinces
from crm_core.simulation.frames import (
    NEVER,
    Cents,
    Days,
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
from crm_core.simulation.jobs import HOUR, MINUTE, Jobs
from crm_core.simulation.lines import lines
from crm_core.simulation.money_in import (
    REFUND,
    Payments,
    first_paid_at,
    last_paid_at,
    last_returned_at,
)
from crm_core.simulation.organisation import World
from crm_core.simulation.rents import Rents
from crm_core.simulation.sales import Sales
from crm_core.simulation.status_log import ABOUT, Lives
from crm_core.simulation.storage import Rentals
from crm_core.simulation.totals import tax_lines
from crm_core.simulation.zones import DAY, Index, Seconds

VIEWED_SHARE = 0.75
FALLS_DUE = 5 * MINUTE
"""Seconds after midnight at which the daily run finds what is overdue."""
STATUSES = (
    InvoiceStatus.CANCELLED,
    InvoiceStatus.DRAFT,
    InvoiceStatus.REFUNDED,
    InvoiceStatus.PAID,
    InvoiceStatus.OVERDUE,
    InvoiceStatus.PARTIAL_PAID,
    InvoiceStatus.VIEWED,
    InvoiceStatus.SENT,
)


@dataclass(frozen=True)
class Invoices:
    """The rows; the first of them are the bills, in their order, then the credit notes."""

    frame: pl.DataFrame
    items: pl.DataFrame
    credited: Index
    """Bills that a credit note takes back in full."""
    last_numbers: dict[int, int]
    life: Lives


def invoices(
    world: World,
    sold: Sales,
    work: Jobs,
    journey_ids: pl.Series,
    let: Rentals,
    months: Rents,
    booking_ids: pl.Series,
    made: Bills,
    paid: Payments,
) -> Invoices:
    """All bills and credit notes."""
    rng = world.rng("invoices")
    refunds = np.flatnonzero(paid.category == REFUND)
    credited = paid.bill[refunds]
    credited_at = paid.received_at[refunds] + MINUTE
    bill = np.concatenate([np.arange(len(made)), credited])
    is_credit = np.arange(len(bill)) >= len(made)
    drafted_at = np.concatenate([made.drafted_at, credited_at])
    issued_at = np.concatenate([made.issued_at, credited_at])
    issued_on = np.concatenate(
        [made.issued_on, world.zones.local(credited_at, made.branch[credited]) // DAY]
    )
    ids = new_ids(drafted_at * 1000, rng)
    numbers, last_numbers = _numbers(issued_at, issued_on)
    job, rent = made.job[bill], made.rent[bill]
    life, steps = _life(world, rng, made, paid, bill, is_credit, drafted_at, issued_at, issued_on)
    is_rent = rent >= 0
    lead = np.where(is_rent, _at(let.lead[months.rental], rent), _at(work.lead, job))
    about = sold.columns[lead]
    home = home_provinces(world)[made.branch[bill]]
    frame = pl.DataFrame(
        {
            "client_id": about["client_id"],
            "id": ids,
            "location_id": world.location_ids.gather(made.branch[bill]),
            "owner_id": about["owner_id"],
            "customer_id": about["customer_id"],
            "journey_id": gather(journey_ids, job),
            "quote_id": gather(
                sold.quotes.frame["id"], np.where(is_rent, -1, sold.quotes.standing[lead])
            ),
            "storage_booking_id": gather(booking_ids, _at(months.rental, rent, -1)),
            "is_recurring": is_rent,
            "period_start_on": days(_at(months.begins_on, rent), is_rent),
            "period_end_on": days(_at(months.ends_on, rent), is_rent),
            "credit_of_invoice_id": only(ids.gather(bill), is_credit),
            "invoice_number": numbers,
            **_amounts(made, paid, bill, is_credit),
            **life,
            "tax_province": choice(
                PROVINCES, np.where(is_rent, home, sold.leads.destination[lead])
            ),
            "tax_lines": _tax_lines(made, bill, is_credit),
            "service_on": days(
                np.where(is_rent, _at(months.begins_on, rent), _at(work.service_on, job))
            ),
            "created_at": instants(drafted_at),
        }
    )
    items = _items(world, sold, work, made, frame)
    lives = Lives("invoices", frame.select(ABOUT), steps)
    return Invoices(frame, items, credited, last_numbers, lives)


def _at(values: Index, place: Index, missing: int = 0) -> Index:
    """Values at places; `missing` where the place is negative."""
    if not len(values):
        return np.full(len(place), missing, dtype=np.int64)
    return np.where(place >= 0, values[np.maximum(place, 0)], missing)


def _numbers(issued_at: Seconds, issued_on: Days) -> tuple[pl.Series, dict[int, int]]:
    """Numbers in the order of issue; none for drafts."""
    rows = np.flatnonzero(issued_at < NEVER)
    given, last = numbered(NumberKind.INVOICE.value, issued_on[rows], issued_at[rows])
    place = np.full(len(issued_at), -1, dtype=np.intp)
    place[rows] = np.arange(len(rows))
    return gather(given, place), last


def _amounts(made: Bills, paid: Payments, bill: Index, is_credit: Mask) -> dict[str, pl.Series]:
    """A credit note takes back the net and the tax, without a discount of its own."""
    priced = made.priced
    sign = np.where(is_credit, -1, 1)
    net_paid = np.where(is_credit, 0, (paid.received(len(made)) - paid.returned(len(made)))[bill])
    total = sign * priced.total[bill]
    return {
        "subtotal_amount": money(np.where(is_credit, -priced.net[bill], priced.subtotal[bill])),
        "discount_amount": money(np.where(is_credit, 0, priced.discount[bill])),
        "tax_amount": money(sign * priced.tax[bill]),
        "total_amount": money(total),
        "paid_amount": money(net_paid),
        "balance_amount": money(total - net_paid),
    }


def _life(
    world: World,
    rng: np.random.Generator,
    made: Bills,
    paid: Payments,
    bill: Index,
    is_credit: Mask,
    drafted_at: Seconds,
    issued_at: Seconds,
    issued_on: Days,
) -> tuple[dict[str, pl.Series], list[tuple[InvoiceStatus, pl.Series]]]:
    """What became of each invoice, and when; the rule of the status is that of the services."""
    end, count = world.as_of, len(bill)
    received, returned = paid.received(len(made))[bill], paid.returned(len(made))[bill]
    is_issued = issued_at < NEVER
    is_cancelled = ~is_credit & (made.cancelled_at[bill] <= end)
    opened = issued_at + (6 * HOUR * np.exp(1.2 * rng.standard_normal(count))).astype(np.int64)
    viewed = ~is_credit & is_issued & (rng.random(count) < VIEWED_SHARE) & (opened <= end)
    due_on = np.where(is_credit, issued_on, made.due_on[bill])
    today = (world.zones.local(np.full(count, end), made.branch[bill])) // DAY
    is_returned = ~is_credit & (returned > 0) & (received == returned)
    is_paid = is_issued & (is_credit | (received - returned >= made.priced.total[bill]))
    reached = [
        is_cancelled,
        ~is_issued,
        is_returned,
        is_paid,
        due_on < today,
        received > 0,
        viewed,
    ]
    status = np.select(reached, list(range(len(reached))), default=len(reached))
    is_settled = status == STATUSES.index(InvoiceStatus.PAID)
    paid_at = np.where(is_credit, issued_at, last_paid_at(paid, len(made))[bill])
    paid_on = _day(world, paid_at, made.branch[bill], is_settled)
    cancelled_on = _day(world, made.cancelled_at[bill], made.branch[bill], is_cancelled)
    moves = [issued_at, np.where(viewed, opened, NEVER), paid_at, made.cancelled_at[bill]]
    first_at = np.where(is_credit, NEVER, first_paid_at(paid, len(made))[bill])
    fell_due_at = world.zones.instants((due_on + 1) * DAY + FALLS_DUE, made.branch[bill])
    cancelled_at = np.where(is_cancelled, made.cancelled_at[bill], NEVER)
    closed_at = np.minimum(np.where(is_settled | is_returned, paid_at, NEVER), cancelled_at)
    is_late = is_issued & (fell_due_at < closed_at)
    returned_at = np.where(is_returned, last_returned_at(paid, len(made))[bill], NEVER)
    before = np.minimum(first_at, np.minimum(fell_due_at, closed_at))
    in_parts = (received > 0) & (first_at < np.minimum(fell_due_at, closed_at))
    times = (
        (InvoiceStatus.DRAFT, drafted_at),
        (InvoiceStatus.SENT, issued_at),
        (InvoiceStatus.VIEWED, np.where(viewed & (opened < before), opened, NEVER)),
        (InvoiceStatus.PARTIAL_PAID, np.where(in_parts, first_at, NEVER)),
        (InvoiceStatus.OVERDUE, np.where(is_late, fell_due_at, NEVER)),
        (InvoiceStatus.PAID, np.where(is_settled | is_returned, paid_at, NEVER)),
        (InvoiceStatus.REFUNDED, returned_at),
        (InvoiceStatus.CANCELLED, cancelled_at),
    )
    steps = [(status, instants(at, at <= end)) for status, at in times]
    return {
        "status": choice([s.value for s in STATUSES], status),
        "issued_at": instants(issued_at, is_issued),
        "issued_on": days(issued_on, is_issued),
        "due_on": days(due_on, is_issued),
        "viewed_at": instants(opened, viewed),
        "paid_on": paid_on,
        "cancelled_at": instants(cancelled_at),
        "cancelled_on": cancelled_on,
        "updated_at": instants(latest(end, made.drafted_at[bill], moves)),
    }, steps


def _day(world: World, at: Seconds, branch: Index, happened: Mask) -> pl.Series:
    """The branch's day of an instant; null where it did not happen."""
    known = np.where(happened, at, world.as_of)
    return days(world.zones.local(known, branch) // DAY, happened)


def _tax_lines(made: Bills, bill: Index, is_credit: Mask) -> pl.Series:
    owed, returned = tax_lines(made.priced), tax_lines(made.priced, sign=-1)
    return pl.select(
        pl.when(pl.Series(is_credit)).then(returned.gather(bill)).otherwise(owed.gather(bill))
    ).to_series()


def _items(world: World, sold: Sales, work: Jobs, made: Bills, frame: pl.DataFrame) -> pl.DataFrame:
    """The lines of the bills, and one line per credit note."""
    rng = world.rng("invoice items")
    written = lines(made.offer, made.drafted_at, rng, with_optional=False)
    quotes = np.where(made.job < 0, -1, sold.quotes.standing[_at(work.lead, made.job)])
    quote = quotes[written.document]
    rows = np.where(quote < 0, -1, sold.quotes.item_rows[quote, written.kind])
    charged = pl.DataFrame(
        {
            **_head(frame[written.document], written.ids),
            "quote_item_id": gather(sold.quotes.items["id"], rows),
            "tax_category": written.tax_categories,
            **written.columns,
        }
    )
    notes = frame[len(made) :]
    stamps = notes["created_at"].dt.epoch("ms").to_numpy()
    back = notes["subtotal_amount"]
    returned = pl.DataFrame(
        {
            **_head(notes, new_ids(stamps, rng)),
            "quote_item_id": pl.Series([None] * len(notes), dtype=pl.String),
            "tax_category": pl.repeat(TaxCategory.SERVICE.value, len(notes), eager=True),
            "category": pl.repeat(ItemCategory.MOVING_SERVICES.value, len(notes), eager=True),
            "description": pl.repeat("Credit", len(notes), eager=True),
            "quantity": money(np.full(len(notes), 100)),
            "unit_amount": back,
            "total_amount": back,
            "sort_order": pl.Series(np.zeros(len(notes), dtype=np.int64)),
        },
        schema_overrides={"unit_amount": pl.Decimal(18, 2)},
    )
    return pl.concat([charged, returned.select(charged.columns)])


def _head(about: pl.DataFrame, ids: pl.Series) -> dict[str, pl.Series]:
    return {
        "client_id": about["client_id"],
        "id": ids,
        "location_id": about["location_id"],
        "owner_id": about["owner_id"],
        "invoice_id": about["id"],
        "created_at": about["created_at"],
        "updated_at": about["created_at"],
    }


def credited_amounts(made: Bills, credited: Index, jobs: int) -> Cents:
    """By job: what credit notes took back before tax."""
    amounts = np.zeros(jobs, dtype=np.int64)
    np.add.at(amounts, made.job[credited], made.priced.net[credited])
    return amounts
