"""What people read for the keys of an answer that the warehouse knows by id or by code.

Names of people, trucks and jobs are read from the core under row-level security, for the ids of
the answer only; the words for codes are in `reports.values`.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, cast, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from crm_core.database import tenant_session
from crm_core.models import Equipment, TruckJourney
from crm_core.security.permissions import Subject
from crm_core.services.tenancy.staff import names_of_users
from reports.values import value_text
from reports.words import word
from transforms.metrics.query import UNASSIGNED
from transforms.metrics.result import Key

Find = Callable[[Session, Subject, Collection[UUID]], Mapping[UUID, str]]

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass
class Names:
    """What is known so far of whom and what the ids of answers stand for.

    Without a subject nothing can be asked, and nobody is known.
    """

    subject: Subject | None = None
    _known: dict[str, dict[str, str | None]] = field(default_factory=dict)

    def learn(self, dimensions: Sequence[str], keys: Sequence[Mapping[str, Key]]) -> None:
        """Ask the core for the ids in these keys: a query per dimension, each id only once."""
        asked = {
            dimension: new
            for dimension in dimensions
            if dimension in FINDERS and (new := self._new(dimension, keys))
        }
        if not asked or self.subject is None:
            return
        with tenant_session(self.subject) as session:
            for dimension, values in asked.items():
                ids = [UUID(value) for value in values]
                found = FINDERS[dimension](session, self.subject, ids)
                known = {str(row_id): name for row_id, name in found.items()}
                self._known.setdefault(dimension, {}).update(dict.fromkeys(values) | known)

    def text(self, dimension: str, key: Key, locale: str) -> str:
        """A name, a code in words, or the word for rows without a value."""
        if key is None or key == UNASSIGNED:
            return word("unassigned", locale)
        if name := self._known.get(dimension, {}).get(str(key)):
            return name
        if dimension in PEOPLE:
            return word("former_employee", locale)
        return value_text(str(key), locale, dimension)

    def _new(self, dimension: str, keys: Sequence[Mapping[str, Key]]) -> set[str]:
        values = {str(each[dimension]) for each in keys}
        new = values - self._known.get(dimension, {}).keys()
        return {value for value in new if _ID.fullmatch(value)}


def _called(key: InstrumentedAttribute[UUID], name: InstrumentedAttribute[str]) -> Find:
    """Finds the rows of a table by id, under the name that people know them by."""
    owner: Any = key.class_

    def find(session: Session, subject: Subject, ids: Collection[UUID]) -> Mapping[UUID, str]:
        # One array, however many: a statement takes 65,535 parameters.
        wanted = key == any_(cast(list(ids), ARRAY(Uuid())))
        rows = session.execute(
            select(key, name).where(owner.client_id == subject.client_id, wanted)
        )
        return dict(rows.tuples().all())

    return find


PEOPLE = ("owner", "crew_lead", "approver")
"""Dimensions whose values are members of staff."""

_TRUCKS = _called(Equipment.id, Equipment.name)

FINDERS: Mapping[str, Find] = {
    **dict.fromkeys(PEOPLE, names_of_users),
    **dict.fromkeys(("truck", "unit", "vehicle"), _TRUCKS),
    "job": _called(TruckJourney.id, TruckJourney.journey_number),
}
