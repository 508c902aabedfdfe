"""A receiver of webhooks on loopback, with a certificate of its own, that answers as it is told."""

import ipaddress
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from crm_core.services.integration.webhook_delivery import Egress
from crm_core.services.integration.webhook_rules import is_outside

HOST = "hooks.example.com"


@dataclass
class Receiver:
    """What came in, and the answers still to give: (status, headers, body); 200 when none is."""

    port: int
    context: ssl.SSLContext
    answers: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    drips: bool = False
    """Sends a header a little at a time and never ends it."""
    address: str = "127.0.0.1"

    @property
    def url(self) -> str:
        return f"https://{HOST}:{self.port}/in?a=1"

    def egress(self, seconds: float = 5) -> Egress:
        """What a test may dial, and the product may not: loopback, at any port."""

        async def resolve(host: str, port: int) -> Sequence[str]:
            assert host == HOST
            return [self.address]

        def may_dial(address: str) -> bool:
            return address == "127.0.0.1" or is_outside(address)

        return Egress(frozenset({self.port}), resolve, may_dial, seconds)


@contextmanager
def receiver(folder: Path) -> Iterator[Receiver]:
    """A server for one test."""
    key, certificate = _certificate(folder)
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(certificate, key)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.socket = served.wrap_socket(server.socket, server_side=True)
    made = Receiver(server.server_address[1], ssl.create_default_context(cafile=str(certificate)))
    _Handler.receiver = made
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    receiver: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.receiver.got.append((dict(self.headers), body))
        if self.receiver.drips:
            self._drip()
            return
        code, headers, text = (
            self.receiver.answers.pop(0) if self.receiver.answers else (200, {}, b"")
        )
        self.send_response(code)
        for name, value in {"Content-Length": str(len(text)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)

    def _drip(self) -> None:
        try:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            for _ in range(100):
                self.wfile.write(b"a")
                self.wfile.flush()
                time.sleep(0.05)
        except OSError:
            pass

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""


def _certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    names = [x509.DNSName(HOST), x509.IPAddress(ipaddress.ip_address("127.0.0.2"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    key_file, certificate_file = folder / "key.pem", folder / "certificate.pem"
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    certificate_file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return key_file, certificate_file
