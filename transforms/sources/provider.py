"""What the ingest needs to know of a kind of source: how to reach it, and what its rows do.

The run itself is in `ingest`; a new provider is one more line in `catalogue`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from crm_core.security.permissions import Subject
from transforms.sources.access import Access
from transforms.sources.base import Applied, Source
from transforms.sources.declared import Declared, Stream, client_ask
from transforms.sources.http import Manners, SourceClient


class Connect(Protocol):
    """Opens the source of an integration; what the core declares about it is read here, once."""

    def __call__(
        self, subject: Subject, integration_id: UUID, access: Access, manners: Manners | None
    ) -> AbstractContextManager[Source]: ...


class OpenDemo(Protocol):
    """Starts a local stand-in with data for the tenant's branches; yields how to reach it."""

    def __call__(
        self, subject: Subject, integration_id: UUID, *, seed: int, as_of: datetime
    ) -> AbstractContextManager[Access]: ...


@dataclass(frozen=True, slots=True)
class Provider:
    """A kind of source."""

    name: str
    connect: Connect
    apply: Callable[[Subject, UUID, datetime], Applied] | None = None
    """Brings accepted rows into the core; None for sources that only feed the lake."""
    open_demo: OpenDemo | None = None
    streams: Sequence[Stream] = ()
    """What a declared source reads; those that feed the lake do so by themselves."""


Headers = Callable[[Access], Mapping[str, str]]


def over_http(provider: str, streams: Sequence[Stream], headers: Headers) -> Connect:
    """How a source with a fixed key is reached."""

    @contextmanager
    def connect(
        subject: Subject, integration_id: UUID, access: Access, manners: Manners | None
    ) -> Iterator[Declared]:
        with SourceClient(
            provider, access.base_url, headers=headers(access), manners=manners
        ) as client:
            yield Declared(provider, streams, client_ask(client, access.options))

    return connect
