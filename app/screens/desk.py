"""Who works at a screen, and what they read there: rows, and labels for what they refer to.

Reading is under the reader's row-level security; drawing is `listing` and `record`.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from app.access import locale_of
from app.screens.spec import Part, Screen
from app.screens.texts import code_text
from app.sentences import conflict_text
from app.words import word
from crm_core import clock
from crm_core.database import tenant_session
from crm_core.models import Customer
from crm_core.models.base import LakePolicy
from crm_core.models.lists import ListSpec
from crm_core.security.permissions import Action, Resource, Subject, can
from crm_core.services import rows
from crm_core.services.labels import is_reference, labels_of
from crm_core.services.listing import LONGEST_PAGE, Wanted, read_page
from crm_core.services.tenancy.access import Account
from reports.format import DASH, Formatter, formatter
from reports.reader import reader_of

TODAY: Final = "today"
HIDDEN: Final = "•••"


@dataclass(frozen=True)
class Found:
    """Rows, what people call the rows they refer to, and where the next page begins."""

    rows: list[Any]
    labels: Mapping[UUID, str] = field(default_factory=dict)
    next_cursor: str | None = None


@dataclass(frozen=True)
class Desk:
    """One person at work."""

    subject: Subject
    locale: str
    timezone: str
    currency: str

    @property
    def show(self) -> Formatter:
        """The formatter of the person's language."""
        return formatter(self.locale, self.currency)

    @property
    def today(self) -> date:
        """The day at the head office: where a screen of a day begins."""
        return clock.local_date(clock.now(), self.timezone)

    def session(self, at: datetime | None = None) -> AbstractContextManager[Session]:
        """One transaction of the person."""
        return tenant_session(self.subject, at)

    def page(self, spec: ListSpec, columns: Sequence[str], wanted: Wanted) -> Found:
        """One page of a list, with labels for its columns."""
        with self.session() as session:
            page = read_page(session, self.subject, spec, wanted)
            labels = self._labels(session, page.rows, columns)
        return Found(page.rows, labels, page.next_cursor)

    def record(self, screen: Screen, row_id: UUID) -> Found:
        """The row of a record with its labels; raises `NotFound`, `ActionRefused`."""
        columns = {*screen.title, *(name for _, names in screen.sections for name in names)}
        columns |= {column for column, _ in screen.links}
        with self.session() as session:
            row = rows.get(session, self.subject, screen.rows.model, row_id, lock=False)
            labels = self._labels(session, [row], columns)
        return Found([row], labels)

    def part(self, part: Part, row: Any) -> Found:
        """The rows that belong to a record."""
        wanted = Wanted(
            filters={part.by: getattr(row, part.key)}, descending=part.is_newest_first,
            limit=LONGEST_PAGE,
        )  # fmt: skip
        return self.page(part.rows, part.columns, wanted)

    def text(self, found: Found, row: Any, column: str) -> str:
        """A value as people read it."""
        return self.value_text(column, cell_of(row, column), found.labels, is_shown=self.sees(row))

    def value_text(
        self, column: str, value: Any, labels: Mapping[UUID, str], *, is_shown: bool = True
    ) -> str:
        """A value of a column in words, by what its name and type say."""
        if value is None or value == "" or value == {}:
            return DASH
        if isinstance(value, UUID):
            return " ".join(labels.get(value, HIDDEN).split())
        if not is_shown and column in _private_columns():
            return HIDDEN
        if column == "conflict_note":
            return conflict_text(str(value), self.locale, word("hard", self.locale))
        return self._plain(column, value)

    def sees(self, row: Any) -> bool:
        """Whether the person may read personal data in the row."""
        is_personal = isinstance(row, Customer) or hasattr(row, "customer_id")
        return not is_personal or bool(can(self.subject, Resource.PERSONAL_DATA, Action.READ))

    def _plain(self, column: str, value: Any) -> str:
        show = self.show
        if isinstance(value, bool):
            return code_text("YES" if value else "NO", self.locale)
        if isinstance(value, datetime):
            local = value if value.tzinfo is None else clock.local_naive(value, self.timezone)
            return f"{local:%Y-%m-%d %H:%M}"
        if isinstance(value, date):
            return value.isoformat()
        if column.endswith("_amount"):
            return show.decimal(value, 2)
        if isinstance(value, int | Decimal):
            places = 0 if value == int(value) else 2
            is_name = column.endswith(("_year", "version"))
            return str(value) if is_name else show.decimal(Decimal(value), places)
        if isinstance(value, Mapping):
            return ", ".join(str(each) for each in value.values() if each)
        return code_text(str(value), self.locale)

    def _labels(
        self, session: Session, found: Iterable[Any], columns: Iterable[str]
    ) -> dict[UUID, str]:
        kept = list(found)
        wanted = {
            column: {value for row in kept if (value := cell_of(row, column)) is not None}
            for column in columns
            if is_reference(column)
        }
        return labels_of(session, self.subject, wanted)


def desk_of(account: Account) -> Desk:
    """The desk of an account."""
    reader = reader_of(account.subject)
    return Desk(account.subject, locale_of(account), reader.timezone, reader.currency)


def cell_of(row: Any, column: str) -> Any:
    """The value of a column; a customer is its own customer."""
    if column == "customer_id" and isinstance(row, Customer):
        return row.id
    return getattr(row, column, None)


def first_filters(screen: Screen, today: date) -> dict[str, Any]:
    """What the filters of a screen say when it is opened."""
    return {name: today if value == TODAY else value for name, value in screen.first.items()}


def narrowed(wanted: Wanted, **changes: Any) -> Wanted:
    """The same page, otherwise."""
    return replace(wanted, **changes)


def _private_columns() -> frozenset[str]:
    columns = Customer.__table__.columns
    return frozenset(
        column.name for column in columns if column.info.get("lake") is not LakePolicy.KEEP
    ) | {"description", "outcome", "next_action", "origin_address", "destination_address"}
