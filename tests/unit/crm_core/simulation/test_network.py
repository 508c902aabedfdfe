"""The network file says what the domain reference says; scales and plans follow from it."""

from collections import Counter
from datetime import UTC, date, datetime

import pytest

from crm_core.enums import StorageType, UserRole
from crm_core.simulation.errors import UnknownScale, UntilOutOfRange
from crm_core.simulation.frames import stream
from crm_core.simulation.network import fleet_weights, northway, plan, riverbend
from crm_core.simulation.people import staff

UNTIL = date(2026, 11, 22)
WHOLE = northway(plan("M", 7, UNTIL)).branches


def test_the_network_has_the_branches_of_the_reference() -> None:
    assert Counter(branch.province for branch in WHOLE) == {
        "ON": 24, "BC": 8, "AB": 3, "NB": 3, "SK": 2, "QC": 1, "MB": 1, "NS": 1
    }  # fmt: skip
    assert sum(branch.is_corporate for branch in WHOLE) == 8
    storage = Counter(branch.storage for branch in WHOLE)
    assert (storage[StorageType.POD], storage[StorageType.LOCKER]) == (9, 13)
    assert sum(branch.trucks for branch in WHOLE) == 111


def test_shared_fleets_count_once_and_rented_ones_as_two() -> None:
    weights = fleet_weights(WHOLE)
    assert weights["AURO"] + weights["BARR"] + weights["MARK"] == pytest.approx(2)
    assert weights["BRAM"] + weights["MILT"] + weights["OAKV"] == pytest.approx(3)
    assert weights["OSHA"] == weights["BURL"] == 2
    assert weights["VANC"] == 11


def test_a_larger_scale_repeats_the_network_under_other_codes() -> None:
    branches = northway(plan("L", 7, UNTIL)).branches
    assert len(branches) == 430
    assert len({branch.code for branch in branches}) == len({b.name for b in branches}) == 430
    twin = next(branch for branch in branches if branch.code == "AURO7")
    assert twin.shares_fleet_with == ("BARR7", "MARK7")


def test_a_plan_covers_whole_months_before_the_month_of_its_last_day() -> None:
    wanted = plan("S", 7, UNTIL)
    assert (wanted.start_on, wanted.history_start_on) == (date(2026, 8, 1), date(2023, 11, 1))
    assert wanted.as_of == datetime(2026, 11, 22, 12, tzinfo=UTC)
    early = datetime(2026, 11, 22, 3, tzinfo=UTC)
    assert plan("S", 7, UNTIL, early).as_of == early


def test_what_cannot_be_planned_is_refused_in_one_line() -> None:
    with pytest.raises(UnknownScale, match="'XS' is not known: use one of S, M, L"):
        plan("XS", 7, UNTIL)
    with pytest.raises(UntilOutOfRange, match="2099-01-01 is out of range"):
        plan("S", 7, date(2099, 1, 1))


def test_every_branch_has_its_staff_and_mail_addresses_are_unique() -> None:
    company = northway(plan("M", 7, UNTIL))
    people = staff(company, stream(7, "people"))
    addresses = [person.email for person in people]
    assert len(set(addresses)) == len(addresses)
    assert {"exec@northway.example", "sales2.vanc@northway.example"} <= set(addresses)
    for role in (UserRole.MANAGER, UserRole.SALES_REP, UserRole.DISPATCHER):
        homes = {person.home for person in people if person.role is role}
        assert homes == {branch.code for branch in company.branches}
    manager = next(p for p in people if p.email == "manager.burl@northway.example")
    assert manager.sees == ("BURL",)
    assert {p.email.split("@")[1] for p in staff(riverbend(), stream(7, "x"))} == {
        "riverbend.example"
    }
