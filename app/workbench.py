"""Running a person's SQL: at their door, noted in the audit, the last outcome kept for the page.

Limits and refusals belong to `transforms.lake.workbench`.
"""

from dataclasses import dataclass
from typing import Final

import polars as pl
import streamlit as st

from app.source import Source
from crm_core import clock
from crm_core.errors import CrmError
from crm_core.security import audit
from crm_core.security.permissions import Resource
from transforms.lake.workbench import ROWS, run_sql

LONGEST_NOTED: Final = 4000
_LAST: Final = "analyst_outcome"


@dataclass(frozen=True)
class Outcome:
    """What came of a statement: rows, or one line that says why not."""

    door: str
    rows: pl.DataFrame | None
    error: str | None


def run(source: Source, sql: str) -> Outcome:
    """The outcome of one statement; errors of the workbench become its line."""
    try:
        rows = run_sql(source.subject, sql, ROWS, publication_id=source.publication.id)
        outcome = Outcome(source.door, rows, None)
    except CrmError as error:
        outcome = Outcome(source.door, None, error.line)
    audit.record_export(
        source.subject,
        Resource.WAREHOUSE,
        "sql",
        at=clock.now(),
        sql=audit.masked(sql)[:LONGEST_NOTED],
        rows=None if outcome.rows is None else outcome.rows.height,
        error=audit.masked(outcome.error) if outcome.error else None,
        publication=source.publication.id,
    )
    return outcome


def remember(outcome: Outcome) -> None:
    """Keeps the outcome for the next runs of this session's page."""
    st.session_state[_LAST] = outcome


def last(source: Source) -> Outcome | None:
    """The outcome of the session's last statement; nothing once the door is another one."""
    found = st.session_state.get(_LAST)
    return found if isinstance(found, Outcome) and found.door == source.door else None
