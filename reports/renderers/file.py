"""The file a renderer gives back, and its name.

Where files are put is the caller's business.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from reports.result import Header, ReportResult


@dataclass(frozen=True)
class RenderedFile:
    """A finished file: a name without any path, its media type, its bytes."""

    filename: str
    media_type: str
    content: bytes

    @property
    def digest(self) -> str:
        """SHA-256 of the content, in hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()


Renderer = Callable[[ReportResult], RenderedFile]


def file_name(header: Header, extension: str) -> str:
    """Report, first and last day, and the language where it is not English.

    Built from checked names and dates only, so no text of a person can reach it.
    """
    last = header.period.end - timedelta(days=1)
    days = f"{header.period.start:%Y-%m-%d}"
    if last != header.period.start:
        days += f"_{last:%Y-%m-%d}"
    language = "" if header.locale.startswith("en") else f"_{header.locale[:2]}"
    return f"{header.report}_{days}{language}.{extension}"


def identity_text(header: Header) -> str:
    """What a file is about, in one line that a program reads back."""
    facts = {
        "report": header.report,
        "start": header.period.start.isoformat(),
        "end": header.period.end.isoformat(),
        "locale": header.locale,
        "publication": str(header.publication_id),
        "for": header.generated_for,
        "before": header.before,
    }
    return "; ".join(f"{name}={value}" for name, value in facts.items())
