"""`crm import`: a folder of another CRM into a tenant of its own, or only what would come of it.

The command line around it is in `orchestration`.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from crm_core import clock
from crm_core.config import settings
from crm_core.database import DatabaseRole, engine, set_context, tenant_session
from crm_core.errors import InvalidInput
from crm_core.ids import new_id
from crm_core.importing.found import Company, check_tenant, found
from crm_core.importing.plan import Plan, choose, make_plan
from crm_core.importing.records import Place
from crm_core.importing.report import Report, write_files
from crm_core.importing.sources import known_rows
from crm_core.importing.spec import Mapping, load, shipped
from crm_core.importing.tables import Export
from crm_core.importing.write import OpenSession, Progress, write
from crm_core.importing.writing import Writing
from crm_core.security.permissions import Subject, system_subject

_SLUG_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")


@dataclass(frozen=True)
class ImportResult:
    """What became of an export, by entity; the rows themselves stand in the report's files."""

    tenant: str
    format: str
    is_dry_run: bool
    rows: dict[str, dict[str, int]]
    """By entity: taken, mended, unchanged, refused."""
    acts: dict[str, int]
    mended: dict[str, int]
    """Values by entity, field and rule."""
    refused: dict[str, str]
    """The first reasons, by file and row."""
    columns_left_out: dict[str, tuple[str, ...]]
    folder: Path

    @property
    def payload(self) -> dict[str, object]:
        return asdict(self)


def silent(_: int, __: int) -> None:
    """No progress."""


def import_folder(
    folder: Path,
    slug: str,
    *,
    at: datetime,
    dry_run: bool = False,
    mapping: Path | None = None,
    executive: str | None = None,
    report_dir: Path | None = None,
    progress: Progress = silent,
) -> ImportResult:
    """Bring an export into the tenant, which is made when there is none.

    `executive` is the address of who will look at the figures first. A dry run does all of it in
    one transaction that is taken back. Raises `ExportUnknown`, `ExportUnreadable`,
    `MappingInvalid`, `TenantNotForImport` or `InvalidInput`; a single row never raises.
    """
    if not slug or len(slug) > 60 or not set(slug) <= _SLUG_LETTERS:
        raise InvalidInput("tenant", f"{slug!r}: use small letters, digits and hyphens")
    export, report = Export(folder), Report()
    chosen = choose(export, [load(mapping)] if mapping else shipped())
    plan = make_plan(export, chosen, report, clock.local_date(at, chosen.tenant.timezone))
    mail = (executive or f"exec@{slug}.example").lower()
    enter = _rehearsal if dry_run else _in_earnest
    with enter(slug, plan, report, at, mail) as (company, open_session):
        with open_session() as session:
            known = known_rows(session, company.subject, chosen.format)
        write(Writing(plan, company, report, known, at), open_session, progress)
    name = f"{at:%Y%m%dT%H%M%SZ}{'-dry-run' if dry_run else ''}"
    target = report_dir or settings().var / "imports" / slug / name
    write_files(report, target)
    return _result(slug, chosen, dry_run, report, target)


Entered = tuple[Company, OpenSession]


@contextmanager
def _in_earnest(
    slug: str, plan: Plan, report: Report, at: datetime, executive: str
) -> Iterator[Entered]:
    """The company is founded by the loader; its business is done under row-level security."""
    with _loader(slug, plan.mapping, at) as (session, subject):
        company = found(session, subject, slug, plan, report, at, executive)
        session.commit()
    yield company, lambda: tenant_session(subject)


@contextmanager
def _rehearsal(
    slug: str, plan: Plan, report: Report, at: datetime, executive: str
) -> Iterator[Entered]:
    """Everything in one transaction of the loader, who alone may do both; taken back at the end."""
    with _loader(slug, plan.mapping, at) as (session, subject):
        company = found(session, subject, slug, plan, report, at, executive)
        yield company, lambda: nullcontext(session)
        session.flush()
        session.execute(text("set constraints all immediate"))
        session.rollback()


@contextmanager
def _loader(slug: str, mapping: Mapping, at: datetime) -> Iterator[tuple[Session, Subject]]:
    """A session past row-level security in the context of the tenant; the caller ends it."""
    with Session(engine(DatabaseRole.LOADER), expire_on_commit=False) as session:
        known = check_tenant(session, slug, mapping.tenant, mapping.format)
        subject = system_subject(known or new_id(at))
        set_context(session, subject, at)
        yield session, subject


def _result(
    slug: str, mapping: Mapping, dry_run: bool, report: Report, folder: Path
) -> ImportResult:
    reasons = {f"{p.file} row {p.number}": why for p, why in sorted_refusals(report)}
    return ImportResult(
        tenant=slug,
        format=mapping.format,
        is_dry_run=dry_run,
        rows=report.counts(),
        acts=report.acts(),
        mended=report.rules(),
        refused=reasons,
        columns_left_out=report.left_out,
        folder=folder,
    )


def sorted_refusals(report: Report, most: int = 20) -> list[tuple[Place, str]]:
    """The first refused rows, in the order of the files."""
    return [(place, report.refused[place]) for place in report.places if place in report.refused][
        :most
    ]
