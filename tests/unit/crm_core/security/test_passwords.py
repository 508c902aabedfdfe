"""Passwords and tokens."""

import pytest

from crm_core.errors import InvalidInput
from crm_core.security.passwords import (
    hash_password,
    needs_rehash,
    new_token,
    one_time_password,
    password_matches,
    token_hash,
)


def test_a_password_fits_its_own_hash_only() -> None:
    hashed = hash_password("correct horse battery")
    assert hashed.startswith("$argon2id$")
    assert password_matches(hashed, "correct horse battery")
    assert not password_matches(hashed, "correct horse batterY")
    assert not password_matches(hashed, "")
    assert not needs_rehash(hashed)
    assert hash_password("correct horse battery") != hashed


def test_without_a_hash_nothing_fits() -> None:
    assert not password_matches(None, "correct horse battery")
    assert not password_matches("not a hash", "correct horse battery")


@pytest.mark.parametrize("password", ["", "elevenchars", "x" * 201])
def test_short_and_endless_passwords_are_refused(password: str) -> None:
    with pytest.raises(InvalidInput, match="between 12 and 200"):
        hash_password(password)


def test_what_is_given_out_is_long_and_never_the_same() -> None:
    passwords = {one_time_password() for _ in range(200)}
    tokens = {new_token() for _ in range(200)}
    assert len(passwords) == len(tokens) == 200
    assert all(len(password) == 19 for password in passwords)
    assert all(len(token) >= 43 for token in tokens)
    assert len({token_hash(token) for token in tokens}) == 200
