"""Reading a declared list page by page, from where the last page ended.

Which lists there are, and the indexes that answer them, is in `crm_core.models.lists`.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Select,
    Uuid,
    any_,
    cast,
    func,
    literal,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import Session

from crm_core.enums import PermissionScope
from crm_core.errors import InvalidInput
from crm_core.models.lists import LISTS, NEWEST, ListSpec
from crm_core.models.validity import check_value
from crm_core.security.permissions import Action, Subject, require
from crm_core.security.resources import scope_columns

LONGEST_PAGE = 200


@dataclass(frozen=True)
class Wanted:
    """Which page of a list: the order, the filters by column, and the cursor of the page before."""

    sort: str = NEWEST
    descending: bool = True
    filters: Mapping[str, Any] = field(default_factory=dict)
    cursor: str | None = None
    limit: int = 50


@dataclass(frozen=True)
class Page:
    """Rows in order; the cursor of the next page, nothing on the last."""

    rows: list[Any]
    next_cursor: str | None


def read_page(session: Session, subject: Subject, asked: str | ListSpec, wanted: Wanted) -> Page:
    """One page of a list, by name or as described; raises `InvalidInput` naming the parameter.

    Lists not in `LISTS` have no indexes of their own: they are for small tables and for the few
    rows that belong to another one.
    """
    spec = LISTS[asked] if isinstance(asked, str) else asked
    require(subject, spec.resource, Action.READ)
    found = list(session.scalars(page_query(subject, spec, wanted)))
    rows = found[: wanted.limit]
    more = len(found) > wanted.limit
    return Page(rows, _cursor_after(spec, wanted, rows[-1]) if more else None)


def page_query(subject: Subject, spec: ListSpec, wanted: Wanted) -> Select[Any]:
    """The statement of a page, one row longer than asked, to see whether there are more."""
    if not 1 <= wanted.limit <= LONGEST_PAGE:
        raise InvalidInput("limit", f"{wanted.limit} is not between 1 and {LONGEST_PAGE}")
    columns = spec.table.c
    order = [columns[name] for name in _order(spec, wanted)]
    query = select(spec.model).where(columns.client_id == subject.client_id)
    query = query.where(*_reach(subject, spec), *_filters(spec, wanted))
    if order[0].nullable:
        query = query.where(order[0].is_not(None))
    if wanted.cursor is not None:
        place = tuple_(*(literal(value, column.type) for value, column in
                         zip(_place(spec, wanted), order, strict=True)))  # fmt: skip
        query = query.where(tuple_(*order) < place if wanted.descending else tuple_(*order) > place)
    ordered = [column.desc() if wanted.descending else column.asc() for column in order]
    return query.order_by(*ordered).limit(wanted.limit + 1)


def _order(spec: ListSpec, wanted: Wanted) -> list[str]:
    if wanted.sort not in spec.sorts:
        raise InvalidInput("sort", f"{wanted.sort!r} is not one of {', '.join(spec.sorts)}")
    column = spec.sorts[wanted.sort]
    return ["id"] if column == "id" else [column, "id"]


def _reach(subject: Subject, spec: ListSpec) -> list[ColumnElement[bool]]:
    """What row-level security will say anyway, said so that an index can answer it."""
    columns, grant = spec.table.c, subject.grants.get((spec.resource, Action.READ))
    if subject.is_system or grant is None:
        return []
    scope = scope_columns(spec.table)
    if grant.scope is PermissionScope.OWN and scope.owner is not None:
        own = columns[scope.owner] == subject.user_id
        if scope.journey is None:
            return [own]
        crewed = select(func.core.current_journey_ids()).scalar_subquery()
        return [or_(own, columns[scope.journey] == any_(cast(crewed, ARRAY(Uuid()))))]
    if grant.scope is not PermissionScope.LOCATION or scope.location is None:
        return []
    if len(subject.location_ids) == 1:
        return [columns[scope.location] == next(iter(subject.location_ids))]
    return [columns[scope.location].in_(sorted(subject.location_ids))]


def _filters(spec: ListSpec, wanted: Wanted) -> list[ColumnElement[bool]]:
    known = (*spec.columns, *spec.dates)
    for name, value in wanted.filters.items():
        if name not in known:
            raise InvalidInput(name, f"{spec.name} are filtered by {', '.join(known)} only")
        check_value(spec.table.c[name], value)
    return [spec.table.c[name] == value for name, value in wanted.filters.items()]


def _cursor_after(spec: ListSpec, wanted: Wanted, row: Any) -> str:
    place = [str(getattr(row, name)) for name in _order(spec, wanted)]
    content = json.dumps([spec.name, wanted.sort, wanted.descending, *place])
    return base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")


def _place(spec: ListSpec, wanted: Wanted) -> list[Any]:
    """Where the page before ended; a made-up place is a place like any other, within reach."""
    cursor = wanted.cursor or ""
    order = _order(spec, wanted)
    try:
        content = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        name, sort, descending, *place = json.loads(content)
        dated = [date.fromisoformat(value) for value in place[:-1]]
        at = [*dated, UUID(place[-1])]
        if [name, sort, descending, len(at)] != [
            spec.name, wanted.sort, wanted.descending, len(order)
        ]:  # fmt: skip
            raise ValueError
    except (binascii.Error, ValueError, TypeError, AttributeError, IndexError, RecursionError):
        raise InvalidInput("cursor", "is not one this list gave for this order") from None
    return at
