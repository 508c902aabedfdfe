"""Start, find and stop the one embedded server of a state folder, whatever happened before.

Choosing binaries and the server's identity is done by the modules beside this one.
"""

import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

from crm_core.postgres import binaries, server_user
from crm_core.postgres.address import ServerAddress, address_of_url
from crm_core.postgres.binaries import Binaries
from crm_core.postgres.errors import (
    PostgresDidNotStart,
    PostgresDidNotStop,
    PostgresNotFound,
    PostgresPinned,
)
from crm_core.postgres.home import PORT, SUPERUSER, Home
from crm_core.postgres.process import State, dismiss_orphans, look, postmaster
from crm_core.postgres.server_user import ServerUser

PAUSE = 0.05  # seconds between two looks at a server that is coming or going
RECOVERY = 300  # seconds a crashed server may need to replay its log
STOPPING = 120  # seconds a server may need for its last checkpoint
SILENCE = 5  # seconds a living server may leave its socket unanswered
NOTICE = 1  # seconds the children of a killed server may need to notice and leave
FAREWELL = 30  # seconds they may need when they are asked to


def ensure_running(
    var: Path, *, source: str = "auto", database_url: str | None = None, fast: bool = False
) -> ServerAddress:
    """The server of this state folder, started if need be; a few milliseconds when it runs.

    `source` is auto, url, system or wheel. `fast` starts without durability, for tests only; it
    changes nothing on a server that runs already. Safe to call from many processes at once.
    Raises a subclass of `CrmError` named for what went wrong.
    """
    if source == "url" and not database_url:
        raise PostgresNotFound("CRM_POSTGRES=url, but CRM_DATABASE_URL is not set: set it")
    if database_url and source in ("auto", "url"):
        return address_of_url(database_url)
    home = Home.below(var)
    if look(home) is not State.READY:
        with home.turn():
            if not _settle(home):
                try:
                    _start(home, source, fast)
                except OSError as error:  # disk full, read-only, …
                    raise PostgresDidNotStart(
                        f"Postgres did not start in {home.path}: {error}"
                    ) from error
    return _address(home, source)


def is_running(var: Path) -> bool:
    """Whether the embedded server of this state folder answers."""
    return look(Home.below(var)) is State.READY


def stop(var: Path) -> bool:
    """Stops the embedded server: open transactions roll back. False when none was running.

    Raises `PostgresDidNotStop`.
    """
    home = Home.below(var)
    if not home.data.exists():
        return False
    with home.turn():
        pid = postmaster(home)
        if pid is None:
            return False
        _end(home, pid)
    return True


def _address(home: Home, source: str) -> ServerAddress:
    made_with = home.pinned()
    if made_with is None:
        raise PostgresDidNotStart(f"the data in {home.data} vanished while its server started")
    if source not in ("auto", made_with.source):
        raise PostgresPinned(
            f"CRM_POSTGRES={source}, but {home.data} was made with Postgres {made_with.major} "
            f"({made_with.source}): unset CRM_POSTGRES or choose another CRM_VAR"
        )
    return ServerAddress(
        host=str(home.socket_dir),
        port=PORT,
        superuser=SUPERUSER,
        password=None,
        source=made_with.source,
        major=made_with.major,
        bin_dir=made_with.bin_dir,
        data_dir=home.data,
    )


def _settle(home: Home) -> bool:
    """Waits until the server is surely there (True) or surely gone (False)."""
    silent = 0
    for _ in range(int(RECOVERY / PAUSE)):
        state = look(home)
        if state is State.READY:
            return True
        if state is State.ABSENT:
            return False
        silent = silent + 1 if state is State.SILENT else 0
        pid = postmaster(home)
        if silent > SILENCE / PAUSE and pid is not None:
            # Its socket was swept away: nobody can reach it any more.
            _end(home, pid)
            return False
        time.sleep(PAUSE)
    raise PostgresDidNotStart(
        f"the Postgres of {home.data} is still starting or stopping after {RECOVERY} s: "
        f"see {home.log}"
    )


