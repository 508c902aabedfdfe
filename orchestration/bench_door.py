"""`crm bench door`: what the home pages ask, at the door, on the lake and on the core, in turns.

Each question goes through the metric layer at the door and on the lake; its peer on the core is the
SQL of `bench_door_core`, as somebody who may read everything would write it.
"""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import psycopg

from crm_core.config import settings
from crm_core.database import database_name, server
from crm_core.errors import CrmError
from crm_core.security.permissions import Subject
from crm_core.services.tenancy.access import subject_of
from orchestration.bench_door_core import QUESTIONS, Question
from orchestration.measure import Calibration, Figure, calibrate
from transforms.lake.access import DoorMap, door_map, grant_of, openings
from transforms.lake.door import Door, make_door, open_door
from transforms.lake.engine import LAKE, attach_lake, connect_memory, identifier
from transforms.lake.publication import Publication
from transforms.metrics.answer import answer
from transforms.metrics.branches import branches
from transforms.metrics.catalogue import catalogue
from transforms.metrics.compiler import KEPT, Dialect, compile_shape
from transforms.metrics.period import parse_period
from transforms.metrics.query import Filter, MetricQuery
from transforms.metrics.result import MetricResult

CORE_LIMIT = 0.05
"""Of what the core takes, at scale L."""
ONE_LIMIT, PAGE_LIMIT = 50.0, 150.0
"""Milliseconds, warm, at the door of one branch."""
TURNS, ASKED = 15, 40
EIGHT = (
    "new_leads", "bookings", "booked_amount", "quote_booking_rate",
    "jobs_completed", "service_revenue", "on_time_rate", "cash_collected",
)  # fmt: skip
"""The figures of a page."""


class PeerDiffers(CrmError):
    """The core's own SQL gives another figure: the two did not answer the same question."""


@dataclass(frozen=True)
class Asker:
    """A person with an open door, and where else their questions are put."""

    door: Door
    lake: "LakeDoor"
    branch: str | None
    """The code of the branch that the person sees, if it is only one."""


class LakeDoor:
    """The same scope on the lake itself: views over the published marts, no file in between."""

    def __init__(self, made: Publication, views: DoorMap) -> None:
        self.publication = made
        self.relations = openings(views)
        self._connection = connect_memory()
        attach_lake(self._connection, made.lake_snapshot)
        for name, view in views.items():
            schema = name.split(".")[0]
            columns = ", ".join(map(identifier, view.columns))
            self._connection.execute(f"create schema if not exists memory.{schema}")
            self._connection.execute(
                f"create view memory.{name} as"
                f" select {columns} from {LAKE}.{name} where {view.predicate}"
            )

    def sql(self, query: str, params: Sequence[object] = ()) -> pl.DataFrame:
        """The rows of a query; `$1` is the first of `params`."""
        return self._connection.execute(query.replace('"lake".', '"memory".'), list(params)).pl()


def bench_door(tell: Callable[[str], None]) -> Iterator[Figure]:
    """Figures of this installation, as they come; nothing of it is changed."""
    machine = calibrate()
    with (
        open_door(subject_of("exec@northway.example")) as company,
        open_door(subject_of("manager.vanc@northway.example")) as branch,
        psycopg.connect(server().conninfo(database_name("crm")), autocommit=True) as core,
    ):
        made = company.publication
        manager = subject_of("manager.vanc@northway.example")
        code = branches(branch, Dialect.DOOR).all[0].code
        askers = {
            "executive": Asker(company, LakeDoor(made, company.views), None),
            "branch": Asker(branch, LakeDoor(made, branch.views), code),
        }
        yield from _pages(askers, core, manager, machine, tell)
        yield from _warm(branch, machine)
        yield from _builds(made, manager, machine, tell)


# the twelve questions


def _pages(
    askers: dict[str, Asker],
    core: psycopg.Connection,
    manager: Subject,
    machine: Calibration,
    tell: Callable[[str], None],
) -> Iterator[Figure]:
    totals: dict[str, float] = dict.fromkeys(("door", "lake", "core"), 0.0)
    for question in QUESTIONS:
        asker = askers[question.page]
        queries = _queries(question, asker)
        values = {
            "client": manager.client_id,
            "branch": next(iter(manager.location_ids)) if asker.branch else None,
        }

        def ask_core(
            question: Question = question,
            queries: Sequence[MetricQuery] = queries,
            values: dict[str, Any] = values,
        ) -> Any:
            found = []
            for query in queries:
                span = {"first": query.period.start, "end": query.period.end}
                rows = core.execute(question.sql.encode(), {**values, **span}).fetchall()
                found.append(sum(row[0] or 0 for row in rows))
            return found[0]

        acts: dict[str, Callable[[], Any]] = {
            "door": partial(_total, asker.door, queries),
            "lake": partial(_total, asker.lake, queries),
            "core": ask_core,
        }
        figures = {name: act() for name, act in acts.items()}
        if len(set(figures.values())) > 1:
            raise PeerDiffers(f"{question.name}: {figures}")
        times = _in_turns(acts)
        tell(f"{question.name}: {', '.join(f'{n} {t[0]:.1f} ms' for n, t in times.items())}")
        for name in totals:
            totals[name] += times[name][0]
        for place, at in enumerate(("p50", "p95")):
            for peer in ("lake", "core"):
                yield _beside(
                    f"{question.name}, door beside {peer} {at}",
                    times["door"][place], times[peer][place], None, machine,
                )  # fmt: skip
    for peer, limit in (("lake", None), ("core", CORE_LIMIT)):
        name = f"the twelve questions, door beside {peer}, sum of p50"
        yield _beside(name, totals["door"], totals[peer], limit, machine)


