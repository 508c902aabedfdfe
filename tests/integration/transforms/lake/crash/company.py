"""The two small tenants whose core changes between kills, and what the lake must make of it.

How the lake is filled and killed is in `runs`.
"""

import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from random import Random
from typing import Any, Protocol
from uuid import UUID

import duckdb
from psycopg import Connection

from crm_core.database import loader_connection
from crm_core.ids import new_id
from tests.factories import Tenant, create_tenant
from tests.integration.transforms.lake.crash import digests
from tests.integration.transforms.lake.crash.digests import State
from tests.integration.transforms.lake.lake_rows import AT, insert_leads

SMALL = Path(__file__).parents[1] / "project"
WATCHED = ("core__leads", "core__customers", "core__locations")
"""Raw tables that a change writes together, and a reader must see together."""

_SOURCE = re.compile(r"\{\{ source\('\w+', '(\w+)'\) \}\}")


class Names(Protocol):
    """What `company` keeps of a publication: its relations and their columns."""

    @property
    def relations(self) -> Any: ...


@dataclass
class Company:
    """Two tenants; every change touches rows of both."""

    acme: Tenant
    birch: Tenant
    leads: dict[UUID, Tenant] = field(default_factory=dict)
    gone: dict[UUID, Tenant] = field(default_factory=dict)

    @property
    def tenants(self) -> tuple[Tenant, Tenant]:
        return self.acme, self.birch

    @classmethod
    def found(cls, leads: int = 120) -> "Company":
        """A company with so many leads in each tenant."""
        made = cls(create_tenant("acme"), create_tenant("birch"))
        with loader_connection() as core:
            for tenant in made.tenants:
                made._arrive(core, tenant, leads)
        return made

    def change(self, random: Random) -> None:
        """One transaction: rows that come, change, move, get another key, go, and come back."""
        with loader_connection() as core:
            for tenant in self.tenants:
                self._change(core, tenant, random)

    def grow(self, count: int) -> None:
        """So many new leads in each tenant: more than a small disk holds."""
        with loader_connection() as core:
            for tenant in self.tenants:
                self._arrive(core, tenant, count)

    def _change(self, core: Connection[Any], tenant: Tenant, random: Random) -> None:
        def some(count: int) -> list[UUID]:
            own = sorted(lead for lead, of in self.leads.items() if of is tenant)
            return random.sample(own, min(count, len(own)))

        back = [lead for lead, of in self.gone.items() if of is tenant][:1]
        for lead in back:
            del self.gone[lead]
        # More rows than are kept in the catalogue make files; fewer do not.
        self._arrive(core, tenant, random.choice((1, 3, 20, 60)))
        self._arrive(core, tenant, len(back), back)
        size = random.choice((1, 3, 20, 60))
        core.execute(
            "update core.leads set score = 1 - coalesce(score, 0), updated_at = updated_at"
            " where id = any(%s)",
            [some(size)],
        )
        core.execute(
            "update core.leads set location_id = %s where id = any(%s)",
            [random.choice(sorted(tenant.locations.values())), some(2)],
        )
        if core.execute("select from pg_trigger where tgname = 'bury_key'").fetchone():
            (before,), after = some(1), new_id(AT)
            core.execute("update core.leads set id = %s where id = %s", [after, before])
            del self.leads[before]
            self.leads[after] = tenant
        dying = some(random.choice((1, 3, 20, 60)) if len(self.leads) > 200 else 1)
        core.execute("delete from core.leads where id = any(%s)", [dying])
        for lead in dying:
            self.gone[lead] = self.leads.pop(lead)
        core.execute(
            "update core.locations set truck_count = truck_count + 1 where id = %s",
            [tenant.locations["VANC"]],
        )

    def _arrive(
        self, core: Connection[Any], tenant: Tenant, count: int, again: list[UUID] | None = None
    ) -> None:
        made = insert_leads(core, tenant, count)
        for new, old in zip(made, again or [], strict=False):
            core.execute("update core.leads set id = %s where id = %s", [old, new])
        for lead in again or made:
            self.leads[lead] = tenant

    def state(self, like: Names) -> State:
        """What the raw tables and the small project's marts must be now, straight from the core."""
        with duckdb.connect() as memory, loader_connection() as core:
            core.execute("set transaction isolation level repeatable read")
            raw = tuple(
                digests.of_keys(
                    core.execute(
                        f"select client_id::text, id::text, changed_xid::text from {_in_core(name)}"
                    ).fetchall()
                )
                for name in WATCHED
            )
            memory.execute("create schema raw; create schema marts; create schema transforms")
            for name, columns in _READ.items():
                rows = core.execute(f"select {', '.join(columns)} from {_in_core(name)}").fetchall()
                described = ", ".join(f"{each} {kind}" for each, kind in columns.items())
                memory.execute(f"create table raw.{name} ({described})")
                marks = ", ".join("?" * len(columns))
                if rows:
                    memory.executemany(f"insert into raw.{name} values ({marks})", rows)
            for model in ("dim_locations", "fct_leads"):
                _build(memory, model)
            forecast(memory, "")
            _build(memory, "fct_forecasts")
            return State(raw, digests.of_marts(memory.execute, self, like.relations, ""))


_READ = {
    "core__locations": {"client_id": "uuid", "id": "uuid"},
    "core__leads": {
        "client_id": "uuid",
        "id": "uuid",
        "location_id": "uuid",
        "owner_id": "uuid",
        "score": "integer",
        "created_on": "date",
    },
}


def _in_core(name: str) -> str:
    return name.replace("__", ".")


def _build(memory: duckdb.DuckDBPyConnection, model: str) -> None:
    text = (SMALL / "models" / f"{model}.sql").read_text()
    query = _SOURCE.sub(
        lambda found: ("raw." if found[1].startswith("core__") else "transforms.") + found[1], text
    )
    memory.execute(f"create table marts.{model} as {query}")


def forecast(connection: duckdb.DuckDBPyConnection, database: str = "memory.") -> None:
    """Stands for the forecasts: reads a mart in memory, writes the source of another."""
    connection.execute(
        f"create or replace table {database}transforms.forecasts as select client_id,"
        f" access_location_id, date '{date(2026, 12, 1)}' as month_on, count(*)::double as yhat"
        f" from {database}marts.fct_leads group by all"
    )
