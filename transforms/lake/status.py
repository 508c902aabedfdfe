"""How fresh the published figures are, and how the last runs went.

Wording and formatting for a reader's language belong to reports and app.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from psycopg import errors

from crm_core import clock
from crm_core.errors import CrmError
from transforms.lake import publication
from transforms.lake.catalogue import catalogue_session, ensure_catalogue
from transforms.lake.engine import said
from transforms.lake.errors import LakeUnreachable
from transforms.lake.publication import Publication

LAST_RUNS = """
select distinct on (step) step, started_at, ended_at, succeeded, message
from platform.runs order by step, id desc
"""

LAST_SUCCESS = "select max(ended_at) from platform.runs where step = 'extract' and succeeded"


@dataclass(frozen=True)
class Run:
    """The last run of one step (extract, build)."""

    step: str
    started_at: datetime
    ended_at: datetime
    succeeded: bool
    message: str


@dataclass(frozen=True)
class Freshness:
    """What a page or a report says about the age of its figures."""

    publication: Publication | None
    checked_at: datetime | None
    """When the core was last looked at without an error."""
    runs: tuple[Run, ...]

    @property
    def as_of(self) -> datetime | None:
        """The instant the published figures stand for."""
        return self.publication.as_of if self.publication else None

    def age(self, at: datetime) -> timedelta | None:
        """Time since the core was last looked at with success."""
        return at - self.checked_at if self.checked_at else None

    @property
    def failure(self) -> Run | None:
        """The newest step that ended with an error, if it was not repeated with success since."""
        failed = [run for run in self.runs if not run.succeeded]
        return max(failed, key=lambda run: run.ended_at, default=None)


def freshness() -> Freshness:
    """The present state; empty before the first run."""
    with catalogue_session() as session:
        try:
            runs = [Run(*row) for row in session.execute(LAST_RUNS).fetchall()]
            checked = session.execute(LAST_SUCCESS).fetchone()
        except (errors.UndefinedTable, errors.InvalidSchemaName):
            return Freshness(None, None, ())
    checked_at = checked[0].astimezone(UTC) if checked and checked[0] else None
    return Freshness(publication.current(), checked_at, tuple(runs))


@contextmanager
def recorded(step: str) -> Iterator[list[str]]:
    """Notes how a step ended, with the lines added to the list, or with its error."""
    started_at = clock.now()
    lines: list[str] = []
    try:
        yield lines
    except CrmError as error:
        if not isinstance(error, LakeUnreachable):
            _note(step, started_at, False, error.line)
        raise
    except Exception as error:
        _note(step, started_at, False, f"{type(error).__name__}: {said(error)}")
        raise
    _note(step, started_at, True, "; ".join(lines))


def _note(step: str, started_at: datetime, succeeded: bool, message: str) -> None:
    ensure_catalogue()
    with catalogue_session() as session:
        session.execute(
            "insert into platform.runs (step, started_at, ended_at, succeeded, message)"
            " values (%s, %s, %s, %s, %s)",
            [step, started_at, clock.now(), succeeded, message[:2000]],
        )
