"""Runs the pipeline's lake part in children that are forked warm, and kills them where told.

Started once as a process of its own (`Runs`): what a run imports is imported only once, so that a
kill costs what the run costs. Which kill comes next is decided in `suite`.
"""

import json
import os
import select
import signal
import subprocess
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
from sqlalchemy.orm import configure_mappers

from crm_core.config import PROJECT


@dataclass(frozen=True)
class Order:
    """One run: of which installation, and how it ends."""

    var: str
    lake: str
    """Name of the database with the lake's catalogue."""
    project: str | None = None
    """The small dbt project; None is the real one, with its forecasts."""
    kill_at: str | None = None
    """A point and which passing of it: "merge.read#3"."""
    kill_in: str | None = None
    """An area; the run is killed so many seconds after it has entered that."""
    kill_after: float = 0.0
    broken: tuple[str, ...] = ()
    """Names of deliberate faults, see `broken`."""
    full: bool = False
    upkeep: bool = False
    """The lake's upkeep instead of a pipeline run."""
    wait: float = 60.0


@dataclass(frozen=True)
class Passed:
    """A named point as the run passed it."""

    name: str
    number: int
    at: float
    """Seconds since the run began."""

    @property
    def area(self) -> str:
        return self.name.partition(".")[0]

    def __str__(self) -> str:
        return f"{self.name}#{self.number}"


@dataclass(frozen=True)
class Ran:
    """How a run ended."""

    was_killed: bool
    seconds: float
    points: tuple[Passed, ...] = field(repr=False)
    error: str | None = None
    """The last line of what it said, when it failed by itself."""
    trace: str = field(default="", repr=False)
    publication: int | None = None

    @property
    def area(self) -> str:
        """Where it was last: the area of the last point it passed."""
        return self.points[-1].area if self.points else "start"

    @property
    def where(self) -> str:
        return str(self.points[-1]) if self.points else "start"


class Runs:
    """The process that forks; a context manager."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=PROJECT,
        )

    def start(self, order: Order) -> None:
        """Begins a run; `end` waits for it."""
        print(json.dumps(asdict(order)), file=self._pipe(self._process.stdin), flush=True)

    def end(self) -> Ran:
        """The run that was started, when it has ended."""
        line = self._pipe(self._process.stdout).readline()
        assert line, "the process that forks has died"
        held = json.loads(line)
        held["points"] = tuple(Passed(*each) for each in held["points"])
        return Ran(**held)

    def run(self, order: Order) -> Ran:
        """One run from beginning to end."""
        self.start(order)
        return self.end()

    @staticmethod
    def _pipe(pipe: IO[str] | None) -> IO[str]:
        assert pipe is not None
        return pipe

    def __enter__(self) -> "Runs":
        return self

    def __exit__(self, *error: object) -> None:
        self._process.communicate()


def _serve() -> None:
    _warm_up()
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a run prints must not look like an answer
    for line in sys.stdin:
        order = Order(**json.loads(line))
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            _child(order, writing)
        os.close(writing)
        print(json.dumps(_watch(child, reading, order)), file=answers, flush=True)
        os.close(reading)


def _warm_up() -> None:
    """Imports what a run imports, without starting a thread or opening anything."""
    from tests.integration.transforms.lake.crash import broken, company  # noqa: F401
    from transforms.forecasting import publish  # noqa: F401
    from transforms.lake import build, dbt_plan, door, extract, maintenance  # noqa: F401

    configure_mappers()
    pa.Table.from_pylist([], schema=pa.schema({}))  # looks whether pandas is there, and imports it


def _watch(child: int, reading: int, order: Order) -> dict[str, Any]:
    """Notes the points a run passes, and kills it when its time has come."""
    begun = time.monotonic()
    due = begun + order.kill_after if order.kill_in == "start" else None
    heard, points, last = b"", [], {}
    passings: Counter[str] = Counter()
    while True:
        left = None if due is None else max(0.0, due - time.monotonic())
        ready, _, _ = select.select([reading], [], [], left)
        if not ready:
            os.kill(child, signal.SIGKILL)
            due = None
            continue
        more = os.read(reading, 65536)
        if not more:
            break
        *lines, heard = (heard + more).split(b"\n")
        for line in lines:
            kind, _, said = line.decode().partition(" ")
            if kind != "point":
                last = json.loads(said)
                continue
            passings[said] += 1
            points.append((said, passings[said], time.monotonic() - begun))
            if due is None and order.kill_in == said.partition(".")[0]:
                due = time.monotonic() + order.kill_after
    _, status = os.waitpid(child, 0)
    was_killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    seconds = time.monotonic() - begun
    return {"was_killed": was_killed, "seconds": seconds, "points": points} | (
        {} if was_killed else last
    )


def _child(order: Order, pipe: int) -> None:
    """The run itself; never returns."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end: dict[str, Any] = {}
    code = 0
    try:
        _point_at(order)
        _tell_points(order, pipe)
        end["publication"] = _run(order)
    except BaseException as error:  # noqa: BLE001  whatever it is, the test wants to know
        line = getattr(error, "line", None)
        end["error"] = f"{type(error).__name__}: {line or error}"
        end["trace"] = "" if line else traceback.format_exc()
        code = 1
    os.write(pipe, f"end {json.dumps(end)}\n".encode())
    os._exit(code)


def _point_at(order: Order) -> None:
    from crm_core import config, database

    os.environ["CRM_VAR"] = order.var
    config.settings.cache_clear()
    named = database.database_name

    def database_name(name: str) -> str:
        return order.lake if name == "lake" else named(name)

    database.database_name = database_name


def _tell_points(order: Order, pipe: int) -> None:
    from tests.integration.transforms.lake.crash import broken
    from transforms.lake import crash

    passings: Counter[str] = Counter()
    acts: dict[str, list[Callable[[], None]]] = {}
    for name in order.broken:
        broken.BROKEN[name](acts)

    def point(name: str) -> None:
        passings[name] += 1
        os.write(pipe, f"point {name}\n".encode())
        for act in acts.get(name, ()):
            act()
        if order.kill_at == f"{name}#{passings[name]}":
            os.kill(os.getpid(), signal.SIGKILL)

    crash.point = point


def _run(order: Order) -> int | None:
    from crm_core import clock
    from tests.integration.transforms.lake.crash.company import forecast
    from tests.integration.transforms.lake.lake_rows import AT
    from transforms.lake.build import Published, run_build
    from transforms.lake.extract import run_extract
    from transforms.lake.maintenance import maintain
    from transforms.lake.writer import writing
    from transforms.results import write_results

    if order.upkeep:
        maintain(clock.now(), kept=1, days=timedelta(0), grace=timedelta(0), wait=order.wait)
        return None
    project = None if order.project is None else Path(order.project)
    with writing("pipeline", wait=order.wait):
        run_extract(order.full, at=AT)
        transform = write_results if project is None else forecast
        made = run_build(transform, force=order.full, at=AT, project_dir=project)
    return made.publication.id if isinstance(made, Published) else None


if __name__ == "__main__":
    _serve()
