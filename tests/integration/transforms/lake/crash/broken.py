"""Deliberate faults, each a mistake one could make in the lake; the suite must find every one.

Each is put into a run's own process, and acts by itself or at a named point.
"""

import os
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from crm_core.database import server
from crm_core.postgres import ensure_running
from transforms.lake import extract, merge
from transforms.lake.catalogue import catalogue_session
from transforms.lake.merge import TableChange

Acts = dict[str, list[Callable[[], None]]]
"""What happens at a named point, before the run may be killed there."""

EARLY = """
insert into platform.publications overriding system value
select (jsonb_populate_record(p, jsonb_build_object(
  'id', nextval(pg_get_serial_sequence('platform.publications', 'id')),
  'lake_snapshot', (select max(snapshot_id) + 1 from ducklake.ducklake_snapshot),
  'generation', p.generation + 1))).*
from platform.publications p order by p.id desc limit 1
"""

FENCE = """
insert into lake.ops.fences by name
select * replace (id + 1 as id, ? as fence, generation + 1 as generation)
from lake.ops.fences order by id desc limit 1
"""


def fence_first(acts: Acts) -> None:
    """The fence is stored before the rows: those of a killed run are never asked for again."""
    made: list[Any] = []
    connect = extract.connect_writer

    def connect_writer(*args: Any, **options: Any) -> Any:
        made.append(connect(*args, **options))
        return made[-1]

    def store() -> None:
        connection = made[-1]
        fence = extract.source.read_state(connection).fence
        connection.execute(FENCE, [fence])
        connection.commit()
        connection.begin()

    extract.connect_writer = connect_writer
    acts["extract.fenced"] = [store]


def pointer_early(acts: Acts) -> None:
    """The pointer moves before the marts are committed."""

    def point() -> None:
        with catalogue_session() as session:
            session.execute(EARLY)

    acts["publish.written"] = [point]


def door_in_place(acts: Acts) -> None:
    """The file of a door is written under its own name."""
    named = Path.with_suffix

    def with_suffix(path: Path, suffix: str) -> Path:
        return path if re.search(r"\.draft$", suffix) else named(path, suffix)

    Path.with_suffix = with_suffix  # type: ignore[method-assign]


def no_tombstones(acts: Acts) -> None:
    """After a crash, what was deleted stays."""

    def bury(*args: Any, **options: Any) -> TableChange:
        return TableChange()

    merge.bury = bury


def merge_without_key(acts: Acts) -> None:
    """Rows that are read again are taken for new ones."""
    merge._on = lambda key: "false"


def restart_postgres(acts: Acts) -> None:
    """Not a mistake but bad luck: the server goes down at once, in the middle of a merge."""

    def restart() -> None:
        address = server()
        assert address.data_dir is not None
        pid = int((address.data_dir / "postmaster.pid").read_text().splitlines()[0])
        os.kill(pid, signal.SIGQUIT)
        while Path(f"/proc/{pid}").exists():
            time.sleep(0.05)
        ensure_running(address.data_dir.parents[1], fast=True)

    acts["merge.counted"] = [restart]


BROKEN: dict[str, Callable[[Acts], None]] = {
    made.__name__: made
    for made in (
        *(fence_first, pointer_early, door_in_place, no_tombstones, merge_without_key),
        restart_postgres,
    )
}
