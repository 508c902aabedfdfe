"""Proof of a report file: made again from its capsule, its numbers computed again from the lake.

Reading and comparing files is in `reports.verify`, what a capsule holds in `reports.capsule`.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from crm_core.errors import CrmError
from crm_core.security.permissions import Subject
from crm_core.services.tenancy.access import subject_of
from reports.capsule import Capsule, capsule_of_result, capsules_of, scope_of
from reports.errors import ReportNotFound
from reports.result import ReportResult
from reports.run import run_report
from reports.shelf import find
from reports.spec import ReportSpec
from reports.verify import (
    Difference,
    Identity,
    Verification,
    differences_of,
    identity_of,
    verify,
)
from transforms.metrics.period import Period


def verify_file(path: Path) -> Verification:
    """Verify a report file of ours, as the person it was made for.

    It is made again from its capsule and compared; while the publication is held, the numbers are
    computed again as well. Without a capsule it is computed from the publication. Raises
    `FileUnreadable` for any other file, and what running the report raises.
    """
    name, content = path.name, path.read_bytes()
    identity = identity_of(name, content)
    subject = subject_of(identity.generated_for)
    kept = _kept(subject, name, content, identity)
    if kept is None:
        outcome = verify(name, content, lambda asked: _run(subject, asked))
        return replace(outcome, notes=("no capsule of it is kept: computed from the publication",))
    capsule, outcome = kept
    is_original = hashlib.sha256(content).hexdigest() in capsule.files.values()
    notes = [f"capsule {capsule.path.name}" + (", the file is the original" * is_original)]
    explained = _explained(capsule)
    if outcome.differences and explained:
        notes.append(explained)
    again, note = _computed_again(subject, capsule)
    return replace(
        outcome,
        differences=(*outcome.differences, *again),
        notes=(*notes, note),
        is_explained=bool(is_original and explained and not again),
    )


def changed_since(path: Path) -> Verification:
    """What a report file would say today, from the newest publication, and why it differs.

    Where its capsule is kept, figure by figure in any format; else field by field.
    """
    name, content = path.name, path.read_bytes()
    identity = identity_of(name, content)
    subject = subject_of(identity.generated_for)
    kept = _kept(subject, name, content, identity)
    if kept is None:
        today = run_report(subject, identity.report, identity.period, identity.locale)
        outcome = verify(name, content, lambda _: today)
        return replace(outcome, notes=tuple(_moved(identity.publication_id, today)))
    capsule = kept[0]
    spec = _spec_today(subject, capsule)
    today = run_report(
        subject, spec, identity.period, identity.locale, parameters=capsule.parameters
    )
    was, now = figures_by_place(capsule.result), figures_by_place(today)
    reasons = list(_moved(identity.publication_id, today, capsule.result))
    if spec != capsule.spec:
        reasons.append("the report is set up otherwise than it was")
    if scope_of(subject) != capsule.scope:
        reasons.append(f"{identity.generated_for} may see something else than then")
    return Verification(
        file=name,
        report=identity.report,
        publication_id=today.header.publication_id,
        same_bytes=False,
        compared=len(was.keys() | now.keys()),
        differences=tuple(differences_of(was, now)),
        notes=tuple(reasons),
    )


def figures_by_place(result: ReportResult) -> dict[str, str]:
    """Every figure, by section, widget, keys and metric; ids of people stay ids."""
    found: dict[str, str] = {}
    seen: Counter[str] = Counter()
    for figure in result.figures():
        keys = [str(key.on or key.value or key.text) for key in figure.row.keys]
        place = "/".join((figure.section.name, figure.widget.name, *keys, figure.cell.metric))
        seen[place] += 1
        value = figure.cell.value
        found[place if seen[place] == 1 else f"{place} #{seen[place]}"] = (
            "" if value is None else f"{value:f}"
        )
    return found


def _kept(
    subject: Subject, name: str, content: bytes, identity: Identity
) -> tuple[Capsule, Verification] | None:
    """The capsule a file was made from; of a file that was changed, the one it is nearest to."""
    digest = hashlib.sha256(content).hexdigest()
    near: list[tuple[Capsule, Verification]] = []
    for capsule in capsules_of(subject, identity.report, identity.period):
        header = capsule.result.header
        if (header.publication_id, header.locale) != (identity.publication_id, identity.locale):
            continue
        outcome = _beside(name, content, capsule)
        if digest in capsule.files.values():
            return capsule, outcome
        near.append((capsule, outcome))
    return min(near, key=lambda each: len(each[1].differences), default=None)


def _beside(name: str, content: bytes, capsule: Capsule) -> Verification:
    return verify(name, content, lambda _: capsule.result)


def _explained(capsule: Capsule) -> str:
    """Why a file may rightly be another than the one made again; empty where it may not."""
    said = []
    if capsule.erased:
        said.append(f"{capsule.erased} names were erased since")
    if capsule.changed_versions:
        said.append(f"made with other versions of {', '.join(capsule.changed_versions)}")
    return "; ".join(said)


def _computed_again(subject: Subject, capsule: Capsule) -> tuple[tuple[Difference, ...], str]:
    """Figures that the lake says otherwise, and what became of asking it."""
    header = capsule.result.header
    period = Period(header.period.start, header.period.end)
    earlier = capsule_of_result(subject, header.report, header.before) if header.before else None
    try:
        now = run_report(
            subject, capsule.spec, period, header.locale, header.publication_id,
            parameters=capsule.parameters, before=lambda _: earlier,
        )  # fmt: skip
    except CrmError as error:
        return (), f"its numbers were not computed again: {error.line}"
    was, again = figures_by_place(capsule.result), figures_by_place(now)
    found = tuple(
        replace(each, place=f"computed again {each.place}") for each in differences_of(was, again)
    )
    told = f"{len(found)} differ" if found else "all equal"
    return found, f"{len(was):,} figures computed again from the lake: {told}"


def _run(subject: Subject, identity: Identity) -> ReportResult:
    digest = identity.before
    earlier = capsule_of_result(subject, identity.report, digest) if digest else None
    return run_report(
        subject, identity.report, identity.period, identity.locale, identity.publication_id,
        before=lambda _: earlier,
    )  # fmt: skip


def _spec_today(subject: Subject, capsule: Capsule) -> ReportSpec:
    """The report as it is now; as it was where it is gone."""
    try:
        return find(subject, capsule.spec.name).require_spec()
    except ReportNotFound:
        return capsule.spec


def _moved(
    publication_id: int, today: ReportResult, then: ReportResult | None = None
) -> Iterator[str]:
    """Which data and definitions are others."""
    now = today.header
    if now.publication_id != publication_id:
        since = f" ({then.header.as_of_text})" if then else ""
        yield (
            f"newer data: publication {publication_id}{since},"
            f" now {now.publication_id} ({now.as_of_text})"
        )
    if then and now.definitions != then.header.definitions:
        yield f"other definitions: {then.header.definitions[:12]}, now {now.definitions[:12]}"
