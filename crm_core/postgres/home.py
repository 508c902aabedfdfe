"""The folder `var/postgres` of an embedded cluster: paths, locks, pin and settings in it.

No process is started or asked here.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from crm_core.postgres.binaries import Binaries
from crm_core.postgres.errors import PostgresDidNotStart, PostgresNotAllowed, PostgresPinned

PORT = 5432
SUPERUSER = "crm_admin"
# Socket paths end at about 100 bytes and project folders may be deep, so the socket lives here,
# whatever TMPDIR says: every process must compute the same place.
SOCKETS = Path("/tmp")
LOG_LIMIT = 5_000_000  # bytes kept in server.log before a start puts it aside

# Minimal: no other server follows this one, so rows of a table begun in the same transaction are
# synced to disk at its commit instead of being written twice. As durable as with a full log.
SETTINGS = """\
# Written at every start by crm_core.postgres; changes made here are lost.
listen_addresses = ''
port = {port}
unix_socket_directories = '{socket_dir}'
unix_socket_permissions = 0700
max_connections = 100
shared_buffers = 256MB
max_wal_size = 2GB
wal_level = minimal
max_wal_senders = 0
track_io_timing = off
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
log_line_prefix = '%m [%p] %q%u@%d '
log_checkpoints = off
fsync = {durable}
full_page_writes = {durable}
synchronous_commit = {durable}
"""


@dataclass(frozen=True)
class Home:
    """Paths of one embedded cluster; `path` is absolute, without links."""

    path: Path

    @classmethod
    def below(cls, var: Path) -> "Home":
        return cls((var / "postgres").resolve())

    @property
    def data(self) -> Path:
        return self.path / "data"

    @property
    def unfinished(self) -> Path:
        """Where initdb works; becomes `data` in one step when it is done."""
        return self.path / "data.new"

    @property
    def pid_file(self) -> Path:
        return self.data / "postmaster.pid"

    @property
    def log(self) -> Path:
        return self.path / "log" / "server.log"

    @property
    def socket_dir(self) -> Path:
        """Where the server of the present data listens; the data must exist.

        The inode is part of the name: when a state folder is deleted under a running server and
        made again, the old server, when it notices and leaves, removes its own socket only.
        """
        name = os.fsencode(f"{self.data}:{self.data.stat().st_ino}")
        return SOCKETS / f"crm-postgres-{hashlib.sha256(name).hexdigest()[:16]}"

    @property
    def _pin(self) -> Path:
        return self.path / "cluster.json"

    @contextmanager
    def turn(self) -> Iterator[None]:
        """One process at a time may start or stop the server; the others wait here."""
        try:
            if not self.path.exists():
                self.path.mkdir(parents=True, exist_ok=True)
                self.path.chmod(0o755)  # whatever the umask: the server's user passes through
            handle = os.open(self.path / "turn.lock", os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise PostgresNotAllowed(
                f"cannot write in {self.path} ({error.strerror}): make it yours, "
                "or choose another CRM_VAR"
            ) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def claim(self) -> int | None:
        """A descriptor holding the data, to be handed to the server, or None while one holds it.

        The lock lives as long as the last process of the server, also after its main process was
        killed, and is seen from other containers, where process ids mean nothing.
        """
        handle = os.open(self.path / "server.lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return None
        return handle

    def pinned(self) -> Binaries | None:
        """What the data was made with; None without data. Raises `PostgresPinned`."""
        if not self.data.exists():
            return None
        try:
            pin = json.loads(self._pin.read_text())
            return Binaries(pin["source"], int(pin["major"]), Path(pin["bin_dir"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise PostgresPinned(
                f"{self._pin} does not say which Postgres made {self.data}: restore it, "
                "or choose another CRM_VAR"
            ) from error

    def pin(self, binaries: Binaries) -> None:
        """Writes beside the data what it is made with."""
        pin = {
            "source": binaries.source,
            "major": binaries.major,
            "bin_dir": str(binaries.bin_dir),
        }
        fresh = self._pin.with_suffix(".new")
        fresh.write_text(json.dumps(pin, indent=1) + "\n")
        fresh.replace(self._pin)

    def write_settings(self, *, fast: bool) -> None:
        """The file that `postgresql.conf` includes; `fast` gives up surviving a power cut."""
        # Beside the data and not in it: the server's user must not be able to redirect our write.
        settings = self.path / "crm.conf"
        settings.write_text(
            SETTINGS.format(port=PORT, socket_dir=self.socket_dir, durable="off" if fast else "on")
        )
        settings.chmod(0o644)

    def make_socket_dir(self, uid: int, gid: int) -> None:
        """An empty folder only `uid` (and root) can enter; raises `PostgresDidNotStart`."""
        folder = self.socket_dir
        try:
            folder.mkdir(mode=0o700)
            os.chown(folder, uid, gid, follow_symlinks=False)
        except FileExistsError:
            found = folder.lstat()
            if folder.is_symlink() or not folder.is_dir() or found.st_uid != uid:
                raise PostgresDidNotStart(
                    f"{folder} is in the way and is not ours: remove it and try again"
                ) from None
        folder.chmod(0o700)
        for leftover in folder.iterdir():
            leftover.unlink()

    def put_long_log_aside(self) -> None:
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_name("server.log.1"))
