"""The one place that speaks to MetricFlow: components and a shape in, SQL with parameters out.

MetricFlow sees the semantic manifest alone: no adapter, no connection. Running the SQL and
arithmetic over its columns are elsewhere.
"""

import json
import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from enum import Enum
from functools import cache, lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, cast

from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest
from metricflow.protocols.sql_client import SqlClient, SqlEngine
from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer
from metricflow.sql.render.postgres import PostgresSQLSqlPlanRenderer
from metricflow.sql.render.sql_plan_renderer import SqlPlanRenderer
from metricflow_semantics.model.dbt_manifest_parser import (
    parse_manifest_from_dbt_generated_manifest,
)
from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

from transforms.metrics.catalogue import LOCATION, mart_of
from transforms.metrics.definitions import Manifest, own_manifest, read_manifest
from transforms.metrics.period import Grain


class Dialect(Enum):
    """The engine that will run the SQL."""

    DOOR = "door"
    """DuckDB: a door's file, attached as `lake`."""
    LIVE = "live"
    """Postgres: the views of schema `live` on the core."""

    def relation(self, mart: str) -> str:
        """The quoted name of a mart (schema and table) in this engine."""
        schema, table = mart.split(".")
        return f'"lake"."{schema}"."{table}"' if self is Dialect.DOOR else f'"live"."{table}"'


@dataclass(frozen=True)
class Condition:
    """The form of a filter: how many values it compares with, and whether it takes null too."""

    dimension: str
    """As MetricFlow names it."""
    values: int
    or_null: bool


@dataclass(frozen=True)
class Shape:
    """Everything about a query but its values; all components share mart and time column.

    The SQL takes as parameters: first day, day after the last, then the values of the conditions
    in order.
    """

    components: tuple[str, ...]
    finest: Grain
    """The grain of the components' own time column."""
    grain: Grain | None = None
    by: tuple[str, ...] = ()
    """As MetricFlow names them."""
    where: tuple[Condition, ...] = ()

    @property
    def time_key(self) -> str | None:
        """The output column of the time bucket."""
        return f"metric_time__{self.grain}" if self.grain else None


class _NoClient:
    """Stands where MetricFlow wants a connection: it only lends its renderer."""

    def __init__(self, dialect: Dialect) -> None:
        self._live = dialect is Dialect.LIVE

    @property
    def sql_engine_type(self) -> SqlEngine:
        return SqlEngine.POSTGRES if self._live else SqlEngine.DUCKDB

    @property
    def sql_plan_renderer(self) -> SqlPlanRenderer:
        return PostgresSQLSqlPlanRenderer() if self._live else DuckDbSqlPlanRenderer()


# A date is the first instant of its day: to cut it off again would hide from DuckDB which parts of
# a file hold none of the days asked for.
_DAYS = re.compile(r"DATE_TRUNC\('day', ((?:\w+\.)?\w+_on)\)")

# MetricFlow numbers its aliases from one global counter: one compilation at a time.
_lock = Lock()


@lru_cache(maxsize=4096)
def compile_shape(manifest: Path, dialect: Dialect, shape: Shape) -> str:
    """The SQL of a shape; its columns carry the names of components, `by` and `time_key`.

    The same shape is compiled once per set of definitions and engine, whoever asks.
    """
    request = MetricFlowQueryRequest.create(
        metric_names=shape.components,
        group_by_names=[name for name in (shape.time_key, *shape.by) if name],
        where_constraints=_conditions(shape),
    )
    with _lock:
        sql = _engine(manifest, dialect).explain(request).sql_statement.sql
    written = "\n".join(line for line in sql.splitlines() if not line.lstrip().startswith("--"))
    return _DAYS.sub(r"\1", written) if dialect is Dialect.DOOR else written


def prepare(dialect: Dialect) -> bool:
    """Reads this project's definitions where they were compiled before; whether they were.

    It takes a second, which the first question would take otherwise.
    """
    manifest = own_manifest()
    if manifest is None:
        return False
    with _lock:
        _engine(manifest, dialect)
    return True


def _conditions(shape: Shape) -> list[str]:
    day = f"{{{{ TimeDimension('metric_time', '{shape.finest}') }}}}"
    written = [f"{day} >= $1 and {day} < $2"]
    number = 2
    for condition in shape.where:
        kind = "Entity" if condition.dimension == LOCATION else "Dimension"
        column = f"{{{{ {kind}('{condition.dimension}') }}}}"
        marks = ", ".join(f"${number + 1 + n}" for n in range(condition.values))
        number += condition.values
        one_of = [f"{column} in ({marks})"] if condition.values else []
        written.append(" or ".join([*one_of, *([f"{column} is null"] * condition.or_null)]))
    return written


@cache
def _engine(manifest: Path, dialect: Dialect) -> MetricFlowEngine:
    parsed = parse_manifest_from_dbt_generated_manifest(
        json.dumps(_relocated(read_manifest(manifest), dialect))
    )
    return MetricFlowEngine(
        SemanticManifestLookup(parsed),
        # Six methods of the protocol run SQL; compiling calls none of them.
        cast(SqlClient, _NoClient(dialect)),
    )


def _relocated(manifest: Manifest, dialect: Dialect) -> Manifest:
    """The manifest with every relation named as `dialect` knows it, wherever dbt built it."""
    moved = deepcopy(manifest)
    spines = moved["project_configuration"]["time_spines"]
    for place in [holder["node_relation"] for holder in [*moved["semantic_models"], *spines]]:
        name = dialect.relation(mart_of(place["alias"]))
        place.update(_named(name, place["alias"]))
    return moved


def _named(relation: str, alias: str) -> Mapping[str, Any]:
    names = [part.strip('"') for part in relation.split(".")]
    database = names[0] if len(names) == 3 else None
    return {
        "relation_name": relation,
        "database": database,
        "schema_name": names[-2],
        "alias": alias,
    }


_MARK = re.compile(r"\$(\d+)")


def with_literals(sql: str, params: tuple[object, ...]) -> str:
    """The SQL with its parameters written in, for people to read and to run themselves."""

    def literal(found: re.Match[str]) -> str:
        value = params[int(found[1]) - 1]
        if isinstance(value, bool):
            return "true" if value else "false"
        escaped = str(value).replace("'", "''")
        return f"'{escaped}'"

    return _MARK.sub(literal, sql)


def with_names(sql: str) -> str:
    """The SQL as psycopg wants it: `%(p1)s` for `$1`, percent signs doubled."""
    return _MARK.sub(r"%(p\1)s", sql.replace("%", "%%"))
