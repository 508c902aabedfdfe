"""The edge that posts webhooks: resolve, refuse what is inside, dial what was judged, time it out.

What is owed to whom, and what follows from an outcome, is `integration.webhooks`.
"""

import asyncio
import socket
import ssl
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import httpx

from crm_core.database import tenant_session
from crm_core.errors import InvalidInput
from crm_core.security.permissions import Subject
from crm_core.services.integration import webhooks
from crm_core.services.integration.webhook_rules import PORTS, check_url, is_outside
from crm_core.services.integration.webhooks import LONGEST_ANSWER, Outcome, Request

TIMEOUT_SECONDS = 10.0

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


async def resolve(host: str, port: int) -> Sequence[str]:
    """Every address that a name stands for now."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


@dataclass(frozen=True)
class Egress:
    """What may be dialled; the product always uses the defaults."""

    ports: frozenset[int] = PORTS
    resolve: Resolve = resolve
    may_dial: Callable[[str], bool] = is_outside
    seconds: float = TIMEOUT_SECONDS


def new_client(verify: ssl.SSLContext | bool = True) -> httpx.AsyncClient:
    """A client that follows no redirect and no proxy of the environment."""
    return httpx.AsyncClient(
        verify=verify, follow_redirects=False, trust_env=False, timeout=TIMEOUT_SECONDS
    )


async def deliver_due(
    subject: Subject,
    client: httpx.AsyncClient,
    now: Callable[[], datetime],
    egress: Egress = Egress(),
    limit: int = 100,
) -> Counter[str]:
    """Try what is due: receivers side by side, each one's events in order. Counts by status."""
    with tenant_session(subject) as session:
        webhooks.recover(session, subject, as_of=now())
        lanes = webhooks.due(session, subject, as_of=now(), limit=limit)
    counts: Counter[str] = Counter()

    async def lane(delivery_ids: Sequence[UUID]) -> None:
        for delivery_id in delivery_ids:
            with tenant_session(subject) as session:
                request = webhooks.begin(session, subject, delivery_id=delivery_id, at=now())
            if request is None:
                continue
            outcome = await post(request, client, egress)
            with tenant_session(subject) as session:
                row = webhooks.record(
                    session, subject, delivery_id=delivery_id, outcome=outcome, at=now()
                )
            counts[row.status] += 1

    await asyncio.gather(*map(lane, lanes.values()))
    return counts


async def post(request: Request, client: httpx.AsyncClient, egress: Egress = Egress()) -> Outcome:
    """One try, over after ten seconds whatever the receiver does; never raises for its faults."""
    try:
        async with asyncio.timeout(egress.seconds):
            return await _post(request, client, egress)
    except TimeoutError:
        return Outcome(error=f"no answer within {egress.seconds:g} seconds")
    except InvalidInput as error:
        return Outcome(error=error.line)
    except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
        return Outcome(error=f"no answer: {type(error).__name__}")


async def _post(request: Request, client: httpx.AsyncClient, egress: Egress) -> Outcome:
    host, port = check_url(request.url, egress.ports)
    addresses = await egress.resolve(host, port)
    if not addresses or not all(map(egress.may_dial, addresses)):
        raise InvalidInput("url", f"{host} does not stand for an address on the internet")
    parts = urlsplit(request.url)
    address = f"[{addresses[0]}]" if ":" in addresses[0] else addresses[0]
    # The judged address is dialled: asking again could give another. The name is still what the
    # certificate must be for.
    dialled = urlunsplit(("https", f"{address}:{port}", parts.path, parts.query, ""))
    named = host if port == 443 else f"{host}:{port}"
    async with client.stream(
        "POST",
        dialled,
        content=request.body,
        headers={**request.headers, "Host": named},
        extensions={"sni_hostname": host},
    ) as answer:
        return Outcome(answer.status_code, await _beginning(answer), _retry_after(answer))


async def _beginning(answer: httpx.Response) -> str:
    """The first two kilobytes as they came, packed or not; the rest is never read."""
    read = b""
    async for chunk in answer.aiter_raw():
        read += chunk
        if len(read) >= LONGEST_ANSWER:
            break
    return read[:LONGEST_ANSWER].decode("utf-8", "replace")


def _retry_after(answer: httpx.Response) -> timedelta | None:
    """A wait in whole seconds; a date is left to our own schedule."""
    said = answer.headers.get("Retry-After", "")
    return (
        timedelta(seconds=int(said))
        if said.isascii() and said.isdigit() and len(said) < 8
        else None
    )
