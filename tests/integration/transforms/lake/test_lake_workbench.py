"""The analyst's SQL: what is refused, what is stopped, and what comes back."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from crm_core.security.permissions import Subject
from tests.integration.transforms.lake import query_forks
from tests.integration.transforms.lake.conftest import CANARY, PublishedLake
from tests.integration.transforms.lake.hostile import (
    CHANGING,
    COUNTING,
    EXTENSIONS,
    FILES,
    HARMLESS,
    HOSTILE,
    ONE,
    SETTINGS,
    STOPPED,
    TOO_LARGE,
    WRITING,
    WRONG,
)
from transforms.lake import workbench
from transforms.lake.door import find_door, open_door
from transforms.lake.errors import DoorRefused, QueryFailed, QueryRefused, QueryTooLarge
from transforms.lake.workbench import CHILD, request_of, rows_of, run_sql

ENDLESS = f"{COUNTING} select count(*) from r"

ATTACKS = {
    "select * from read_csv('/etc/passwd')": FILES,
    "select * from read_csv_auto('/etc/passwd')": FILES,
    "select * from read_text('/etc/passwd')": FILES,
    "select * from read_blob('/etc/shadow')": FILES,
    "select * from read_json('/etc/passwd')": FILES,
    "select * from read_parquet('/tmp/*.parquet')": FILES,
    "select * from parquet_metadata('/tmp/x.parquet')": FILES,
    "select * from sniff_csv('/etc/passwd')": FILES,
    "select * from glob('/*')": FILES,
    "from '/etc/passwd'": FILES,
    "from 'secrets.csv'": FILES,
    "from 'http://127.0.0.1:1/x.csv'": FILES,
    "select * from query('select * from read_text(''/etc/passwd'')')": FILES,
    "import database '/tmp/x'": FILES,
    "attach '/tmp/x.duckdb'": "Attaching databases is not allowed here",
    "attach ':memory:' as x": "Attaching databases is not allowed here",
    "detach lake": "Detaching databases is not allowed here",
    "copy marts.fct_bookings to '/tmp/x.csv'": WRITING,
    "copy (select 1) to '/dev/stdout'": WRITING,
    "export database '/tmp/x'": WRITING,
    "install httpfs": EXTENSIONS,
    "load httpfs": EXTENSIONS,
    "load '/tmp/x.duckdb_extension'": EXTENSIONS,
    "set threads = 64": SETTINGS,
    "set enable_external_access = true": SETTINGS,
    "reset lock_configuration": SETTINGS,
    "pragma threads = 64": SETTINGS,
    "pragma enable_profiling = 'json'": SETTINGS,
    "set variable x = 1": SETTINGS,
    "use memory": SETTINGS,
    "create secret s (type s3)": CHANGING,
    "create table t (i int)": CHANGING,
    "create temp table t (i int)": CHANGING,
    "create macro f(x) as x": CHANGING,
    "insert into marts.dim_dates values (null)": CHANGING,
    "update marts.fct_bookings set booked_amount = 0": CHANGING,
    "delete from marts.fct_bookings": CHANGING,
    "drop table marts.fct_bookings": CHANGING,
    "call enable_logging()": CHANGING,
    "checkpoint": CHANGING,
    "begin": CHANGING,
    "prepare p as select 1": CHANGING,
    "select 1; select 2": ONE,
    "select 1; attach ':memory:' as x": ONE,
    "  -- nothing": "There is no statement here",
}


@pytest.fixture
def analyst(published: PublishedLake) -> Subject:
    return published.acme.subjects["analyst"]


def test_rows_come_back_typed(analyst: Subject) -> None:
    found = run_sql(analyst, "select branch_code, sum(booked_amount) as amount"
                    " from marts.fct_bookings join lake.marts.dim_locations using"
                    " (access_location_id) group by 1 order by 1")  # fmt: skip
    assert found.to_dict(as_series=False) == {
        "branch_code": ["DTOR", "VANC"],
        "amount": [Decimal("4504.50"), Decimal("4504.50")],
    }


@pytest.mark.parametrize(
    "statement",
    ["show tables", "describe marts.fct_bookings", "explain select 1", "select 1 where false"],
)
def test_looking_around_is_allowed(analyst: Subject, statement: str) -> None:
    assert run_sql(analyst, statement).width > 0


def test_a_manager_counts_one_branch(published: PublishedLake) -> None:
    found = run_sql(
        published.acme.subjects["manager"],
        "select count(distinct location_id) from marts.dim_locations",
    )
    assert found.item() == 1


Ask = Callable[[Subject, str], pl.DataFrame]


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    """As `run_sql`, half a second for each, in forks of one process: a start of Python is dear."""
    forks = subprocess.Popen(
        [sys.executable, "-I", query_forks.__file__, str(CHILD)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={"PATH": os.defpath},
    )  # fmt: skip
    assert forks.stdin and forks.stdout

    def run(subject: Subject, sql: str) -> pl.DataFrame:
        assert forks.stdin and forks.stdout
        _, path, views = find_door(subject)
        request = request_of(path, sql)
        request["limits"] = {**request["limits"], "memory_limit": "200MB"}
        forks.stdin.write(json.dumps({"request": request, "seconds": 0.5}).encode() + b"\n")
        forks.stdin.flush()
        out = forks.stdout.read(int.from_bytes(forks.stdout.read(8), "little"))
        if not out:
            raise QueryFailed("The query was stopped: it needed more memory or time")
        return rows_of(out, views)

    yield run
    forks.stdin.close()
    assert forks.wait(timeout=20) == 0


@pytest.mark.parametrize("statement", ATTACKS)
def test_everything_but_reading_ones_rows_is_refused(
    analyst: Subject, ask: Ask, statement: str
) -> None:
    with pytest.raises(QueryRefused) as caught:
        ask(analyst, statement)
    assert caught.value.line.startswith(ATTACKS[statement])
    assert "e.g. marts.fct_bookings" in caught.value.line


def outcome_of(ask: Ask, subject: Subject, sql: str) -> tuple[str, str]:
    """What came of a statement, and everything it said."""
    try:
        rows = ask(subject, sql)
    except QueryRefused as error:
        return "refused", error.line
    except QueryTooLarge as error:
        return TOO_LARGE, error.line
    except QueryFailed as error:
        ended = error.line.startswith(("The query", "The process"))
        return (STOPPED if ended else WRONG), error.line
    return HARMLESS, str(rows.to_dict(as_series=False))


def is_as_expected(expected: str, outcome: str, said: str) -> bool:
    """Whether that may come of it; what is expected as a text is the refusal's."""
    if expected == HARMLESS:
        return outcome in (HARMLESS, STOPPED, TOO_LARGE)
    if expected == TOO_LARGE:  # a slow machine comes to the end of the time before that of the rows
        return outcome in (STOPPED, TOO_LARGE)
    if expected in (STOPPED, WRONG):
        return outcome == expected
    return outcome == "refused" and said.startswith(expected)


