"""Files dropped into a folder, line by line; a bad line stands in quarantine, the rest is taken.

The folder is the integration's address. A file that comes again under its name replaces its lines.
"""

import csv
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy.orm import Session

from crm_core.security.permissions import Subject
from crm_core.services.sales import marketing_spend
from transforms.sources.access import Access
from transforms.sources.applying import apply_rows
from transforms.sources.base import Json, SourceUnreachable
from transforms.sources.declared import Declared, Stream
from transforms.sources.http import Manners
from transforms.sources.paging import Page, Whole
from transforms.sources.provider import Provider
from transforms.sources.spend_files.contract import SpendLine

MOST_BYTES = 10_000_000
LINES = Stream("lines", "", SpendLine, Whole(lambda _: []))
STREAMS = (LINES,)


def lines_of(name: str, content: bytes) -> list[Json]:
    """The lines of a file as rows named "<file>.<line>"; empty cells are left out."""
    stem = re.sub(r"[^A-Za-z0-9_-]", "_", name)[:80]
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    first = text.split("\n", 1)[0]
    reader = csv.DictReader(io.StringIO(text), delimiter=";" if ";" in first else ",")
    rows: list[Json] = []
    for cells in reader:
        row: Json = {
            str(field).strip().lower(): value
            for field, value in cells.items()
            if field is not None and isinstance(value, str) and value.strip()
        }
        if row:
            rows.append({**row, "id": f"{stem}.{reader.line_num}"})
    return rows


def take(session: Session, subject: Subject, row: SpendLine, at: datetime) -> str | None:
    """The month's spend as the line says."""
    spend = marketing_spend.Spend(
        row.channel,
        row.month_on,
        row.spend_amount,
        row.currency,
        campaign=row.campaign,
        branch=row.branch,
    )
    return marketing_spend.keep(session, subject, spend, at)


@contextmanager
def connect(
    subject: Subject, integration_id: UUID, access: Access, manners: Manners | None
) -> Iterator[Declared]:
    """The folder of an integration, ready to be read."""
    yield Declared("spend_files", STREAMS, lambda stream, since, at: read(Path(access.base_url)))


def read(folder: Path) -> Page:
    """Every line of every file, by file name; raises `SourceUnreachable`."""
    try:
        files = sorted(path for path in folder.iterdir() if path.suffix.lower() == ".csv")
        for path in files:
            if path.stat().st_size > MOST_BYTES:
                raise SourceUnreachable(
                    f"{path.name} is larger than {MOST_BYTES // 1_000_000} MB: split it by month"
                )
        contents = [(path.name, path.read_bytes()) for path in files]
    except OSError as error:
        raise SourceUnreachable(
            f"the folder of marketing spend cannot be read ({type(error).__name__}): check its path"
        ) from error
    return Page([row for name, content in contents for row in lines_of(name, content)])


PROVIDER = Provider("spend_files", connect, apply_rows(LINES, SpendLine, take), streams=STREAMS)