def _end(home: Home, pid: int) -> None:
    try:
        os.kill(pid, signal.SIGINT)  # a "fast" shutdown
    except ProcessLookupError:
        pass
    except PermissionError as error:
        raise PostgresDidNotStop(
            f"Postgres (process {pid}) of {home.data} belongs to another user: stop it as that user"
        ) from error
    handle = _claim_within(home, STOPPING)
    if handle is None:
        raise PostgresDidNotStop(
            f"Postgres (process {pid}) of {home.data} is still there after {STOPPING} s: "
            f"see {home.log}"
        )
    os.close(handle)
    shutil.rmtree(home.socket_dir, ignore_errors=True)


def _claim_within(home: Home, seconds: float) -> int | None:
    for _ in range(int(seconds / PAUSE)):
        handle = home.claim()
        if handle is not None:
            return handle
        time.sleep(PAUSE)
    return None


def _start(home: Home, source: str, fast: bool) -> None:
    made_with = home.pinned()
    if made_with is None:
        program = binaries.choose(source)
        user = server_user.choose(home.path, None, program.program("postgres"))
    else:
        program = binaries.choose_again(made_with, source, home.data)
        owner = home.data.stat().st_uid
        user = server_user.choose(home.path, owner, program.program("postgres"))
    handle = _claim_within(home, NOTICE)
    if handle is None:
        dismiss_orphans(home)
        handle = _claim_within(home, FAREWELL)
    if handle is None:
        raise PostgresDidNotStart(
            f"another server, or what a killed one left behind, still holds {home.data}: "
            "wait for it or stop it where it was started"
        )
    try:
        if made_with is None:
            _make_data(home, program, user)
        home.pid_file.unlink(missing_ok=True)
        home.make_socket_dir(user.uid, user.gid)
        home.write_settings(fast=fast)
        home.put_long_log_aside()
        _launch(home, program, user, handle)
    finally:
        os.close(handle)
    if made_with not in (None, program):
        home.pin(program)


def _make_data(home: Home, program: Binaries, user: ServerUser) -> None:
    """initdb beside the final place, then one rename: half a cluster is never seen."""
    for locale in ("C.UTF-8", "C"):  # the first is missing on some systems
        shutil.rmtree(home.unfinished, ignore_errors=True)
        for folder in (home.unfinished, home.log.parent):
            folder.mkdir(mode=0o700, exist_ok=True)
            os.chown(folder, user.uid, user.gid)
        made = _run(
            user,
            [
                program.program("initdb"),
                f"--pgdata={home.unfinished}",
                f"--username={SUPERUSER}",
                "--auth=trust",
                "--encoding=UTF8",
                f"--locale={locale}",
                "--data-checksums",
                "--no-sync",
                "--no-instructions",
            ],
        )
        if made.returncode == 0:
            break
    else:
        raise PostgresDidNotStart(
            f"initdb of Postgres {program.major} failed in {home.path}: {_last_words(made.stdout)}"
        )
    with (home.unfinished / "postgresql.conf").open("a") as file:
        file.write("\ninclude '../crm.conf'\n")
    home.pin(program)
    home.unfinished.rename(home.data)


def _launch(home: Home, program: Binaries, user: ServerUser, handle: int) -> None:
    said_before = home.log.stat().st_size if home.log.exists() else 0
    started = _run(
        user,
        [
            program.program("pg_ctl"),
            "start",
            "--wait",
            f"--timeout={RECOVERY}",
            "--silent",
            f"--pgdata={home.data}",
            f"--log={home.log}",
        ],
        pass_fds=(handle,),
    )
    if started.returncode == 0 and _settle(home):
        return
    said = home.log.read_bytes()[said_before:].decode(errors="replace") if home.log.exists() else ""
    raise PostgresDidNotStart(
        f"Postgres {program.major} did not start on {home.data}: "
        f"{_last_words(said or started.stdout)} (see {home.log})"
    )


def _run(
    user: ServerUser, command: list[str], pass_fds: tuple[int, ...] = ()
) -> subprocess.CompletedProcess[str]:
    try:
        return user.run(command, timeout=RECOVERY + 30, pass_fds=pass_fds)
    except subprocess.TimeoutExpired as error:
        raise PostgresDidNotStart(
            f"{command[0]} did not come to an end in {error.timeout:.0f} s"
        ) from error


def _last_words(text: str) -> str:
    """The line that says why: the last fatal one, else the last one."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    fatal = [line for line in lines if re.search(r"\b(FATAL|PANIC|error):", line)]
    return (fatal or lines or ["it said nothing"])[-1]
