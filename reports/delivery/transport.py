"""How a letter leaves the house: into the outbox folder, or by SMTP.

Each way says for certain whether the letter went, did not go, or may have gone.
"""

import re
import smtplib
import ssl
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import Protocol
from urllib.parse import SplitResult, unquote, urlsplit

from crm_core.config import SettingInvalid, Settings
from reports.delivery.message import SENDER
from reports.errors import NotSent, Refused, TransportInsecure, Uncertain
from reports.render import write_file
from reports.renderers import RenderedFile

CONNECT_SECONDS = 20.0
"""For connecting and for each answer before the content."""
CONTENT_SECONDS = 120.0


class Sendable(Protocol):
    """A letter, as it was made or as it was kept."""

    @property
    def content(self) -> bytes:
        """The message as it goes over the wire."""

    @property
    def to(self) -> str:
        """The one recipient."""

    @property
    def name(self) -> str:
        """A name for its file without any path."""


class Transport(Protocol):
    """A way for letters to leave."""

    def send(self, letter: Sendable) -> str:
        """Hand the letter over; returns what to note. Raises `NotSent`, `Refused`, `Uncertain`."""


@dataclass(frozen=True)
class Outbox:
    """Letters as `.eml` files in a folder; sending one twice writes the same file again."""

    folder: Path

    def send(self, letter: Sendable) -> str:
        """Write the letter, whole or not at all."""
        file = RenderedFile(f"{letter.name}.eml", "message/rfc822", letter.content)
        try:
            return write_file(file, self.folder).name
        except OSError as error:
            raise NotSent(f"the outbox {self.folder} cannot be written: {error}") from error


@dataclass(frozen=True)
class Smtp:
    """A mail server, named by a URL: smtp://user:password@host:587 or smtps://host."""

    url: SplitResult

    def send(self, letter: Sendable) -> str:
        """Send the letter to its one recipient over an encrypted connection."""
        try:
            server = self._connect()
        except (OSError, smtplib.SMTPException) as error:
            raise NotSent(f"mail server {self.host}: {_words(error)}") from error
        try:
            _offer(server, letter)
            return _content(server, letter)
        finally:
            server.close()

    @property
    def host(self) -> str:
        """Name of the server."""
        return self.url.hostname or ""

    def _connect(self) -> smtplib.SMTP:
        context = _trusted()
        if self.url.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.url.port or 465, timeout=CONNECT_SECONDS, context=context
            )
        else:
            server = smtplib.SMTP(self.host, self.url.port or 587, timeout=CONNECT_SECONDS)
        try:
            server.ehlo_or_helo_if_needed()
            if self.url.scheme == "smtp":
                self._encrypt(server, context)
            if self.url.username:
                server.login(unquote(self.url.username), unquote(self.url.password or ""))
        except BaseException:
            server.close()
            raise
        return server

    def _encrypt(self, server: smtplib.SMTP, context: ssl.SSLContext) -> None:
        """STARTTLS, or an error: only a server on this machine may go without."""
        if server.has_extn("starttls"):
            server.starttls(context=context)
            server.ehlo()
        elif not _is_loopback(self.host):
            raise TransportInsecure(
                f"mail server {self.host} offers no encryption: nothing was sent;"
                " use a server with STARTTLS, or smtps://"
            )


@cache
def _trusted() -> ssl.SSLContext:
    """The certificates that this machine trusts: read once, it takes longer than a letter."""
    return ssl.create_default_context()


def transport_of(settings: Settings) -> Transport:
    """The configured way out: SMTP where CRM_SMTP_URL is set, else the outbox folder.

    Raises `SettingInvalid`.
    """
    if settings.smtp_url is None:
        return Outbox(settings.outbox_dir)
    url = urlsplit(settings.smtp_url)
    if url.scheme not in ("smtp", "smtps") or not url.hostname:
        raise SettingInvalid(
            "CRM_SMTP_URL is not a mail server: write it like smtp://user:password@mail.example:587"
        )
    return Smtp(url)


def _offer(server: smtplib.SMTP, letter: Sendable) -> None:
    """Name sender and recipient; nothing of the letter has gone yet."""
    try:
        for code, answer in (server.mail(SENDER.addr_spec), server.rcpt(letter.to)):
            _expect(code, answer, (250, 251), letter)
        server.putcmd("data")
        code, answer = server.getreply()
        _expect(code, answer, (354,), letter)
    except (OSError, smtplib.SMTPException) as error:
        raise NotSent(f"{letter.to}: {_words(error)}") from error


def _content(server: smtplib.SMTP, letter: Sendable) -> str:
    """The letter itself; from here on a missing answer means that nobody knows."""
    stuffed = re.sub(rb"(?m)^\.", b"..", letter.content)
    try:
        if server.sock is not None:
            server.sock.settimeout(CONTENT_SECONDS)
        server.send(stuffed + (b"" if stuffed.endswith(b"\r\n") else b"\r\n") + b".\r\n")
        code, answer = server.getreply()
    except (OSError, smtplib.SMTPException) as error:
        raise Uncertain(f"{letter.to}: no answer to the content ({_words(error)})") from error
    _expect(code, answer, (250,), letter)
    return _text(answer)


def _expect(code: int, answer: bytes, wanted: tuple[int, ...], letter: Sendable) -> None:
    if code in wanted:
        return
    line = f"{letter.to}: {code} {_text(answer)}"
    raise (Refused if 500 <= code < 600 else NotSent)(line)


def _text(answer: bytes) -> str:
    return " ".join(answer.decode("utf-8", "replace").split())[:300]


def _words(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
