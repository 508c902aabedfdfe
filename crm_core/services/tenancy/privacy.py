"""A customer's right to see and to lose what is kept about them, in the core and its landing.

Which rows and columns that concerns is in `security.erasure`; files are in `tenancy.leftovers`.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Table, delete, or_, select, update
from sqlalchemy.orm import Session

from crm_core.database import DatabaseRole, as_system, engine
from crm_core.enums import AuditSeverity, PermissionScope
from crm_core.ids import new_id
from crm_core.models import (
    AuditEntry,
    Base,
    Customer,
    EncryptedValue,
    Erasure,
    LandingPayload,
)
from crm_core.models.base import SCHEMA
from crm_core.security import audit
from crm_core.security.encryption import DecryptionRefused, decrypt, place
from crm_core.security.erasure import (
    ERASED,
    CustomerTable,
    Link,
    customer_tables,
    erased_values,
)
from crm_core.security.keys import Holder, destroy
from crm_core.security.permissions import Action, ActionRefused, Resource, Subject, require
from crm_core.services import rows

FORMAT = "crm-privacy-export-1"
SHORTEST_ID, SHORTEST_VALUE = 6, 4
"""Shorter ids and values are too common to be looked for elsewhere."""

WHO = ("first_name", "last_name", "company_name", "email", "phone", "address")
WHOLE_COMPANY = (PermissionScope.CLIENT, PermissionScope.ALL)

Ids = dict[str, list[UUID]]


@dataclass(frozen=True)
class Traces:
    """By what a person can be found outside of their rows."""

    names: frozenset[str]
    """Ids of the person and their dealings at outside systems."""
    values: tuple[str, ...]
    """What tells this person from others: whole names, addresses of mail and house, numbers."""
    words: tuple[str, ...]
    """First and last name alone, which others may share."""


@dataclass(frozen=True)
class Erased:
    """What an erasure changed; all zero when it had been done before."""

    customer_id: UUID
    rows: dict[str, int]
    """Rows changed, by table."""
    payloads: int
    values: int
    keys: int
    traces: Traces = field(repr=False)
    """What named the person, to be looked for in files; never to be stored or printed."""

    @property
    def changed(self) -> int:
        return sum(self.rows.values()) + self.payloads + self.values + self.keys


def client_of(customer_id: UUID) -> UUID:
    """The tenant of a customer; raises `NotFound`."""
    with Session(engine(DatabaseRole.EXTRACT)) as session:
        found = session.scalars(select(Customer.client_id).where(Customer.id == customer_id))
        client_id = found.one_or_none()
    if client_id is None:
        raise rows.NotFound(Customer, customer_id)
    return client_id


def export(
    session: Session, subject: Subject, *, customer_id: UUID, at: datetime
) -> dict[str, Any]:
    """Everything kept about a customer, as plain JSON can hold it; noted in the audit trail.

    Only those may who see the whole company: another would get a part and take it for all.
    """
    _require(subject, Action.EXPORT)
    rows.get(session, subject, Customer, customer_id, lock=False)
    with as_system(session):  # what an access request is owed does not depend on who answers it
        ids = rows_about(session, subject.client_id, customer_id)
        audit.record(
            session, subject, "EXPORT", Resource.PERSONAL_DATA, customer_id, at,
            details={"what": "privacy", "rows": sum(map(len, ids.values()))},
        )  # fmt: skip
        session.flush()
        return _content(session, subject, customer_id, ids, at)


def _content(
    session: Session, subject: Subject, customer_id: UUID, ids: Ids, at: datetime
) -> dict[str, Any]:
    core = {
        name: [_plain(row) for row in session.execute(_rows(name, subject, found))]
        for name, found in ids.items()
    }
    flat = [row_id for found in ids.values() for row_id in found]
    traces = traces_of(session, subject.client_id, ids)
    return {
        "format": FORMAT,
        "customer_id": str(customer_id),
        "exported_at": at.isoformat(),
        "core": core,
        "encrypted": list(_revealed(session, subject, flat)),
        "landing": [
            {
                "stream": payload.stream,
                "external_id": payload.external_id,
                "fetched_at": payload.fetched_at.isoformat(),
                "content": json.loads(content),
            }
            for payload, content in payloads_about(session, subject.client_id, traces)
        ],
        "audit": [
            _plain(row)
            for row in session.execute(
                select(*AuditEntry.__table__.columns).where(
                    AuditEntry.client_id == subject.client_id, AuditEntry.resource_id.in_(flat)
                )
            )
        ],
    }


def erase(session: Session, subject: Subject, *, customer_id: UUID, at: datetime) -> Erased:
    """Take every personal value of a customer out of the core and the landing, for good.

    Money and operational facts stay, and so does the audit trail, which never held any. `session`
    is one of the loader: some of the rows can be written once only by everybody else. Done again,
    it changes nothing unless personal data has come back, as after a restore.
    """
    _require(subject, Action.DELETE)
    customer = rows.get(session, subject, Customer, customer_id)
    ids = rows_about(session, subject.client_id, customer_id)
    traces = traces_of(session, subject.client_id, ids)
    payloads = [payload.id for payload, _ in payloads_about(session, subject.client_id, traces)]
    flat = [row_id for found in ids.values() for row_id in found]
    erased = Erased(
        customer_id,
        rows=_blank(session, subject.client_id, ids),
        payloads=_remove(session, subject.client_id, LandingPayload.__table__, "id", payloads),
        values=_remove(session, subject.client_id, EncryptedValue.__table__, "row_id", flat),
        keys=destroy(session, subject.client_id, Holder.customer(customer_id)),
        traces=traces,
    )
    if customer.erased_at is None:
        customer.erased_at = at
    if erased.changed:
        audit.record(
            session, subject, "ERASE", Resource.PERSONAL_DATA, customer_id, at,
            severity=AuditSeverity.WARNING,
            details={"rows": erased.rows, "payloads": erased.payloads, "keys": erased.keys},
        )  # fmt: skip
    listed = select(Erasure.id).where(
        Erasure.client_id == subject.client_id, Erasure.customer_id == customer_id
    )
    if session.scalars(listed).first() is None:
        session.add(
            Erasure(
                client_id=subject.client_id, id=new_id(at), customer_id=customer_id, erased_at=at
            )
        )
    session.flush()
    return erased


def rows_about(session: Session, client_id: UUID, customer_id: UUID) -> Ids:
    """The ids of all rows about a customer, by table; the customer's own first."""
    ids: Ids = {"customers": [customer_id]}
    for entry in customer_tables(Base.metadata)[1:]:
        table = entry.table
        about = [_is_linked(entry, link, ids) for link in entry.links]
        query = select(table.c.id).where(table.c.client_id == client_id, or_(*about))
        rows_found: list[UUID] = list(session.scalars(query))
        if rows_found:
            ids[table.name] = rows_found
    return ids


