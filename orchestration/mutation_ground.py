"""A warehouse in memory in which a model can be spoiled, judged and put back: the ground of proof.

Everything is made once, as the pipeline makes it; a mistake lives in a transaction that is rolled
back. Which mistakes are made, and what is said of them, is in `mutations`.
"""

import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
from duckdb import DuckDBPyConnection

from crm_core.config import settings
from crm_core.errors import CrmError
from crm_core.security.permissions import Subject
from crm_core.simulation.truth import CATALOGUE_NAME
from orchestration.truth import Truth, compare, fed_branches, read_truth
from transforms.lake import audit, publication, publish, run_plan
from transforms.lake.access import door_map, grant_of, openings
from transforms.lake.dbt_plan import plan_of
from transforms.lake.definitions import definitions_hash
from transforms.lake.engine import LAKE, attach_lake, connect_memory, identifier
from transforms.lake.errors import BuildFailed
from transforms.lake.plan import Model, Plan
from transforms.lake.publication import Publication
from transforms.metrics.catalogue import Catalogue, catalogue
from transforms.results import write_results

PATIENCE = 20.0
"""Seconds after which a mistake that multiplies rows without end is given up."""

RAW = "select table_name from duckdb_tables() where database_name = ? and schema_name = 'raw'"


class GroundUnsound(CrmError):
    """The checks or the truth complain before anything was spoiled."""


@dataclass(frozen=True)
class Judgement:
    """What became of a mistake; `by` names the first that noticed."""

    is_valid: bool = True
    """It could be run at all."""
    is_equal: bool = False
    """The model gives the very same rows."""
    by: str | None = None


class MemoryDoor:
    """What a subject sees of the marts in memory, for the metric layer."""

    def __init__(
        self, connection: DuckDBPyConnection, made: Publication, relations: Collection[str]
    ) -> None:
        self._connection = connection
        self.publication = made
        self.relations = frozenset(relations)

    def sql(self, query: str, params: Sequence[object] = ()) -> pl.DataFrame:
        """The rows of a query; `$1` is the first of `params`."""
        return self._connection.execute(query, list(params)).pl()


class Ground:
    """All models, checks and figures of the truth, sound before the first mistake."""

    def __init__(
        self, connection: DuckDBPyConnection, plan: Plan, door: MemoryDoor, truth: Truth,
        fed: Sequence[str],
    ) -> None:  # fmt: skip
        self.plan = plan
        self._connection = connection
        self._door = door
        self._fed = tuple(fed)
        self._catalogue: Catalogue = catalogue(door.publication.definitions)
        self._truth = _by_kpi(truth)
        self._relations = publish.relations(connection)
        self._prints = {
            model.name: _print(connection, model) for model in plan.models if model.is_published
        }

    def columns(self, name: str) -> list[str]:
        """The columns of a model or of a raw table ("raw.core__leads")."""
        schema = {model.name: model.schema for model in self.plan.models}.get(name)
        relation = f"memory.{schema}.{name}" if schema else f"{LAKE}.{name}"
        return [row[0] for row in self._connection.execute(f"describe {relation}").fetchall()]

    def judge(self, model: Model, sql: str) -> Judgement:
        """Make the model of other SQL, and see who notices."""
        self._connection.begin()
        try:
            with _patience(self._connection):
                return self._judge(replace(model, sql=sql))
        except duckdb.InterruptException:
            return Judgement(is_valid=False)
        finally:
            self._connection.rollback()

    def _judge(self, model: Model) -> Judgement:
        try:
            promised = {each.name: each.kind for each in model.columns}
            self._connection.execute(f"explain {model.sql}")
        except duckdb.Error:
            return Judgement(is_valid=False)
        try:
            run_plan.make(self._connection, [model])
        except BuildFailed as error:
            # Of other columns or types: nobody could even have compiled it.
            return Judgement(is_valid=False) if "contract" in str(error) else _caught(error)
        assert promised
        if _print(self._connection, model) == self._prints[model.name]:
            return Judgement(is_equal=True)
        try:
            touched = {model.name, *self._remake_below(model)}
        except BuildFailed as error:
            return _caught(error)
        return Judgement(by=next(self._complaints(touched), None))

    def _remake_below(self, spoiled: Model) -> Iterator[str]:
        """Makes what reads the spoiled model, near or far; what Python makes of it stays."""
        touched = {spoiled.name}
        for model in self.plan.models:
            if touched & set(model.parents):
                run_plan.make(self._connection, [model])
                if not model.is_published or _print(self._connection, model) != self._prints.get(
                    model.name
                ):
                    touched.add(model.name)
                    yield model.name

    def _complaints(self, touched: Collection[str]) -> Iterator[str]:
        """Who notices: the checks, the audit, the truth; cheapest first."""
        for check in self.plan.checks:
            if set(check.parents) & set(touched):
                yield from run_plan.failures(self._connection, [check])
        relations = {
            name: columns
            for name, columns in self._relations.items()
            if name.split(".")[1] in touched
        }
        yield from audit.findings(self._connection, relations)
        for metric in self._catalogue.offered:
            if (
                metric.id is not None
                and metric.id in self._truth
                and relations.keys() & set(self._catalogue.marts_of(metric))
            ):
                yield from self._differences(metric.id)

    def _differences(self, kpi: str) -> Iterator[str]:
        try:
            found = compare(self._door, self._truth[kpi], self._fed)
        except CrmError as error:
            yield f"truth of {kpi}: {error}"
            return
        if found.differences:
            yield f"truth of {kpi}: {len(found.differences)} figures differ"

    def prove(self, tell: Callable[[str], None]) -> None:
        """Raises `GroundUnsound` when somebody complains although nothing is spoiled."""
        tell(f"{len(self.plan.checks)} checks, {len(self._truth)} KPIs of the truth")
        complaints = list(self._complaints({model.name for model in self.plan.models}))
        if complaints:
            raise GroundUnsound(f"before any mistake: {'; '.join(complaints[:5])}")


