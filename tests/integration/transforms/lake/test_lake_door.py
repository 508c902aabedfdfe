"""The door: only the subject's rows are in the file, and nothing can be reached through it."""

import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from crm_core.config import settings
from tests.integration.transforms.lake.conftest import (
    PublishedLake,
    fill_marts,
    publish_by_hand,
)
from transforms.lake import door, publication
from transforms.lake.door import Door, open_door
from transforms.lake.door_sweep import sweep_doors
from transforms.lake.engine import attach_lake, connect_memory
from transforms.lake.errors import (
    DoorRefused,
    DoorUnreadable,
    NothingPublished,
    QueryFailed,
)

pytestmark = pytest.mark.long

PROJECT = Path(__file__).parents[4]


@pytest.fixture
def manager(published: PublishedLake) -> Iterator[Door]:
    with open_door(published.acme.subjects["manager"]) as opened:
        yield opened


def test_a_door_shows_its_publication_and_relations(
    published: PublishedLake, manager: Door
) -> None:
    assert manager.publication == published.publication
    assert manager.relations == {
        "marts.dim_dates",
        "marts.dim_locations",
        "marts.fct_bookings",
        "marts.fct_forecasts",
    }


@pytest.mark.parametrize("name", ["marts.fct_bookings", "lake.marts.fct_bookings"])
def test_both_names_of_a_relation_resolve(manager: Door, name: str) -> None:
    assert manager.sql(f"select count(*) as n from {name}").item() == 10


def test_a_manager_sees_one_branch(published: PublishedLake, manager: Door) -> None:
    found = manager.sql("select distinct branch_code from marts.dim_locations")
    assert found["branch_code"].to_list() == ["VANC"]
    assert manager.sql("select count(*) from marts.fct_forecasts").item() == 0


def test_the_whole_tenant_and_only_that(published: PublishedLake) -> None:
    with open_door(published.acme.subjects["executive"]) as opened:
        assert opened.sql("select count(*) from marts.fct_bookings").item() == 20
        assert opened.sql("select count(*) from marts.fct_forecasts").item() == 1
        tenants = opened.sql("select distinct client_id from marts.fct_bookings")
        assert tenants["client_id"].to_list() == [str(published.acme.client_id)]
        assert "reporting.rpt_data_health" in opened.relations


def test_own_scope_sees_own_rows(published: PublishedLake) -> None:
    with open_door(published.acme.subjects["sales_rep"]) as opened:
        assert opened.sql("select count(*) from marts.fct_bookings").item() == 2


def test_money_stays_exact_and_parameters_are_bound(manager: Door) -> None:
    found = manager.sql(
        "select sum(booked_amount) as amount from marts.fct_bookings where booked_on < ?",
        ["2026-11-04"],
    )
    assert found["amount"].to_list() == [Decimal("300.30")]


def test_no_byte_of_another_tenant_is_in_the_files(published: PublishedLake) -> None:
    for subject in ("executive", "manager", "sales_rep", "analyst"):
        with open_door(published.acme.subjects[subject]) as opened:
            content = opened.path.read_bytes()
        assert published.canary.encode() not in content
        assert str(published.other.client_id).encode() not in content
    with open_door(published.other.subjects["executive"]) as opened:
        assert published.canary.encode() in opened.path.read_bytes()


@pytest.mark.parametrize(
    "statement",
    [
        "attach '/tmp/x.duckdb' as x",
        "set threads = 8",
        "select * from read_text('/etc/hostname')",
        "copy (select 1) to 'x.csv'",
        "install httpfs",
        "load httpfs",
        "insert into marts.dim_dates values (null)",
        "drop table marts.dim_dates",
    ],
)
def test_an_open_door_is_locked(manager: Door, statement: str) -> None:
    with pytest.raises(QueryFailed):
        manager.sql(statement)


def test_wrong_sql_is_one_clear_line(manager: Door) -> None:
    with pytest.raises(QueryFailed, match="nonsense") as caught:
        manager.sql("select nonsense from marts.dim_dates")
    assert "\n" not in str(caught.value)