def traces_of(session: Session, client_id: UUID, ids: Ids) -> Traces:
    """What to look for in payloads and files; read before it is erased."""
    names: set[str] = set()
    for table_name, found in ids.items():
        table = _table(table_name)
        if "external_id" in table.columns:
            of_rows = (table.c.client_id == client_id) & table.c.id.in_(found)
            names |= set(session.scalars(select(table.c.external_id).where(of_rows)))
    who = session.execute(
        select(*(getattr(Customer, name) for name in WHO)).where(
            Customer.client_id == client_id, Customer.id.in_(ids["customers"])
        )
    ).one()
    first, last = who.first_name, who.last_name
    values = {who.company_name, who.email, who.phone, f"{first} {last}", f"{last}, {first}"}
    # A town alone is everybody's; a street with its number, or a postal code, is not.
    values |= {leaf for leaf in _leaves(who.address) if any(map(str.isdigit, leaf))}
    return Traces(_pieces(names), _told(values), _told({first, last}))


def payloads_about(
    session: Session, client_id: UUID, traces: Traces
) -> Iterator[tuple[LandingPayload, bytes]]:
    """Landed payloads of a customer, decrypted: by outside id, or by what they hold.

    A payload that cannot be decrypted is nobody's any more, and is left to its 30 days.
    """
    # Two people may share a whole name; a mail address or a number is one person's.
    telling = [v for v in traces.values if "@" in v or sum(map(str.isdigit, v)) >= 7]
    needles = [json.dumps(text)[1:-1].lower().encode() for text in (*traces.names, *telling)]
    query = select(LandingPayload).where(LandingPayload.client_id == client_id)
    for payload in session.scalars(query.execution_options(yield_per=500)):
        where = place("landing.payloads", "ciphertext", payload.id)
        try:
            content = decrypt(session, client_id, payload.ciphertext, where)
        except DecryptionRefused:
            continue
        is_named = not traces.names.isdisjoint(payload.external_id.split(":"))
        if is_named or any(needle in content.lower() for needle in needles):
            yield payload, content


