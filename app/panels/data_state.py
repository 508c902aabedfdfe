"""The state of the data: the streams of outside systems, and what was published when.

The warehouse's own account of itself; the head of every page has the short form.
"""

from typing import Final

import streamlit as st

from app.panels.lists import head, rows
from app.question import Question
from app.source import Source
from app.words import word
from reports.page import PanelSpec
from transforms.lake.publication import recent

SHOWN: Final = 10


def data_health(source: Source, panel: PanelSpec, _question: Question) -> None:
    """Every stream of an outside system: how much came, how much is in quarantine, when."""
    locale, show = source.locale, source.show
    head(source, panel, live=False)
    found = [
        {
            word("provider", locale): stream.provider,
            word("stream", locale): stream.stream.replace("_", " ").capitalize(),
            word("processed", locale): stream.processed,
            word("refused", locale): stream.refused,
            word("last_success", locale): show.instant(
                stream.last_success_at, source.reader.timezone
            ),
        }
        for stream in source.health()
    ]
    rows(source, panel, found, "no_streams")
    if found:
        st.caption(word("quarantine_hint", locale))


def publications(source: Source, panel: PanelSpec, _question: Question) -> None:
    """What was published lately, after how many checks."""
    locale, show, zone = source.locale, source.show, source.reader.timezone
    head(source, panel, live=False)
    found = [
        {
            word("number", locale): made.id,
            word("data_of", locale): show.instant(made.as_of, zone),
            word("published", locale): show.instant(made.created_at, zone),
            word("checks_passed", locale): made.checks.get("checks"),
            word("definitions_hash", locale): made.definitions[:12],
        }
        for made in recent(SHOWN)
    ]
    rows(source, panel, found, "no_publications")
