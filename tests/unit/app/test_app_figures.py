"""Figures, tiles and tables from typed widgets: what is drawn, in which words and colours."""

from dataclasses import replace
from decimal import Decimal

import pytest

from app.components.charts import styled_frame
from app.components.text import plain
from app.components.tiles import change_line, even_columns
from app.figures import FADED, bar_figure, line_figure
from app.palette import DARK, LIGHT
from app.row_figures import bridge_spans, row_figure
from reports.format import formatter
from reports.page import Drawn
from reports.result import Compared, Figures
from tests.unit.app.fake_source import fake_source
from tests.unit.reports import samples

SHOW = formatter("en-CA")
MEASURES = {name: samples.measure(name) for name in samples.MEASURES}


def test_a_line_shows_the_texts_of_its_widget() -> None:
    widget = samples.weeks(SHOW)
    figure = line_figure(widget, MEASURES, SHOW, LIGHT)
    booked, service = figure.data
    assert [trace.name for trace in figure.data] == ["Booked amount", "Service revenue"]
    assert list(booked.customdata) == [row.cell("booked_amount").exact for row in widget.rows]
    assert list(booked.y) == [float(row.cell("booked_amount").value or 0) for row in widget.rows]
    assert {booked.line.dash, service.line.dash} == {"solid", "dot"}
    assert all(text.startswith("$") for text in figure.layout.yaxis.ticktext)


def test_names_on_the_time_axis_fit_a_phone_and_end_with_the_last_bucket() -> None:
    widget = samples.weeks(SHOW)
    axis = line_figure(widget, MEASURES, SHOW, LIGHT).layout.xaxis
    assert len(axis.tickvals) * len(axis.ticktext[0]) * 7 < 330
    assert axis.ticktext[0] == SHOW.day_short(widget.rows[-1].keys[0].on)


def test_a_forecast_continues_its_line_inside_its_bands() -> None:
    figure = line_figure(samples.outlook(SHOW), MEASURES, SHOW, LIGHT)
    wide, narrow, bridge, past, ahead = figure.data
    assert (wide.name, narrow.name) == ("95% range", "80% range")
    assert (wide.fillcolor, narrow.fillcolor) == LIGHT.bands
    assert min(wide.y) < min(narrow.y) < max(narrow.y) < max(wide.y)
    assert list(bridge.y) == [
        next(y for y in reversed(past.y) if y is not None),
        next(y for y in ahead.y if y is not None),
    ]
    assert past.line.color == ahead.line.color != LIGHT.series[1]
    assert not bridge.showlegend


def test_a_missing_figure_is_a_gap_not_a_zero() -> None:
    figure = line_figure(samples.outlook(SHOW), MEASURES, SHOW, LIGHT)
    past = figure.data[3]
    assert past.y[-1] is None
    assert not past.connectgaps


def test_bars_stand_in_the_order_of_the_rows_with_their_figures() -> None:
    widget = samples.branches(SHOW, samples.CITIES[:4], kind="bar", metrics=("booked_amount",))
    figure = bar_figure(widget, MEASURES, SHOW, DARK)
    (bars,) = figure.data
    assert list(figure.layout.yaxis.ticktext) == [row.keys[0].text for row in widget.rows]
    assert figure.layout.yaxis.autorange == "reversed"
    assert list(bars.text) == [row.cell("booked_amount").text for row in widget.rows]
    assert bars.marker.color == DARK.series[0]


def test_a_name_with_markup_is_drawn_as_it_is() -> None:
    widget = samples.branches(SHOW, ["<b>Bob</b> & Co"], kind="bar", metrics=("booked_amount",))
    figure = bar_figure(widget, MEASURES, SHOW, LIGHT)
    assert figure.layout.yaxis.ticktext[0] == "&lt;b&gt;Bob&lt;/b&gt; &amp; Co"


@pytest.mark.parametrize(
    "text", ["[a](http://evil.example)", ":red[x]", "$x$", "*a* _b_ `c`", "#1"]
)
def test_text_of_people_is_not_obeyed_as_markdown(text: str) -> None:
    escaped = plain(text)
    assert escaped.replace("\\", "") == text
    assert all(
        escaped[index - 1] == "\\" for index, sign in enumerate(escaped) if sign in "[]()*_`:$#"
    )


