"""A provider's list of events for tests."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from transforms.sources.base import Json
from transforms.sources.fake import Asked, FakeVendor, ServerFaults, shown

KEY = "fake-message-key"


def serve(lists: dict[str, list[Json]], faults: ServerFaults | None = None) -> FakeVendor:
    """The provider, ready to be entered."""

    def events(asked: Asked) -> Json:
        rows = [shown(row, server.faults, ("occurred_at",)) for row in server.lists["events"]]
        since = asked.query.get("since")
        if since is not None:
            earliest = datetime.fromisoformat(since)
            rows = [r for r in rows if datetime.fromisoformat(str(r["occurred_at"])) >= earliest]
        begin, size = int(asked.query.get("after", 0)), int(asked.query.get("limit", 100))
        more = begin + size < len(rows)
        return {"events": rows[begin : begin + size], "next": str(begin + size) if more else None}

    server = FakeVendor(
        {"GET /v1/events": events}, lists=lists, faults=faults, keys=lambda: [f"Bearer {KEY}"]
    )
    return server


def events(
    happened: Sequence[tuple[str, str]], at: datetime, *, start: int = 0
) -> dict[str, list[Json]]:
    """Events (message, type) a minute apart, the newest at `at`, oldest first."""
    return {
        "events": [
            {
                "id": f"ev_{start + index:05}",
                "message_id": message,
                "type": kind,
                "occurred_at": (at - timedelta(minutes=len(happened) - 1 - index)).isoformat(),
                "recipient": "robin.ashgrove@example.com",
            }
            for index, (message, kind) in enumerate(happened)
        ]
    }
