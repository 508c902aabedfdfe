"""`crm bench ingest`: the core into the lake, beside the floor of all reading and two peers.

The core is simulated into a scratch database, or a copy of this installation's; the lake is a
scratch one beside it. Every turn runs in a process of its own, so that its memory can be told.
Small loads are in `orchestration.bench_changes`.
"""

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql

from crm_core import config
from crm_core.config import PROJECT, settings
from crm_core.database import DatabaseRole, database_name, server
from crm_core.errors import CrmError
from crm_core.migrations.access import lake_columns, raw_tables
from crm_core.simulation.command import companies_of, write_companies
from crm_core.simulation.network import plan
from orchestration.bench_core import scratch_database
from orchestration.measure import Calibration, Figure, calibrate
from transforms.lake.engine import EXTENSIONS, extension_file, lake_attachment
from transforms.lake.extract import run_extract

UNTIL, SEED = date(2026, 11, 20), 7
ROUNDS = {"S": 3, "M": 2, "L": 1}
PEERS = PROJECT / "tests" / "peers" / "ingest.py"
LEAST = {"copy": 0.5, "plain": 0.8, "dlt": 4.0}
"""The least share of a peer's speed that ours may have."""
NAMES = {
    "copy": "binary COPY to nowhere",
    "plain": "DuckDB's copy into the same lake",
    "dlt": "dlt into DuckDB",
}
MOST_MEMORY = 2048.0
GET_DLT = (
    "dlt is no part of the environment: pip install dlt connectorx into a copy of it to compare"
)
OURS = "from orchestration.bench_ingest import load; load()"


class PeerFailed(CrmError):
    """A contender of the comparison ended with an error."""


@dataclass(frozen=True)
class Turn:
    """One full load by one contender."""

    seconds: float
    peak_mib: float


def bench_ingest(scale: str, tell: Callable[[str], None], *, here: bool) -> Iterator[Figure]:
    """Figures of the full load; `here` copies this installation's core instead of simulating."""
    machine = calibrate()
    with scratch_core(scale, tell, here=here) as superuser:
        rows = _rows(superuser)
        tell(f"{rows:,} rows in {len(raw_tables())} tables")
        wanted = ["copy", "plain"]
        if _has_dlt():
            wanted.append("dlt")
        else:
            tell(GET_DLT)
        turns = _race(wanted, ROUNDS[scale], tell)
    yield from _figures(rows, turns, machine)


def load() -> None:
    """Our turn: prints its seconds and its peak memory as JSON."""
    started = time.perf_counter()
    run_extract(full=True)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps({"seconds": seconds, "peak_mib": peak}))


@contextmanager
def scratch_core(
    scale: str, tell: Callable[[str], None], *, here: bool
) -> Iterator[psycopg.Connection]:
    """A core and an empty lake of our own, dropped again; yields the superuser's connection."""
    original, address = database_name("crm"), server()
    with tempfile.TemporaryDirectory(prefix="bench-", dir=settings().var) as folder:
        var = Path(folder)
        shutil.copytree(settings().keys_dir, var / "keys")
        with _environment(CRM_VAR=str(var), CRM_DATABASE_URL=_url(database="postgres")):
            assert server().host == address.host
            with scratch_database() as superuser:
                if here:
                    tell("copying the core of this installation")
                    _copy_core(original)
                    with psycopg.connect(
                        server().conninfo(database_name("crm")), autocommit=True
                    ) as fresh:
                        fresh.execute("vacuum analyze")
                        yield fresh
                else:
                    tell(f"simulating scale {scale}")
                    wanted = plan(scale, SEED, UNTIL)
                    write_companies(companies_of(wanted), wanted.as_of)
                    superuser.execute("vacuum analyze")
                    yield superuser


