"""A reader that looks at everything published, all the while, and notes each content it saw.

Runs as a process of its own (`Reader`); what it saw is judged in `suite`.
"""

import json
import pickle
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crm_core.config import PROJECT
from tests.integration.transforms.lake.crash import digests
from tests.integration.transforms.lake.crash.company import WATCHED, Company
from transforms.lake import publication
from transforms.lake.door import open_door
from transforms.lake.engine import attach_lake, connect_memory

SHARE = 0.15
"""Of its time that the reader reads: the machine has other work."""


@dataclass(frozen=True)
class Seen:
    """One look: at doors, at a publication's snapshot of the lake, or at the newest raw rows."""

    what: str
    publication: int | None
    content: Any


class Reader:
    """The process that looks; a context manager. `is_raw_watched` only where raw rows are few."""

    def __init__(self, company: Company, notes: Path, is_raw_watched: bool = True) -> None:
        self._notes = notes
        with notes.open("w") as file:
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__], stdin=subprocess.PIPE, stdout=file, cwd=PROJECT
            )
        assert self._process.stdin is not None
        pickle.dump((company, is_raw_watched), self._process.stdin)
        self._process.stdin.flush()

    def looks(self) -> list[Seen]:
        """All it has seen so far."""
        *lines, _ = self._notes.read_text().split("\n")
        return [Seen(**json.loads(line)) for line in lines]

    def look_again(self) -> int:
        """Waits for looks that were begun after this call; returns how many there are."""
        before = len(self.looks())
        while len(self.looks()) < before + 4:
            assert self._process.poll() is None, "the reader has died"
            time.sleep(0.05)
        return before + 1

    def __enter__(self) -> "Reader":
        while not self._notes.read_text():
            assert self._process.poll() is None, "the reader has died"
            time.sleep(0.05)
        return self

    def __exit__(self, *error: object) -> None:
        self._process.terminate()
        self._process.communicate()


def _watch() -> None:
    company, is_raw_watched = pickle.load(sys.stdin.buffer)
    looks = [_look_at_doors, _look_at_lake] + ([_look_at_raw] if is_raw_watched else [])
    while True:
        for look in looks:
            started = time.monotonic()
            try:
                note = look(company)
            except Exception as error:  # noqa: BLE001  an error is something seen, too
                note = {"what": "error", "publication": None, "content": f"{look}: {error!r}"}
            sys.stdout.write(f"{json.dumps(note)}\n")
            sys.stdout.flush()
            time.sleep((time.monotonic() - started) * (1 / SHARE - 1))


def _look_at_doors(company: Company) -> dict[str, Any]:
    """One after the other; all of them at the publication of the first."""
    made, content = publication.get(), []
    for reader in digests.readers(company):
        with open_door(reader, made.id) as door:
            content.append(digests.of_views(door.sql, door.views))
    return {"what": "doors", "publication": made.id, "content": content}


def _look_at_lake(company: Company) -> dict[str, Any]:
    made = publication.get()
    with connect_memory() as connection:
        attach_lake(connection, made.lake_snapshot)
        marts = digests.of_marts(connection.execute, company, made.relations)
        return {"what": "lake", "publication": made.id, "content": list(marts.lake)}


def _look_at_raw(company: Company) -> dict[str, Any]:
    with connect_memory() as connection:
        attach_lake(connection)
        content = digests.of_raw(connection, WATCHED)
        return {"what": "raw", "publication": None, "content": list(content)}


if __name__ == "__main__":
    _watch()
