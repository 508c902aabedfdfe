"""What the processor's records are, where they matter here; amounts come in cents.

Free text and addresses are passed over: they are read by nobody and land encrypted.
"""

from decimal import Decimal

from pydantic import AliasPath, Field

from transforms.sources.contracts import (
    CurrencyCode,
    Epoch,
    Flag,
    Id,
    Key,
    MinorUnits,
    Row,
    Word,
)

Cents = MinorUnits
_PASSED = frozenset({"object", "livemode", "description", "statement_descriptor"})


class Charge(Row):
    """One attempt to take money; our payment is named in its metadata."""

    passed_over = _PASSED | {"receipt_email", "billing_details", "customer", "paid", "captured"}

    payment_id: Id | None = Field(None, validation_alias=AliasPath("metadata", "payment_id"))
    """Our payment: written before the processor was asked."""
    status: Word
    charge_amount: Cents = Field(validation_alias="amount")
    refunded_amount: Cents = Field(Decimal(0), validation_alias="amount_refunded")
    currency: CurrencyCode
    created_at: Epoch = Field(validation_alias="created")
    balance_transaction_id: Key | None = Field(None, validation_alias="balance_transaction")
    is_disputed: Flag = Field(False, validation_alias="disputed")


class Refund(Row):
    """Money returned for a charge."""

    passed_over = _PASSED | {"reason", "payment_intent"}

    charge_id: Key = Field(validation_alias="charge")
    payment_id: Id | None = Field(None, validation_alias=AliasPath("metadata", "payment_id"))
    status: Word
    refund_amount: Cents = Field(validation_alias="amount")
    currency: CurrencyCode
    created_at: Epoch = Field(validation_alias="created")


class BalanceTransaction(Row):
    """One movement on our balance at the processor, its fee taken off."""

    passed_over = _PASSED | {"fee_details", "reporting_category", "exchange_rate"}

    type: Word
    source_id: Key | None = Field(None, validation_alias="source")
    status: Word
    gross_amount: Cents = Field(validation_alias="amount")
    fee_amount: Cents = Field(validation_alias="fee")
    net_amount: Cents = Field(validation_alias="net")
    currency: CurrencyCode
    created_at: Epoch = Field(validation_alias="created")
    available_at: Epoch | None = Field(None, validation_alias="available_on")


class Payout(Row):
    """Money on its way to our bank."""

    passed_over = _PASSED | {"method", "destination", "automatic", "type"}

    status: Word
    payout_amount: Cents = Field(validation_alias="amount")
    currency: CurrencyCode
    created_at: Epoch = Field(validation_alias="created")
    arrives_at: Epoch | None = Field(None, validation_alias="arrival_date")
    balance_transaction_id: Key | None = Field(None, validation_alias="balance_transaction")


class Dispute(Row):
    """A charge that the payer's bank takes back, or tries to."""

    passed_over = _PASSED | {"evidence", "evidence_details", "payment_intent"}

    charge_id: Key = Field(validation_alias="charge")
    status: Word
    reason: Word
    dispute_amount: Cents = Field(validation_alias="amount")
    currency: CurrencyCode
    created_at: Epoch = Field(validation_alias="created")
