"""A provider of mail and texts on loopback, that answers as it is told."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

from crm_core.services.communication.message_delivery import HttpCarrier


class Provider(BaseHTTPRequestHandler):
    """A provider of mail on loopback; `answers` are its next statuses, 0 hangs up."""

    answers: list[int] = []
    got: list[dict[str, Any]] = []

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.got.append(body | {"key": self.headers["Idempotency-Key"]})
        code = self.answers.pop(0) if self.answers else 200
        if code == 0:
            self.connection.close()
            return
        text = json.dumps({"id": f"m{len(self.got)}"}).encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""


@contextmanager
def provider() -> Iterator[HttpCarrier]:
    """A server for one test, and the carrier that leads there."""
    Provider.answers, Provider.got = [], []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with httpx.Client(trust_env=False, timeout=5) as client:
        yield HttpCarrier(client, f"http://127.0.0.1:{server.server_address[1]}/send")
    server.shutdown()
    server.server_close()
