"""One-time codes: the vectors of RFC 6238, the window, and what is taken twice."""

import base64
from datetime import UTC, datetime, timedelta

import pytest

from crm_core.security import totp
from crm_core.security.totp import Digest

KEYS: dict[Digest, bytes] = {
    "sha1": b"12345678901234567890",
    "sha256": b"12345678901234567890123456789012",
    "sha512": b"1234567890" * 6 + b"1234",
}
SECRET = base64.b32encode(KEYS["sha1"]).decode()
AT = datetime(2026, 11, 23, 12, 0, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "sha1", "sha256", "sha512"),
    [
        (59, "94287082", "46119246", "90693936"),
        (1111111109, "07081804", "68084774", "25091201"),
        (1111111111, "14050471", "67062674", "99943326"),
        (1234567890, "89005924", "91819424", "93441116"),
        (2000000000, "69279037", "90698825", "38618901"),
        (20000000000, "65353130", "77737706", "47863826"),
    ],
)
def test_the_vectors_of_the_rfc(seconds: int, sha1: str, sha256: str, sha512: str) -> None:
    step = totp.step_of(datetime.fromtimestamp(seconds, UTC))
    expected: dict[Digest, str] = {"sha1": sha1, "sha256": sha256, "sha512": sha512}
    for digest, code in expected.items():
        assert totp.code_at(KEYS[digest], step, 8, digest) == code


def test_a_code_is_good_for_a_period_before_and_after_and_no_longer() -> None:
    code = totp.code_at(KEYS["sha1"], totp.step_of(AT))
    for seconds, fits in ((-60, False), (-30, True), (0, True), (30, True), (60, False)):
        found = totp.matching_step(SECRET, code, AT + timedelta(seconds=seconds))
        assert (found == totp.step_of(AT)) is fits


def test_a_code_is_taken_once() -> None:
    step = totp.step_of(AT)
    code = totp.code_at(KEYS["sha1"], step)
    assert totp.matching_step(SECRET, code, AT, after=step - 1) == step
    assert totp.matching_step(SECRET, code, AT, after=step) is None


@pytest.mark.parametrize("code", ["", "12345", "abcdef", "１２３４５６", "0" * 400])
def test_what_is_no_code_fits_nothing(code: str) -> None:
    assert totp.matching_step(SECRET, code, AT) is None


def test_secrets_and_recovery_codes_are_random_and_readable() -> None:
    assert len(base64.b32decode(totp.new_secret())) == 20
    codes = totp.recovery_codes()
    assert len({*codes, *totp.recovery_codes()}) == 2 * totp.RECOVERY_CODES
    assert all(len(totp.plain_code(code)) == 12 for code in codes)
    assert totp.plain_code(f" {codes[0].upper()} ") == codes[0].replace("-", "")


def test_the_address_is_what_authenticators_read() -> None:
    assert totp.address("ABC", "C&C CRM", "a+b@acme.example") == (
        "otpauth://totp/C%26C%20CRM%3Aa%2Bb%40acme.example"
        "?secret=ABC&issuer=C%26C%20CRM&digits=6&period=30"
    )
