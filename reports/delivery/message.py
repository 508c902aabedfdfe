"""The mail that carries a report: headers, a few words, the files.

How it leaves the house is in `transport`, to whom and whether in `deliver`.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from uuid import UUID

from reports.errors import Refused
from reports.renderers import RenderedFile
from reports.result import Figures, ReportResult
from reports.words import word

DOMAIN = "reports.cc-crm.example"
SENDER = Address("C&C CRM", "reports", "cc-crm.example")


@dataclass(frozen=True)
class Letter:
    """A message ready to go: to whom, and a name for its file without any path."""

    message: EmailMessage
    to: str
    name: str

    @property
    def content(self) -> bytes:
        """The message as it goes over the wire."""
        return self.message.as_bytes(policy=SMTP)


def message_id(
    client_id: UUID, report: str, window: str, recipient: UUID | str, formats: str = "",
    revision: int = 1,
) -> str:  # fmt: skip
    """The same id for the same delivery: a repeat can be told from a second."""
    said = f"{client_id}\n{report}\n{window}\n{recipient}\n{formats}\n{revision}"
    digest = hashlib.sha256(said.encode()).hexdigest()
    return f"<{digest[:40]}@{DOMAIN}>"


def build_letter(
    result: ReportResult,
    files: Sequence[RenderedFile],
    *,
    name: str,
    email: str,
    identifier: str,
    at: datetime,
) -> Letter:
    """The mail of a report to one person; `at` is its date. The same input gives the same bytes.

    Raises `Refused` for an address that mail cannot be sent to.
    """
    header = result.header
    message = EmailMessage(policy=SMTP)
    message["From"] = SENDER
    message["To"] = address(name, email)
    message["Subject"] = one_line(f"{header.company}: {header.title}, {header.period.text}")
    message["Date"] = at
    message["Message-ID"] = identifier
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_body(result, files), cte="quoted-printable")
    for file in files:
        main, _, rest = file.media_type.partition("/")
        sub = rest.partition(";")[0]
        message.add_attachment(file.content, maintype=main, subtype=sub, filename=file.filename)
    # After the attachments: making a message of parts would move it to the first of them.
    message["Content-Language"] = header.locale
    digest = identifier.strip("<>").partition("@")[0]
    if files:
        message.set_boundary(f"=_{digest[:32]}")
    first_file = files[0].filename.rpartition(".")[0] if files else header.report
    return Letter(message, email, f"{first_file}_{digest[:12]}")


def address(name: str, email: str) -> Address:
    try:
        return Address(one_line(name), addr_spec=email)
    except (ValueError, IndexError, MessageError) as error:
        raise Refused(f"{one_line(email)!r} is not an address that mail can be sent to") from error


def one_line(text: str) -> str:
    """Text for a header: without line ends or other control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _body(result: ReportResult, files: Sequence[RenderedFile]) -> str:
    """What it is, the headline figures, what is attached."""
    header = result.header
    lines = [
        word(
            "mail_body",
            header.locale,
            title=header.title,
            scope=header.scope,
            period=header.period.text,
            as_of=header.as_of_text,
            publication=header.publication_id,
        ),
        "",
    ]
    headline = _headline(result)
    width = max((len(label) for label, _ in headline), default=0)
    lines += [f"{label:<{width}}  {text}" for label, text in headline]
    if headline:
        lines.append("")
    if files:
        names = ", ".join(file.filename for file in files)
        lines += [f"{word('attached', header.locale)}: {names}", ""]
    return "\n".join([*lines, word("mail_foot", header.locale)]) + "\n"


def _headline(result: ReportResult) -> list[tuple[str, str]]:
    """The first tiles of the report."""
    for section in result.sections:
        for widget in section.widgets:
            if isinstance(widget, Figures) and widget.kind == "tiles" and widget.rows:
                return [
                    (result.measure(cell.metric).label, cell.exact) for cell in widget.rows[0].cells
                ]
    return []
