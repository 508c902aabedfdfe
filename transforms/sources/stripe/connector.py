"""Five lists of the processor, newest first, read again for as long as their rows may change."""

from datetime import timedelta

from transforms.sources.access import Access
from transforms.sources.contracts import Row
from transforms.sources.declared import Stream
from transforms.sources.paging import StartingAfter
from transforms.sources.provider import Provider, over_http
from transforms.sources.stripe import contract

PAGES = StartingAfter()
VERSION = "2024-06-20"


def _stream(name: str, row: type[Row], changes_for: int) -> Stream:
    return Stream(
        name,
        f"/v1/{name}",
        row,
        PAGES,
        moment="created_at",
        overlap=timedelta(days=changes_for),
        feeds_lake=True,
    )


STREAMS = (
    # A charge is refunded or disputed long after it was made; a dispute lasts up to 120 days.
    _stream("charges", contract.Charge, 35),
    _stream("refunds", contract.Refund, 35),
    _stream("balance_transactions", contract.BalanceTransaction, 14),
    _stream("payouts", contract.Payout, 14),
    _stream("disputes", contract.Dispute, 120),
)


def _headers(access: Access) -> dict[str, str]:
    return {"Authorization": f"Bearer {access.api_key}", "Stripe-Version": VERSION}


PROVIDER = Provider("stripe", over_http("Stripe", STREAMS, _headers), streams=STREAMS)
