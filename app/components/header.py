"""The head of a page: what it is, whose figures, which days, how fresh, and what is missing.

The filters below it are in `filters`.
"""

import streamlit as st

from app.components.filters import Chosen
from app.components.style import page_style
from app.components.text import plain
from app.source import Source
from app.words import word


def title(source: Source, text: str, chosen: Chosen | None = None) -> None:
    """The name of the page, whose figures of which days, and how fresh they are."""
    page_style()
    made, reader = source.publication, source.reader
    parts = [reader.company]
    if chosen is not None:
        period = chosen.question.period
        parts += [scope_line(source, chosen), source.show.period(period.start, period.end)]
    when = source.show.instant(made.as_of, reader.timezone)
    fresh = word("data_as_of", source.locale, when=when)
    publication = word("publication", source.locale, id=made.id)
    with st.container(gap="xxsmall"):
        st.title(plain(text), anchor=False)
        st.markdown(plain(" · ".join(parts)))
        st.caption(plain(f"{fresh} · {publication}"))


def scope_line(source: Source, chosen: Chosen) -> str:
    """Whose figures these are and what they are narrowed to, in words."""
    branch = chosen.question.branch
    whose = source.reader.scope_text(source.locale)
    if branch is not None and not source.sees_own_only:
        whose = branch.name
    narrowed = (f"{each.label}: {', '.join(each.texts)}" for each in chosen.narrowings)
    return " · ".join((whose, *narrowed))


def health_note(source: Source) -> None:
    """How many records of outside systems are not in the figures, and of which streams."""
    streams = source.health()
    refused = sum(stream.refused for stream in streams)
    if not refused:
        return
    show, locale = source.show, source.locale
    processed = sum(stream.processed for stream in streams)
    text = word("quarantined", locale, refused=show.count(refused), processed=show.count(processed))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(f":orange[:material/report:] {plain(text)}", width="content")
        with st.popover(word("details", locale), type="tertiary"):
            st.dataframe(
                [
                    {
                        word("provider", locale): stream.provider,
                        word("stream", locale): stream.stream,
                        word("processed", locale): stream.processed,
                        word("refused", locale): stream.refused,
                        word("last_success", locale): show.instant(
                            stream.last_success_at, source.reader.timezone
                        ),
                    }
                    for stream in streams
                ],
                hide_index=True,
            )
