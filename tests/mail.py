"""A mail server on this machine, for tests that send; what it answers is said by its handler."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from aiosmtpd.controller import Controller

from reports.delivery.transport import Smtp


@contextmanager
def mail_server(handler: Any) -> Iterator[Smtp]:
    """The transport to a server whose letters `handler` takes."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield Smtp(urlsplit(f"smtp://127.0.0.1:{port}"))
    finally:
        controller.stop()
