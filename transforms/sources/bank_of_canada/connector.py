"""Daily rates, one answer for all series; they become the core's rates of exchange."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from crm_core.enums import Currency
from crm_core.security.permissions import Subject
from crm_core.services.finance import fx
from transforms.sources.applying import apply_rows
from transforms.sources.bank_of_canada.contract import SERIES, Observation
from transforms.sources.base import Json
from transforms.sources.declared import Stream
from transforms.sources.paging import Whole
from transforms.sources.provider import Provider, over_http

SOURCE = "bank_of_canada"


def rows_of(answer: Json) -> list[Json]:
    """One row per series and day; a day without a rate of a series has none."""
    observations = answer.get("observations")
    return [
        {"id": f"{name}.{day.get('d')}", "series": name, "d": day.get("d"), "v": cell.get("v")}
        for day in (observations if isinstance(observations, list) else [])
        if isinstance(day, dict)
        for name, cell in day.items()
        if isinstance(cell, dict)
    ]


RATES = Stream(
    "rates",
    f"/valet/observations/{','.join(SERIES)}/json",
    Observation,
    Whole(rows_of, since="start_date"),
    moment="rate_on",
    overlap=timedelta(days=7),
    reach=timedelta(days=400),
)
STREAMS = (RATES,)


def take(session: Session, subject: Subject, row: Observation, at: datetime) -> str | None:
    """The rate of the day; one that a month was reported with is never changed."""
    kept = fx.store(row.currency, Currency.CAD, row.rate_on, row.rate, source=SOURCE)
    return "rate stored" if kept else None


PROVIDER = Provider(
    SOURCE,
    over_http("The Bank of Canada", STREAMS, lambda access: {}),
    apply_rows(RATES, Observation, take),
    streams=STREAMS,
)
