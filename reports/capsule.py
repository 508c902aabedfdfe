"""Capsules: all that a report was made of, kept so that its files can be made again and proved.

Names of staff lie in it under their own keys: after an erasure they are gone here too. Comparing a
file with its capsule belongs to `reports.verify`.
"""

import base64
import hashlib
import io
import json
import os
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from uuid import UUID

import polars as pl
from sqlalchemy.orm import Session

from crm_core.config import settings
from crm_core.database import tenant_session
from crm_core.security.encryption import DecryptionRefused, decrypt, encrypt
from crm_core.security.keys import Holder
from crm_core.security.permissions import Subject, system_subject
from reports import theme
from reports.errors import FileUnreadable
from reports.named import PEOPLE
from reports.renderers.file import RenderedFile
from reports.renderers.tidy import long_table
from reports.result import Figures, Key, ReportResult, Row
from reports.spec import ReportSpec, load_report, validate_report
from reports.words import word
from transforms.metrics.period import Period

CONTEXT = b"reports.capsule"
RENDERERS = ("reportlab", "xlsxwriter", "babel", "tzdata", "typst")
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Capsule:
    """A capsule read back."""

    path: Path
    result: ReportResult
    files: dict[str, str]
    """SHA-256 of every file made from it, by name."""
    erased: int
    """Names that can no longer be read: their keys are destroyed."""
    versions: dict[str, str]
    """Of the renderers and fonts it was made with."""
    spec: ReportSpec
    parameters: dict[str, str]
    """What the report was narrowed by."""
    scope: dict[str, Any]
    """What its reader was allowed to see: role, scope, branches."""

    @property
    def changed_versions(self) -> tuple[str, ...]:
        """Renderers and fonts that are not the ones it was made with."""
        now = _versions()
        return tuple(name for name, was in self.versions.items() if now.get(name) != was)


def digest_of(result: ReportResult) -> str:
    """A short name for exactly these figures and texts."""
    return hashlib.sha256(result.model_dump_json().encode()).hexdigest()[:16]


def scope_of(subject: Subject) -> dict[str, Any]:
    """What somebody may see, as a capsule has it."""
    return {
        "role": subject.role.value,
        "scope": subject.scope.value,
        "branches": sorted(map(str, subject.location_ids)),
    }


def keep(
    subject: Subject,
    result: ReportResult,
    files: Iterable[RenderedFile],
    spec: ReportSpec,
    parameters: Mapping[str, str],
) -> Path:
    """Write the capsule of a run, whole or not at all; the same run twice is one capsule."""
    header = result.header
    user = subject.user_id or UUID(int=0)
    stem = f"{header.period.start}_{header.period.end}_{user}_{digest_of(result)}"
    path = _folder(subject) / header.report / f"{stem}.zip"
    made = {file.filename: file.digest for file in files}
    if path.exists():
        made = _read_manifest(path)["files"] | made
    with tenant_session(system_subject(subject.client_id)) as session:
        sealed, names = _sealed(session, subject.client_id, result)
        manifest = {
            "format": 1,
            "files": made,
            "names": names,
            "scope": scope_of(subject),
            "spec": spec.model_dump(mode="json"),
            "parameters": dict(parameters),
            "publication": header.publication_id,
            "definitions": header.definitions,
            "versions": _versions(),
        }
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (
            ("capsule.json", json.dumps(manifest, indent=1, sort_keys=True).encode()),
            ("result.json", sealed.model_dump_json().encode()),
            ("figures.parquet", _parquet(sealed)),
        ):
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), content)
    partial.replace(path)
    return path


def open_capsule(client_id: UUID, path: Path) -> Capsule:
    """The capsule at `path`; raises `FileUnreadable`."""
    manifest = _read_manifest(path)
    with zipfile.ZipFile(path) as archive:
        sealed = ReportResult.model_validate_json(archive.read("result.json"))
    with tenant_session(system_subject(client_id)) as session:
        result, erased = _unsealed(session, client_id, sealed, manifest["names"])
    report = result.header.report
    return Capsule(
        path, result, manifest["files"], erased, manifest["versions"],
        # The first capsules did not say: they were of the catalogue, and of all of it.
        spec=validate_report(manifest["spec"], path.name)
        if "spec" in manifest
        else load_report(report),
        parameters=manifest.get("parameters", {}),
        scope=manifest["scope"],
    )  # fmt: skip


