"""The fake account itself: the vendor's manners, the dirt, determinism, and time that passes."""

from collections import Counter
from datetime import timedelta

import httpx
import pytest

from tests.unit.transforms.sources.conftest import AS_OF, client_of, serve
from transforms.sources.base import Json
from transforms.sources.http import SourceClient
from transforms.sources.smartmoving.fake import FakeSmartMoving, Faults


def ask(server: FakeSmartMoving, path: str, **query: str | int) -> httpx.Response:
    return httpx.get(
        server.base_url + path, params=query, headers={"x-api-key": server.api_key}, timeout=10
    )


def test_every_standard_path_answers(account: FakeSmartMoving) -> None:
    customer = next(iter(account.account.people))
    opportunity, (_, life) = next(iter(account.account.lives.items()))
    lead = account.account.leads()[0]["id"]
    paths = [
        "ping", "branches", "users", "move-sizes", "service-types", "referral-sources", "tariffs",
        "bad-lead-reasons", "cancellation-reasons", "lost-reasons", "leads", f"leads/{lead}",
        "leads/statuses", "customers", f"customers/{customer}",
        f"customers/{customer}/opportunities", f"customers/{customer}/storage-accounts",
        f"opportunities/{opportunity}", f"opportunities/quote/{life.quote_number}",
        f"opportunities/{opportunity}/jobs", f"opportunities/{opportunity}/audit-activity",
        f"payments/opportunities/{opportunity}",
    ]  # fmt: skip
    assert {path: ask(account, f"/api/{path}").status_code for path in paths} == dict.fromkeys(
        paths, 200
    )


def test_the_key_is_asked_for(account: FakeSmartMoving) -> None:
    assert httpx.get(f"{account.base_url}/api/ping").status_code == 401
    query = {"api-key": account.api_key}
    assert httpx.get(f"{account.base_url}/api/ping", params=query).status_code == 200


def test_the_envelope_counts_and_ends(account: FakeSmartMoving) -> None:
    page = ask(account, "/api/users", Page=1, PageSize=500).json()
    rows = len(account.account.users())
    assert (page["pageSize"], page["totalThisPage"]) == (100, min(100, rows))
    assert page["totalResults"] == rows
    past = ask(account, "/api/users", Page=99, PageSize=50).json()
    assert (past["pageResults"], past["lastPage"]) == ([], True)


def test_dates_filter_inclusively_and_unknown_names_are_ignored(account: FakeSmartMoving) -> None:
    def listed(first: int, last: int, **more: str) -> list[Json]:
        answer = ask(
            account,
            "/api/customers",
            FromServiceDate=first,
            ToServiceDate=last,
            PageSize=100,
            **more,
        )
        rows: list[Json] = answer.json()["pageResults"]
        return rows

    everybody = listed(20261101, 20261130)
    day = Counter(
        job["serviceDate"]
        for row in everybody
        for opportunity in row["opportunities"]  # type: ignore[attr-defined]
        for job in opportunity["jobs"]
    ).most_common(1)[0][0]
    on_the_day = listed(int(day), int(day))
    assert on_the_day
    assert on_the_day == [row for row in everybody if row in on_the_day]
    assert listed(int(day), int(day), BranchId="nobody") == on_the_day


def test_same_seed_same_data_other_seed_other_data() -> None:
    one, two, other = serve(), serve(), serve(seed=8)
    assert list(one.account.lives) == list(two.account.lives)
    assert one.account.customers(None, None) == two.account.customers(None, None)
    assert set(one.account.lives).isdisjoint(other.account.lives)


def test_people_are_invented(account: FakeSmartMoving) -> None:
    for row in account.account.customers(None, None):
        mail = str(row["emailAddress"] or "@example.com")
        assert mail.endswith("@example.com")
        assert "-555-01" in str(row["phoneNumber"])


def test_names_carry_the_dirt_of_a_real_account(account: FakeSmartMoving) -> None:
    names = [str(row["name"]) for row in account.account.branches()]
    assert len(names) == 3 + 18 + 5
    assert "Northway Moving - Corporate - MONTRÈAL" in names
    assert "TEST - do not use" in names
    sizes = account.account.move_sizes()
    assert (len(sizes), any(row["volume"] is None for row in sizes)) == (38, True)
    assert any("555-01" in str(row["name"]) for row in account.account.referral_sources())


def test_time_shows_changes_edits_newcomers_and_losses() -> None:
    with serve(per_branch=80) as server:
        before = server.account
        server.move_to(AS_OF + timedelta(days=14))
        after = server.account
    both = set(before.lives) & set(after.lives)
    include = frozenset({"includecharges"})
    was = {key: before.opportunity(key, include) for key in both}
    now = {key: after.opportunity(key, include) for key in both}
    moves = Counter((was[k]["status"], now[k]["status"]) for k in both)  # type: ignore[index]
    assert moves[3, 30], "an open opportunity was lost"
    assert moves[4, 11] or moves[4, 10], "a booked one was done"
    assert set(after.lives) - set(before.lives), "somebody new came"
    assert any(
        before.customer(key) != after.customer(key) for key in before.people if key in after.people
    ), "somebody changed the phone"
    assert all(earlier <= later or later == 20 for (earlier, later) in moves)


def test_money_adds_up_for_who_has_paid(account: FakeSmartMoving) -> None:
    settled = 0
    for key, (_, life) in account.account.lives.items():
        if life.status_at(AS_OF) != 11 or not life.pays_balance:
            continue
        payments = account.account.payments_of(key) or []
        if any(row["paymentCategory"] == 1 for row in payments):
            settled += 1
            assert all(isinstance(row["amount"], float) for row in payments)
            assert sum(float(str(row["amount"])) for row in payments) > 0
    assert settled > 0


@pytest.mark.parametrize(
    ("faults", "field"),
    [(Faults(null_volume=True), "volume"), (Faults(unknown_code=True), "opportunityType")],
)
def test_milder_faults_change_one_thing(
    account: FakeSmartMoving, faults: Faults, field: str
) -> None:
    key = next(iter(account.account.lives))
    with serve(faults) as server, client_of(server) as client:
        odd = client.get_row(f"/api/opportunities/{key}")
    good = ask(account, f"/api/opportunities/{key}").json()
    assert odd[field] == {"volume": None, "opportunityType": 99}[field]
    assert good[field] != odd[field]


def test_as_many_opportunities_break_their_contract_as_asked(client: SourceClient) -> None:
    with serve(Faults(broken_opportunities=4)) as server:
        assert sorted(server.broken.values()) == [0, 1, 2, 3]
        assert set(server.broken) <= set(server.account.lives)
