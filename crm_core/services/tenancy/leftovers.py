"""What files under `var` still say of an erased customer, and the list of erasures beside them.

The core itself is in `tenancy.privacy`. The lake, its doors and Dagster's storage hold no
personal data by policy (`LakePolicy`), so nothing has to be taken out of them.
"""

import email
import json
import os
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email import policy
from io import BytesIO
from pathlib import Path
from uuid import UUID

from crm_core.config import settings
from crm_core.security.erasure import ERASED
from crm_core.services.tenancy.privacy import Traces

LOG_SUFFIXES = (".log", ".out", ".err")
DEPTH = 3
"""How deep a file in a file in a file is looked into."""


@dataclass(frozen=True)
class Scrubbed:
    """Files that named the person: logs were rewritten, products removed."""

    rewritten: tuple[Path, ...]
    removed: tuple[Path, ...]


def privacy_dir() -> Path:
    """Exports for customers, and the list of erasures."""
    return settings().var / "privacy"


def export_path(customer_id: UUID) -> Path:
    """Where the export of a customer goes unless told otherwise."""
    return privacy_dir() / f"{customer_id}.json"


def write_export(path: Path, content: object) -> None:
    """Write an export, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:  # noqa: PTH123
        json.dump(content, file, ensure_ascii=False, indent=1)


def scrub(customer_id: UUID, traces: Traces) -> Scrubbed:
    """Take a person out of logs, and remove reports, mails and exports that name them.

    A PDF cannot be searched: it goes with the file of the same name that can. Reports can be made
    again from their publication at any time.
    """
    place = settings()
    removed = [export_path(customer_id)] if export_path(customer_id).exists() else []
    needles = [form for value in traces.values for form in _forms(value)]
    words = [*needles, *(form for word in traces.words for form in _forms(word))]
    for folder in (place.reports_dir, place.outbox_dir) if needles else ():
        named = {
            path
            for path in _files(folder)
            if any(_holds(content, needles) for content in _contents(path.read_bytes()))
        }
        removed += [
            path
            for path in _files(folder)
            if any((path.parent, path.stem) == (other.parent, other.stem) for other in named)
        ]
    for path in removed:
        path.unlink()
    rewritten = [path for path in _logs(place.var) if words and _rewrite(path, words)]
    return Scrubbed(tuple(rewritten), tuple(removed))


def list_erasure(client_id: UUID, customer_id: UUID) -> None:
    """Add a customer to the list outside of the database, which a restore does not set back."""
    if (client_id, customer_id) in erasures():
        return
    path = _list_path()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    line = json.dumps({"client_id": str(client_id), "customer_id": str(customer_id)})
    with path.open("a") as listed:
        listed.write(f"\n{line}\n")  # a line that a kill cut short must not swallow this one
        listed.flush()
        os.fsync(listed.fileno())


def erasures() -> list[tuple[UUID, UUID]]:
    """Every (tenant, customer) ever erased in this installation."""
    found = []
    lines = _list_path().read_text().splitlines() if _list_path().exists() else []
    for line in lines:
        try:
            kept = json.loads(line)
        except ValueError:
            continue  # empty, or cut short by a kill
        found.append((UUID(kept["client_id"]), UUID(kept["customer_id"])))
    return found


def _list_path() -> Path:
    return privacy_dir() / "erasures.jsonl"


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def _logs(folder: Path) -> list[Path]:
    """Everything that any of our processes writes by the line."""
    return [path for path in _files(folder) if path.suffix in LOG_SUFFIXES]


def _forms(trace: str) -> set[bytes]:
    """A text as files may hold it: plain, escaped as JSON, escaped as XML."""
    escaped = trace.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return {trace.encode(), json.dumps(trace)[1:-1].encode(), escaped.encode()}


def _holds(content: bytes, needles: Sequence[bytes]) -> bool:
    lower = content.lower()
    return any(_whole_word(needle).search(lower) for needle in needles)


def _whole_word(needle: bytes) -> re.Pattern[bytes]:
    """The text on its own: "Maple" is not in "Mapleton"."""
    return re.compile(rb"(?<!\w)" + re.escape(needle.lower()) + rb"(?!\w)")


def _contents(content: bytes, depth: int = DEPTH) -> Iterator[bytes]:
    """The bytes of a file, and of all files within it: workbooks, archives, mails."""
    yield content
    if depth == 0:
        return
    if zipfile.is_zipfile(BytesIO(content)):
        with zipfile.ZipFile(BytesIO(content)) as archive:
            for name in archive.namelist():
                yield from _contents(archive.read(name), depth - 1)
    elif re.match(rb"[A-Za-z\-]+: ", content):
        for part in email.message_from_bytes(content, policy=policy.default).walk():
            inner = part.get_payload(decode=True)
            if isinstance(inner, bytes):
                yield from _contents(inner, 0 if inner == content else depth - 1)


def _rewrite(path: Path, needles: Sequence[bytes]) -> bool:
    """Blank a log in place, so that whoever writes it keeps writing to the same file."""
    content = path.read_bytes()
    clean = content
    for needle in sorted(needles, key=len, reverse=True):
        pattern = re.compile(_whole_word(needle).pattern, re.IGNORECASE)
        clean = pattern.sub(ERASED.encode(), clean)
    if clean == content:
        return False
    with path.open("r+b") as log:
        log.write(clean)
        log.truncate()
    return True
