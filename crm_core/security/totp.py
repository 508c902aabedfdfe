"""One-time codes of a second factor: RFC 6238 over RFC 4226, and the codes for a lost telephone.

Where secrets are kept, and how often somebody may try, is in `services.tenancy.second_factor`.
"""

import base64
import hmac
import secrets
import struct
from datetime import datetime
from typing import Final, Literal
from urllib.parse import quote, urlencode

PERIOD: Final = 30
"""Seconds that a code is good for."""

WINDOW: Final = 1
"""Periods before and after the present one whose codes are taken too: clocks differ."""

DIGITS: Final = 6
RECOVERY_CODES: Final = 10
# No vowels, and nothing that is mistaken for something else when it is written by hand.
_ALPHABET: Final = "bcdfghjkmnpqrstvwxz2346789"

Digest = Literal["sha1", "sha256", "sha512"]


def new_secret() -> str:
    """160 random bits in base32, as authenticator apps take them."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def step_of(at: datetime) -> int:
    """The period that an instant falls into."""
    return int(at.timestamp()) // PERIOD


def code_at(key: bytes, step: int, digits: int = DIGITS, digest: Digest = "sha1") -> str:
    """The code of a period."""
    mac = hmac.digest(key, struct.pack(">Q", step), digest)
    start = mac[-1] & 0x0F
    number = struct.unpack(">I", mac[start : start + 4])[0] & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)


def matching_step(secret: str, code: str, at: datetime, after: int | None = None) -> int | None:
    """The period whose code this is, if it is near `at` and later than `after`."""
    key, now = base64.b32decode(secret), step_of(at)
    found = None
    # All are compared, however early one fits: the time taken tells nothing.
    for step in range(now - WINDOW, now + WINDOW + 1):
        fits = hmac.compare_digest(code_at(key, step).encode(), code.encode())
        if fits and (after is None or step > after):
            found = step
    return found


def address(secret: str, issuer: str, account: str) -> str:
    """The otpauth address that a QR code carries."""
    label = quote(f"{issuer}:{account}", safe="")
    asked = urlencode({"secret": secret, "issuer": issuer, "digits": DIGITS, "period": PERIOD},
                      quote_via=quote)  # fmt: skip
    return f"otpauth://totp/{label}?{asked}"


def recovery_codes() -> list[str]:
    """Codes that each open the account once, some 56 bits."""
    return [_recovery_code() for _ in range(RECOVERY_CODES)]


def plain_code(said: str) -> str:
    """A code as it is compared: without the blanks and dashes people type."""
    return "".join(said.split()).replace("-", "").lower()


def _recovery_code() -> str:
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(3))
