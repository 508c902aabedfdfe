"""How lists are asked for page by page: one class per kind, named in a stream's declaration.

What a row means is in its contract; retries and pace are in `http`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from transforms.sources.base import Json, SourceError


class PageUnexpected(SourceError):
    """An answer that is no page of the kind that was declared."""


class ListMoved(SourceError):
    """The list changed under the hand that turns its pages: it is read from its beginning."""


@dataclass(frozen=True, slots=True)
class Request:
    """One page as it is asked for: a query, or a body to be posted."""

    query: Mapping[str, str | int] = field(default_factory=dict)
    body: Json | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Rows, and the token of the page after; None ends the list."""

    rows: list[Json]
    next: str | None = None


class Paging(Protocol):
    """A kind of paging. `since` is the earliest moment that is asked for, `at` a page's token."""

    def ask(self, since: datetime | None, at: str | None) -> Request: ...

    def read(self, answer: object, at: str | None) -> Page: ...


@dataclass(frozen=True, slots=True)
class StartingAfter:
    """Newest first; the next page starts after the last id of this one (`data`, `has_more`)."""

    since: str = "created[gte]"
    size: int = 100

    def ask(self, since: datetime | None, at: str | None) -> Request:
        query: dict[str, str | int] = {"limit": self.size}
        if since is not None:
            query[self.since] = int(since.timestamp())
        if at is not None:
            query["starting_after"] = at
        return Request(query)

    def read(self, answer: object, at: str | None) -> Page:
        page = _object(answer)
        rows, more = rows_at(page, "data"), page.get("has_more")
        if not isinstance(more, bool):
            raise PageUnexpected("the page does not say whether there are more (has_more)")
        return Page(rows, str(rows[-1].get("id")) if more and rows else None)


@dataclass(frozen=True, slots=True)
class Tokens:
    """The answer carries the token of the next page; `body` is for searches that are posted."""

    rows: str
    next: str
    parameter: str
    since: str | None = None
    body: Callable[[datetime | None], Json] | None = None
    query: Mapping[str, str | int] = field(default_factory=dict)

    def ask(self, since: datetime | None, at: str | None) -> Request:
        token = {self.parameter: at} if at is not None else {}
        if self.body is not None:
            return Request(body={**self.body(since), **token})
        from_ = {self.since: since.isoformat()} if self.since and since else {}
        return Request({**self.query, **from_, **token})

    def read(self, answer: object, at: str | None) -> Page:
        page = _object(answer)
        token = page.get(self.next)
        # A page without rows may leave the list out.
        rows = rows_at(page, self.rows) if self.rows in page or token else []
        return Page(rows, str(token) if token else None)


@dataclass(frozen=True, slots=True)
class Positions:
    """A query language with STARTPOSITION; rows by their last change, oldest first.

    A row that is changed meanwhile moves to the end and shifts the others by one: each page
    begins with the last row of the one before, and the list is begun anew when it is not there.
    """

    entity: str
    size: int = 100

    def ask(self, since: datetime | None, at: str | None) -> Request:
        where = ""
        if since is not None:
            where = f" where MetaData.LastUpdatedTime >= '{since.isoformat(timespec='seconds')}'"
        position = int(at.split(":")[0]) if at else 1
        return Request(
            {
                "query": f"select * from {self.entity}{where}"
                " orderby MetaData.LastUpdatedTime"
                f" startposition {position} maxresults {self.size}",
            }
        )

    def read(self, answer: object, at: str | None) -> Page:
        response = _object(_object(answer).get("QueryResponse"))
        if response.keys() - {self.entity, "startPosition", "maxResults", "totalCount"}:
            raise PageUnexpected(f"{self.entity} was asked for")
        rows = rows_at(response, self.entity) if self.entity in response else []
        position, last = 1, None
        if at is not None:
            begin, _, last = at.partition(":")
            position = int(begin)
            if not rows or str(rows[0].get("Id")) != last:
                raise ListMoved("rows changed while the list was read")
        if len(rows) < self.size:
            return Page(rows)
        return Page(rows, f"{position + len(rows) - 1}:{rows[-1].get('Id')}")


@dataclass(frozen=True, slots=True)
class Whole:
    """One answer holds everything; `rows` takes it apart."""

    rows: Callable[[Json], list[Json]]
    since: str | None = None

    def ask(self, since: datetime | None, at: str | None) -> Request:
        return Request({self.since: since.date().isoformat()} if self.since and since else {})

    def read(self, answer: object, at: str | None) -> Page:
        return Page(self.rows(_object(answer)))


def rows_at(page: Json, name: str) -> list[Json]:
    """The rows under a name; a row that is no object stays in, wrapped, for its contract."""
    found = page.get(name)
    if not isinstance(found, list):
        raise PageUnexpected(f"a page of rows was expected under {name}")
    return [row if isinstance(row, dict) else {"notAnObject": row} for row in found]


def _object(answer: object) -> Json:
    if not isinstance(answer, dict):
        raise PageUnexpected("an object was expected")
    return answer
