"""A recipient's own letter, drawn from the warehouse; and the letters kept for a second try.

Whether it may go is decided in `rounds`; what a report says is computed in `reports.run`.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Protocol

from crm_core.config import settings
from crm_core.security.permissions import Subject
from reports import capsule
from reports.delivery.message import Letter, build_letter
from reports.delivery.people import Person
from reports.delivery.plan import Plan
from reports.render import write_file
from reports.renderers import RenderedFile, render_all
from reports.result import Figures, ReportResult
from reports.run import NOTHING, run_report
from transforms.lake import publication
from transforms.metrics.period import Period

BRANCH = "branch"
STAMPS = {
    "stale": ("[Late: data as of {as_of}]", "[En retard : données au {as_of}]"),
    "test": ("[Test]", "[Essai]"),
}
"""What may stand before a title, in both languages."""


@dataclass(frozen=True)
class Commission:
    """What is to be drawn: which report, about what, for whom."""

    plan: Plan
    window: Period
    person: Person
    identifier: str
    at: datetime
    publication_id: int | None = None
    stamps: tuple[str, ...] = ()
    """What stands before the title: a test, or data that are not complete."""


@dataclass(frozen=True)
class Drawn:
    """A letter, and what has to be known of it before it goes."""

    letter: Letter
    publication_id: int
    as_of: datetime
    timezone: str
    is_empty: bool
    branches: frozenset[str]
    """The codes of all branches that occur in its figures."""


class Press(Protocol):
    """Where letters are drawn."""

    def data_until(self, system: Subject, publication_id: int | None) -> datetime | None:
        """The instant that the figures are true at; None when there are none yet."""

    def draw(self, commission: Commission) -> Drawn:
        """The recipient's own letter. Raises what door, metric layer and renderers raise."""


class Warehouse:
    """The press over the published warehouse."""

    def data_until(self, system: Subject, publication_id: int | None) -> datetime | None:
        """As of the publication that would be drawn from."""
        if publication_id is not None:
            return publication.get(publication_id).as_of
        newest = publication.current()
        return newest.as_of if newest else None

    def draw(self, commission: Commission) -> Drawn:
        """Run the spec in the person's scope and render it; its capsule is kept beside."""
        plan, person = commission.plan, commission.person
        locale = "fr-CA" if person.language.startswith("fr") else "en-CA"
        result = run_report(
            person.subject, plan.spec, commission.window, locale, commission.publication_id,
            before=partial(capsule.last_before, person.subject, plan.spec.name),
        )  # fmt: skip
        shown = _stamped(result, commission.stamps)
        files = render_all(shown, plan.attach)
        capsule.keep(person.subject, shown, files, plan.spec, NOTHING)
        letter = build_letter(
            shown,
            files,
            name=person.name,
            email=person.email,
            identifier=commission.identifier,
            at=commission.at,
        )
        header = result.header
        return Drawn(
            letter,
            header.publication_id,
            header.as_of,
            header.timezone,
            result.is_empty,
            branches_in(result),
        )


def branches_in(result: ReportResult) -> frozenset[str]:
    """The branches that its figures are split by."""
    return frozenset(
        key.value
        for section in result.sections
        for widget in section.widgets
        if isinstance(widget, Figures)
        for row in widget.rows
        for key in row.keys
        if key.dimension == BRANCH and key.value is not None
    )


def _stamped(result: ReportResult, stamps: tuple[str, ...]) -> ReportResult:
    """The stamps stand before the title, which is on every page, sheet and mail."""
    header = result.header
    french = header.locale.startswith("fr")
    said = [STAMPS[each][french].format(as_of=header.as_of_text) for each in stamps]
    stamped = header.model_copy(update={"title": " ".join([*said, header.title])})
    return result.model_copy(update={"header": stamped})


@dataclass(frozen=True)
class Kept:
    """A letter as it was drawn, byte for byte."""

    content: bytes
    to: str
    name: str


def letters_dir() -> Path:
    """Where drawn letters wait for their sending."""
    return settings().reports_dir / "letters"


def keep(letter: Letter) -> tuple[str, str]:
    """Keep a letter; its key and the hash of its bytes."""
    content = letter.content
    digest = hashlib.sha256(content).hexdigest()
    file = RenderedFile(f"{letter.name}_{digest[:16]}.eml", "message/rfc822", content)
    return write_file(file, letters_dir()).name, digest


def kept(key: str, digest: str, to: str) -> Kept | None:
    """The letter of that key, when it is still there and whole."""
    path = letters_dir() / Path(key).name
    try:
        content = path.read_bytes()
    except OSError:
        return None
    if hashlib.sha256(content).hexdigest() != digest:
        return None
    return Kept(content, to, path.stem.rpartition("_")[0])


def forget(key: str | None) -> None:
    """The letter has gone, or never will."""
    if key:
        (letters_dir() / Path(key).name).unlink(missing_ok=True)