def capsules_of(subject: Subject, report: str, period: Period) -> Iterator[Capsule]:
    """The capsules of the subject's own reports of this kind about this period, newest first."""
    user = subject.user_id or UUID(int=0)
    stem = f"{period.start}_{period.end}_{user}_*.zip"
    paths = sorted((_folder(subject) / report).glob(stem), key=lambda each: each.stat().st_mtime_ns)
    for path in reversed(paths):
        yield open_capsule(subject.client_id, path)


def capsule_of_result(subject: Subject, report: str, digest: str) -> ReportResult | None:
    """The result of that digest, if its capsule is kept."""
    for path in (_folder(subject) / report).glob(f"*_{digest}.zip"):
        return open_capsule(subject.client_id, path).result
    return None


def last_before(subject: Subject, report: str, period: Period) -> ReportResult | None:
    """The report of this kind that the subject had for the period that ended last before."""
    found = []
    for path in (_folder(subject) / report).glob(f"*_{subject.user_id or UUID(int=0)}_*.zip"):
        end = path.name.split("_")[1]
        if end <= period.start.isoformat():
            found.append((end, path.stat().st_mtime_ns, path))
    return open_capsule(subject.client_id, max(found)[2]).result if found else None


def _folder(subject: Subject) -> Path:
    return settings().var / "capsules" / str(subject.client_id)


def _read_manifest(path: Path) -> dict[str, Any]:
    try:
        with zipfile.ZipFile(path) as archive:
            manifest: dict[str, Any] = json.loads(archive.read("capsule.json"))
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise FileUnreadable(f"{path.name} is not a capsule") from error
    return manifest


def _versions() -> dict[str, str]:
    fonts = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:16]
        for path in theme.FONT_FILES.values()
    }
    found: dict[str, str] = {}
    for name in RENDERERS:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found | fonts


def _parquet(result: ReportResult) -> bytes:
    """The figures as typed columns."""
    table = long_table(result)
    kinds = {
        "text": pl.String(), "date": pl.Date(), "number": pl.Int64(), "figure": pl.Decimal(38, 6),
    }  # fmt: skip
    columns = list(zip(*table.lines, strict=True)) or [()] * len(table.columns)
    frame = pl.DataFrame(
        [
            pl.Series(column.name, [_six(value) for value in values], kinds[column.kind])
            for column, values in zip(table.columns, columns, strict=True)
        ]
    )
    out = io.BytesIO()
    frame.write_parquet(out)
    return out.getvalue()


def _six(value: object) -> object:
    return value.quantize(Decimal("0.000001")) if isinstance(value, Decimal) else value


# names


def _named(result: ReportResult) -> Iterator[Key]:
    for section in result.sections:
        for widget in section.widgets:
            if isinstance(widget, Figures):
                for row in widget.rows:
                    yield from (key for key in row.keys if _is_person(key))


def _is_person(key: Key) -> bool:
    return key.dimension in PEOPLE and key.value is not None and len(key.value) == 36


def _sealed(
    session: Session, client_id: UUID, result: ReportResult
) -> tuple[ReportResult, dict[str, str]]:
    """The result without names of people, and the names, each under its person's key."""
    names = {}
    for key in _named(result):
        if key.value is not None and key.value not in names:
            holder = Holder.user(UUID(key.value))
            sealed = encrypt(session, client_id, key.text.encode(), CONTEXT, holder)
            names[key.value] = base64.b64encode(sealed).decode()
    return _with_names(result, dict.fromkeys(names, "")), names


def _unsealed(
    session: Session, client_id: UUID, sealed: ReportResult, names: dict[str, str]
) -> tuple[ReportResult, int]:
    clear, erased = {}, 0
    for person, text in names.items():
        try:
            clear[person] = decrypt(session, client_id, base64.b64decode(text), CONTEXT).decode()
        except DecryptionRefused:
            clear[person] = word("former_employee", sealed.header.locale)
            erased += 1
    return _with_names(sealed, clear), erased


def _with_names(result: ReportResult, names: dict[str, str]) -> ReportResult:
    if not names:
        return result

    def row_of(row: Row) -> Row:
        keys = tuple(
            key.model_copy(update={"text": names[key.value]})
            if _is_person(key) and key.value in names
            else key
            for key in row.keys
        )
        return row.model_copy(update={"keys": keys})

    sections = tuple(
        section.model_copy(
            update={
                "widgets": tuple(
                    widget.model_copy(update={"rows": tuple(map(row_of, widget.rows))})
                    if isinstance(widget, Figures)
                    else widget
                    for widget in section.widgets
                )
            }
        )
        for section in result.sections
    )
    return result.model_copy(update={"sections": sections})
