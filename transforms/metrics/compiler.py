"""Components and a shape in, SQL with parameters out: written once for a set of definitions.

`flow` has it written by MetricFlow; running it and arithmetic over its columns are elsewhere.
"""

import hashlib
import os
import re
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path

from transforms.metrics.period import Grain

KEPT = "compiled"
"""The folder of the SQL, beside the manifest."""


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


@lru_cache(maxsize=4096)
def compile_shape(manifest: Path, dialect: Dialect, shape: Shape) -> str:
    """The SQL of a shape; its columns carry the names of components, `by` and `time_key`.

    The same shape is written once per set of definitions and engine, whoever asks: it is kept in a
    file beside the manifest, so that MetricFlow is not even loaded where all is known.
    """
    kept = manifest.parent / KEPT / f"{_name(dialect, shape)}.sql"
    with suppress(OSError):
        return kept.read_text()
    from transforms.metrics import flow

    sql = flow.written(manifest, dialect, shape)
    with suppress(OSError):  # as good without
        kept.parent.mkdir(exist_ok=True)
        draft = kept.with_suffix(f".{os.getpid()}.draft")
        draft.write_text(sql)
        draft.replace(kept)
    return sql


def _name(dialect: Dialect, shape: Shape) -> str:
    text = f"{_writer()} {dialect} {shape!r}"
    return hashlib.sha256(text.encode()).hexdigest()[:24]


@cache
def _writer() -> str:
    """What writes the SQL: MetricFlow, and what we make of it."""
    ours = Path(__file__).with_name("flow.py").read_bytes()
    return f"{version('metricflow')} {hashlib.sha256(ours).hexdigest()}"


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
