"""Letters: what is in them, that they are the same each time, and how each way out answers."""

import email
import smtplib
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from aiosmtpd.smtp import SMTP

from crm_core.config import SettingInvalid, read_settings
from reports.delivery.message import Letter, build_letter, message_id
from reports.delivery.transport import Outbox, Smtp, transport_of
from reports.errors import NotSent, Refused, TransportInsecure, Uncertain
from reports.renderers import render_all
from tests.mail import mail_server
from tests.unit.reports.shared import executive_weekly

CLIENT, USER = (UUID(f"01900000-0000-7000-8000-00000000000{n}") for n in (1, 2))
AT = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)


def letter(locale: str = "en-CA", to: str = "exec@northway.example") -> Letter:
    result = executive_weekly(locale)
    return build_letter(
        result,
        render_all(result, ("pdf", "xlsx")),
        name="Élise Tremblay",
        email=to,
        identifier=message_id(CLIENT, "executive_weekly", "2026-11-09..2026-11-15", USER),
        at=AT,
    )


def parsed(content: bytes) -> EmailMessage:
    message = email.message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def test_a_letter_says_what_it_is_and_carries_its_files() -> None:
    message = parsed(letter().content)
    assert message["Subject"] == "Northway Moving: Executive weekly, Nov 9–15, 2026"
    assert message["To"].addresses[0].display_name == "Élise Tremblay"
    assert message["Date"].datetime == AT
    body = message.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert "Executive weekly for Whole company, Nov 9–15, 2026." in text
    assert "publication 12" in text
    cell = executive_weekly().sections[0].widgets[0].rows[0].cells[1]  # type: ignore[union-attr]
    assert cell.exact in text
    files = {part.get_filename(): part for part in message.iter_attachments()}
    expected = {file.filename: file for file in render_all(executive_weekly(), ("pdf", "xlsx"))}
    assert files.keys() == expected.keys()
    for name, part in files.items():
        assert part.get_content() == expected[str(name)].content
        assert part.get_content_type() == expected[str(name)].media_type


def test_a_french_letter_is_french() -> None:
    message = parsed(letter("fr-CA").content)
    body = message.get_body(("plain",))
    assert body is not None
    assert "Hebdomadaire de la direction pour Toute l’entreprise" in body.get_content()
    assert message["Content-Language"] == "fr-CA"


def test_the_same_letter_has_the_same_bytes_and_id() -> None:
    assert letter().content == letter().content
    first = message_id(CLIENT, "r", "w", USER)
    assert first == message_id(CLIENT, "r", "w", USER)
    others = {
        message_id(USER, "r", "w", USER),
        message_id(CLIENT, "s", "w", USER),
        message_id(CLIENT, "r", "x", USER),
        message_id(CLIENT, "r", "w", CLIENT),
    }
    assert first not in others and len(others) == 4


def test_the_outbox_holds_one_file_however_often_a_letter_is_sent(tmp_path: Path) -> None:
    box = Outbox(tmp_path / "outbox")
    names = {box.send(letter()) for _ in range(2)}
    assert [path.name for path in (tmp_path / "outbox").iterdir()] == sorted(names)
    content = (tmp_path / "outbox" / names.pop()).read_bytes()
    assert parsed(content)["Message-ID"] == letter().message["Message-ID"]


def test_an_outbox_that_cannot_be_written_surely_sent_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(NotSent, match="cannot be written"):
        Outbox(tmp_path / "file").send(letter())


class Mailbox:
    """A handler that keeps what it is sent, answering as a test wants it to."""

    def __init__(self, **answers: str) -> None:
        self.answers = answers
        self.kept: list[bytes] = []

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.answers.get("rcpt", "250 OK")

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802
        self.kept.append(envelope.original_content)
        if self.answers.get("data") == "hang up" and server.transport is not None:
            server.transport.close()
        return self.answers.get("data", "250 taken")


def test_a_server_receives_the_letter_as_it_was_written() -> None:
    box = Mailbox()
    with mail_server(box) as smtp:
        assert smtp.send(letter()) == "taken"
    assert [content.rstrip(b"\r\n") for content in box.kept] == [letter().content.rstrip(b"\r\n")]


@pytest.mark.parametrize(
    ("answers", "raised"),
    [
        ({"rcpt": "451 later"}, NotSent),
        ({"rcpt": "550 nobody here"}, Refused),
        ({"data": "452 full"}, NotSent),
        ({"data": "554 no"}, Refused),
        ({"data": "hang up"}, Uncertain),
    ],
)
def test_each_answer_means_sent_not_sent_refused_or_unknown(
    answers: dict[str, str], raised: type[Exception]
) -> None:
    with mail_server(Mailbox(**answers)) as smtp, pytest.raises(raised, match="exec@northway"):
        smtp.send(letter())


def test_a_server_that_is_not_there_surely_took_nothing() -> None:
    with mail_server(Mailbox()) as smtp:
        gone = smtp
    with pytest.raises(NotSent, match=r"mail server 127\.0\.0\.1"):
        gone.send(letter())


@pytest.mark.parametrize(
    "address", ["zoë@northway.example", "nobody", "a@b@c", "a@b.example\r\nBcc: c@d.example", ""]
)
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(Refused, match="is not an address"):
        letter(to=address)


def test_without_encryption_nothing_leaves_the_machine() -> None:
    class Plain(smtplib.SMTP):
        """A server, as it looks when it offers no STARTTLS."""

        def has_extn(self, opt: str) -> bool:
            return False

    far = Smtp(urlsplit("smtp://mail.example:587"))
    with pytest.raises(TransportInsecure, match=r"mail\.example offers no encryption"):
        far._encrypt(Plain(), None)  # type: ignore[arg-type]
    near = Smtp(urlsplit("smtp://127.0.0.1:25"))
    near._encrypt(Plain(), None)  # type: ignore[arg-type]


def test_the_way_out_is_chosen_by_the_settings(tmp_path: Path) -> None:
    folder = read_settings({"CRM_VAR": str(tmp_path)})
    assert transport_of(folder) == Outbox(tmp_path / "outbox")
    mail = read_settings({"CRM_SMTP_URL": "smtps://user:p%40ss@mail.example"})
    chosen = transport_of(mail)
    assert isinstance(chosen, Smtp) and chosen.host == "mail.example"
    for wrong in ("mail.example", "http://mail.example", "smtp://"):
        with pytest.raises(SettingInvalid, match="CRM_SMTP_URL"):
            transport_of(read_settings({"CRM_SMTP_URL": wrong}))
