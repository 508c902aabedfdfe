"""One process with DuckDB loaded that answers every statement in a fork of itself.

What `transforms.lake.workbench` does, without a start of Python for each. Stands alone, like the
process it imitates: argument 1 is the path of `workbench_child`; one JSON request per line, each
answered by its length and its bytes.
"""

import importlib.util
import json
import os
import select
import signal
import sys
import tempfile
import time
from typing import Any


def main() -> None:
    spec = importlib.util.spec_from_file_location("workbench_child", sys.argv[1])
    assert spec and spec.loader
    child = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(child)
    # Once, for all forks.
    import duckdb  # noqa: F401
    import pyarrow  # noqa: F401

    for line in sys.stdin:
        request = json.loads(line)
        out = ask(child, request["request"], request["seconds"])
        sys.stdout.buffer.write(len(out).to_bytes(8, "little") + out)
        sys.stdout.buffer.flush()


def ask(child: Any, request: dict[str, Any], seconds: float) -> bytes:
    """What the fork wrote; nothing when it was killed or died."""
    with tempfile.TemporaryDirectory(prefix="crm-query-") as private:
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.setsid()
            os.chdir(private)
            os.environ["HOME"] = private
            os.dup2(writing, 1)
            os.close(reading)
            os.dup2(os.open(os.devnull, os.O_RDWR), 2)
            try:
                child.answer(request)
            finally:
                os._exit(0)
        os.close(writing)
        try:
            return collected(reading, time.monotonic() + seconds)
        finally:
            os.close(reading)
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def collected(reading: int, until: float) -> bytes:
    """Everything until the end, or nothing when that does not come in time."""
    parts = []
    while (left := until - time.monotonic()) > 0:
        if not select.select([reading], [], [], left)[0]:
            break
        part = os.read(reading, 1 << 20)
        if not part:
            return b"".join(parts)
        parts.append(part)
    return b""


if __name__ == "__main__":
    main()
