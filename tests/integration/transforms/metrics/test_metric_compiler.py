"""The contract with MetricFlow: what we rely on in the SQL it writes."""

import re
import shutil
from pathlib import Path

import pytest

from transforms.metrics.compiler import (
    KEPT,
    Condition,
    Dialect,
    Shape,
    compile_shape,
    with_literals,
    with_names,
)
from transforms.metrics.period import Grain

BOOKINGS = Shape(
    components=("booked_amount", "booking_lead_time", "bookings"),
    finest=Grain.DAY,
    grain=Grain.MONTH,
    by=("location", "booking__source"),
    where=(Condition("booking__source", 2, False), Condition("location", 1, True)),
)


def tables(sql: str) -> list[str]:
    """Every relation the SQL reads, as written."""
    return re.findall(r'"\w+"\."\w+"(?:\."\w+")?', sql)


def test_components_of_one_mart_and_date_are_one_scan(parsed: Path) -> None:
    sql = compile_shape(parsed, Dialect.DOOR, BOOKINGS)
    assert tables(sql) == ['"lake"."marts"."fct_bookings"']
    for column in ("metric_time__month", "location", "booking__source", *BOOKINGS.components):
        assert re.search(rf"\b{column}\b", sql)


def test_values_are_parameters_in_order(parsed: Path) -> None:
    sql = compile_shape(parsed, Dialect.DOOR, BOOKINGS)
    assert re.findall(r"\$\d", sql) == ["$1", "$2", "$3", "$4", "$5"]
    assert "metric_time__day >= $1 and metric_time__day < $2" in sql
    assert "booking__source in ($3, $4)" in sql
    assert "location in ($5) or location is null" in sql


def test_dimensions_of_a_branch_come_from_one_left_join(parsed: Path) -> None:
    shape = Shape(("new_leads",), Grain.DAY, by=("location__province",))
    sql = compile_shape(parsed, Dialect.DOOR, shape)
    assert tables(sql) == ['"lake"."marts"."fct_leads"', '"lake"."marts"."dim_locations"']
    assert sql.count("LEFT OUTER JOIN") == sql.count("JOIN") == 1


def test_a_state_takes_the_last_day_per_branch_and_bucket(parsed: Path) -> None:
    shape = Shape(("receivables",), Grain.DAY, grain=Grain.MONTH, by=("location",))
    sql = compile_shape(parsed, Dialect.DOOR, shape)
    assert "MAX(as_of_on__day)" in sql
    assert "coalesce(location_id, '') AS receivables_branch" in sql


def test_the_live_dialect_reads_the_views_on_the_core(parsed: Path) -> None:
    shape = Shape(("jobs_today",), Grain.DAY, by=("location",))
    sql = compile_shape(parsed, Dialect.LIVE, shape)
    assert tables(sql) == ['"live"."fct_journeys_today"']
    assert "%(p1)s" in with_names(sql)
    assert "$" not in with_names(sql)


def test_a_shape_is_compiled_once(parsed: Path) -> None:
    first = compile_shape(parsed, Dialect.DOOR, BOOKINGS)
    hits = compile_shape.cache_info().hits
    assert compile_shape(parsed, Dialect.DOOR, BOOKINGS) is first
    assert compile_shape.cache_info().hits == hits + 1


def test_no_comment_of_the_compiler_is_left(parsed: Path) -> None:
    assert "--" not in compile_shape(parsed, Dialect.DOOR, BOOKINGS)


@pytest.mark.parametrize("value", ["O'Brien", "x' or '1'='1"])
def test_literals_are_quoted(value: str) -> None:
    doubled = value.replace("'", "''")
    assert with_literals("a = $1 and b = $2", (value, True)) == f"a = '{doubled}' and b = true"


def test_what_was_written_is_kept_for_other_processes(parsed: Path, tmp_path: Path) -> None:
    own = shutil.copy(parsed, tmp_path / parsed.name)
    sql = compile_shape(Path(own), Dialect.DOOR, BOOKINGS)
    assert sql == compile_shape(parsed, Dialect.DOOR, BOOKINGS)
    (kept,) = (tmp_path / KEPT).iterdir()
    assert kept.read_text() == sql
    kept.write_text("select 1")
    assert compile_shape(Path(own), Dialect.DOOR, BOOKINGS) == sql
    compile_shape.cache_clear()
    assert compile_shape(Path(own), Dialect.DOOR, BOOKINGS) == "select 1"
    compile_shape(Path(own), Dialect.LIVE, BOOKINGS)
    assert len(list((tmp_path / KEPT).iterdir())) == 2