@pytest.mark.long
@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_statements_get_nowhere_and_harm_nobody(
    published: PublishedLake, analyst: Subject, ask: Ask, kind: str
) -> None:
    manager = published.acme.subjects["manager"]
    path = find_door(analyst)[1]
    question = "select count(*), sum(booked_amount) from marts.fct_bookings"
    with open_door(manager) as neighbour:
        before = neighbour.sql(question).rows()
        files = {each: each.stat().st_size for each in path.parent.iterdir()}
        surprises = []
        for sql, expected in HOSTILE[kind].items():
            outcome, said = outcome_of(ask, analyst, sql)
            said = said.replace(str(path), "their own door")  # the catalogue names the file
            secrets = [each for each in (CANARY, "root:", str(published.var)) if each in said]
            if secrets or not is_as_expected(expected, outcome, said):
                surprises.append((sql[:150], expected, outcome, said[:200], secrets))
        assert not surprises, "\n".join(map(str, surprises))
        assert neighbour.sql(question).rows() == before
    assert {each: each.stat().st_size for each in path.parent.iterdir()} == files
    assert not list(Path("/tmp").glob("crm-escaped*"))


def test_there_are_at_least_eight_of_each_of_ten_classes() -> None:
    assert len(HOSTILE) == 10 and min(map(len, HOSTILE.values())) >= 8
    assert sum(map(len, HOSTILE.values())) >= 100


@pytest.mark.parametrize(
    "statement",
    [
        "select count(*) from (select unnest(range(1000000000)))",
        "select list(i) from range(300000000) t(i)",
        "select max(length(lpad(i::varchar, 10000000, 'x'))) from range(100000) t(i)",
        ENDLESS,
    ],
)
def test_a_hostile_query_is_stopped(analyst: Subject, statement: str) -> None:
    with pytest.raises(QueryFailed, match=r"memory|stopped after 3 seconds"):
        run_sql(analyst, statement, seconds=3)
    assert run_sql(analyst, "select 1 as one").item() == 1


def test_computing_time_is_limited_too(analyst: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(workbench.LIMITS, "cpu_seconds", 1)
    with pytest.raises(QueryFailed, match="more memory or time"):
        run_sql(analyst, ENDLESS, seconds=60)


def test_large_results_are_refused(analyst: Subject) -> None:
    assert run_sql(analyst, "from range(5)", limit=5).height == 5
    with pytest.raises(QueryTooLarge, match="more than 5 rows"):
        run_sql(analyst, "from range(6)", limit=5)
    with pytest.raises(QueryTooLarge, match="larger than 64 MB"):
        run_sql(analyst, "select repeat('x', 10000) from range(9000)")


def test_wrong_sql_says_where(analyst: Subject) -> None:
    with pytest.raises(QueryFailed, match="nonsense"):
        run_sql(analyst, "select nonsense from marts.fct_bookings")
    with pytest.raises(QueryFailed, match="syntax error"):
        run_sql(analyst, "selec 1")


def test_a_role_without_the_warehouse_is_refused(published: PublishedLake) -> None:
    with pytest.raises(DoorRefused):
        run_sql(published.acme.subjects["driver"], "select 1")


def test_the_process_knows_no_secret_and_has_no_way_out(
    analyst: Subject, published: PublishedLake, tmp_path: Path
) -> None:
    path = find_door(analyst)[1]
    found = run_sql(analyst, "select value from duckdb_settings() where value like '%/%'")
    shown = " ".join(found["value"].to_list())
    assert str(published.var / "keys") not in shown
    before = set(path.parent.iterdir())
    with pytest.raises(QueryRefused):
        run_sql(analyst, f"copy (select 1) to '{tmp_path}/x.csv'")
    assert list(tmp_path.iterdir()) == []
    assert set(path.parent.iterdir()) == before
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(0.2)
        with pytest.raises(QueryRefused):
            run_sql(analyst, f"from 'http://127.0.0.1:{listener.getsockname()[1]}/x.csv'")
        with pytest.raises(TimeoutError):
            listener.accept()
