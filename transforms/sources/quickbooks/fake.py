"""Books for tests: invoices and bills behind a token that has to be renewed."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from transforms.sources.base import Json
from transforms.sources.fake import Asked, FakeVendor, ServerFaults, shown

REALM = "4620000000"
TOKEN_PATH = "/oauth2/v1/tokens/bearer"
_ENTITIES = {"Invoice": "invoices", "Bill": "bills"}


def serve(
    lists: dict[str, list[Json]], faults: ServerFaults | None = None, *, rotates: bool = False
) -> FakeVendor:
    """The books, ready to be entered; `rotates` changes the long-lived token with every use."""
    issued: list[str] = []

    def token(asked: Asked) -> Json | None:
        given = asked.body.get("refresh_token")
        current = f"refresh-{len(issued)}" if rotates else "refresh-0"
        if given != current:
            return None
        issued.append(f"Bearer access-{len(issued)}")
        renewed = f"refresh-{len(issued)}" if rotates else "refresh-0"
        return {"access_token": issued[-1].removeprefix("Bearer "), "refresh_token": renewed}

    def query(asked: Asked) -> Json | None:
        return _answer(server.lists, asked, server.faults)

    server = FakeVendor(
        {f"POST {TOKEN_PATH}": token, "GET /v3/company/{realm}/query": query},
        lists=lists,
        faults=faults,
        keys=lambda: issued[-1:] or ["no token was issued yet"],
        open_paths=(TOKEN_PATH,),
    )
    return server


def books(
    invoices: Sequence[tuple[str, Decimal]], at: datetime, *, bills: int = 3
) -> dict[str, list[Json]]:
    """Invoices (our number, total) changed a minute apart, newest at `at`, and some bills."""
    lists: dict[str, list[Json]] = {"invoices": [], "bills": []}
    for index, (number, total) in enumerate(invoices):
        own = {"DocNumber": number, "CustomerRef": {"value": "77", "name": "Robin Ashgrove"}}
        lists["invoices"].append(_document(index, total, at) | own)
    for index in range(bills):
        own = {"VendorRef": {"value": str(index), "name": "Boxes and Tape"}}
        lists["bills"].append(_document(index, Decimal(100 + index), at) | own)
    return lists


def _document(index: int, total: Decimal, at: datetime) -> Json:
    changed = at - timedelta(minutes=index)
    return {
        "Id": str(1000 + index),
        "SyncToken": "0",
        "TxnDate": at.date().isoformat(),
        "TotalAmt": float(total),
        "Balance": 0,
        "CurrencyRef": {"value": "CAD"},
        "MetaData": {"LastUpdatedTime": changed.isoformat()},
    }


def _answer(lists: object, asked: Asked, faults: ServerFaults) -> Json | None:
    found = re.fullmatch(
        r"select \* from (\w+)(?: where MetaData.LastUpdatedTime >= '([^']+)')?"
        r" orderby MetaData.LastUpdatedTime startposition (\d+) maxresults (\d+)",
        asked.query.get("query", ""),
    )
    if found is None or not isinstance(lists, dict) or asked.path.get("realm") != REALM:
        return None
    entity, since, position, size = found.groups()
    rows = [
        shown(row, faults, ()) | {"MetaData": shown(_meta(row), faults, ("LastUpdatedTime",))}
        for row in lists[_ENTITIES[entity]]
    ]
    if since:
        earliest = datetime.fromisoformat(since)
        rows = [row for row in rows if _changed(row) >= earliest]
    rows.sort(key=lambda row: (_changed(row), str(row["Id"])))
    begin = int(position) - 1
    part = rows[begin : begin + int(size)]
    return {"QueryResponse": {entity: part, "startPosition": begin + 1} if part else {}}


def _meta(row: Json) -> Json:
    meta = row["MetaData"]
    assert isinstance(meta, dict)
    return meta


def _changed(row: Json) -> datetime:
    return datetime.fromisoformat(str(_meta(row)["LastUpdatedTime"]))
