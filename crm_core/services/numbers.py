"""Numbers of quotes, journeys, invoices, claims and orders: per tenant and year, without gaps.

The counter row stays locked until the transaction ends: a number taken back by a rollback is
given to the next. What the numbers are for is the business of other services.
"""

from datetime import date
from enum import StrEnum

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crm_core.models import NumberCounter
from crm_core.security.permissions import Subject


class NumberKind(StrEnum):
    """The series, and the letters its numbers begin with."""

    QUOTE = "Q"
    JOURNEY = "J"
    INVOICE = "INV"
    CLAIM = "C"
    PURCHASE_ORDER = "PO"


def next_number(session: Session, subject: Subject, kind: NumberKind, on: date) -> str:
    """The next number of a series in the year of `on`, e.g. INV-2026-000001."""
    first = insert(NumberCounter).values(
        client_id=subject.client_id, kind=kind.name, year=on.year, last_number=1
    )
    number = session.execute(
        first.on_conflict_do_update(
            index_elements=["client_id", "kind", "year"],
            set_={"last_number": NumberCounter.last_number + 1},
        ).returning(NumberCounter.last_number)
    ).scalar_one()
    return f"{kind.value}-{on.year}-{number:06d}"
