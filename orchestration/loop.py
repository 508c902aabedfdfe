"""A process of `crm up` that does one thing again and again, and says what goes wrong once.

What is done stands in `sealer` and `relay`.
"""

import sys
import time
from collections.abc import Callable

import httpx
import psycopg
from sqlalchemy.exc import SQLAlchemyError

from crm_core import clock
from crm_core.errors import CrmError

PASSING = (CrmError, psycopg.Error, SQLAlchemyError, httpx.HTTPError, OSError)
"""What may go wrong once and not the next time."""


def forever(every_seconds: float, act: Callable[[], object]) -> None:
    """Act until stopped; a problem is written to the log when it is new, and tried again."""
    said = ""
    while True:
        try:
            act()
            said = ""
        except PASSING as error:
            line = " ".join(f"{type(error).__name__}: {error}".split())
            if line != said:
                sys.stderr.write(f"{clock.now().isoformat()} {line}\n")
                said = line
        time.sleep(every_seconds)
