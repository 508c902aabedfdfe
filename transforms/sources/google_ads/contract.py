"""What a campaign cost in a month; money comes in millionths, as digits."""

from pydantic import AliasPath, Field

from transforms.sources.contracts import CurrencyCode, IsoDay, Micros, Row, Text


class CampaignMonth(Row):
    """One campaign in one month."""

    passed_over = frozenset({"customer", "campaign", "metrics", "segments"})

    campaign: Text = Field(validation_alias=AliasPath("campaign", "name"))
    month_on: IsoDay = Field(validation_alias=AliasPath("segments", "month"))
    spend_amount: Micros = Field(validation_alias=AliasPath("metrics", "costMicros"))
    currency: CurrencyCode = Field(validation_alias=AliasPath("customer", "currencyCode"))