def erased_names(session: Session, client_id: UUID) -> frozenset[str]:
    """Ids at outside systems of erased customers and their dealings: not to be landed again."""
    customers = _table("customers")
    is_gone = customers.c.erased_at.is_not(None) & (customers.c.client_id == client_id)
    found: set[str | None] = set(session.scalars(select(customers.c.external_id).where(is_gone)))
    if not found:
        return frozenset()  # the usual case, and asked for every batch that is landed
    for entry in customer_tables(Base.metadata):
        table = entry.table
        for link in (link for link in entry.links if link.parent == "customers"):
            if "external_id" in table.columns:
                same = (table.c.client_id == customers.c.client_id) & (
                    table.c[link.column] == customers.c.id
                )
                query = select(table.c.external_id).join(customers, same).where(is_gone)
                found |= set(session.scalars(query))
    return _pieces(found)


def _require(subject: Subject, action: Action) -> None:
    require(subject, Resource.PERSONAL_DATA, action)
    if subject.scope not in WHOLE_COMPANY:
        raise ActionRefused(f"{subject.role} sees a part of the company only: ask an administrator")


def _is_linked(entry: CustomerTable, link: Link, ids: Ids) -> ColumnElement[bool]:
    column = entry.table.c[link.column]
    everything = [row_id for found in ids.values() for row_id in found]
    wanted = column.in_(ids.get(link.parent, []) if link.parent else everything)
    return wanted & entry.table.c[link.unless].is_(None) if link.unless else wanted


def _blank(session: Session, client_id: UUID, ids: Ids) -> dict[str, int]:
    """Erase the private columns of rows; how many changed, by table."""
    changed: dict[str, int] = {}
    for name, found in ids.items():
        table = _table(name)
        if not (values := erased_values(table)):
            continue
        differs = [table.c[column].is_distinct_from(value) for column, value in values.items()]
        statement = (
            update(table)
            .where(table.c.client_id == client_id, table.c.id.in_(found), or_(*differs))
            .values(dict(values))
            .returning(table.c.id)
        )
        if count := len(session.execute(statement).all()):
            changed[name] = count
    return changed


def _remove(
    session: Session, client_id: UUID, table: Any, column: str, found: Sequence[UUID]
) -> int:
    statement = delete(table).where(table.c.client_id == client_id, table.c[column].in_(found))
    return len(session.execute(statement.returning(table.c.id)).all())


def _revealed(
    session: Session, subject: Subject, found: Sequence[UUID]
) -> Iterator[dict[str, str | None]]:
    """The encrypted values of rows, in clear; the export's own audit entry stands for them."""
    query = select(EncryptedValue).where(
        EncryptedValue.client_id == subject.client_id, EncryptedValue.row_id.in_(found)
    )
    for value in session.scalars(query):
        where = place(value.table_name, value.column_name, value.row_id)
        content = decrypt(session, value.client_id, value.ciphertext, where)
        yield {
            "table": value.table_name, "row_id": str(value.row_id), "column": value.column_name,
            "value": content.decode(),
        }  # fmt: skip


def _rows(name: str, subject: Subject, found: Sequence[UUID]) -> Select[Any]:
    table = _table(name)
    columns = [column for column in table.columns if column.name != "changed_xid"]
    return (
        select(*columns)
        .where(table.c.client_id == subject.client_id, table.c.id.in_(found))
        .order_by(table.c.id)
    )


def _plain(row: Any) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(json.dumps(dict(row._mapping), default=str))
    return made


def _told(values: set[str | None]) -> tuple[str, ...]:
    """The texts long enough to look for, without what an erasure left."""
    long = {v.strip() for v in values if v and len(v.strip()) >= SHORTEST_VALUE}
    return tuple(sorted(value for value in long if ERASED not in value))


def _table(name: str) -> Table:
    return Base.metadata.tables[f"{SCHEMA}.{name}"]


def _pieces(names: Iterable[str | None]) -> frozenset[str]:
    """The ids within compound ids such as "lead:…" and "…/2"."""
    pieces = {piece for name in names if name for piece in name.replace("/", ":").split(":")}
    return frozenset(piece for piece in pieces if len(piece) >= SHORTEST_ID)


def _leaves(value: Any) -> Iterator[str]:
    """Every text in a value."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    elif value is not None:
        yield str(value).strip()
