"""An advertiser's account for tests: campaigns, each with its cost by month."""

from collections.abc import Sequence

from transforms.sources.base import Json
from transforms.sources.fake import Asked, FakeVendor, ServerFaults, shown

CUSTOMER = "1234567890"
TOKEN_PATH = "/token"
_SIZE = 40


def serve(lists: dict[str, list[Json]], faults: ServerFaults | None = None) -> FakeVendor:
    """The account, ready to be entered; its long-lived token never changes."""

    def search(asked: Asked) -> Json | None:
        if asked.path.get("customer") != f"{CUSTOMER}" or "query" not in asked.body:
            return None
        rows = [shown(row, server.faults, ()) for row in server.lists["campaign_months"]]
        begin = int(str(asked.body.get("pageToken", 0)))
        more = {"nextPageToken": str(begin + _SIZE)} if begin + _SIZE < len(rows) else {}
        return {"results": rows[begin : begin + _SIZE], **more}

    def token(asked: Asked) -> Json | None:
        return {"access_token": "access"} if asked.body.get("refresh_token") else None

    server = FakeVendor(
        {
            f"POST {TOKEN_PATH}": token,
            "POST /v20/customers/{customer}/googleAds:search": search,
        },
        lists=lists,
        faults=faults,
        keys=lambda: ["Bearer access"],
        open_paths=(TOKEN_PATH,),
    )
    return server


def campaigns(count: int, months: Sequence[str], micros: int) -> dict[str, list[Json]]:
    """So many campaigns, each with this cost in each month."""
    return {
        "campaign_months": [
            {
                "campaign": {"id": str(900 + index), "name": f"Moves {index}"},
                "segments": {"month": month},
                "metrics": {"costMicros": str(micros + index * 10_000)},
                "customer": {"currencyCode": "CAD"},
            }
            for index in range(count)
            for month in months
        ]
    }
