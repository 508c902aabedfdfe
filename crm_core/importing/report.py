"""What became of every row of an export, and of every value that is not what it says.

Pure bookkeeping and its files; what is done with the rows is in `plan` and `write`.
"""

import csv
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from crm_core.importing.cells import Rule
from crm_core.importing.records import ENTITIES, Place


class Fate(StrEnum):
    """What became of a row."""

    TAKEN = "taken"
    MENDED = "mended"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True)
class Mended:
    """One value that is not what the export says."""

    place: Place
    field: str
    before: str
    after: str
    rule: Rule


@dataclass
class Report:
    """Filled while an export is read and written; each row once."""

    mended: list[Mended] = field(default_factory=list)
    refused: dict[Place, str] = field(default_factory=dict)
    taken: dict[Place, tuple[str, ...]] = field(default_factory=dict)
    """What was done for a row, by name; empty when everything was there already."""
    left_out: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Columns that no field takes, by file."""
    _made: set[Place] = field(default_factory=set)

    def mend(self, place: Place, name: str, before: object, after: object, rule: Rule) -> None:
        self.mended.append(Mended(place, name, _said(before), _said(after), rule))
        self._made.add(place)

    def refuse(self, place: Place, reason: str) -> None:
        self.refused.setdefault(place, reason)
        self.taken.pop(place, None)

    def take(self, place: Place, *acts: str) -> None:
        """The row is in the core; `acts` is what that took, nothing when it was there."""
        self.taken[place] = (*self.taken.get(place, ()), *acts)

    def fate(self, place: Place) -> Fate:
        if place in self.refused:
            return Fate.REFUSED
        if not self.taken.get(place):
            return Fate.UNCHANGED
        return Fate.MENDED if place in self._made else Fate.TAKEN

    @property
    def places(self) -> list[Place]:
        """Every row, in the order of the entities and of their files."""
        order = list(ENTITIES)
        known = {**self.taken, **self.refused}
        return sorted(known, key=lambda p: (order.index(p.entity), p.file, p.number))

    def counts(self) -> dict[str, dict[str, int]]:
        """Rows by entity and fate."""
        found = Counter((place.entity, self.fate(place).value) for place in self.places)
        return {
            entity: {fate.value: found[entity, fate.value] for fate in Fate}
            for entity in ENTITIES
            if any(found[entity, fate.value] for fate in Fate)
        }

    def acts(self) -> dict[str, int]:
        """What was done, by name."""
        return dict(sorted(Counter(act for acts in self.taken.values() for act in acts).items()))

    def rules(self) -> dict[str, int]:
        """Mended values by entity, field and rule."""
        found = Counter(f"{m.place.entity}.{m.field}: {m.rule.value}" for m in self.mended)
        return dict(sorted(found.items()))


def write_files(report: Report, folder: Path) -> None:
    """`rows.csv` and `mended.csv`, readable by their owner only: they hold names."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _write(
        folder / "rows.csv",
        ("file", "row", "entity", "key", "fate", "what"),
        (
            (
                place.file,
                str(place.number),
                place.entity,
                place.key,
                report.fate(place).value,
                report.refused.get(place) or ", ".join(report.taken.get(place, ())),
            )
            for place in report.places
        ),
    )
    _write(
        folder / "mended.csv",
        ("file", "row", "entity", "key", "field", "before", "after", "rule"),
        (
            (m.place.file, str(m.place.number), m.place.entity, m.place.key, m.field, m.before,
             m.after, m.rule.value)
            for m in report.mended
        ),
    )  # fmt: skip


def _write(path: Path, heads: Sequence[str], lines: Iterable[Sequence[str]]) -> None:
    path.touch(mode=0o600)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(heads)
        writer.writerows([harmless(cell) for cell in line] for line in lines)


def harmless(text: str) -> str:
    """The text with a quote before what a spreadsheet would calculate."""
    return f"'{text}" if text.lstrip(" ")[:1] in tuple("=+-@\t\r\n＝＋－＠") else text


def _said(value: object) -> str:
    return "" if value is None else str(value)
