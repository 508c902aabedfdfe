"""The pull plan: everything once, nothing twice, details only where something moved."""

from collections import Counter
from datetime import date, timedelta

import pytest

from tests.unit.transforms.sources.conftest import AS_OF, Ours, client_of, serve
from transforms.sources.base import Known, Payload, Quarantined, SourceUnreachable
from transforms.sources.smartmoving.connector import (
    DAYS_AHEAD,
    DAYS_BACK,
    SmartMoving,
    windows,
)
from transforms.sources.smartmoving.fake import FakeSmartMoving, Faults


def pull(server: FakeSmartMoving, ours: Ours, known: Known | None = None) -> list[Payload]:
    with client_of(server) as client:
        return list(SmartMoving(client, ours.branches).pull(ours.today, known or Known()))


def quarantined(payloads: list[Payload], server: FakeSmartMoving, ours: Ours) -> list[Quarantined]:
    with client_of(server) as client:
        source = SmartMoving(client, ours.branches)
        return [verdict for payload in payloads if (verdict := source.judge(payload))]


def known_of(payloads: list[Payload], bad: list[Quarantined]) -> Known:
    refused = {(verdict.stream, verdict.external_id) for verdict in bad}
    rows = {(p.stream, p.external_id): p.digest for p in payloads}
    return Known({key: digest for key, digest in rows.items() if key not in refused})


@pytest.fixture(scope="module")
def pulled(account: FakeSmartMoving, ours: Ours) -> list[Payload]:
    """A first pull of the whole account."""
    return pull(account, ours)


@pytest.mark.parametrize("days", [0, 1, 6, 7, 8, 95])
def test_windows_cover_every_day_once_in_spans_of_at_most_seven(days: int) -> None:
    first = date(2026, 10, 16)
    spans = list(windows(first, first + timedelta(days=days)))
    covered = [a + timedelta(days=n) for a, b in spans for n in range((b - a).days + 1)]
    assert covered == [first + timedelta(days=n) for n in range(days + 1)]
    assert max((b - a).days for a, b in spans) <= 6


def test_every_dated_opportunity_in_reach_is_pulled_once(
    account: FakeSmartMoving, pulled: list[Payload], ours: Ours
) -> None:
    first, last = ours.today - timedelta(days=DAYS_BACK), ours.today + timedelta(days=DAYS_AHEAD)
    wanted = {
        str(summary["id"])
        for row in account.account.customers(int(f"{first:%Y%m%d}"), int(f"{last:%Y%m%d}"))
        for summary in row["opportunities"]  # type: ignore[attr-defined]
    }
    got = [p.external_id for p in pulled if p.stream == "opportunities"]
    assert set(got) == wanted
    assert max(Counter((p.stream, p.external_id) for p in pulled).values()) == 1


def test_a_customer_comes_after_everything_read_for_its_sake(pulled: list[Payload]) -> None:
    position = {(p.stream, p.external_id): n for n, p in enumerate(pulled)}
    for payload in pulled:
        if payload.stream == "customers":
            for summary in payload.body()["opportunities"]:  # type: ignore[attr-defined]
                assert (
                    position["opportunities", summary["id"]]
                    < position["customers", payload.external_id]
                )


@pytest.mark.parametrize("faults", [Faults(bare_arrays=True), Faults(duplicate_across_pages=True)])
def test_paging_faults_change_nothing(pulled: list[Payload], ours: Ours, faults: Faults) -> None:
    with serve(faults) as server:
        assert set(pull(server, ours)) == set(pulled)


def test_only_strangers_and_the_broken_are_refused(pulled: list[Payload], ours: Ours) -> None:
    with serve(Faults(broken_opportunities=4)) as server:
        payloads = pull(server, ours)
        bad = quarantined(payloads, server, ours)
        broken = server.broken
    reasons = {v.external_id: v.reason for v in bad if v.external_id in broken}
    assert [reasons[key].split(" ")[0] for key in sorted(broken, key=lambda k: broken[k])] == [
        "branch", "estimatedTotal.finalTotal", "serviceDate", "status",
    ]  # fmt: skip
    strangers = [v.reason for v in bad if v.external_id not in broken]
    assert strangers
    assert all("matches no branch of ours" in reason for reason in strangers)
    assert len(payloads) <= len(pulled), "nothing more is asked about a broken one"


def test_a_second_pull_reads_details_of_recent_and_refused_rows_only(
    account: FakeSmartMoving, pulled: list[Payload], ours: Ours
) -> None:
    bad = quarantined(pulled, account, ours)
    again = pull(account, ours, known_of(pulled, bad))
    details = {p.external_id for p in again if p.stream == "opportunities"}
    assert {v.external_id for v in bad if v.stream == "opportunities"} <= details
    assert 0 < len(details) < sum(p.stream == "opportunities" for p in pulled) / 2
    assert {p for p in pulled if p.stream == "customers"} <= set(again)
    assert set(again) <= set(pulled)


def test_a_changed_status_is_read_again(pulled: list[Payload], ours: Ours) -> None:
    with serve() as server:
        known = known_of(pulled, quarantined(pulled, server, ours))
        before = server.account
        server.move_to(AS_OF + timedelta(days=3))
        changed = {
            key
            for key, (_, life) in before.lives.items()
            if key in server.account.lives
            and life.has_date
            and life.status_at(AS_OF) != life.status_at(AS_OF + timedelta(days=3))
        }
        again = pull(server, ours, known)
    details = {p.external_id for p in again if p.stream == "opportunities"}
    reachable = {p.external_id for p in pulled if p.stream == "opportunities"}
    assert changed & reachable <= details
    assert len(changed & reachable) > 5


def test_a_run_that_breaks_off_says_so(ours: Ours) -> None:
    with serve(Faults(server_error_every=1)) as server, pytest.raises(SourceUnreachable):
        pull(server, ours)
