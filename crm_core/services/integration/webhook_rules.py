"""What a webhook's signature, retries and addresses must be: pure functions.

Subscriptions and deliveries are `integration.webhooks`; the request itself is
`integration.webhook_delivery`.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from crm_core.errors import InvalidInput

RETRY_AFTER: Final = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=12),
)
MOST_TRIES: Final = len(RETRY_AFTER) + 1
JITTER: Final = 0.2
MOST_FAILURES: Final = 20
"""Failed tries in a row, over all deliveries, that switch a webhook off."""
PORTS: Final = frozenset({443, 8443})
_HOST = re.compile(
    r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]"
)
_INSIDE = (".local", ".localhost", ".internal", ".lan", ".home.arpa", ".intranet")

# Python's `is_global` is true for NAT64, 6to4 and multicast: what is refused is written out.
_REFUSED = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
        "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24",
        "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15",
        "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23",
        "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10",
        "fec0::/10", "ff00::/8",
    )
)  # fmt: skip


def sign(secret: str, timestamp: int, body: bytes) -> str:
    """HMAC-SHA-256 of the time, a dot and the body, in hexadecimal."""
    signed = str(timestamp).encode() + b"." + body
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def body_of(payload: Mapping[str, Any]) -> bytes:
    """The bytes of a payload: the same every time, whatever order its keys were stored in."""
    return json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def wait_after(delivery_id: UUID, tries: int) -> timedelta | None:
    """How long to wait after so many tries, 20 % more or less by delivery; None after the last."""
    if tries > len(RETRY_AFTER):
        return None
    digest = hashlib.sha256(delivery_id.bytes + tries.to_bytes(2, "big")).digest()
    share = int.from_bytes(digest[:4], "big") / 0xFFFFFFFF
    return RETRY_AFTER[tries - 1] * (1 - JITTER + 2 * JITTER * share)


def next_try_at(
    delivery_id: UUID, tries: int, at: datetime, asked: timedelta | None = None
) -> datetime | None:
    """When to try again; a receiver that asks for a longer wait gets it, up to the longest."""
    wait = wait_after(delivery_id, tries)
    if wait is None:
        return None
    return at + max(wait, min(asked or timedelta(0), RETRY_AFTER[-1]))


def check_url(url: str, ports: frozenset[int] = PORTS) -> tuple[str, int]:
    """Host and port of an address outside; raises `InvalidInput` for any other.

    The host is a name, so that every spelling of a number is out; what the name stands for is
    judged by `is_outside` when it is dialled.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or 443
    except ValueError as error:
        raise InvalidInput("url", "is not an address") from error
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme != "https":
        raise InvalidInput("url", "must begin with https://")
    if parts.username is not None or parts.password is not None:
        raise InvalidInput("url", "must not carry a name or password: use a header")
    if not url.isascii() or any(character <= " " for character in url) or "\\" in url:
        raise InvalidInput("url", "holds characters that an address cannot have")
    if not _HOST.fullmatch(host) or f".{host}".endswith(_INSIDE):
        raise InvalidInput("url", "must name a host on the internet, not a number or a local name")
    if port not in ports:
        raise InvalidInput("url", f"port {port} is not one of {', '.join(map(str, sorted(ports)))}")
    return host, port


def is_outside(address: str) -> bool:
    """Whether an address is on the internet, not ours, a neighbour's or a wrapped one of these."""
    try:
        found: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return not any(found in network for network in _REFUSED if network.version == found.version)