def test_equal_rights_share_a_file(published: PublishedLake) -> None:
    executive = door.find_door(published.acme.subjects["executive"])[1]
    assert door.find_door(published.acme.subjects["admin"])[1] == executive
    assert door.find_door(published.acme.subjects["manager"])[1] != executive


def test_a_role_without_the_warehouse_has_no_door(published: PublishedLake) -> None:
    with pytest.raises(DoorRefused, match="DRIVER"):
        open_door(published.acme.subjects["driver"])


def test_an_unknown_publication_is_named(published: PublishedLake) -> None:
    with pytest.raises(NothingPublished, match="no publication 999"):
        open_door(published.acme.subjects["executive"], 999)


def test_a_broken_file_says_what_to_do(published: PublishedLake) -> None:
    _, path, _ = door.find_door(published.acme.subjects["finance"])
    whole = path.read_bytes()
    path.write_bytes(b"not a database")
    with pytest.raises(DoorUnreadable, match="delete it"):
        open_door(published.acme.subjects["finance"])
    path.write_bytes(whole)


def test_many_processes_build_a_door_once(published: PublishedLake) -> None:
    path = door.find_door(published.acme.subjects["dispatcher"])[1]
    path.unlink()
    code = (
        "import sys, pickle\nfrom transforms.lake.door import open_door\n"
        "subject = pickle.load(sys.stdin.buffer)\n"
        "with open_door(subject) as d:\n"
        "    print(d.sql('select count(*) from marts.fct_bookings').item(), d.path.stat().st_ino)\n"
    )
    subject = pickle.dumps(published.acme.subjects["dispatcher"])
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=PROJECT
        )
        for _ in range(3)
    ]
    answers = {process.communicate(subject)[0].decode() for process in started}
    assert answers == {f"10 {path.stat().st_ino}\n"}
    assert not list(path.parent.glob("*.draft*"))


def test_a_killed_builder_leaves_no_half_door(published: PublishedLake) -> None:
    path = door.find_door(published.acme.subjects["auditor"])[1]
    path.unlink()
    code = (
        "import sys, pickle\nfrom transforms.lake.door import open_door\n"
        "open_door(pickle.load(sys.stdin.buffer))\n"
    )
    killed = subprocess.run(
        [sys.executable, "-c", code],
        input=pickle.dumps(published.acme.subjects["auditor"]),
        env=os.environ | {"CRM_CRASH_AT": "door.written"},
        cwd=PROJECT,
        check=False,
    )
    assert killed.returncode == -9
    assert not path.exists()
    with open_door(published.acme.subjects["auditor"]) as opened:
        assert opened.sql("select count(*) from marts.fct_bookings").item() == 20


def test_the_next_publication_finds_warm_doors_and_old_ones_go(published: PublishedLake) -> None:
    subjects = published.acme.subjects
    used = door.find_door(subjects["manager"])[1]
    first = published.publication
    with open_door(subjects["manager"]) as before:
        second = publish_by_hand(published.acme, published.other)
        with connect_memory() as connection:
            attach_lake(connection)
            fill_marts(connection, published.acme, published.other)
            made = door.warm_doors(connection, second)
            assert door.warm_doors(connection, second) == 0
        assert made >= 2
        warmed = settings().doors_dir / str(second.id) / used.name
        assert warmed.exists()
        assert door.find_door(subjects["manager"])[1] == warmed
        # Whoever holds the old one keeps it; a report may still ask for it by number.
        assert before.sql("select count(*) from marts.fct_bookings").item() == 10
        third = publish_by_hand(published.acme, published.other)
        sweep_doors()
        assert not used.exists()
        assert warmed.exists()
        assert before.sql("select count(*) from marts.fct_bookings").item() == 10
    with open_door(subjects["manager"], first.id) as again:
        assert again.publication == first
        assert again.sql("select count(*) from marts.fct_bookings").item() == 10
    assert publication.current() == third
    assert [each.id for each in publication.recent(2)] == [third.id, second.id]
