"""Which postings a document of the business makes in the ledger.

Pure; they are written, and held against the documents, by `ledger`.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from crm_core.enums import ItemCategory, LedgerCategory, PaymentCategory, TransactionType
from crm_core.money import allocate

DEPOSIT = "deposit"
LATE_FEE = "late_fee"
PROCESSING_FEE = "processing_fee"
RENT = "rent"
WRITE_OFF = "write_off"

_REVENUE = {
    ItemCategory.MOVING_SERVICES: LedgerCategory.MOVING_REVENUE,
    ItemCategory.PACKING_SERVICES: LedgerCategory.MOVING_REVENUE,
    ItemCategory.SPECIALTY_SERVICES: LedgerCategory.MOVING_REVENUE,
    ItemCategory.STORAGE_SERVICES: LedgerCategory.STORAGE_REVENUE,
    ItemCategory.EQUIPMENT_RENTAL: LedgerCategory.OTHER_REVENUE,
    ItemCategory.INSURANCE: LedgerCategory.OTHER_REVENUE,
    ItemCategory.OTHER: LedgerCategory.OTHER_REVENUE,
}


class Posting(NamedTuple):
    """One line of the ledger; the amount is signed, as direction times amount are."""

    type: TransactionType
    category: LedgerCategory
    amount: Decimal
    subcategory: str | None = None


class BilledLine(NamedTuple):
    """A line of an invoice: what was sold, and for how much before discount and tax."""

    category: ItemCategory
    subcategory: str | None
    amount: Decimal


def of_invoice(
    lines: Sequence[BilledLine], discount_amount: Decimal, tax_amount: Decimal
) -> list[Posting]:
    """Revenue by category, the discount spread over the lines, and tax; below zero on credit notes.

    A deposit is no revenue before the work is done, tax is none at all: both are ADJUSTMENT. The
    postings add up to the total of the invoice.
    """
    shares = allocate(discount_amount, [abs(line.amount) for line in lines]) if lines else []
    sums: dict[tuple[TransactionType, LedgerCategory, str | None], Decimal] = {}
    for line, share in zip(lines, shares, strict=True):
        key = _account(line)
        sums[key] = sums.get(key, Decimal(0)) + line.amount - share
    sums[TransactionType.ADJUSTMENT, LedgerCategory.TAX, None] = tax_amount
    return [
        Posting(kind, category, amount, subcategory)
        for (kind, category, subcategory), amount in sums.items()
        if amount
    ]


def _account(line: BilledLine) -> tuple[TransactionType, LedgerCategory, str | None]:
    if line.subcategory == DEPOSIT:
        return TransactionType.ADJUSTMENT, LedgerCategory.OTHER, DEPOSIT
    category = _REVENUE[line.category]
    return TransactionType.INCOME, category, line.subcategory


def of_payment(
    payment_category: PaymentCategory, amount: Decimal, fee_amount: Decimal
) -> list[Posting]:
    """Money in or out, which is no income (the invoice was), and what the gateway kept of it."""
    is_refund = payment_category is PaymentCategory.REFUND
    moved = Posting(
        TransactionType.ADJUSTMENT,
        LedgerCategory.REFUND if is_refund else LedgerCategory.PAYMENT,
        -amount if is_refund else amount,
    )
    fee = Posting(TransactionType.EXPENSE, LedgerCategory.PROCESSING_FEE, -fee_amount)
    return [posting for posting in (moved, fee) if posting.amount]


def of_write_off(amount: Decimal) -> list[Posting]:
    """Money given up, a cost of its own: the revenue and its tax stay."""
    return [Posting(TransactionType.EXPENSE, LedgerCategory.OTHER, -amount, WRITE_OFF)]


def of_claim(amount: Decimal) -> list[Posting]:
    """What a settled claim costs."""
    return [Posting(TransactionType.EXPENSE, LedgerCategory.CLAIMS, -amount)] if amount else []


def of_maintenance(amount: Decimal) -> list[Posting]:
    """What work on an asset cost, labour and parts."""
    if not amount:
        return []
    return [Posting(TransactionType.EXPENSE, LedgerCategory.MAINTENANCE, -amount)]


def of_royalty(amount: Decimal) -> list[Posting]:
    """What a franchise branch owes for its month."""
    return [Posting(TransactionType.EXPENSE, LedgerCategory.ROYALTY, -amount)] if amount else []
