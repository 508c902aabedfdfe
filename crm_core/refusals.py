"""What the database refuses, as an error that names the field.

What can be known before a row is sent is asked in `crm_core.models.validity`.
"""

import re
from functools import cache
from typing import Any

import psycopg
from sqlalchemy import CheckConstraint, Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import IntegrityError

from crm_core.errors import InvalidInput


class ConstraintBroken(InvalidInput, IntegrityError):
    """A row that a key or a check of the database does not allow."""

    def __init__(self, field: str, reason: str, cause: IntegrityError) -> None:
        IntegrityError.__init__(self, cause.statement, cause.params, cause.orig)  # type: ignore[arg-type]
        self.field = field
        self.reason = reason

    @property
    def line(self) -> str:
        return f"{self.field}: {self.reason}"


def name_fields(engine: Engine) -> None:
    """Let every broken constraint of an engine's statements be raised as `ConstraintBroken`."""
    event.listen(engine, "handle_error", _refuse)


def _refuse(context: ExceptionContext) -> ConstraintBroken | None:
    error = context.sqlalchemy_exception
    if isinstance(error, IntegrityError) and isinstance(error.orig, psycopg.Error):
        field, reason = _explain(error.orig)
        return ConstraintBroken(field, reason, error)
    return None


def _explain(error: psycopg.Error) -> tuple[str, str]:
    name = error.diag.constraint_name or ""
    field = error.diag.column_name or _fields().get(name, name or "row")
    reasons: dict[type[psycopg.Error], str] = {
        psycopg.errors.ForeignKeyViolation: "is not there, or not yours to refer to",
        psycopg.errors.UniqueViolation: "is taken already",
        psycopg.errors.ExclusionViolation: "is taken for this time already",
        psycopg.errors.NotNullViolation: "is missing",
    }
    return field, reasons.get(type(error), f"breaks the rule {name}")


@cache
def _fields() -> dict[str, str]:
    """The column to blame, by name of the constraint: the last of a key, the first of a check."""
    from crm_core.models import Base

    found: dict[str, str] = {}
    for table in Base.metadata.tables.values():
        keyed: list[Any] = [*table.constraints, *table.indexes]
        for constraint in keyed:
            names = [column.name for column in getattr(constraint, "columns", [])]
            if isinstance(constraint, CheckConstraint):
                words = re.findall(r"\w+", str(constraint.sqltext))
                names = [word for word in words if word in table.columns][:1]
            if names:
                found[str(constraint.name)] = names[-1]
    return found
