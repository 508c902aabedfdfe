"""The analyst's SQL: in a process of its own, at the person's door, within limits.

The process itself is `workbench_child`; our own SQL goes through `door`.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any, Final

import polars as pl

from crm_core.security.permissions import Subject
from transforms.lake.access import DoorMap
from transforms.lake.door import LOCKED, find_door
from transforms.lake.errors import QueryFailed, QueryRefused, QueryTooLarge

CHILD = Path(__file__).with_name("workbench_child.py")

ROWS = 10_000
SECONDS = 20.0
LIMITS: dict[str, Any] = {
    "cpu_seconds": 40,
    "address_space": 2 << 30,
    "memory_limit": "600MB",
    "bytes": 64 << 20,
}

PLACES: Final = BoundedSemaphore(4)
"""Queries that run at once in this process, each with the memory of `LIMITS`; others wait."""

# Nothing is spilled: the process may not write a single byte to a file.
SETTINGS = ("set temp_directory = ''", *LOCKED)


def run_sql(
    subject: Subject,
    sql: str,
    limit: int = ROWS,
    *,
    publication_id: int | None = None,
    seconds: float = SECONDS,
) -> pl.DataFrame:
    """The rows of one statement that reads, at the subject's door.

    Raises `QueryRefused` (not a reading statement), `QueryFailed` (wrong, too slow, too much
    memory), `QueryTooLarge` (more than `limit` rows or 64 MB), and what `open_door` raises.
    """
    _, path, views = find_door(subject, publication_id)
    if not PLACES.acquire(timeout=seconds):
        raise QueryFailed("Too many queries are running: wait a moment and try again")
    try:
        out = _ask(json.dumps(request_of(path, sql, limit)).encode(), seconds)
    finally:
        PLACES.release()
    return rows_of(out, views)


def request_of(door: Path, sql: str, limit: int = ROWS) -> dict[str, Any]:
    """What the process is told: the door, the statement, and its limits."""
    return {
        "door": str(door),
        "sql": sql,
        "limit": limit,
        "locked": SETTINGS,
        "limits": LIMITS,
    }


def rows_of(out: bytes, views: DoorMap) -> pl.DataFrame:
    """The rows in the answer of the process; raises what it refused or failed with."""
    head, _, body = out.partition(b"\n")
    answer = json.loads(head)
    if answer["kind"] == "rows":
        frame = pl.read_ipc_stream(body)
        assert isinstance(frame, pl.DataFrame)
        return frame
    raise _error(answer["kind"], answer["message"], views)


def _ask(request: bytes, seconds: float) -> bytes:
    with tempfile.TemporaryDirectory(prefix="crm-query-") as private:
        process = subprocess.Popen(
            [sys.executable, "-I", str(CHILD)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=private,
            env={"HOME": private, "TMPDIR": private, "PATH": os.defpath, "LC_ALL": "C.UTF-8"},
            start_new_session=True,
        )
        try:
            out, complaint = process.communicate(request, timeout=seconds)
        except subprocess.TimeoutExpired:
            raise QueryFailed(
                f"The query was stopped after {seconds:g} seconds: read less at once,"
                " or filter earlier"
            ) from None
        finally:
            process.kill()
            process.wait()
    if not out:
        raise QueryFailed(_last_words(process.returncode, complaint.decode(errors="replace")))
    return out


def _last_words(code: int, complaint: str) -> str:
    if code < 0 or "MemoryError" in complaint or "bad_alloc" in complaint:
        return "The query was stopped: it needed more memory or time than a query here may use"
    lines = complaint.strip().splitlines() or ["it said nothing"]
    return f"The process of the query ended without an answer (status {code}): {lines[-1]}"


def _error(kind: str, message: str, views: DoorMap) -> QueryRefused | QueryFailed | QueryTooLarge:
    if kind == "refused":
        return QueryRefused(f"{message}: query the tables of your door{_example(views)}")
    if kind == "too_large":
        return QueryTooLarge(f"{message}: add a LIMIT, a filter, or group the rows")
    return QueryFailed(message)


def _example(views: DoorMap) -> str:
    facts = sorted(name for name in views if name.startswith("marts.fct_"))
    shown = "marts.fct_bookings" if "marts.fct_bookings" in facts else next(iter(facts), None)
    return f", e.g. {shown}" if shown else ""
