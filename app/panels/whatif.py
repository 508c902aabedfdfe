"""What a forecast would be under changed levers: a slider each, both ranges, and what is not known.

How strongly levers pull was estimated from the past; asked in `transforms.insight.scenario`.
"""

from dataclasses import asdict
from decimal import Decimal
from typing import Final

import streamlit as st

from app.components.address import give, take
from app.components.charts import CONFIG
from app.components.text import plain
from app.palette import palette
from app.panels.lists import head, rows, take_rows
from app.question import Question
from app.scenario_figure import scenario_figure
from app.source import Source
from app.words import word
from reports.page import PanelSpec
from reports.result import Measure
from transforms.insight.scenario import SOURCES, Lever, Scenario, levers_of, scenario
from transforms.insight.whatif import FARTHEST
from transforms.metrics.period import Grain

STEP: Final = 5
MOST: Final = round(100 * FARTHEST)


def what_if(source: Source, panel: PanelSpec, question: Question) -> None:
    """The forecast of the company, or of one branch, as the sliders say."""
    locale = source.locale
    head(source, panel, live=False)
    branch = _branch(source, question)
    if branch is None and not source.sees_company:
        st.caption(word("one_branch", locale))
        return
    measures = source.measures(tuple(SOURCES))
    with source.door_of_run() as door:
        metric = st.selectbox(
            word("figure", locale), list(SOURCES), key="whatif_metric", width=300,
            format_func=lambda name: measures[name].label,
        )  # fmt: skip
        levers = levers_of(door, metric)
        changes = _sliders(source, levers)
        made = scenario(door, metric, changes, branch)
    if any(lever.pull for lever in levers):
        _known(source, levers)
    else:
        st.info(word("no_levers", locale), icon=":material/info:")
    show, unit = source.show, measures[metric].unit
    if made.changes:
        sums = (show.value(each, unit, whole=True) for each in (made.total, made.changed_total))
        said = word("whatif_sum", locale, share=show.change(made.share, "count"),
                    **dict(zip(("before", "after"), sums, strict=True)))  # fmt: skip
        st.markdown(plain(said))
    figure = scenario_figure(made, measures[metric], show, palette())
    st.plotly_chart(figure, key=f"chart_whatif_{metric}", config=CONFIG, alt=panel.title(locale))
    _table(source, panel, made, measures[metric])


def _branch(source: Source, question: Question) -> str | None:
    """The one branch that is chosen, or the only one there is to see; else none."""
    codes = [str(value) for value in question.values_of("branch")]
    if not codes and not source.sees_company:
        codes = [branch.code for branch in source.branches()]
    return codes[0] if len(codes) == 1 else None


def _sliders(source: Source, levers: tuple[Lever, ...]) -> dict[str, float]:
    """By how much each known lever is moved, kept in the address."""
    known = [lever.name for lever in levers if lever.is_known]
    found: dict[str, float] = {}
    if not known:
        return found
    with st.grid(len(known), min_column_width=220, key="levers"):
        for name in known:
            key = f"lever_{name}"
            if (said := take(key, ["0"], _STEPS)) is not None:
                st.session_state[key] = int(said[0])
            value = st.slider(
                word(key, source.locale), -MOST, MOST, step=STEP, key=key, format="%+d %%"
            )
            give(key, [str(value)], ["0"])
            found[name] = value / 100
    return found


_STEPS: Final = frozenset(str(value) for value in range(-MOST, MOST + 1, STEP))


def _known(source: Source, levers: tuple[Lever, ...]) -> None:
    """What is known of every lever, and what cannot be asked and why."""
    locale, show = source.locale, source.show
    for lever in levers:
        name = word(f"lever_{lever.name}", locale)
        if lever.pull is None:
            st.caption(plain(word("lever_none", locale, lever=name)))
            continue
        texts = {
            name: show.decimal(Decimal(repr(value)), 2)
            for name, value in (("pull", lever.pull.value), ("low", lever.pull.low),
                                ("high", lever.pull.high))
        }  # fmt: skip
        key = "lever_known" if lever.is_known else "lever_unsure"
        said = word(key, locale, lever=name, cases=show.count(lever.pull.cases), **texts)
        st.caption(plain(said))


def _table(source: Source, panel: PanelSpec, made: Scenario, measure: Measure) -> None:
    """Every bucket, numbers as their texts: both forecasts and both ranges."""
    locale, show, grain = source.locale, source.show, Grain(made.bucket)

    def text(value: Decimal) -> str:
        return show.value(value, measure.unit, whole=True)

    found: list[dict[str, object]] = []
    for point in made.points:
        row: dict[str, object] = {
            word(f"grain_{made.bucket}", locale): show.bucket(point.on, grain.value),
            word("forecast", locale): text(point.value),
            word("range", locale, level=80): f"{text(point.low)} – {text(point.high)}",
        }
        if made.changes:
            ends = f"{text(point.changed_low)} – {text(point.changed_high)}"
            row |= {word("changed", locale): text(point.changed),
                    word("changed_range", locale): ends}  # fmt: skip
        found.append(row)
    rows(source, panel, found, "not_yet")
    take_rows(source, panel, [asdict(point) for point in made.points])
