"""Reports as files in a folder: run, render, write.

Sending files to people belongs to `reports.delivery`.
"""

import os
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from crm_core.security.permissions import Action, Resource, Subject, require
from reports.capsule import keep, last_before
from reports.errors import FormatUnknown
from reports.renderers import RENDERERS, VARIANTS, RenderedFile, render_all
from reports.run import NOTHING, run_report
from reports.shelf import find
from transforms.metrics.period import Period


def render_report(
    subject: Subject,
    name: str,
    period: str | Period | None,
    formats: Sequence[str],
    *,
    locale: str = "en-CA",
    publication_id: int | None = None,
    parameters: Mapping[str, str] = NOTHING,
) -> tuple[RenderedFile, ...]:
    """The report in the formats asked for, its capsule kept beside.

    Raises `FormatUnknown` before anything is computed.
    """
    spec = find(subject, name).require_spec()
    made = spec.formats
    for wanted in formats:
        if VARIANTS.get(wanted, wanted) not in made:
            known = ", ".join(made if wanted in RENDERERS else RENDERERS)
            raise FormatUnknown(f"{name} is not made as {wanted!r}: use one of {known}")
    require(subject, Resource.REPORT, Action.EXPORT)
    result = run_report(
        subject, spec, period, locale, publication_id,
        parameters=parameters, before=partial(last_before, subject, spec.name),
    )  # fmt: skip
    files = render_all(result, formats)
    keep(subject, result, files, spec, parameters)
    return files


def write_report(
    subject: Subject,
    name: str,
    period: str | Period | None,
    formats: Sequence[str],
    out: Path,
    *,
    locale: str = "en-CA",
    publication_id: int | None = None,
) -> list[Path]:
    """As `render_report`, written to the folder `out`, which is made where it is missing."""
    files = render_report(
        subject, name, period, formats, locale=locale, publication_id=publication_id
    )
    return [write_file(file, out) for file in files]


def write_file(file: RenderedFile, folder: Path) -> Path:
    """The file in a folder, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / file.filename
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.write_bytes(file.content)
    partial.replace(path)
    return path
