"""Passwords and session tokens: how they are made, hashed and compared.

Who may sign in, and how often they may try, is in `services.tenancy.access`.
"""

import hashlib
import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from crm_core.errors import InvalidInput

SHORTEST, LONGEST = 12, 200
_HASHER = PasswordHasher()
# Letters and digits that are not mistaken for one another when read aloud.
_ALPHABET = "abcdefghjkmnpqrstuvwxyzACDEFGHJKLMNPQRTUVWXY34679"


def hash_password(password: str) -> str:
    """The argon2id hash of a password, with its salt and parameters."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise InvalidInput("password", f"must have between {SHORTEST} and {LONGEST} characters")
    return _HASHER.hash(password)


def password_matches(password_hash: str | None, password: str) -> bool:
    """Whether a password fits a hash; without a hash, False after the same work."""
    try:
        fits = _HASHER.verify(password_hash or _no_password(), password[: LONGEST + 1])
    except (VerificationError, InvalidHashError):
        return False
    return fits and password_hash is not None


def needs_rehash(password_hash: str) -> bool:
    """Whether the hash was made with older parameters."""
    return _HASHER.check_needs_rehash(password_hash)


def one_time_password() -> str:
    """A random password in four groups, some 89 bits."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4))


def new_token() -> str:
    """256 random bits as text."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """SHA-256 of a token: all that is stored of it."""
    return hashlib.sha256(token.encode()).hexdigest()


@cache
def _no_password() -> str:
    """A hash that nothing fits, so that an unknown address costs as much time as a known one."""
    return _HASHER.hash(secrets.token_urlsafe(32))
