"""Random walks through a state machine by its services, in the database: what must always hold.

Which acts there are, and what they need, stands beside the tests of each area.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from psycopg import Connection
from psycopg._preparing import PrepareManager
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from crm_core.database import DatabaseRole, as_system, engine, tenant_session
from crm_core.errors import CrmError
from crm_core.migrations.history import SILENT, event_prefix
from crm_core.models.base import Owned
from crm_core.refusals import ConstraintBroken
from crm_core.security.permissions import Subject
from crm_core.services.machines.machine import Machine

Row = TypeVar("Row", bound=Owned)
STEP = timedelta(hours=1)
LONGEST = 8

walks = settings(
    max_examples=int(os.environ.get("CRM_WALKS", "10")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
"""How many walks a test makes: a few in `make test`, CRM_WALKS of them in a long run."""


@dataclass(frozen=True)
class Step(Generic[Row]):
    """What an act is given: the session, who acts, the row as it is, the instant, and chance."""

    session: Session
    subject: Subject
    row: Row
    at: datetime
    data: st.DataObject


@dataclass(frozen=True)
class Walk(Generic[Row]):
    """A machine, the row that it moves, and the acts of the services that may move it.

    `row_id` names a committed row in some status; walks start there and are taken back. An act
    raises `CrmError` where it is not allowed. `holds` is what must be true after every act.
    """

    machine: Machine[Any, Any]
    model: type[Row]
    row_id: Any
    start_at: datetime
    acts: Mapping[str, Callable[[Step[Row]], object]]
    holds: Callable[[Session, Row], None] = field(default=lambda session, row: None)
    step: timedelta = STEP
    """Time between two acts."""
    is_guarded: bool = False
    """Whether the services ask every rule first, so that the database has nothing to refuse."""


class _TakenBack(Exception):
    """Ends the transaction of a walk."""


class _Plans(PrepareManager):
    """Statements stay prepared over a rollback, on which psycopg forgets them all.

    It does so because what was created may be gone; walks create no table. Planning under row-level
    security was most of what a walk cost.
    """

    prepare_threshold = 0
    prepared_max = 10_000

    def clear(self) -> bool:
        return False

    def validate(self, key: Any, prep: Any, name: bytes, results: Any) -> None:
        """A statement that the database refused this time was prepared all the same."""


def _keep_plans(connection: Connection, record: object) -> None:
    connection._prepared = _Plans()
    connection.execute("set plan_cache_mode = force_generic_plan", prepare=False)
    connection.commit()


def _prepare() -> None:
    pool = engine(DatabaseRole.APP)
    if not event.contains(pool, "connect", _keep_plans):
        event.listen(pool, "connect", _keep_plans)
        pool.dispose()


def take(walk: Walk[Row], subject: Subject, data: st.DataObject) -> None:
    """One random walk: refused acts change nothing, the others leave a legal, complete trail."""
    names = data.draw(st.lists(st.sampled_from(sorted(walk.acts)), min_size=1, max_size=LONGEST))
    _prepare()
    try:
        with tenant_session(subject, walk.start_at) as session:
            _walk(session, subject, walk, names, data)
            session.execute(text("set constraints all immediate"))
            raise _TakenBack
    except _TakenBack:
        pass


def _walk(
    session: Session, subject: Subject, walk: Walk[Row], names: Sequence[str], data: st.DataObject
) -> None:
    row = session.get_one(walk.model, (subject.client_id, walk.row_id))
    at, trail = walk.start_at, _trail(session, walk, row)
    # Savepoints take back what a refused act did, and every walk is taken back: what is left of
    # either was written in another transaction, and the next walk finds it where it begins.
    assert _begun.setdefault(row.id, trail) == trail, "a walk before this one left a trace"
    for name in names:
        at += walk.step
        before = walk.machine.state_of(row)
        try:
            with session.begin_nested():
                walk.acts[name](Step(session, subject, row, at, data))
                session.flush()
        except CrmError as refused:
            assert not (walk.is_guarded and isinstance(refused, ConstraintBroken)), refused.line
            assert walk.machine.state_of(row) == before, f"refused {name} moved the row"
            continue
        with as_system(session):
            session.refresh(row)
            old, trail = trail, _trail(session, walk, row)
            _check_trail(walk, row, before, old, trail, name)
            walk.holds(session, row)


@dataclass(frozen=True)
class _Trail:
    """What is written about a row: its steps, the audit's, and the outbox's."""

    steps: tuple[tuple[str | None, str], ...]
    audited: tuple[tuple[str | None, str | None], ...]
    events: int


_begun: dict[Any, _Trail] = {}
"""What was written about a row when its first walk began."""

TRAIL = text(
    "select (select json_agg(json_build_array(from_status, to_status)"
    " order by occurred_at, created_at) from core.status_events"
    " where entity_id = :id and status_column = :column),"
    " (select json_agg(details) from core.audit_entries where resource_id = :id),"
    " (select count(*) from core.domain_events where entity_id = :id and name = any(:told))"
)
"""All that is written about a row, in one question."""


def _trail(session: Session, walk: Walk[Row], row: Row) -> _Trail:
    column, states = walk.machine.column, type(walk.machine.initial)
    called = event_prefix(walk.model.__table__, column)  # type: ignore[arg-type]
    told = [f"{called}.{state.lower()}" for state in states]
    with as_system(session):
        steps, details, events = session.execute(
            TRAIL, {"id": row.id, "column": column, "told": told}
        ).one()
    audited = sorted((d["from"], d["to"]) for d in details or () if d and "from" in d and "to" in d)
    return _Trail(tuple((a, b) for a, b in steps or ()), tuple(audited), events)


def _check_trail(
    walk: Walk[Row], row: Row, before: object, old: _Trail, new: _Trail, name: str
) -> None:
    made = new.steps[len(old.steps) :]
    legal = {(str(a), str(b)) for (a, _), b in walk.machine.moves.items()}
    at = str(before)
    for from_status, to_status in made:
        assert from_status == at, f"{name}: a step is missing between {at} and {from_status}"
        assert (from_status, to_status) in legal, f"{name}: {from_status} to {to_status}"
        at = to_status
    assert at == str(walk.machine.state_of(row)), f"{name}: the last step is not the status"
    for step in made:
        assert new.audited.count(step) > old.audited.count(step), f"{name}: {step} not audited"
    told = 0 if walk.model.__tablename__ in SILENT else len(made)
    assert new.events - old.events == told, f"{name}: an event is missing in the outbox"
