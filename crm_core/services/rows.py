"""Finding rows in the reach of a subject, and the local calendar of the branch they belong to.

Row-level security decides the reach; what may be done with a row is decided by its service.
"""

import re
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import ScalarSelect, Uuid, and_, inspect, literal, select
from sqlalchemy.orm import Session

from crm_core import clock
from crm_core.database import as_system
from crm_core.enums import DataSource
from crm_core.errors import CrmError
from crm_core.models import Client, Customer, Invoice, Lead, Location, Payment, Quote, TruckJourney
from crm_core.models.base import Owned, Scoped
from crm_core.security.permissions import Action, Resource, Subject, can

Row = TypeVar("Row", bound=Owned)
SourcedRow = TypeVar("SourcedRow", Customer, Lead, Quote, TruckJourney, Invoice, Payment)


class NotFound(CrmError):
    """No such row in the reach of the subject; says nothing about rows elsewhere."""

    def __init__(self, model: type[Owned], row_id: UUID) -> None:
        super().__init__(f"{model.__name__} {row_id}: not found, or not yours to see")
        last_word = re.findall("[A-Z][a-z]*", model.__name__)[-1]
        self.field = f"{last_word.lower()}_id"


def get(
    session: Session, subject: Subject, model: type[Row], row_id: UUID, *, lock: bool = True
) -> Row:
    """The row, locked until the transaction ends unless told otherwise; raises `NotFound`."""
    query = (
        select(model)
        .where(model.client_id == subject.client_id, model.id == row_id)
        .execution_options(populate_existing=True)
    )
    if lock:
        query = query.with_for_update()
    row = session.scalars(query).one_or_none()
    if row is None:
        raise NotFound(model, row_id)
    return row


def branch_of(
    session: Session,
    subject: Subject,
    model: type[Scoped],
    row_id: UUID,
    location_id: UUID | None = None,
) -> tuple[UUID | None, str]:
    """Where a new row that refers to this one belongs, and the time zone there.

    The branch of the row unless another is given; in one round trip. Raises `NotFound`.
    """
    wanted = model.location_id if location_id is None else literal(location_id, Uuid())
    at_branch = and_(Location.client_id == model.client_id, Location.id == wanted)
    query = (
        select(wanted, Location.timezone)
        .select_from(model)
        .outerjoin(Location, at_branch)
        .where(model.client_id == subject.client_id, model.id == row_id)
    )
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotFound(model, row_id)
    branch_id, zone = found
    return branch_id, zone or zone_of(session, subject, branch_id)


def add(session: Session, subject: Subject, row: Owned, resource: Resource) -> None:
    """Write a row that the subject may make, also one that it may not read afterwards.

    The database gives the defaults of a new row back to those only who may read it.
    """
    if can(subject, resource, Action.READ, facts(row), row.__scope__):
        session.add(row)
        return
    with as_system(session):
        session.add(row)


def act_on(
    session: Session,
    subject: Subject,
    model: type[Row],
    row_id: UUID,
    resource: Resource,
    action: Action,
) -> Row:
    """The locked row, when the subject may do this to it; raises `NotFound`.

    For acts that are more than writing the row itself, like approving it or working a step of it:
    the database knows only who may read and write, so what follows runs `as_system`.
    """
    with as_system(session):
        row = get(session, subject, model, row_id)
    if not can(subject, resource, action, facts(row), model.__scope__):
        raise NotFound(model, row_id)
    return row


def get_for_effect(session: Session, subject: Subject, model: type[Row], row_id: UUID) -> Row:
    """A row that the subject sees, locked for an effect on it; raises `NotFound`."""
    get(session, subject, model, row_id, lock=False)
    with as_system(session):
        return get(session, subject, model, row_id)


def facts(row: Owned) -> dict[str, object]:
    """The columns of a row, as permissions look at them."""
    return {column.key: getattr(row, column.key) for column in inspect(type(row)).column_attrs}


def find_imported(
    session: Session,
    subject: Subject,
    model: type[SourcedRow],
    data_source: DataSource,
    external_id: str,
) -> SourcedRow | None:
    """The row made for one record of an outside system, if it was imported before."""
    return session.scalars(
        select(model).where(
            model.client_id == subject.client_id,
            model.data_source == data_source.value,
            model.external_id == external_id,
        )
    ).one_or_none()


def zone_of(session: Session, subject: Subject, location_id: UUID | None) -> str:
    """The time zone of a branch; of the tenant for rows that no branch owns."""
    if location_id is None:
        query = select(Client.timezone).where(Client.id == subject.client_id)
        return session.scalars(query).one()
    query = select(Location.timezone).where(
        Location.client_id == subject.client_id, Location.id == location_id
    )
    zone = session.scalars(query).one_or_none()
    if zone is None:
        raise NotFound(Location, location_id)
    return zone


def currency_of(session: Session, subject: Subject) -> ScalarSelect[str] | str:
    """The tenant's currency, as a value for a new row; mostly read by the insert itself."""
    query = select(Client.currency).where(Client.id == subject.client_id)
    if can(subject, Resource.CLIENT, Action.READ):
        return query.scalar_subquery()
    with as_system(session):
        return session.scalars(query).one()


def day_at(session: Session, subject: Subject, location_id: UUID | None, at: datetime) -> date:
    """The calendar day of an instant at a branch."""
    return local_at(session, subject, location_id, at).date()


def local_at(
    session: Session, subject: Subject, location_id: UUID | None, at: datetime
) -> datetime:
    """The wall-clock time of an instant at a branch, without zone information."""
    return clock.local_naive(at, zone_of(session, subject, location_id))
