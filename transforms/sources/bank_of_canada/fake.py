"""A central bank's rates for tests."""

from collections.abc import Sequence
from datetime import date

from transforms.sources.base import Json
from transforms.sources.fake import Asked, FakeVendor, ServerFaults, shown


def serve(lists: dict[str, list[Json]], faults: ServerFaults | None = None) -> FakeVendor:
    """The bank, ready to be entered; anybody may ask."""

    def observations(asked: Asked) -> Json | None:
        names = asked.path.get("series", "").split(",")
        first = asked.query.get("start_date", "")
        found = [
            {"d": day["d"], **{n: shown(_cell(day, n), server.faults, ()) for n in names}}
            for day in server.lists["rates"]
            if str(day["d"]) >= first
        ]
        return {"terms": {}, "observations": found}

    server = FakeVendor(
        {"GET /valet/observations/{series}/json": observations}, lists=lists, faults=faults
    )
    return server


def rates(days: Sequence[date], usd: str, eur: str) -> dict[str, list[Json]]:
    """The same rates on each of these days."""
    return {
        "rates": [
            {"d": day.isoformat(), "FXUSDCAD": {"v": usd}, "FXEURCAD": {"v": eur}} for day in days
        ]
    }


def _cell(day: Json, name: str) -> Json:
    cell = day.get(name)
    return cell if isinstance(cell, dict) else {}
