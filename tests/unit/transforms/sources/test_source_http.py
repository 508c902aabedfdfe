"""The polite client against a real server that misbehaves on demand."""

from collections.abc import Callable

import httpx
import pytest

from tests.unit.transforms.sources.conftest import FAST, client_of, serve
from transforms.sources.base import (
    SourceAnswerUnreadable,
    SourceRefusedKey,
    SourceRefusedRequest,
    SourceTooBusy,
    SourceUnreachable,
)
from transforms.sources.http import Manners, SourceClient, retry_after
from transforms.sources.smartmoving.fake import FakeSmartMoving, Faults


def test_pages_of_an_envelope_give_every_row_once(client: SourceClient) -> None:
    small = [row["id"] for row in client.pages("/api/users", page_size=5)]
    large = [row["id"] for row in client.pages("/api/users", page_size=100)]
    assert small == large
    assert len(small) == len(set(small)) > 5


@pytest.mark.parametrize("page_size", [5, 13, 26, 100])
def test_bare_arrays_give_the_same_rows_as_envelopes(
    account: FakeSmartMoving, client: SourceClient, page_size: int
) -> None:
    wanted = list(client.pages("/api/branches", page_size=page_size))
    with serve(Faults(bare_arrays=True)) as server, client_of(server) as bare:
        assert list(bare.pages("/api/branches", page_size=page_size)) == wanted
    assert len(wanted) == len(account.account.branches())


def test_a_transient_fault_is_retried_and_no_row_is_lost(account: FakeSmartMoving) -> None:
    wanted = account.account.branches()
    faults = Faults(server_error_every=4, truncated_every=5, too_busy_every=7, retry_after=0.001)
    with serve(faults) as server, client_of(server) as client:
        assert list(client.pages("/api/branches", page_size=5)) == wanted
        assert server.calls > -(-len(wanted) // 5), "the faults never struck"


def test_retry_after_is_waited_for() -> None:
    waits: list[float] = []
    with serve(Faults(too_busy_every=2, retry_after=3)) as server:
        headers = {"x-api-key": server.api_key}
        with SourceClient(
            "SmartMoving", server.base_url, headers=headers, manners=FAST, sleep=waits.append
        ) as client:
            client.get("/api/ping")
            client.get("/api/ping")
    assert [3 <= wait < 3.1 for wait in waits] == [True]


def test_a_retry_after_beyond_our_patience_is_an_error_at_once() -> None:
    with serve(Faults(too_busy_every=1, retry_after=86_400)) as server:
        with client_of(server) as client, pytest.raises(SourceTooBusy, match="run the ingest"):
            client.get("/api/ping")
        assert server.calls == 1


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ({"Retry-After": "2.5"}, 2.5),
        ({"Retry-After": "-1"}, 0.0),
        ({"Retry-After": "soon"}, None),
        ({}, None),
        (
            {
                "Retry-After": "Fri, 20 Nov 2026 18:00:30 GMT",
                "Date": "Fri, 20 Nov 2026 18:00:00 GMT",
            },
            30.0,
        ),
        ({"Retry-After": "Fri, 20 Nov 2026 18:00:30 GMT"}, None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(
    header: dict[str, str], seconds: float | None
) -> None:
    assert retry_after(httpx.Response(429, headers=header)) == seconds


@pytest.mark.parametrize(
    ("faults", "error"),
    [
        (Faults(server_error_every=1), SourceUnreachable),
        (Faults(too_busy_every=1, retry_after=0.001), SourceTooBusy),
        (Faults(truncated_every=1), SourceAnswerUnreadable),
    ],
)
def test_a_lasting_fault_ends_in_one_clear_line_after_all_tries(
    faults: Faults, error: type[Exception]
) -> None:
    with serve(faults) as server:
        with client_of(server) as client, pytest.raises(error) as caught:
            client.get_rows("/api/branches")
        assert server.calls == FAST.tries
        assert server.api_key not in str(caught.value)
        assert "\n" not in str(caught.value)


def test_a_slow_source_times_out() -> None:
    manners = Manners(tries=2, first_wait=0.001, requests_per_second=None, timeout=0.2)
    with serve(Faults(slow_every=1, slow_seconds=1.0)) as server:
        headers = {"x-api-key": server.api_key}
        with (
            SourceClient(
                "SmartMoving", server.base_url, headers=headers, manners=manners
            ) as client,
            pytest.raises(SourceUnreachable, match="timed out"),
        ):
            client.get("/api/ping")


def test_nobody_listening_is_unreachable() -> None:
    with serve() as server:
        address = server.base_url
    with (
        SourceClient("SmartMoving", address, headers={}, manners=FAST) as client,
        pytest.raises(SourceUnreachable, match="did not answer"),
    ):
        client.get("/api/ping")


def test_a_wrong_key_is_not_tried_again(account: FakeSmartMoving) -> None:
    before = account.calls
    with client_of(account, key="wrong") as client, pytest.raises(SourceRefusedKey, match="renew"):
        client.get("/api/branches")
    assert account.calls == before + 1


@pytest.mark.parametrize("path", ["/api/opportunities/nobody", "/api/webhooks"])
def test_an_unknown_id_or_path_is_refused(client: SourceClient, path: str) -> None:
    with pytest.raises(SourceRefusedRequest, match="check the id"):
        client.get(path)


@pytest.mark.parametrize(
    "ask",
    [
        lambda client: client.get_row("/api/leads/statuses"),
        lambda client: client.get_rows("/api/ping"),
        lambda client: list(client.pages("/api/ping")),
    ],
)
def test_an_answer_of_another_shape_is_unreadable(
    client: SourceClient, ask: Callable[[SourceClient], object]
) -> None:
    with pytest.raises(SourceAnswerUnreadable):
        ask(client)


def test_the_pace_is_kept(account: FakeSmartMoving) -> None:
    waits: list[float] = []
    headers = {"x-api-key": account.api_key}
    manners = Manners(requests_per_second=2.0)
    with SourceClient(
        "SmartMoving", account.base_url, headers=headers, manners=manners, sleep=waits.append
    ) as client:
        for _ in range(4):
            client.get("/api/ping")
    # Nobody really slept, so each request is due half a second after the one before it.
    assert [round(wait / 0.5) for wait in waits] == [1, 2, 3]
