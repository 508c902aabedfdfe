"""Files that people take out of a page: made when they are asked for, and noted in the audit.

Files are drawn by the renderers of reports; who may take them is decided where they are offered.
"""

import csv
import io
from collections.abc import Mapping, Sequence

import polars as pl

from app.question import Question
from app.source import Source
from crm_core import clock
from crm_core.security import audit
from crm_core.security.permissions import Resource
from reports.page import PageSpec
from reports.renderers.csv import harmless
from transforms.metrics.rows import Behind


def page_file(
    source: Source, page: PageSpec, question: Question, scope: str, file_format: str
) -> bytes:
    """The page as a file of that format."""
    made = source.file(page, question, scope, file_format)
    audit.record_export(
        source.subject,
        Resource.REPORT,
        "page",
        at=clock.now(),
        page=page.name,
        format=file_format,
        period=str(question.period),
        branch=question.branch.code if question.branch else None,
        filters={each.dimension: list(each.values) for each in question.where},
        publication=source.publication.id,
    )
    return made.content


def rows_as_csv(source: Source, metric: str, behind: Behind, question: Question) -> bytes:
    """The rows behind a figure."""
    audit.record_export(
        source.subject,
        Resource.WAREHOUSE,
        "rows",
        at=clock.now(),
        metric=metric,
        mart=behind.mart,
        period=str(question.period),
        rows=behind.rows.height,
        publication=source.publication.id,
    )
    return as_csv(behind.rows)


def panel_as_csv(source: Source, panel: str, rows: Sequence[Mapping[str, object]]) -> bytes:
    """The rows that a panel shows."""
    audit.record_export(
        source.subject,
        Resource.WAREHOUSE,
        "panel",
        at=clock.now(),
        panel=panel,
        rows=len(rows),
        publication=source.publication.id,
    )
    return as_csv(pl.DataFrame(rows, infer_schema_length=None))


def as_csv(rows: pl.DataFrame) -> bytes:
    """The rows as UTF-8 CSV, with text that a spreadsheet would calculate made harmless."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(map(harmless, rows.columns))
    for row in rows.iter_rows():
        writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in row])
    return text.getvalue().encode()
