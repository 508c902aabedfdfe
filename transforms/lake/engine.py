"""DuckDB instances: extensions from their wheels, limits, and the databases attached to them.

What is read and written through them is decided by the callers.
"""

import os
import re
import shutil
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from crm_core.config import settings
from crm_core.database import DatabaseRole, conninfo
from crm_core.security.secrets import secret
from transforms.lake.errors import ExtensionMissing, LakeUnreachable, NothingPublished

MASK_KEY = "lake-mask"
"""The secret of this installation under which values are hashed on their way to the lake."""
EXTENSIONS = ("postgres_scanner", "ducklake")
LAKE = "lake"
CORE = "core"
CATALOGUE_SCHEMA = "ducklake"
"""Where DuckLake keeps its own tables in the Postgres database of the lake."""

INLINED_ROWS = 50
"""Changes up to this size are kept in the catalogue instead of in a Parquet file of their own.

DuckLake 1.5.5 puts all inlined rows of a commit into one statement and replaces a mark per row in
it, each time copying the rest: quadratic. 30,000 rows took minutes of computing, 1,000 a blink.
"""

MEMORY_SHARE = 0.5
_instances = count(1)
_CONNECTIONS = re.compile(r'(at path \+ |at )?"[^"]*password=[^"]*"')
_SECRETS = re.compile(r"password=\S+")

# Every column that is looked up by the fence has an index; a planner that prefers to scan a small
# or freshly loaded table would read rows that did not change. The price it then computes for
# tables without an index would start the compiler, for nothing.
BY_INDEX = " -c enable_seqscan=off -c jit=off"

# A migration that waits for the extract's locks would hold up everybody behind it, and the extract
# behind a migration would hold its snapshot open.
PATIENCE = "-c lock_timeout=30s"


def extension_file(name: str) -> Path:
    """The extension inside its wheel, for this version of DuckDB; raises `ExtensionMissing`."""
    spec = find_spec(f"duckdb_extension_{name}")
    file = f"extensions/v{duckdb.__version__}/{name}.duckdb_extension"
    if spec and spec.origin and (path := Path(spec.origin).parent / file).exists():
        return path
    raise ExtensionMissing(
        f"the DuckDB extension {name} {duckdb.__version__} is not installed:"
        f" install duckdb-extension-{name.replace('_', '-')}=={duckdb.__version__}"
    )


def quoted(text: str) -> str:
    """A SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def memory_limit() -> str:
    """Half of the machine's memory, as DuckDB wants to be told."""
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return f"{int(physical * MEMORY_SHARE) // 2**20}MiB"


def scratch_dir() -> Path:
    """Where one instance may spill; DuckDB makes it when needed and removes it at the end."""
    return settings().var / "tmp" / f"duckdb-{os.getpid()}-{next(_instances)}"


def forget_scratch() -> None:
    """Removes what instances of killed processes have spilled."""
    for folder in (settings().var / "tmp").glob("duckdb-*"):
        if not _lives(int(folder.name.split("-")[1])):
            shutil.rmtree(folder, ignore_errors=True)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def connect_memory() -> DuckDBPyConnection:
    """A new instance in memory with the extensions loaded and nothing attached."""
    connection = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            # The wheels were checked by their hashes when they were installed. To check their
            # signatures on top costs half a second of computing for every instance.
            "allow_unsigned_extensions": True,
        },
    )
    for name in EXTENSIONS:
        connection.execute(f"load {quoted(str(extension_file(name)))}")
    connection.execute(f"set memory_limit = {quoted(memory_limit())}")
    connection.execute(f"set temp_directory = {quoted(str(scratch_dir()))}")
    # What takes longer than two seconds would draw a bar into the output of `--json`.
    connection.execute("set enable_progress_bar = false")
    # Instants print and truncate the same on every machine.
    connection.execute("set TimeZone = 'UTC'")
    return connection


