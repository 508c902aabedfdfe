"""Under whose identity the server runs: it refuses to be root, and its files must be reachable.

Which server runs, and where, is decided elsewhere.
"""

import os
import pwd
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from crm_core.postgres.errors import PostgresNotAllowed

UNPRIVILEGED = ("postgres", "nobody")
# The server sees itself as `nobody`, the files stay those of the user outside.
NAMESPACE = ("unshare", "--user", "--map-user=65534", "--map-group=65534", "--")


@dataclass(frozen=True)
class ServerUser:
    """Owner of the data (`uid`, `gid`), and whether a user namespace hides that owner."""

    uid: int
    gid: int
    namespaced: bool

    def run(
        self, command: Sequence[str], *, timeout: float, pass_fds: Sequence[int] = ()
    ) -> subprocess.CompletedProcess[str]:
        """Runs a program to its end as this user, with an environment of our own."""
        other = self.uid != os.geteuid()
        return subprocess.run(
            [*(NAMESPACE if self.namespaced else ()), *command],
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            cwd="/",
            env=_environment(),
            timeout=timeout,
            pass_fds=pass_fds,
            user=self.uid if other else None,
            group=self.gid if other else None,
            extra_groups=[] if other else None,
            umask=0o077,
        )

    def reaches(self, folder: Path, program: str) -> bool:
        """Whether this user can enter the folder and run the program."""
        script = 'cd "$1" && exec "$2" --version'
        try:
            answer = self.run(["/bin/sh", "-c", script, "sh", str(folder), program], timeout=30)
        except (OSError, subprocess.SubprocessError):
            return False
        return answer.returncode == 0


def choose(folder: Path, data_owner: int | None, program: str) -> ServerUser:
    """Who runs `program` (a postgres) with data below `folder`.

    `data_owner` is the user id of existing data, which settles the identity; None for new data.
    Raises `PostgresNotAllowed`.
    """
    own = os.geteuid()
    if own != 0 and data_owner not in (None, own):
        raise PostgresNotAllowed(
            f"the Postgres data in {folder} belongs to user {data_owner}, not to {own}: "
            "run as that user, or choose another CRM_VAR"
        )
    for candidate in _candidates(folder, own, data_owner):
        if candidate.reaches(folder, program):
            return candidate
    raise PostgresNotAllowed(
        f"no unprivileged user may run {program} with data in {folder} (a folder above is closed, "
        "or user namespaces are refused): set CRM_DATABASE_URL, or set CRM_VAR to a folder "
        "others may enter"
    )


def _candidates(folder: Path, own: int, data_owner: int | None) -> Iterator[ServerUser]:
    if own != 0:
        yield from _as_user(own)
        return
    if data_owner is None:
        for name in UNPRIVILEGED:
            if _named(name):
                entry = pwd.getpwnam(name)
                yield ServerUser(entry.pw_uid, entry.pw_gid, namespaced=False)
        # Root at work in a person's closed home: that person can enter it.
        for parent in folder.parents:
            if parent.stat().st_uid != 0:
                yield from _as_user(parent.stat().st_uid)
    elif data_owner != 0:
        yield from _as_user(data_owner)
        return
    yield ServerUser(0, 0, namespaced=True)


def _as_user(uid: int) -> Iterator[ServerUser]:
    # initdb and postgres insist on an entry in the password file; in the namespace they are
    # `nobody`, who has one.
    try:
        yield ServerUser(uid, pwd.getpwuid(uid).pw_gid, namespaced=False)
    except KeyError:
        yield ServerUser(uid, os.getegid() if uid == os.geteuid() else uid, namespaced=True)


def _named(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _environment() -> dict[str, str]:
    # PGDATA, PGPORT, LC_* and the like of the caller must not change the server.
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    return {"PATH": os.defpath, **kept, "LC_ALL": "C", "TZ": "UTC"}
