"""A processor's account for tests: payments taken, some returned, one disputed, paid out."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from transforms.sources.base import Json
from transforms.sources.fake import Answer, Asked, FakeVendor, ServerFaults, shown

KEY = "fake-processor-key"
LISTS = ("charges", "refunds", "balance_transactions", "payouts", "disputes")
_STAMPS = ("created",)


def serve(lists: dict[str, list[Json]], faults: ServerFaults | None = None) -> FakeVendor:
    """The account, ready to be entered."""

    def answer(name: str) -> Answer:
        return lambda asked: _page(server.lists[name], asked, server.faults)

    server = FakeVendor(
        {f"GET /v1/{name}": answer(name) for name in LISTS},
        lists=lists,
        faults=faults,
        keys=lambda: [f"Bearer {KEY}"],
    )
    return server


def account(
    payments: Sequence[tuple[str, Decimal]], at: datetime, *, currency: str = "cad"
) -> dict[str, list[Json]]:
    """The records of payments (our id, amount), an hour apart, newest at `at`.

    Every fifth is returned by half; the first is disputed; all are paid out in one sum.
    """
    lists: dict[str, list[Json]] = {name: [] for name in LISTS}
    for index, (payment_id, amount) in enumerate(payments):
        created = int((at - timedelta(hours=index)).timestamp())
        cents, half = int(amount * 100), int(amount * 50)
        returned = half if index % 5 == 4 else 0
        shared = {"currency": currency, "created": created, "livemode": False}
        charge = f"ch_{index:05}"
        lists["charges"].append(
            shared
            | {
                "id": charge,
                "object": "charge",
                "amount": cents,
                "amount_refunded": returned,
                "status": "succeeded",
                "balance_transaction": f"txn_{index:05}",
                "disputed": index == 0,
                "receipt_email": f"payer{index}@example.com",
                "metadata": {"payment_id": payment_id},
            }
        )
        lists["balance_transactions"].append(_movement(index, "charge", charge, cents, shared))
        if returned:
            refund = {"id": f"re_{index:05}", "object": "refund", "amount": returned}
            lists["refunds"].append(
                shared
                | refund
                | {"charge": charge, "status": "succeeded", "metadata": {"payment_id": payment_id}}
            )
        if index == 0:
            dispute = {"id": "dp_00000", "object": "dispute", "amount": cents, "charge": charge}
            lists["disputes"].append(
                shared | dispute | {"status": "needs_response", "reason": "duplicate"}
            )
    nets = [row["net"] for row in lists["balance_transactions"]]
    lists["payouts"].append(
        {
            "id": "po_00000",
            "object": "payout",
            "amount": sum(net for net in nets if isinstance(net, int)),
            "currency": currency,
            "created": int(at.timestamp()),
            "arrival_date": int((at + timedelta(days=2)).timestamp()),
            "status": "in_transit",
        }
    )
    return lists


def _movement(index: int, kind: str, source: str, cents: int, shared: Json) -> Json:
    fee = round(cents * 29 / 1000) + 30
    return shared | {
        "id": f"txn_{index:05}",
        "object": "balance_transaction",
        "type": kind,
        "source": source,
        "status": "available",
        "amount": cents,
        "fee": fee,
        "net": cents - fee,
    }


def _page(rows: list[Json], asked: Asked, faults: ServerFaults) -> Json | None:
    visible = [shown(row, faults, _STAMPS) for row in sorted(rows, key=_age, reverse=True)]
    since = asked.query.get("created[gte]")
    if since is not None:
        visible = [row for row in visible if int(str(row["created"])) >= int(since)]
    ids = [row["id"] for row in visible]
    after, size = asked.query.get("starting_after"), int(asked.query.get("limit", 10))
    if after is not None and after not in ids:
        return None
    begin = ids.index(after) + 1 if after is not None else 0
    return {
        "object": "list",
        "data": visible[begin : begin + size],
        "has_more": begin + size < len(visible),
    }


def _age(row: Json) -> tuple[int, str]:
    return int(str(row["created"])), str(row["id"])