def attach_lake(connection: DuckDBPyConnection, snapshot: int | None = None) -> None:
    """Attach the lake to read it, at one snapshot if given.

    Raises `LakeUnreachable`, and `NothingPublished` where no lake was ever made.
    """
    pinned = "" if snapshot is None else f", SNAPSHOT_VERSION {int(snapshot)}"
    try:
        _attach(connection, _lake_url(), LAKE, f"{_lake_options()}, READ_ONLY{pinned}")
    except LakeUnreachable as error:
        if "creating a new DuckLake is explicitly disabled" in str(error):
            raise NothingPublished("the lake is empty: run `crm pipeline run`") from None
        raise


def connect_writer() -> DuckDBPyConnection:
    """A new instance with the lake attached for writing; only under `writer.writing`."""
    forget_scratch()
    connection = connect_memory()
    attach_lake_to_write(connection)
    return connection


def attach_lake_to_write(connection: DuckDBPyConnection) -> None:
    """Attach the lake to an instance of which no other connection is in use."""
    settings().lake_dir.mkdir(parents=True, exist_ok=True)
    _attach(connection, _lake_url(), LAKE, _writer_options())


def lake_attachment() -> str:
    """The statement that attaches the lake for writing, for a peer that is measured beside us."""
    return f"attach {quoted(_lake_url())} as {LAKE} ({_writer_options()})"


def attach_core(connection: DuckDBPyConnection, *, by_index: bool) -> None:
    """Attach the core as the extract role; queries for changes go by the index of the fence.

    A full read must not: rows fetched one by one through an index cost several times a scan.
    """
    options = f"{PATIENCE} {_mask_options()}{BY_INDEX if by_index else ''}"
    target = f"{conninfo(DatabaseRole.EXTRACT)} options='{options}'"
    _attach(connection, target, CORE, "TYPE postgres, READ_ONLY")


def _mask_options() -> str:
    """The key under which the core's views hash what they show, for this connection alone.

    As the two padded blocks of HMAC-SHA256, which SQL cannot make of a key.
    """
    key = bytes.fromhex(secret(MASK_KEY)).ljust(64, b"\0")
    inner, outer = (bytes(byte ^ pad for byte in key).hex() for pad in (0x36, 0x5C))
    return f"-c crm.hash_inner={inner} -c crm.hash_outer={outer}"


def current_snapshot(connection: DuckDBPyConnection) -> int:
    """The number of the newest snapshot of the attached lake."""
    row = connection.execute(f"from ducklake_current_snapshot('{LAKE}')").fetchone()
    assert row is not None
    return int(row[0])


def _lake_url() -> str:
    # Upkeep that waits for a reader's transaction gives up: all others would wait behind it.
    return f"ducklake:postgres:{conninfo(DatabaseRole.LAKE, 'lake')} options='{PATIENCE}'"


def _writer_options() -> str:
    return f"{_lake_options()}, DATA_INLINING_ROW_LIMIT {INLINED_ROWS}"


def _lake_options() -> str:
    # The state folder may have been moved: files are named relative to it.
    return (
        f"DATA_PATH {quoted(str(settings().lake_dir))}, OVERRIDE_DATA_PATH true,"
        f" METADATA_SCHEMA '{CATALOGUE_SCHEMA}'"
    )


def _attach(connection: DuckDBPyConnection, target: str, name: str, options: str) -> None:
    try:
        connection.execute(f"attach {quoted(target)} as {name} ({options})")
    except duckdb.Error as error:
        raise LakeUnreachable(
            f"the database of the {name} could not be attached: {said(error)}: is it migrated,"
            " and does its server run?"
        ) from None


def said(error: Exception) -> str:
    """The first line of what DuckDB said, without the connection strings it likes to repeat."""
    line = next(iter(str(error).strip().splitlines()), type(error).__name__)
    return _SECRETS.sub("password=…", _CONNECTIONS.sub("", line))
