"""The analyst's page: the tables of one's door, a statement, its rows.

Statements run in a process of their own (`transforms.lake.workbench`); running one is in
`app.workbench`.
"""

import streamlit as st

from app import access, workbench
from app import source as sources
from app.components import header
from app.components.sql import catalogue_browser, outcome_view, statement_form

with sources.open_source(access.current_account()) as source:
    header.title(source, "SQL")
    browser, bench = st.columns([1, 3], gap="large")
    with browser, st.container(gap="xsmall"):
        catalogue_browser(source)
    with bench:
        statement = statement_form(source)
        if statement is not None:
            workbench.remember(workbench.run(source, statement))
        outcome_view(source, workbench.last(source))
