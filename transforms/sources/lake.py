"""Rows for the lake of every declared stream that feeds it: what its contract lets leave.

Amounts, days, instants, flags, ids and words of lists leave; free text never does. How rows get
into the lake belongs to `transforms.lake`.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from types import NoneType
from typing import cast, get_args

import pyarrow as pa
from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from crm_core import clock
from crm_core.models import Client, Integration
from transforms.sources.base import Json, Payload
from transforms.sources.catalogue import PROVIDERS
from transforms.sources.contracts import Leaves, Row
from transforms.sources.declared import Stream, parse
from transforms.sources.landing import accepted, heads_since

_TYPES: dict[type, pa.DataType] = {
    Decimal: pa.decimal128(18, 2),
    datetime: pa.timestamp("us", tz="UTC"),
    date: pa.date32(),
    bool: pa.bool_(),
    int: pa.int64(),
    str: pa.string(),
}


@cache
def schema_of(row: type[Row]) -> pa.Schema:
    """The lake's columns of a contract; every instant brings the day that it is at the company."""
    columns: dict[str, pa.DataType] = {"client_id": pa.string(), "id": pa.string()}
    for name, field in row.model_fields.items():
        marks = [*field.metadata]
        kinds = [kind for kind in get_args(field.annotation) if kind is not NoneType]
        kind = kinds[0] if kinds else field.annotation
        marks += getattr(kind, "__metadata__", ())
        kind = cast(type, getattr(kind, "__origin__", kind))
        if kind not in _TYPES or (kind is str and Leaves() not in marks):
            continue
        columns[name] = _TYPES[kind]
        if kind is datetime:
            columns[name.removesuffix("_at") + "_on"] = pa.date32()
    return pa.schema(columns)


def rows_of(
    stream: Stream, payloads: Iterable[Payload], client_id: str, timezone: str
) -> Iterator[Json]:
    """The lake's rows of accepted payloads; a contract may be stricter now, so they are judged."""
    names = schema_of(stream.row).names
    for payload in payloads:
        row = parse((stream,), payload)
        if not isinstance(row, Row):
            continue
        found: Json = {"client_id": client_id, "id": payload.external_id}
        for name in type(row).model_fields:
            value = getattr(row, name)
            if name in names:
                found[name] = value
                if isinstance(value, datetime):
                    day = clock.local_date(value, timezone)
                    found[name.removesuffix("_at") + "_on"] = day
        yield found


def changed_rows(connection: Connection, since_xid: int) -> dict[str, pa.Table]:
    """Rows of all tenants that were landed since a fence (0 is ever), keyed (client_id, id).

    `connection` is one of the extract role.
    """
    tables: dict[str, pa.Table] = {}
    with Session(connection) as session:
        for provider in PROVIDERS.values():
            for stream in (s for s in provider.streams if s.feeds_lake):
                found = list(_changed(session, provider.name, stream, since_xid))
                tables[f"{provider.name}__{stream.name}"] = pa.Table.from_pylist(
                    found, schema=schema_of(stream.row)
                )
    return tables


def _changed(session: Session, provider: str, stream: Stream, since: int) -> Iterator[Json]:
    accounts = (
        select(Integration.client_id, Integration.id, Client.timezone)
        .join(Client, Client.id == Integration.client_id)
        .where(Integration.provider == provider)
        .order_by(Integration.client_id, Integration.id)
    )
    for client_id, integration_id, timezone in session.execute(accounts).all():
        heads = heads_since(session, integration_id, (stream.name,), since)
        if heads:
            payloads = accepted(session, integration_id, (stream.name,), heads)
            yield from rows_of(stream, payloads, str(client_id), timezone)
