"""The process in which the SQL of people runs: one door, one statement, hard limits, no network.

Stands alone (nothing of ours is imported, no setting is read): the parent is `workbench`. Reads
one JSON request from standard input; writes one JSON line, then the result as an Arrow stream.
"""

import ctypes
import json
import os
import re
import resource
import signal
import sys
from typing import Any, NoReturn

CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
THREADS = 2
NICE = 10
"""How much longer than everybody's pages a query waits for the processor."""

PR_SET_PDEATHSIG = 1
PR_SET_NO_NEW_PRIVS = 38

TOO_MUCH_MEMORY = "The query needs more memory than a query here may use: read less at once"
A_FILE = re.compile(
    r"Table with name \S*(/|\.(csv|parquet|json|txt|db|duckdb)\b)\S* does not exist"
)

READABLE = frozenset({"SELECT"})
REFUSALS = {
    "ATTACH": "Attaching databases is not allowed here",
    "DETACH": "Detaching databases is not allowed here",
    "COPY": "Writing files is not allowed here",
    "COPY_DATABASE": "Writing files is not allowed here",
    "EXPORT": "Writing files is not allowed here",
    "LOAD": "Installing and loading extensions is not allowed here",
    "UPDATE_EXTENSIONS": "Installing and loading extensions is not allowed here",
    "SET": "Changing settings is not allowed here",
    "VARIABLE_SET": "Changing settings is not allowed here",
    "PRAGMA": "Changing settings is not allowed here",
}


def main() -> None:
    """Answers one request and ends."""
    answer(json.load(sys.stdin))


def answer(request: dict[str, Any]) -> None:
    """Writes what came of the statement to standard output, behind all limits."""
    cut_off(request["limits"])
    # After the limits: nothing of this may start what they forbid.
    import duckdb

    try:
        batches = run(duckdb, request)
    except duckdb.Error as error:
        fail(*kind_of(duckdb, error))
    except MemoryError:
        fail("failed", TOO_MUCH_MEMORY)
    import pyarrow as pa

    table = pa.Table.from_batches(batches[1:], schema=batches[0])
    out = sys.stdout.buffer
    out.write(json.dumps({"kind": "rows"}).encode() + b"\n")
    with pa.ipc.new_stream(out, table.schema) as stream:
        stream.write_table(table)
    out.flush()


def run(duckdb: Any, request: dict[str, Any]) -> list[Any]:
    """The schema of the result and its batches, at most the allowed rows and bytes."""
    connection = duckdb.connect(
        ":memory:", config={"threads": THREADS, "memory_limit": request["limits"]["memory_limit"]}
    )
    door = request["door"].replace("'", "''")
    connection.execute(f"attach '{door}' as lake (read_only)")
    connection.execute("use lake")
    for statement in request["locked"]:
        connection.execute(statement)
    statements = connection.extract_statements(request["sql"])
    require_one(statements)
    kind = statements[0].type.name
    if kind == "EXPLAIN":
        # EXPLAIN ANALYZE carries out what it explains.
        kind = kind_explained(duckdb, connection, request["sql"])
    if kind not in READABLE:
        fail("refused", REFUSALS.get(kind, "Changing anything is not allowed here"))
    # The threads of DuckDB are there by now.
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    reader = connection.execute(statements[0]).to_arrow_reader(10_000)
    batches, rows, size = [reader.schema], 0, 0
    for batch in reader:
        rows, size = rows + batch.num_rows, size + batch.nbytes
        if rows > request["limit"]:
            fail("too_large", f"The result has more than {request['limit']:,} rows")
        if size > request["limits"]["bytes"]:
            fail("too_large", f"The result is larger than {request['limits']['bytes'] >> 20} MB")
        batches.append(batch)
    return batches


def require_one(statements: list[Any]) -> None:
    """Ends the process unless there is exactly one statement."""
    if not statements:
        fail("refused", "There is no statement here")
    if len(statements) > 1:
        fail("refused", "Only one statement at a time is allowed here")


def kind_explained(duckdb: Any, connection: Any, sql: str) -> str:
    """The kind of the statement behind EXPLAIN; UNKNOWN where there is no telling."""
    starts = [at for at, kind in duckdb.tokenize(sql) if kind != duckdb.token_type.comment]
    # Past the word itself, what it may say about itself in brackets, and ANALYZE.
    for at in starts[1:]:
        rest = sql.encode()[at:].decode(errors="replace")
        try:
            return str(connection.extract_statements(rest)[0].type.name)
        except (duckdb.Error, IndexError):
            continue
    return "UNKNOWN"


def kind_of(duckdb: Any, error: Exception) -> tuple[str, str]:
    """What an error of DuckDB is to the person who asked."""
    text = str(error).strip()
    if isinstance(error, duckdb.PermissionException) or A_FILE.search(text):
        return "refused", "Reading files is not allowed here"
    if isinstance(error, duckdb.OutOfMemoryException) or "bad_alloc" in text:
        return "failed", TOO_MUCH_MEMORY
    return "failed", text


def cut_off(limits: dict[str, int]) -> None:
    """Takes away network, files, processes, and all but some memory and time."""
    os.nice(NICE)
    libc = ctypes.CDLL(None, use_errno=True)
    if sys.platform == "linux":
        # Where the system does not allow it, DuckDB's own lock is what remains.
        libc.unshare(CLONE_NEWUSER | CLONE_NEWNET)
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    for name, soft in (
        (resource.RLIMIT_CPU, limits["cpu_seconds"]),
        (resource.RLIMIT_AS, limits["address_space"]),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        resource.setrlimit(name, (soft, soft))


def fail(kind: str, message: str) -> NoReturn:
    """Answers with a refusal or an error, and ends."""
    sys.stdout.buffer.write(json.dumps({"kind": kind, "message": message}).encode() + b"\n")
    sys.stdout.buffer.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
