"""Writers at work while the extract polls: nothing missed, nothing doubled; a watermark loses rows.

A few writers in the normal run; eight writers with ten thousand commits each under `make soak`.
"""

import random
import shutil
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from crm_core.database import DatabaseRole, conninfo, tenant_session
from crm_core.ids import new_id
from crm_core.postgres import ServerAddress
from crm_core.services.sales import leads
from crm_core.services.sales.leads import LeadData
from tests.conftest import WORKER, _create_databases, _drop_databases, installation
from tests.factories import Tenant, create_tenant
from tests.integration.transforms.lake.lake_rows import AT, in_lake
from transforms.lake.extract import run_extract

pytestmark = pytest.mark.long

SUFFIX = f"{WORKER}_race"
POLL = 0.05
AUDITED = LeadData(source="organic", service_type="LOCAL")
WRITE = (
    "insert into core.leads (client_id, id, location_id, customer_id, source, service_type,"
    " created_on, received_at) values (%s, %s, %s, %s, 'organic', 'LOCAL', '2026-11-02', now())"
)
CONTEXT = "select set_config(name, value, true) from unnest(%s::text[], %s::text[]) t(name, value)"


@dataclass
class Written:
    """What one writer has committed: the id of every row that must be there, and how often."""

    alive: dict[UUID, int] = field(default_factory=dict)
    """The score each row was left with."""
    gone: set[UUID] = field(default_factory=set)
    commits: int = 0


@dataclass(frozen=True)
class Shop:
    """A tenant with a customer that leads can be about."""

    tenant: Tenant
    customer: UUID

    @property
    def branch(self) -> UUID:
        """Where the leads are."""
        return self.tenant.locations["VANC"]


@pytest.fixture(scope="module")
def shops(
    cluster: ServerAddress, template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Shop]]:
    """Four tenants of one core, and a lake that has been filled once."""
    var = tmp_path_factory.mktemp("race") / "var"
    shutil.copytree(template / "keys", var / "keys")
    _create_databases(cluster, SUFFIX)
    with installation(var, cluster, SUFFIX):
        made = [_shop(create_tenant(f"shop-{number}", at=AT)) for number in range(4)]
        run_extract(at=AT)
        yield made
    _drop_databases(cluster, SUFFIX)


def _shop(tenant: Tenant) -> Shop:
    customer = new_id(AT)
    with psycopg.connect(conninfo(DatabaseRole.LOADER)) as connection:
        connection.execute(
            "insert into core.customers (client_id, id, location_id, first_name, last_name,"
            " created_on) values (%s, %s, %s, 'Robin', 'Meadow', '2026-11-01')",
            [tenant.client_id, customer, tenant.locations["VANC"]],
        )
    return Shop(tenant, customer)


def test_a_few_writers_lose_nothing_and_a_watermark_loses_rows(shops: list[Shop]) -> None:
    _race(shops, writers=4, commits=60, longest=0.4)


@pytest.mark.soak
def test_eight_writers_lose_nothing_and_a_watermark_loses_rows(shops: list[Shop]) -> None:
    _race(shops, writers=8, commits=10_000, longest=2.0)


def _race(shops: list[Shop], writers: int, commits: int, longest: float) -> None:
    """Writers commit, the extract polls; then the lake must be the core, and a watermark is not."""
    done = threading.Event()
    watermark = Watermark()
    began = datetime.now(UTC)
    with ThreadPoolExecutor(writers + 2) as pool:
        polling = pool.submit(_poll, done)
        watching = pool.submit(watermark.poll, done)
        working = [
            pool.submit(_write, random.Random(number), shops[number % len(shops)], number,
                        commits, longest)
            for number in range(writers)
        ]  # fmt: skip
        try:
            written = [future.result() for future in working]
        finally:
            done.set()
        polls = polling.result()
        watching.result()
    run_extract(at=AT)
    alive = {lead: score for one in written for lead, score in one.alive.items()}
    gone = {lead for one in written for lead in one.gone}
    found = in_lake("select id, coalesce(score, 0) from lake.raw.core__leads")
    assert sum(one.commits for one in written) == writers * commits
    assert polls  # it ran beside them, not only after
    assert len(found) == len({lead for lead, _ in found})  # none doubled
    held = dict(found)
    assert not gone & held.keys()
    assert {lead: held.get(lead) for lead in alive} == alive
    assert run_extract(compare=True, at=AT).mended == ()  # nor any other row, by its hash
    assert _since(began) - watermark.seen  # rows that the watermark will never see


