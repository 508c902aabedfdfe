"""What the pipeline publishes about a network of which one branch loses work."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import duckdb
import pytest

from tests.unit.transforms.insight.network import ODD, manifest, marts
from transforms.insight.publish import TABLES, write_findings


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = marts()
    write_findings(connection, manifest(tmp_path_factory.mktemp("manifest")))
    yield connection
    connection.close()


def test_the_branch_that_loses_work_is_found_and_said(written: duckdb.DuckDBPyConnection) -> None:
    found = written.sql(
        "select first_on, last_on, is_current, direction, sentence, actual, expected"
        f" from transforms.findings where location_id = '{ODD}'"
        " and metric_name = 'jobs_completed' order by abs(sigmas) desc"
    ).fetchall()
    first, last, is_current, direction, sentence, actual, expected = found[0]
    assert (last, is_current, direction) == (date(2026, 10, 1), True, "down")
    assert date(2026, 7, 1) <= first <= date(2026, 9, 1)
    assert sentence.startswith("Jobs completed at Branch 2: ") and "below" in sentence
    assert actual < Decimal("0.8") * expected


def test_quiet_branches_stay_quiet(written: duckdb.DuckDBPyConnection) -> None:
    """Twenty-nine branches of three figures over a year: at most one alarm a branch and quarter."""
    others = written.sql(
        f"select count(*) from transforms.findings where location_id <> '{ODD}'"
    ).fetchall()[0][0]
    assert others <= 29 * 4


def test_moves_add_up_and_equal_the_figures(written: duckdb.DuckDBPyConnection) -> None:
    wrong = written.sql(
        "select * from transforms.kpi_moves where after_value - before_value <>"
        " calendar_effect + volume_effect + branch_effect + mix_effect + rate_effect"
    ).fetchall()
    assert wrong == []
    october = written.sql(
        "select client_id, sum(service_amount) from marts.fct_journeys"
        " where service_on between '2026-10-01' and '2026-10-31' group by all order by all"
    ).fetchall()
    told = written.sql(
        "select client_id, after_value from transforms.kpi_moves where location_id is null"
        " and metric_name = 'service_revenue' and compared = 'month before' order by all"
    ).fetchall()
    assert told == october
    assert written.sql("select distinct compared from transforms.kpi_moves").fetchall() != []


def test_five_tenants_and_six_branches_make_benchmarks(written: duckdb.DuckDBPyConnection) -> None:
    assert written.sql(
        "select metric_name, count(*), min(peers_count) from transforms.tenant_peers group by all"
    ).fetchall() == [("average_job_value", 12, 5)]
    assert written.sql(
        "select count(*), min(peers_count), bool_and(p25 <= p50 and p50 <= p75)"
        " from transforms.branch_peers"
    ).fetchall() == [(5 * 12, 6, True)]


def test_empty_marts_leave_empty_tables(tmp_path_factory: pytest.TempPathFactory) -> None:
    connection = marts()
    for (name,) in connection.sql("select table_name from duckdb_tables()").fetchall():
        connection.execute(f"delete from marts.{name}")
    write_findings(connection, manifest(tmp_path_factory.mktemp("manifest")))
    counts = [
        connection.sql(f"select count(*) from transforms.{name}").fetchall() for name in TABLES
    ]
    assert counts == [[(0,)]] * len(TABLES)
