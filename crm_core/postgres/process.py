"""The processes of an embedded server: which one it is, whether it answers, what it left behind.

Signals are sent from here only to processes that work in our own data folder.
"""

import os
import signal
import subprocess
from enum import Enum, auto
from pathlib import Path

from psycopg import pq

from crm_core.postgres.errors import PostgresNotAllowed
from crm_core.postgres.home import PORT, SUPERUSER, Home

PROC = Path("/proc")


class State(Enum):
    """What a look at the server found."""

    ABSENT = auto()  # no process of ours
    READY = auto()  # it answers
    BUSY = auto()  # it answers that it is starting, recovering or stopping
    SILENT = auto()  # the process is there, nobody answers: killed a moment ago, or cut off


def postmaster(home: Home) -> int | None:
    """Process id of a postgres that serves exactly this data; None when the file is stale."""
    try:
        lines = home.pid_file.read_text().splitlines()
        pid = int(lines[0])
    except FileNotFoundError:
        return None
    except PermissionError as error:
        raise PostgresNotAllowed(
            f"the Postgres data in {home.data} belongs to another user: run as that user, "
            "or choose another CRM_VAR"
        ) from error
    except (ValueError, IndexError):  # half written
        return None
    command = command_of(pid)
    ours = bool(command) and Path(command[0]).name == "postgres" and str(home.data) in command[1:]
    return pid if ours else None


def command_of(pid: int) -> list[str]:
    if not (PROC / "self/cmdline").exists():
        return command_by_ps(pid)
    try:
        return os.fsdecode((PROC / f"{pid}/cmdline").read_bytes()).split("\0")[:-1]
    except OSError:
        return []


def command_by_ps(pid: int) -> list[str]:
    """For systems without /proc: splits at -D only, for paths may hold blanks."""
    command = ["ps", "-o", "command=", "-p", str(pid)]
    answer = subprocess.run(command, check=False, capture_output=True)
    program, _, data = os.fsdecode(answer.stdout.strip()).partition(" -D ")
    return [program, "-D", data] if data else []


def look(home: Home) -> State:
    if postmaster(home) is None:
        return State.ABSENT
    target = f"host={home.socket_dir} port={PORT} user={SUPERUSER} dbname=postgres"
    answer = pq.PGconn.ping(f"{target} connect_timeout=3".encode())
    if answer == pq.Ping.OK and _recovers(home):
        return State.BUSY
    return {pq.Ping.OK: State.READY, pq.Ping.REJECT: State.BUSY}.get(pq.Ping(answer), State.SILENT)


def _recovers(home: Home) -> bool:
    """Whether it answers to readers only: a data folder put back goes through its log first."""
    try:
        return home.pid_file.read_text().splitlines()[-1].strip() == "standby"
    except (FileNotFoundError, IndexError):
        return False


def dismiss_orphans(home: Home) -> None:
    """Asks what a killed server left at work in its data folder to go.

    A backend in a long computation does not notice that its server is gone. Interrupted, it does;
    a main process, should one be left, takes the same signal for an orderly shutdown.
    """
    for entry in PROC.glob("[0-9]*"):
        try:
            if (entry / "cwd").readlink() == home.data:
                os.kill(int(entry.name), signal.SIGINT)
        except OSError:  # gone by now, or not ours
            continue