@contextmanager
def _environment(**values: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    config.settings.cache_clear()
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
        config.settings.cache_clear()


def _url(database: str, scheme: str = "postgresql") -> str:
    address = server()
    password = f":{quote(address.password)}" if address.password else ""
    options = "".join(f"&{name}={quote(value)}" for name, value in address.options)
    return (
        f"{scheme}://{address.superuser}{password}@/{database}"
        f"?host={quote(address.host, safe='')}&port={address.port}{options}"
    )


def _empty() -> list[str]:
    asked = " union all ".join(
        f"select '{table.name}' where not exists (select from {table.fullname})"
        for table in raw_tables()
    )
    with psycopg.connect(server().conninfo(database_name("crm"))) as connection:
        return [name for (name,) in connection.execute(asked.encode()).fetchall()]


def _connectorx(database: str) -> str:
    """The same address as ConnectorX wants it: the folder of the socket as the host."""
    address = server()
    password = f":{quote(address.password)}" if address.password else ""
    host = quote(address.host, safe="")
    return f"postgresql://{address.superuser}{password}@{host}:{address.port}/{database}"


def _copy_core(original: str) -> None:
    copy = sql.Identifier(database_name("crm"))
    with psycopg.connect(server().conninfo("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("drop database {} with (force)").format(copy))
        connection.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = %s",
            [original],
        )
        connection.execute(
            sql.SQL("create database {} template {} strategy file_copy").format(
                copy, sql.Identifier(original)
            )
        )
        roles = sql.SQL(", ").join(sql.Identifier(role.value) for role in DatabaseRole)
        connection.execute(sql.SQL("grant connect on database {} to {}").format(copy, roles))


def _rows(superuser: psycopg.Connection) -> int:
    tables = [sql.Identifier("core", table.name) for table in raw_tables()]
    counts = [sql.SQL("(select count(*) from {})").format(table) for table in tables]
    row = superuser.execute(sql.SQL("select {}").format(sql.SQL(" + ").join(counts))).fetchone()
    assert row is not None
    return int(row[0])


def _has_dlt() -> bool:
    tried = [sys.executable, "-c", "import dlt, connectorx"]
    return subprocess.run(tried, capture_output=True, check=False).returncode == 0


def _race(peers: list[str], rounds: int, tell: Callable[[str], None]) -> dict[str, list[Turn]]:
    """Ours and the peers in turns, after one turn each that only warms up; dlt is not warmed."""
    turns: dict[str, list[Turn]] = {name: [] for name in ("ours", *peers)}
    for number in range(rounds + 1):
        for name, done in turns.items():
            if number == 0 and name == "dlt":
                continue
            turn = _turn(name)
            tell(f"{NAMES.get(name, 'ours')}: {turn.seconds:.1f} s, {turn.peak_mib:.0f} MiB")
            if number:
                done.append(turn)
            if name != "ours":
                # What the checkpoint has to write must not fall on the next one's turn.
                _checkpoint()
    return turns


def _turn(name: str) -> Turn:
    is_ours = name == "ours"
    command = [sys.executable, "-c", OURS] if is_ours else [sys.executable, str(PEERS), name]
    with tempfile.TemporaryDirectory(prefix="peer-", dir=settings().var) as folder:
        done = subprocess.run(
            command,
            input=json.dumps(_job(folder)),
            capture_output=True,
            text=True,
            cwd=PROJECT,
            env=os.environ | {"PYTHONPATH": str(PROJECT), "RUNTIME__DLTHUB_TELEMETRY": "false"},
            check=False,
        )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it says nothing"])[-1]
        raise PeerFailed(f"{NAMES.get(name, 'our load')} failed: {last}")
    return Turn(**json.loads(done.stdout.strip().splitlines()[-1]))


def _checkpoint() -> None:
    with psycopg.connect(server().conninfo("postgres"), autocommit=True) as connection:
        connection.execute("checkpoint")


def _job(folder: str) -> dict[str, Any]:
    """What a peer needs to know; as the superuser, whom no policy slows down."""
    kept = {table.name: lake_columns(table) for table in raw_tables()}
    unread = {
        table.name: [c.name for c in table.columns if str(c.type) in {"ARRAY", "xid8"}]
        for table in raw_tables()
    }
    core = database_name("crm")
    return {
        "conninfo": server().conninfo(core),
        "url": _url(core, "postgresql+psycopg2"),
        "connectorx": _connectorx(core),
        "tables": kept,
        "unread": unread,
        "empty": _empty(),
        "keys": {t.name: [c.name for c in t.primary_key] for t in raw_tables()},
        "folder": folder,
        "extensions": [str(extension_file(name)) for name in EXTENSIONS],
        "attach_lake": lake_attachment(),
    }


def _figures(rows: int, turns: dict[str, list[Turn]], machine: Calibration) -> Iterator[Figure]:
    """More is better here, so a limit is the least ratio of the rates."""
    seconds = {name: statistics.median(t.seconds for t in done) for name, done in turns.items()}
    ours = rows / seconds["ours"]
    for name, least in LEAST.items():
        if name in seconds:
            ratio = round(seconds[name] / seconds["ours"], 2)
            yield Figure(
                figure=f"full load against {NAMES[name]}",
                unit="rows/s",
                measured=round(ours),
                peer=round(rows / seconds[name]),
                ratio=ratio,
                limit=least,
                is_met=ratio >= least,
                calibration=machine,
            )
    peak = max(turn.peak_mib for turn in turns["ours"])
    yield Figure(
        figure="full load, peak memory",
        unit="MiB",
        measured=round(peak),
        limit=MOST_MEMORY,
        is_met=peak <= MOST_MEMORY,
        calibration=machine,
    )
