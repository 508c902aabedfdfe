"""Signatures, waits and addresses of webhooks, as pure functions."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.errors import InvalidInput
from crm_core.services.integration.webhook_rules import (
    MOST_TRIES,
    RETRY_AFTER,
    body_of,
    check_url,
    is_outside,
    next_try_at,
    sign,
    wait_after,
)

AT = datetime(2026, 11, 20, 18, tzinfo=UTC)
ONE = UUID(int=1)


def test_the_signature_is_over_time_dot_body() -> None:
    wanted = hmac.new(b"key", b'1795197600.{"a":1}', hashlib.sha256).hexdigest()
    assert sign("key", 1795197600, b'{"a":1}') == wanted


@given(body=st.binary(min_size=1, max_size=60), place=st.integers(0), bit=st.integers(0, 7))
def test_any_changed_bit_changes_the_signature(body: bytes, place: int, bit: int) -> None:
    changed = bytearray(body)
    changed[place % len(body)] ^= 1 << bit
    assert sign("key", 1, body) != sign("key", 1, bytes(changed))
    assert sign("key", 1, body) != sign("key", 2, body) != sign("other", 2, body)


def test_the_body_does_not_depend_on_the_order_of_keys() -> None:
    assert body_of({"b": "é", "a": {"d": 1, "c": 2}}) == '{"a":{"c":2,"d":1},"b":"é"}'.encode()
    assert body_of({"a": 1, "b": 2}) == body_of({"b": 2, "a": 1})


@given(delivery=st.uuids(), tries=st.integers(1, 5))
def test_waits_stay_within_a_fifth_of_the_schedule(delivery: UUID, tries: int) -> None:
    wait = wait_after(delivery, tries)
    assert wait is not None
    assert RETRY_AFTER[tries - 1] * 0.8 <= wait <= RETRY_AFTER[tries - 1] * 1.2
    assert wait == wait_after(delivery, tries)


def test_the_sixth_try_is_the_last_and_waits_differ_by_delivery() -> None:
    assert wait_after(ONE, MOST_TRIES) is None
    assert next_try_at(ONE, MOST_TRIES, AT) is None
    assert len({wait_after(UUID(int=n), 1) for n in range(20)}) == 20


def test_a_receiver_may_ask_for_a_longer_wait_within_reason() -> None:
    assert next_try_at(ONE, 1, AT, timedelta(minutes=10)) == AT + timedelta(minutes=10)
    assert next_try_at(ONE, 1, AT, timedelta(days=30)) == AT + timedelta(hours=12)
    short = next_try_at(ONE, 1, AT, timedelta(seconds=1))
    assert short is not None and short >= AT + timedelta(seconds=48)


@pytest.mark.parametrize(
    "url",
    ["https://hooks.example.com/a?b=c", "https://a.io", "https://EXAMPLE.com.:8443/x"],
)
def test_an_address_on_the_internet_is_taken(url: str) -> None:
    assert check_url(url)[1] in (443, 8443)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com",
        "ftp://example.com",
        "https://",
        "https://localhost/",
        "https://printer.local/",
        "https://db.internal/",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.0.0.1/",
        "https://0177.0.0.1/",
        "https://1.2.3.0x4/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[fe80::1%25eth0]/",
        "https://①②⑦.⓪.⓪.①/",
        "https://１２７.0.0.1/",
        "https://user:pass@example.com/",
        "https://user@example.com/",
        "https://example.com:22/",
        "https://example.com:99999/",
        "https://example.com:x/",
        "https://example.com\\@127.0.0.1/",
        "https://exa mple.com/",
        "https://example.com/\r\nHost: a",
        "https://-a.example.com/",
        "https://intranet/",
        "https://[::1",
    ],
)
def test_any_other_address_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput, match=r"^url: "):
        check_url(url)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.255.0.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255",
        "192.168.1.1", "169.254.169.254", "100.64.0.1", "198.18.0.1", "224.0.0.1",
        "255.255.255.255", "192.0.2.1", "203.0.113.9", "::", "::1", "::7f00:1",
        "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:1::1",
        "2001:db8::1", "fc00::1", "fd12::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1",
        "no address", "",
    ],
)  # fmt: skip
def test_an_inside_address_is_never_dialled(address: str) -> None:
    assert not is_outside(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111"])
def test_an_outside_address_may_be(address: str) -> None:
    assert is_outside(address)
