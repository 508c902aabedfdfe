"""The daily upkeep of all tenants: each run in its own transaction, a failure stops no other.

What is run is the list in `crm_core.services.upkeep`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from crm_core.database import tenant_session
from crm_core.errors import CrmError
from crm_core.security.permissions import Subject
from crm_core.services.upkeep import DAILY, Run, platforms


class UpkeepIncomplete(CrmError):
    """Some runs of the upkeep failed; the others were made."""


@dataclass(frozen=True)
class Kept:
    """What one run did for one tenant, or what went wrong."""

    client_id: UUID
    what: str
    count: int = 0
    problem: str | None = None


def keep(as_of: datetime) -> Iterator[Kept]:
    """Every daily run of every tenant, as it is made."""
    for subject in platforms():
        for what, run in DAILY.items():
            yield _kept(subject, what, run, as_of)


def _kept(subject: Subject, what: str, run: Run, as_of: datetime) -> Kept:
    """One run, counted only once it is committed: some rules are checked at the end."""
    try:
        with tenant_session(subject, as_of) as session:
            count = run(session, subject, as_of)
    except (CrmError, SQLAlchemyError) as error:
        line = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        return Kept(subject.client_id, what, problem=line)
    return Kept(subject.client_id, what, count)


def require_whole(made: list[Kept]) -> None:
    """Raises `UpkeepIncomplete` naming the first run that failed."""
    failed = [kept for kept in made if kept.problem]
    if failed:
        raise UpkeepIncomplete(
            f"{len(failed)} of {len(made)} runs failed, first {failed[0].what!r} of tenant"
            f" {failed[0].client_id}: {failed[0].problem}"
        )
