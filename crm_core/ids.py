"""UUID version 7: identifiers that sort by the time they were made.

Bulk identifiers for the simulation are made with NumPy there, in the same layout.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from random import Random
from uuid import UUID

from crm_core import clock

_bytes: ContextVar[Callable[[int], bytes]] = ContextVar("id_bytes", default=os.urandom)


@contextmanager
def drawn_from(generator: Random) -> Iterator[None]:
    """Within, ids take their random bits from `generator`: the same acts give the same ids."""
    token = _bytes.set(generator.randbytes)
    try:
        yield
    finally:
        _bytes.reset(token)


def new_id(at: datetime | None = None) -> UUID:
    """A new UUIDv7 stamped with `at` (now when absent); 74 random bits."""
    milliseconds = int((at or clock.now()).timestamp() * 1000)
    random = int.from_bytes(_bytes.get()(10), "big")
    value = (milliseconds & (2**48 - 1)) << 80
    value |= 0x7 << 76 | (random >> 62 & 0xFFF) << 64
    value |= 0b10 << 62 | random & (2**62 - 1)
    return UUID(int=value)