def _queries(question: Question, asker: Asker) -> tuple[MetricQuery, ...]:
    """The question for its period, and for those it is compared with."""
    today = asker.door.publication.as_of.date()
    period = parse_period(question.period, today)
    where = (Filter("branch", (asker.branch,)),) if asker.branch else ()
    query = MetricQuery(question.metrics, period, question.by, question.grain, where)
    return (query, *(replace(query, period=each.of(period)) for each in question.compare))


def _total(door: Door | LakeDoor, queries: Sequence[MetricQuery]) -> Any:
    """The first metric over the whole period, after everything was answered."""
    results: list[MetricResult] = [answer(door, query) for query in queries]
    return results[0].totals[queries[0].metrics[0]]


def _in_turns(acts: dict[str, Callable[[], Any]]) -> dict[str, tuple[float, float]]:
    """p50 and p95 of each, in milliseconds, one after the other."""
    times: dict[str, list[float]] = {name: [] for name in acts}
    for _ in range(TURNS):
        for name, act in acts.items():
            times[name].append(_milliseconds(act))
    return {name: (_at(found, 50), _at(found, 95)) for name, found in times.items()}


def _beside(
    name: str, ours: float, peer: float, limit: float | None, machine: Calibration
) -> Figure:
    ratio = round(ours / peer, 3)
    met = None if limit is None else ratio <= limit
    return Figure(name, "ms", round(ours, 2), round(peer, 2), ratio, limit, met, machine)


# one metric, one page


def _warm(door: Door, machine: Calibration) -> Iterator[Figure]:
    """Every metric that the branch may read: warm, its SQL kept on disk, written anew."""
    period = parse_period("last_month", door.publication.as_of.date())
    known = catalogue(door.publication.definitions)
    every = [MetricQuery((metric.name,), period) for metric in known.offered]
    asked = [query for query in every if _may(door, query)]
    warm = [statistics.median(_milliseconds(partial(answer, door, query)) for _ in range(3))
            for query in asked]  # fmt: skip
    kept = [_afresh(door, query) for query in asked]
    rmtree(known.path.parent / KEPT, ignore_errors=True)  # whoever asks next has it written again
    anew = [_afresh(door, query) for query in asked]
    page = MetricQuery(EIGHT, period)
    answer(door, page)
    pages = [_milliseconds(lambda: answer(door, page)) for _ in range(ASKED)]
    for name, found, limit in (
        (f"one metric of {len(asked)} at a branch's door", warm, ONE_LIMIT),
        (f"one metric of {len(asked)}, its SQL kept on disk", kept, ONE_LIMIT),
        (f"one metric of {len(asked)}, its SQL written anew", anew, None),
        ("a page of eight at a branch's door", pages, PAGE_LIMIT),
    ):
        for share in (50, 95):
            at = round(_at(found, share), 2)
            met = None if limit is None else at <= limit
            yield Figure(f"{name} p{share}", "ms", at, limit=limit, is_met=met,
                         calibration=machine)  # fmt: skip


def _afresh(door: Door, query: MetricQuery) -> float:
    """As a process asks it that has not asked anything yet."""
    compile_shape.cache_clear()
    return _milliseconds(partial(answer, door, query))


def _may(door: Door, query: MetricQuery) -> bool:
    try:
        answer(door, query)
    except CrmError:  # not to be read here, or a figure that needs another question
        return False
    return True


# the files


def _builds(
    made: Publication, manager: Subject, machine: Calibration, tell: Callable[[str], None]
) -> Iterator[Figure]:
    """Doors made from the lake, each file new, in a folder that is removed again."""
    executive = subject_of("exec@northway.example")
    (settings().var / "tmp").mkdir(exist_ok=True)
    with open_door(executive) as door, TemporaryDirectory(dir=settings().var / "tmp") as folder:
        ids = door.sql("select location_id from marts.dim_locations order by 1")["location_id"]
        each = [replace(manager, location_ids=frozenset({type(manager.client_id)(i)})) for i in ids]
        jobs = {"LOCATION": [manager], "CLIENT": [executive], f"all {len(each)} branches": each}
        for name, subjects in jobs.items():
            place = Path(folder) / name
            seconds = round(_milliseconds(partial(_make, made, subjects, place)) / 1000, 2)
            size = sum(file.stat().st_size for file in place.glob("*.duckdb")) / 2**20
            tell(f"{name}: {seconds} s, {size:.0f} MiB")
            yield Figure(f"doors made: {name}", "s", seconds, calibration=machine)


def _make(made: Publication, subjects: Sequence[Subject], folder: Path) -> None:
    with connect_memory() as connection:
        attach_lake(connection, made.lake_snapshot)
        for number, subject in enumerate(subjects):
            grant = grant_of(subject)
            views = door_map(grant, made.relations)
            make_door(connection, LAKE, grant, views, folder / f"{number}.duckdb")


def _milliseconds(act: Callable[[], Any]) -> float:
    started = time.perf_counter()
    act()
    return (time.perf_counter() - started) * 1000


def _at(found: list[float], percent: int) -> float:
    return statistics.quantiles(found, n=100, method="inclusive")[percent - 1]
