"""One line of a file of marketing spend: month, channel, campaign, branch, amount, currency."""

from pydantic import Field

from transforms.sources.contracts import CurrencyCode, IsoDay, MoneyText, Name, Row, Text


class SpendLine(Row):
    """What one channel cost in one month, of one branch or (no branch) of the company."""

    passed_over = frozenset({"id"})

    month_on: IsoDay = Field(validation_alias="month")
    channel: Name
    campaign: Text | None = None
    branch: Text | None = None
    """Our branch code."""
    spend_amount: MoneyText = Field(validation_alias="amount", ge=0)
    currency: CurrencyCode
