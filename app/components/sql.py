"""Parts of the analyst's page: the tables there are, the statement, the rows.

Statements are run in `app.workbench`.
"""

from functools import partial
from typing import Final

import streamlit as st

from app.components.charts import ROW_HEIGHT, TALLEST
from app.components.text import plain
from app.exports import as_csv
from app.source import Source
from app.words import word
from app.workbench import Outcome

FIRST_STATEMENT: Final = """\
select branch_name, count(*) as bookings, sum(booked_amount) as booked_amount
from marts.fct_bookings
join marts.dim_locations using (location_id)
group by all
order by booked_amount desc"""

STYLE: Final = """\
<style>
.st-key-analyst_sql textarea { font-family: ui-monospace, "Cascadia Code", Menlo, Consolas,
  monospace; font-size: 0.875rem; line-height: 1.5; }
</style>"""


def catalogue_browser(source: Source) -> None:
    """Every table of the door with its columns and their types, by schema."""
    schema = None
    for relation, columns in source.catalogue().items():
        folder, _, table = relation.partition(".")
        if folder != schema:
            schema = folder
            st.markdown(f"**{plain(folder)}**")
        with st.expander(table, type="compact"):
            st.markdown("  \n".join(f"`{name}` :gray[{plain(kind)}]" for name, kind in columns))


def statement_form(source: Source) -> str | None:
    """The statement that was just sent, or nothing."""
    st.html(STYLE)
    with st.form("analyst_form", border=False):
        sql = st.text_area(
            word("statement", source.locale),
            FIRST_STATEMENT,
            height=190,
            key="analyst_sql",
            help=word("sql_hint", source.locale),
        )
        sent = st.form_submit_button(
            word("run", source.locale), type="primary", icon=":material/play_arrow:"
        )
    if not sent:
        return None
    if not sql or not sql.strip():
        st.info(word("empty_statement", source.locale))
        return None
    return str(sql)


def outcome_view(source: Source, outcome: Outcome | None) -> None:
    """The rows of a statement with their download, or the line that says why not."""
    if outcome is None:
        return
    if outcome.rows is None:
        st.error(plain(outcome.error or ""), icon=":material/block:")
        return
    rows = outcome.rows
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        st.caption(
            word("rows", source.locale, count=source.show.count(rows.height), columns=rows.width),
            width="content",
        )
        st.download_button(
            "CSV",
            data=partial(as_csv, rows),
            file_name="query.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
        )
    height = min(ROW_HEIGHT * (rows.height + 1) + 2, TALLEST)
    st.dataframe(rows, hide_index=True, height=height, row_height=ROW_HEIGHT)
