"""The one place that speaks to MetricFlow: a shape in, the SQL that it writes for an engine out.

MetricFlow sees the semantic manifest alone: no adapter, no connection. It takes a second to load
and some hundredths for a shape: what was written before is kept by `compiler`.
"""

import json
import re
from collections.abc import Mapping
from copy import deepcopy
from functools import cache
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
from transforms.metrics.compiler import Dialect, Shape
from transforms.metrics.definitions import Manifest, own_manifest, read_manifest


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


def written(manifest: Path, dialect: Dialect, shape: Shape) -> str:
    """The SQL of a shape; its columns carry the names of components, `by` and `time_key`."""
    request = MetricFlowQueryRequest.create(
        metric_names=shape.components,
        group_by_names=[name for name in (shape.time_key, *shape.by) if name],
        where_constraints=_conditions(shape),
    )
    with _lock:
        sql = _engine(manifest, dialect).explain(request).sql_statement.sql
    lines = "\n".join(line for line in sql.splitlines() if not line.lstrip().startswith("--"))
    return _DAYS.sub(r"\1", lines) if dialect is Dialect.DOOR else lines


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