@contextmanager
def ground(subject: Subject, truth: Path | None, tell: Callable[[str], None]) -> Iterator[Ground]:
    """The current publication's raw tables in memory, and all that is made of them.

    Raises `NothingPublished`, `TruthMissing`, `BuildFailed`, `GroundUnsound`.
    """
    figures = read_truth((truth or settings().var / "truth") / CATALOGUE_NAME, "northway")
    made = publication.get()
    project = settings().dbt_project_dir
    definitions = definitions_hash(project)
    plan = _kept(plan_of(project, definitions))
    connection = connect_memory()
    try:
        attach_lake(connection, made.lake_snapshot)
        tell(f"making {len(plan.models)} models")
        work = plan.work()
        run_plan.make(connection, work.before)
        connection.execute("create schema if not exists memory.transforms")
        write_results(connection)
        run_plan.make(connection, work.after)
        _take_raw(connection, plan)
        relations = publish.relations(connection)
        views = door_map(grant_of(subject), relations)
        for name, view in views.items():
            schema, table = name.split(".")
            connection.execute(f"create schema if not exists {LAKE}.{schema}")
            columns = ", ".join(map(identifier, view.columns))
            connection.execute(
                f"create view {LAKE}.{name} as"
                f" select {columns} from memory.{schema}.{table} where {view.predicate}"
            )
        seen = openings(views)
        door = MemoryDoor(connection, replace(made, definitions=definitions), seen)
        yield Ground(connection, plan, door, figures, fed_branches(subject))
    finally:
        connection.close()


def _kept(plan: Plan) -> Plan:
    """The plan with staging kept as tables: a hundred mistakes would read it a hundred times."""
    return replace(plan, models=tuple(replace(model, is_view=False) for model in plan.models))


def _take_raw(connection: DuckDBPyConnection, plan: Plan) -> None:
    """The raw tables into memory under the name of the lake, which is let go of."""
    tables = sorted({p for m in plan.models for p in m.parents if p.startswith("raw.")})
    connection.execute("attach ':memory:' as held; create schema held.raw")
    for table in tables:
        connection.execute(f"create table held.{table} as from {LAKE}.{table}")
    connection.execute(f"detach {LAKE}; attach ':memory:' as {LAKE}; create schema {LAKE}.raw")
    for table in tables:
        connection.execute(f"create table {LAKE}.{table} as from held.{table}")
    connection.execute("detach held")


def _print(connection: DuckDBPyConnection, model: Model) -> Any:
    """Of the rows of a model, whatever their order."""
    return connection.execute(
        f"select count(*), sum(hash(rows_of)), bit_xor(hash(rows_of))"
        f" from memory.{model.schema}.{identifier(model.name)} as rows_of"
    ).fetchone()


def _by_kpi(truth: Truth) -> Mapping[str, Truth]:
    found: dict[str, Truth] = {}
    for cell, figures in truth.items():
        found.setdefault(cell.kpi, {})[cell] = figures
    return found


def _caught(error: BuildFailed) -> Judgement:
    return Judgement(by=f"contract: {error}")


@contextmanager
def _patience(connection: DuckDBPyConnection) -> Iterator[None]:
    timer = threading.Timer(PATIENCE, connection.interrupt)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