def _poll(done: threading.Event) -> int:
    """The extract, again and again; gives how often."""
    polls = 0
    while not done.wait(POLL):
        run_extract(at=AT, wait=10)
        polls += 1
    return polls


@dataclass
class Watermark:
    """What everyone writes first: rows whose `updated_at` is above the highest seen so far."""

    seen: set[UUID] = field(default_factory=set)

    def poll(self, done: threading.Event) -> None:
        """Polls as the extract does, until told, and once more at the end."""
        highest = datetime.min.replace(tzinfo=UTC)
        with psycopg.connect(conninfo(DatabaseRole.EXTRACT), autocommit=True) as connection:
            is_last = False
            while not is_last:
                is_last = done.wait(POLL)
                for lead, updated_at in connection.execute(
                    "select id, updated_at from raw.core__leads where updated_at > %s", [highest]
                ).fetchall():
                    self.seen.add(lead)
                    highest = max(highest, updated_at)


def _since(began: datetime) -> set[UUID]:
    with psycopg.connect(conninfo(DatabaseRole.EXTRACT)) as connection:
        found = connection.execute(
            "select id from raw.core__leads where updated_at >= %s", [began - timedelta(minutes=1)]
        )
        return {lead for (lead,) in found.fetchall()}


def _write(dice: random.Random, shop: Shop, number: int, commits: int, longest: float) -> Written:
    """Odd writers go through the audited service, even ones write plain SQL in either role."""
    written = Written()
    ways = [_by_service] if number % 2 else [_as_app, _as_loader]
    pauses = _pauses(dice, commits, longest)
    with _sessions() as sessions:
        for turn in range(commits):
            ways[turn % len(ways)](dice, shop, written, next(pauses), sessions)
            written.commits += 1
    return written


def _pauses(dice: random.Random, commits: int, longest: float) -> Iterator[float]:
    """How long each transaction stays open after its write; a few for long, most not at all."""
    slow = set(dice.sample(range(commits), min(max(commits // 20, 2), 100)))
    return iter([dice.uniform(longest / 4, longest) if n in slow else 0 for n in range(commits)])


Sessions = dict[DatabaseRole, "psycopg.Connection[Any]"]


@contextmanager
def _sessions() -> Iterator[Sessions]:
    """One connection per role and writer."""
    roles = (DatabaseRole.APP, DatabaseRole.LOADER)
    made = {role: psycopg.connect(conninfo(role)) for role in roles}
    try:
        yield made
    finally:
        for connection in made.values():
            connection.close()


def _by_service(
    dice: random.Random, shop: Shop, written: Written, pause: float, _: Sessions
) -> None:
    """A lead by the service, with its audit entry and what else it writes."""
    subject = shop.tenant.subjects["admin"]
    with tenant_session(subject, AT) as session:
        lead = leads.create(
            session, subject, customer_id=shop.customer, data=AUDITED, at=AT,
            location_id=shop.branch,
        )  # fmt: skip
        session.flush()
        time.sleep(pause)
        made, score = lead.id, lead.score or 0
    written.alive[made] = score


def _as_app(
    dice: random.Random, shop: Shop, written: Written, pause: float, sessions: Sessions
) -> None:
    """A row by plain SQL as the application's role, under row-level security."""
    lead, subject = new_id(AT), shop.tenant.subjects["admin"]
    with tenant_session(subject, AT) as session:
        session.connection().exec_driver_sql(
            WRITE, (subject.client_id, lead, shop.branch, shop.customer)
        )
        time.sleep(pause)
    written.alive[lead] = 0


def _as_loader(
    dice: random.Random, shop: Shop, written: Written, pause: float, sessions: Sessions
) -> None:
    """An insert, an update or a deletion by the role that imports; now and then one undone."""
    connection = sessions[DatabaseRole.LOADER]
    lead, act = None, dice.random()
    if act < 0.5 or not written.alive:
        lead, score = new_id(AT), 0
        connection.execute(WRITE, [shop.tenant.client_id, lead, shop.branch, shop.customer])
    else:
        lead, score = dice.choice([*written.alive]), dice.randrange(1, 100)
        if act < 0.8:
            connection.execute("update core.leads set score = %s where id = %s", [score, lead])
        else:
            connection.execute("delete from core.leads where id = %s", [lead])
    time.sleep(pause)
    if dice.random() < 0.05:
        connection.rollback()
        return
    connection.commit()
    if act >= 0.8 and written.alive and lead in written.alive:
        del written.alive[lead]
        written.gone.add(lead)
    else:
        written.alive[lead] = score
