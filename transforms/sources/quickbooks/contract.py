"""What accounting holds of our invoices and of bills to us; names of people are passed over."""

from decimal import Decimal

from pydantic import AliasPath, Field

from transforms.sources.contracts import CurrencyCode, IsoDay, Key, Money, Row, Utc

_PASSED = frozenset(
    {"SyncToken", "domain", "sparse", "Line", "CustomField", "LinkedTxn", "PrivateNote", "Id"}
)


class Invoice(Row):
    """An invoice as accounting has it; its document number is ours."""

    passed_over = _PASSED | {"CustomerRef", "BillEmail", "BillAddr", "ShipAddr", "EmailStatus"}

    invoice_number: Key = Field(validation_alias="DocNumber")
    issued_on: IsoDay = Field(validation_alias="TxnDate")
    due_on: IsoDay | None = Field(None, validation_alias="DueDate")
    total_amount: Money = Field(validation_alias="TotalAmt")
    tax_amount: Money = Field(Decimal(0), validation_alias=AliasPath("TxnTaxDetail", "TotalTax"))
    balance_amount: Money = Field(validation_alias="Balance")
    currency: CurrencyCode = Field(validation_alias=AliasPath("CurrencyRef", "value"))
    modified_at: Utc = Field(validation_alias=AliasPath("MetaData", "LastUpdatedTime"))


class Bill(Row):
    """What a supplier asks of us."""

    passed_over = _PASSED | {"VendorAddr", "APAccountRef", "DocNumber"}

    vendor_id: Key = Field(validation_alias=AliasPath("VendorRef", "value"))
    issued_on: IsoDay = Field(validation_alias="TxnDate")
    due_on: IsoDay | None = Field(None, validation_alias="DueDate")
    total_amount: Money = Field(validation_alias="TotalAmt")
    balance_amount: Money = Field(validation_alias="Balance")
    currency: CurrencyCode = Field(validation_alias=AliasPath("CurrencyRef", "value"))
    modified_at: Utc = Field(validation_alias=AliasPath("MetaData", "LastUpdatedTime"))