def _compared(change: str | None, tone: str = "good") -> Compared:
    value = None if change is None else Decimal(change)
    text = SHOW.change(value, "count")
    return Compared.model_validate(
        {"basis": "previous", "value": "1", "text": "1", "change": value, "change_text": text,
         "tone": tone}
    )  # fmt: skip


@pytest.mark.parametrize(
    ("compared", "expected"),
    [
        (_compared("0.125"), r":small[:green[**↑ \+12\.5%**] :gray[vs before]]"),
        (_compared("-0.02", "bad"), r":small[:red[**↓ \-2\.0%**] :gray[vs before]]"),
        (_compared("0", "neutral"), r":small[:gray[**→ 0\.0%**] :gray[vs before]]"),
        (_compared(None, "neutral"), ":small[:gray[– vs before]]"),
    ],
)
def test_a_change_has_its_direction_as_arrow_and_its_meaning_as_colour(
    compared: Compared, expected: str
) -> None:
    assert change_line(compared, "en-CA") == expected


def test_a_table_sorts_by_value_and_reads_as_the_widget_says() -> None:
    widget = samples.branches(SHOW, samples.CITIES[:5])
    source = replace(fake_source(), locale="en-CA")
    frame, styled = styled_frame(source, widget, MEASURES, LIGHT)
    assert list(frame.columns) == [
        "Branch", "Bookings", "Booked amount ($)", "Service revenue ($)", "Jobs completed",
        "Cancellation rate (%)",
    ]  # fmt: skip
    assert frame["Booked amount ($)"].dtype == "float64"
    html = styled.to_html()
    for row in widget.rows:
        for cell in row.cells:
            assert f">{cell.bare}</td>" in html
    assert "font-weight: 700" in html


def test_a_table_of_one_missing_figure_shows_a_dash() -> None:
    widget = samples.branches(SHOW, samples.CITIES[:1], metrics=("bookings",))
    empty = widget.rows[0].cells[0].model_copy(update={"value": None, "text": "–", "bare": "–"})
    rows = (widget.rows[0].model_copy(update={"cells": (empty,)}),)
    bare: Figures = widget.model_copy(update={"rows": rows})
    _, styled = styled_frame(fake_source(), bare, MEASURES, LIGHT)
    assert ">–</td>" in styled.to_html()


def _row(**values: str) -> Figures:
    widget = samples.branches(SHOW, samples.CITIES[:1], metrics=tuple(values))
    cells = tuple(
        widget.rows[0].cell(name).model_copy(update={"value": Decimal(value), "text": value})
        for name, value in values.items()
    )
    row = widget.rows[0].model_copy(update={"cells": cells})
    return widget.model_copy(update={"kind": "tiles", "rows": (row,)})


def test_a_bridge_ends_where_its_closing_figure_stands() -> None:
    row = _row(bookings="100", booked_amount="40", service_revenue="70", jobs_completed="70")
    drawn = Drawn(kind="bridge", less=("service_revenue",))
    spans = bridge_spans(row.rows[0].cells, drawn)
    assert [(int(low), int(high)) for low, high in spans] == [
        (0, 100), (100, 140), (140, 70), (0, 70)
    ]  # fmt: skip
    (bars,) = row_figure(row, MEASURES, SHOW, LIGHT, drawn).data
    assert list(bars.base) == [0, 100, 70, 0]
    assert list(bars.text) == ["100", "40", "−70", "70"]
    assert list(bars.marker.color) == [LIGHT.series[0], LIGHT.good, LIGHT.bad, LIGHT.series[0]]


def test_steps_of_a_funnel_are_shares_of_the_first() -> None:
    row = _row(bookings="200", jobs_completed="50")
    (bars,) = row_figure(row, MEASURES, SHOW, LIGHT, Drawn(kind="funnel")).data
    assert list(bars.text) == ["200", "50  ·  25.0%"]


def test_bars_of_what_was_not_chosen_step_back() -> None:
    widget = samples.branches(SHOW, samples.CITIES[:3], kind="bar", metrics=("booked_amount",))
    chosen = widget.rows[1].keys[0].value
    (bars,) = bar_figure(widget, MEASURES, SHOW, LIGHT, (chosen,)).data
    assert list(bars.marker.opacity) == [FADED, 1, FADED]


def test_no_line_of_tiles_ends_in_a_lonely_one() -> None:
    assert [even_columns(count) for count in (1, 2, 5, 6, 7, 8, 9, 10)] == [1, 2, 5, 3, 4, 4, 5, 5]
