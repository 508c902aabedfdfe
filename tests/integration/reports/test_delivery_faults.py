"""Deliveries while everything goes wrong: 0 duplicates, 0 silent losses, the rest is listed.

A small sample in the normal run; `make soak` does 10,000 runs and 300 kills.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from crm_core import clock
from crm_core.config import PROJECT
from crm_core.database import DatabaseRole, engine, tenant_session
from crm_core.enums import DeliveryState, OccasionState, UserRole
from crm_core.models import ReportOccasion
from crm_core.security.permissions import Subject, system_subject
from crm_core.services.reporting import occasions
from crm_core.services.reporting.saved_reports import Audience
from reports.delivery import ledger, transport
from reports.delivery.plan import Plan
from reports.delivery.rounds import Desk, work
from reports.delivery.transport import Smtp
from reports.delivery.worker import Worker, worker
from tests.conftest import TEST_NOW
from tests.factories import Tenant
from tests.integration.reports.postal import (
    OUTSIDE,
    Office,
    TinyPress,
    ask,
    plan_for,
    save_report,
)
from tests.mail import mail_server

pytestmark = pytest.mark.long

STEPS = ("due", "claimed", "drawn", "kept", "sending", "sent", "settled")
SAMPLE = 100
MOODS = {
    "rcpt": ("later", "later", "never"),
    "data": ("later", "never", "drop", "hang up", "slow"),
}
WAITS = ("statement", "commit", "answer to the commit")
"""Where a scheduler waits for the database; at each it may die, or the database may be gone."""
NOWHERE = Smtp(urlsplit("smtp://127.0.0.1:1"))


class Died(BaseException):
    """A scheduler was killed here: nothing after it happens."""


@dataclass
class World:
    """Two schedulers, a mail server with moods, and a seed that decides what goes wrong."""

    system: Subject
    plan: Plan
    press: TinyPress
    way_out: Smtp
    office: Office
    rng: random.Random = field(default_factory=random.Random)
    trouble: float = 0.0
    stacks: list[ExitStack] = field(default_factory=lambda: [ExitStack(), ExitStack()])
    workers: list[Worker] = field(default_factory=list)
    depth: int = 0
    at_work: int = 0
    """Rounds under way: what the test itself asks of the database never fails."""
    occasion: ReportOccasion | None = None
    at: datetime = TEST_NOW
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.office.moods = self.mood
        self.workers = [self.hire(n) for n in (0, 1)]

    def waiting(self, where: str) -> None:
        """Here a scheduler waits for the database: it may die, or its connection may break."""
        assert where in WAITS
        if not self.at_work or self.rng.random() >= self.trouble / 10:
            return
        if self.rng.random() < 0.5:
            self.counts[f"died at {where}"] += 1
            raise Died(where)
        self.counts[f"cut off at {where}"] += 1
        raise OperationalError(where, None, ConnectionError("the server closed the connection"))

    def hire(self, n: int) -> Worker:
        """A scheduler, with a fault before each of its steps."""
        return self.stacks[n].enter_context(worker(lambda step: self.passing(n, step)))

    def mood(self, step: str, address: str) -> str:
        return self.rng.choice(MOODS[step]) if self.rng.random() < self.trouble else ""

    def passing(self, n: int, step: str) -> None:
        """Here this scheduler may die, or the other one may do its whole round first."""
        assert step in STEPS
        if self.rng.random() < self.trouble:
            self.counts[f"died at {step}"] += 1
            raise Died(step)
        if self.depth == 0 and self.rng.random() < self.trouble:
            self.counts["overtaken"] += 1
            if self.rng.random() < 0.3:  # to the other one it looks dead, though it goes on
                self.counts["lost its lock"] += 1
                self.workers[n].connection.close()
            self.depth = 1
            try:
                self.round(1 - n)
            finally:
                self.depth = 0

    def round(self, n: int) -> None:
        """One scheduler's turn; a dead one's connection is gone, and a new one takes its place."""
        assert self.occasion is not None
        jump = timedelta(hours=self.rng.choice((-30, -1, 0, 0, 0, 1, 30))) if self.trouble else 0
        at = self.at + (jump or timedelta(0))
        way_out = NOWHERE if self.rng.random() < self.trouble / 2 else self.way_out
        self.press.until = self.at + timedelta(days=60)
        self.at_work += 1
        try:
            ledger.recover(self.system, self.workers[n])
            work(
                Desk(self.system, self.workers[n], self.press, way_out, at),
                self.plan,
                self.occasion,
            )
        except OperationalError:  # the scheduler lives on, and comes back with its next round
            pass
        except (Died, psycopg.OperationalError):
            self.stacks[n].close()
            self.workers[n] = self.hire(n)
        finally:
            self.at_work -= 1

    def run(self, seed: int, trouble: float = 0.1) -> list[Any]:
        """One delivery run: until every row is settled; faults stop after a while."""
        self.rng = random.Random(seed)
        self.at = TEST_NOW + timedelta(minutes=seed)
        self.occasion = ask(self.system, self.plan, self.at, seed)
        for turn in range(60):
            self.trouble = trouble if turn < 12 else 0.0
            self.round(self.rng.randrange(2))
            with tenant_session(self.system) as session:
                stands = session.get(ReportOccasion, (self.system.client_id, self.occasion.id))
                assert stands is not None
            if stands.state == OccasionState.DONE:
                return ledger.entries(self.system, self.occasion.id)
            self.at += timedelta(minutes=self.rng.choice((1, 10, 61)))
        raise AssertionError(f"run {seed} does not end")

    def check(self, rows: list[Any]) -> None:
        """Never twice; sent is there once, byte for byte; refused is not; the rest is parked."""
        for row in rows:
            there = self.office.kept.pop(row.message_id, [])
            self.counts[row.state] += 1
            assert len(there) <= 1, f"{row.message_id} arrived {len(there)} times"
            assert row.detail is not None, "every outcome has its reason"
            if row.state == DeliveryState.SENT:
                assert there == [row.content_hash]
            elif row.state == DeliveryState.REFUSED:
                assert there == []
            else:
                self.counts["parked, arrived" if there else "parked, lost"] += 1

    def close(self) -> None:
        for stack in self.stacks:
            stack.close()


def _runs(tenant: Tenant, seeds: range, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    monkeypatch.setattr(transport, "CONTENT_SECONDS", 0.15)
    office = Office()
    definition_id = save_report(tenant, TEST_NOW)
    plan = plan_for(tenant, definition_id)
    with mail_server(office) as way_out:
        world = World(system_subject(tenant.client_id), plan, TinyPress(), way_out, office)
        try:
            with _at_every_wait(world):
                for seed in seeds:
                    world.check(world.run(seed))
        finally:
            world.close()
    assert office.kept == {}, "a letter that nobody wrote down"
    sys.stdout.write(f"{len(seeds)} runs: {dict(sorted(world.counts.items()))}\n")
    return world.counts


@contextmanager
def _at_every_wait(world: World) -> Iterator[None]:
    """The world decides at every statement, and on both sides of every commit, what goes wrong."""
    core = engine(DatabaseRole.APP)

    def statement(*_: object) -> None:
        world.waiting("statement")

    def commit(_: object) -> None:
        world.waiting("commit")

    def answer(_: object) -> None:
        world.waiting("answer to the commit")

    listeners = (
        (core, "before_cursor_execute", statement),
        (core, "commit", commit),
        (Session, "after_commit", answer),
    )
    for target, name, listener in listeners:
        event.listen(target, name, listener)
    try:
        yield
    finally:
        for target, name, listener in listeners:
            event.remove(target, name, listener)


def test_runs_with_faults_at_every_step(company: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    counts = _runs(company, range(SAMPLE), monkeypatch)
    assert counts["SENT"] + counts["REFUSED"] + counts["UNKNOWN"] == 2 * SAMPLE
    assert counts["SENT"] > SAMPLE and counts["overtaken"] and counts["lost its lock"]
    assert {f"died at {step}" for step in (*STEPS, *WAITS)} <= set(counts)
    assert {f"cut off at {wait}" for wait in WAITS} <= set(counts)


@pytest.mark.soak
@pytest.mark.parametrize("part", range(4))
def test_ten_thousand_runs(part: int, company: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    size = int(os.environ.get("CRM_DELIVERY_RUNS", "10000")) // 4
    counts = _runs(company, range(part * size, (part + 1) * size), monkeypatch)
    assert counts["SENT"] + counts["REFUSED"] + counts["UNKNOWN"] == 2 * size


def _kill(tenant: Tenant, kills: int) -> Counter[str]:
    """Two real schedulers, killed again and again while new occasions keep coming."""
    rng = random.Random(kills)
    office = Office(lambda step, _: rng.choice(("hang up", "drop")) if rng.random() < 0.01 else "")
    roles = (UserRole.EXECUTIVE, UserRole.MANAGER, UserRole.FINANCE)
    definition_id = save_report(tenant, TEST_NOW, audience=Audience(roles=roles, emails=(OUTSIDE,)))
    system, plan = system_subject(tenant.client_id), plan_for(tenant, definition_id)
    made: list[ReportOccasion] = []
    counts: Counter[str] = Counter()
    with mail_server(office) as way_out:
        spawner = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.reports.scheduler_process",
             str(tenant.client_id), str(definition_id), way_out.url.geturl()],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=PROJECT,
        )  # fmt: skip
        assert spawner.stdin and spawner.stdout

        def start(hours: float) -> int:
            spawner.stdin.write(f"{hours}\n")  # type: ignore[union-attr]
            spawner.stdin.flush()  # type: ignore[union-attr]
            return int(spawner.stdout.readline())  # type: ignore[union-attr]

        pids = [start(0), start(0)]
        try:
            for number in range(kills):
                if number % 3 == 0:  # no more than two that die all the time can do
                    made.append(ask(system, plan, clock.now(), number))
                time.sleep(rng.uniform(0.03, 0.25))
                victim = rng.randrange(2)
                os.kill(pids[victim], signal.SIGKILL)
                counts["kills"] += 1
                pids[victim] = start(rng.choice((0, 0, 0, -20, 20)))
            deadline = clock.now() + timedelta(seconds=240)
            while clock.now() < deadline:
                with tenant_session(system) as session:
                    if not occasions.open_ones(session, system):
                        break
                time.sleep(0.1)
            else:
                raise AssertionError("the schedulers did not come to an end")
        finally:
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            spawner.stdin.close()
            spawner.wait(10)
    for occasion in made:
        rows = ledger.entries(system, occasion.id)
        assert len(rows) == 4, "nobody is forgotten"
        for row in rows:
            there = office.kept.pop(row.message_id, [])
            counts[row.state] += 1
            assert len(there) <= 1, f"{row.message_id} arrived {len(there)} times"
            assert row.state in ("SENT", "UNKNOWN"), f"{row.state}: {row.detail}"
            if row.state == "SENT":
                assert there == [row.content_hash]
            else:
                counts["parked, arrived" if there else "parked, lost"] += 1
    assert office.kept == {}
    sys.stdout.write(f"{kills} kills: {dict(sorted(counts.items()))}\n")
    return counts


def test_real_schedulers_are_killed(company: Tenant) -> None:
    counts = _kill(company, 6)
    assert counts["SENT"] + counts["UNKNOWN"] == 4 * 2


@pytest.mark.soak
def test_real_schedulers_are_killed_300_times(company: Tenant) -> None:
    counts = _kill(company, int(os.environ.get("CRM_DELIVERY_KILLS", "300")))
    assert counts["kills"] and counts["UNKNOWN"], "some died while sending"
