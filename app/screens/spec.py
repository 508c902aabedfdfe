"""What a screen of daily work is, as data: a list, the record behind a row, and the acts on it.

The screens stand in the module of their area; drawing them is `app.screens.listing` and `record`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from crm_core.models.base import Owned, Scope
from crm_core.models.lists import ListSpec
from crm_core.security.permissions import Action, Resource, Subject, can
from crm_core.services import rows
from crm_core.services.finance.pricing import Line
from crm_core.services.machines.machine import Machine
from reports.renderers.file import RenderedFile


@dataclass(frozen=True)
class Act:
    """One act of a person: in which transaction, on which row, with what was filled in."""

    session: Session
    subject: Subject
    row: Any
    values: Mapping[str, Any]
    at: datetime
    key: str
    """The same for one form, however often it is sent."""


Choices = Callable[[Session, Subject, Any], Mapping[Any, str]]
"""What may be chosen, by value, for a row."""


@dataclass(frozen=True)
class Field:
    """One thing to fill in; its name is that of the service's parameter.

    `type` is str, int, bool, Decimal, date, datetime (at the branch), a StrEnum, or `Line` for
    the lines of an offer.
    """

    name: str
    type: type = str
    is_needed: bool = False
    is_long: bool = False
    codes: tuple[str, ...] = ()
    choices: Choices | None = None
    start: Callable[[Act], Any] | None = None
    """What stands there at first."""


@dataclass(frozen=True)
class Deed:
    """Something that may be done: who may, when, what must be filled in, and the service."""

    name: str
    resource: Resource
    right: Action
    run: Callable[[Act], Any]
    fields: tuple[Field, ...] = ()
    when: Callable[[Any], bool] = lambda row: True
    is_edit: bool = False
    """Fields begin with what the row's columns of their names hold."""
    is_main: bool = False
    is_final: bool = False
    """Asks once more before it is done."""
    opens: str = ""
    """The screen that shows what was made."""
    is_said: bool = False
    """What the service returns is shown, once."""

    def is_open_to(self, subject: Subject, row: Any = None) -> bool:
        """Whether to offer it; the service decides again."""
        if row is None:
            return bool(can(subject, self.resource, self.right))
        return self.when(row) and bool(self._may(subject, row))

    def _may(self, subject: Subject, row: Any) -> bool:
        scope: Scope = type(row).__scope__
        is_crew = scope.journey is not None or self.resource is Resource.JOURNEY_STEP
        if self.right is Action.CREATE or is_crew:  # the service knows what it will belong to
            return bool(can(subject, self.resource, self.right))
        return bool(can(subject, self.resource, self.right, rows.facts(row), scope))


def step(
    name: str,
    machine: Machine[Any, Any],
    event: StrEnum,
    service: Callable[..., Any],
    key: str,
    *fields: Field,
    right: Action = Action.UPDATE,
    resource: Resource | None = None,
    **options: Any,
) -> Deed:
    """The deed that moves a row along its machine, offered where the machine has such a move."""
    return deed(
        name, resource or machine.resource, right, service, key, *fields,
        when=lambda row: (machine.state_of(row), event) in machine.moves, **options,
    )  # fmt: skip


def deed(
    name: str,
    resource: Resource,
    right: Action,
    service: Callable[..., Any],
    key: str,
    *fields: Field,
    **options: Any,
) -> Deed:
    """The deed of a service that takes the row's id as `key` and the fields by their names."""

    def run(act: Act) -> Any:
        said = {name: value for name, value in act.values.items() if value is not None}
        return service(act.session, act.subject, at=act.at, **{key: act.row.id}, **said)

    return Deed(name, resource, right, run, tuple(fields), **options)


def child(model: type[Owned], resource: Resource, by: str) -> ListSpec:
    """The rows of a small table that belong to a row."""
    return ListSpec(model.__name__, model, resource, (by,))


@dataclass(frozen=True)
class Part:
    """Rows that belong to a record; `value` gives what their column `by` must hold."""

    name: str
    rows: ListSpec
    by: str
    columns: tuple[str, ...]
    deeds: tuple[Deed, ...] = ()
    opens: str = ""
    is_newest_first: bool = False
    key: str = "id"
    where: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Screen:
    """A list, and the record behind each of its rows."""

    name: str
    icon: str
    rows: ListSpec
    columns: tuple[str, ...]
    title: tuple[str, ...]
    sections: tuple[tuple[str, tuple[str, ...]], ...]
    filters: tuple[str, ...] = ()
    first: Mapping[str, Any] = field(default_factory=dict)
    """What filters say at first; `today` stands for the day."""
    makes: tuple[Deed, ...] = ()
    deeds: tuple[Deed, ...] = ()
    parts: tuple[Part, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    """Columns that refer to the record of another screen."""
    board: tuple[str, ...] = ()
    """Statuses that stand side by side; none for no board."""
    card: tuple[str, ...] = ()
    """What a card of the board says below its title."""
    sort: str = "newest"
    is_descending: bool = True
    note: Callable[[Act], list[tuple[str, Any]]] | None = None
    """Figures of a record that a service answers, by the name of their column."""
    view: Callable[[Act], Any] | None = None
    """Called once when somebody opens the record, where that is to be noted."""

    file: Callable[[Act], RenderedFile] | None = None
    """The record as a PDF to hand out."""

    def is_open_to(self, subject: Subject) -> bool:
        """Whether the screen is in somebody's menu."""
        return bool(can(subject, self.rows.resource, Action.READ))

    @property
    def address(self) -> str:
        """The screen's place in the address line."""
        return f"work_{self.name}"


def lines_of(act: Act) -> list[Line]:
    """The lines that were filled in."""
    return list(act.values.get("lines") or ())
