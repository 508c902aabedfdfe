"""Widgets: the right questions at the desk, and answers set as the spec says."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from reports.result import Facts, Figures, Paragraph
from reports.spec import (
    BarSpec,
    FactsSpec,
    FiguresSpec,
    LineSpec,
    ReconciliationSpec,
    TableSpec,
    TextSpec,
    TilesSpec,
    load_report,
)
from reports.vocabulary import Ranked
from reports.widgets import set_widget
from tests.unit.reports.fake_metrics import BRANCHES, TODAY, ask, desk
from transforms.metrics.branches import Branch
from transforms.metrics.errors import CannotBeAdded, UnknownMetric
from transforms.metrics.period import Period, parse_period
from transforms.metrics.query import UNASSIGNED, Filter, MetricQuery
from transforms.metrics.result import MetricResult, Row

WEEK = parse_period("last_week", TODAY)
TITLES: dict[str, Any] = {"name": "w", "title_en": "Title", "title_fr": "Titre"}


def figures(spec: FiguresSpec, period: Period = WEEK, **options: Any) -> Figures:
    widget = set_widget(desk(**options), spec, period)
    assert isinstance(widget, Figures)
    return widget


def tiles(**fields: Any) -> TilesSpec:
    return TilesSpec(**TITLES, kind="tiles", **fields)


def table(**fields: Any) -> TableSpec:
    return TableSpec(**TITLES, kind="table", **fields)


def line(**fields: Any) -> LineSpec:
    return LineSpec(**TITLES, kind="line", **fields)


def test_tiles_hold_exact_values_and_both_comparisons() -> None:
    spec = tiles(metrics=("booked_amount", "cancellation_rate"), compare=("previous", "last_year"))
    widget = figures(spec)
    money, rate = widget.rows[0].cells
    previous, last_year = money.compared
    assert money.value is not None and previous.value is not None and previous.change is not None
    assert money.exact == f"${money.value:,.2f}"
    assert money.text == f"${money.value:,.0f}"
    expected = (money.value - previous.value) / previous.value
    assert abs(previous.change - expected) < Decimal("0.000001")
    assert (previous.tone == "good") == (previous.change > 0)
    assert [c.basis for c in money.compared] == ["previous", "last_year"]
    assert widget.compared_spans["previous"].end == WEEK.start
    assert widget.compared_spans["last_year"].start == date(2025, 11, 10)
    assert last_year.value != previous.value
    # Lower is better, and a rate changes in points.
    assert rate.value is not None and rate.compared[0].value is not None
    assert rate.compared[0].change == rate.value - rate.compared[0].value
    assert rate.compared[0].tone == ("bad" if rate.compared[0].change > 0 else "good")


def test_a_table_is_sorted_totalled_and_says_what_it_leaves_out() -> None:
    spec = table(metrics=("bookings", "booked_amount"), by=("branch",), sort="bookings")
    whole = figures(spec)
    counts = [row.cells[0].value for row in whole.data_rows]
    assert counts == sorted(counts, key=lambda value: value or 0, reverse=True)
    total = whole.rows[-1]
    assert total.kind == "total"
    assert total.cells[1].value == sum(row.cells[1].value or 0 for row in whole.data_rows)
    assert whole.notes == ()

    cut = figures(spec.model_copy(update={"limit": 2}))
    assert len(cut.data_rows) == 2
    assert cut.rows[-1].cells == total.cells
    assert cut.notes == ("2 of 5 shown; the total counts all of them.",)


def test_unassigned_rows_are_named_and_stand_last_where_names_decide() -> None:
    widget = figures(table(metrics=("bookings",), by=("branch",)))
    assert [row.keys[0].text for row in widget.data_rows] == [
        "Burnaby", "Downtown Toronto", "Montréal", "Vancouver", "Unassigned",
    ]  # fmt: skip
    assert widget.data_rows[-1].keys[0].value == UNASSIGNED
    french = figures(table(metrics=("bookings",), by=("province",)), locale="fr-CA")
    assert french.data_rows[-1].keys[0].text == "Non attribué"
    assert french.title == "Titre"


def test_money_without_cents_still_adds_up_on_the_page() -> None:
    spec = table(metrics=("booked_amount",), by=("branch",), cents=False)
    widget = figures(spec)
    shown = [int(row.cells[0].bare.replace(",", "")) for row in widget.data_rows]
    assert sum(shown) == int(widget.rows[-1].cells[0].bare.replace(",", ""))
    assert all(row.cells[0].exact.count(".") == 1 for row in widget.rows)


def test_lines_cover_whole_buckets_up_to_the_reports_own() -> None:
    spec = line(metrics=("bookings",), grain="week", period={"trailing": 4, "unit": "week"})
    widget = figures(spec)
    starts = [row.keys[0].on for row in widget.rows]
    assert starts == [date(2026, 10, 19), date(2026, 10, 26), date(2026, 11, 2), date(2026, 11, 9)]
    assert all(row.is_complete for row in widget.rows)
    assert widget.grain == "week"


def test_a_running_bucket_is_marked() -> None:
    spec = line(metrics=("bookings",), grain="month", period={"trailing": 2, "unit": "month"})
    widget = figures(spec)
    assert [row.is_complete for row in widget.rows] == [True, False]
    assert widget.notes == ("The last point covers a period that has not ended.",)


def test_a_young_company_has_no_zeros_before_its_first_figure() -> None:
    spec = line(metrics=("bookings",), grain="week", period={"trailing": 8, "unit": "week"})

    def young(query: MetricQuery) -> MetricResult:
        found = ask(query)
        rows = [
            replace(row, values={"bookings": Decimal(0)})
            if row.keys["week"] in (date(2026, 9, 21), date(2026, 9, 28), date(2026, 10, 12))
            else row
            for row in found.rows
        ]
        return replace(found, rows=rows)

    widget = set_widget(replace(desk(), ask=young), spec, WEEK)
    assert isinstance(widget, Figures)
    starts = [row.keys[0].on for row in widget.rows]
    assert starts[0] == date(2026, 10, 5)
    assert date(2026, 10, 12) in starts
    assert widget.notes == ("The figures begin with Oct 5, 2026.",)


def test_a_forecast_takes_over_where_the_past_ends() -> None:
    spec = line(
        metrics=("bookings",),
        grain="month",
        period={"trailing": 3, "unit": "month", "ahead": 2},
        forecast="bookings_forecast",
    )
    widget = figures(spec)
    assert [row.keys[0].on for row in widget.rows] == [
        date(2026, 9, 1), date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1),
    ]  # fmt: skip
    known = [row.cell("bookings").value is not None for row in widget.rows]
    ahead = [row.cell("bookings_forecast").value is not None for row in widget.rows]
    assert known == [True, True, False, False, False]
    assert ahead == [False, False, True, True, True]
    assert [band.level for band in widget.bands] == [80, 95]
    last = widget.rows[-1]
    edges = [
        last.cell(f"bookings_forecast{edge}").value or Decimal(0)
        for edge in ("_lo_95", "_lo_80", "", "_hi_80", "_hi_95")
    ]
    assert edges == sorted(edges)


def test_a_forecast_out_of_reach_leaves_the_past() -> None:
    spec = line(metrics=("bookings",), grain="month", forecast="bookings_forecast")
    widget = figures(spec, hidden=("bookings_forecast",))
    assert (widget.forecast, widget.bands, widget.metrics) == (None, (), ("bookings",))
    assert [row.is_complete for row in widget.rows][-1] is False


def test_the_branches_and_the_unassigned_make_the_company() -> None:
    spec = ReconciliationSpec(
        **TITLES, kind="reconciliation", metrics=("bookings", "booked_amount"), by="branch"
    )
    widget = figures(spec)
    lines = {row.keys[0].value: [cell.value for cell in row.cells] for row in widget.rows}
    assert list(lines) == ["parts", "unassigned", "sum", "whole", "difference"]
    assert lines["difference"] == [0, 0]
    assert lines["sum"] == lines["whole"]
    assert lines["unassigned"][1] is not None and lines["unassigned"][1] > 0
    assert widget.rows[-1].kind == "total"


def test_a_rate_is_never_reconciled() -> None:
    spec = ReconciliationSpec(
        **TITLES, kind="reconciliation", metrics=("cancellation_rate",), by="branch"
    )
    with pytest.raises(CannotBeAdded, match="cancellation_rate"):
        figures(spec)


def test_what_the_reader_may_not_see_is_left_out_and_named() -> None:
    spec = tiles(metrics=("bookings", "receivables"))
    widget = figures(spec, hidden=("receivables",))
    assert widget.metrics == ("bookings",)
    assert widget.notes == ("Not available to you: Receivables.",)
    nothing = figures(spec, hidden=("receivables", "bookings"))
    assert nothing.rows == ()
    assert "Bookings, Receivables" in nothing.notes[0]


def test_a_desk_narrowed_to_a_branch_asks_for_that_branch() -> None:
    spec = tiles(metrics=("bookings",))
    whole = figures(spec).rows[0].cells[0].value
    only = figures(spec, where=(Filter("branch", ("VANC",)),)).rows[0].cells[0].value
    by_branch = figures(table(metrics=("bookings",), by=("branch",)))
    vancouver = next(row for row in by_branch.rows if row.keys[0].value == "VANC")
    assert only == vancouver.cells[0].value
    assert whole is not None and only is not None and only < whole


def test_as_of_asks_for_the_business_day() -> None:
    widget = figures(tiles(metrics=("receivables",), period="as_of"))
    assert (widget.span.start, widget.span.end) == (TODAY, date(2026, 11, 17))


def test_bars_are_cut_to_the_first_ones() -> None:
    spec = BarSpec(**TITLES, kind="bar", metrics=("bookings",), by=("branch",), sort="bookings",
                   limit=3)  # fmt: skip
    widget = figures(spec)
    assert [row.kind for row in widget.rows] == ["row"] * 3
    assert widget.notes == ("3 of 5 shown.",)


def opened(**dates: tuple[date | None, date | None]) -> list[Branch]:
    """Branches of the stand-in with the days they opened and closed on."""
    return [
        Branch(code, code, *BRANCHES[code], True, *dates.get(code, (None, None)))
        for code in BRANCHES
        if code != UNASSIGNED
    ]


def test_like_for_like_counts_branches_open_all_through_both_periods() -> None:
    asked: list[MetricQuery] = []

    def noting(query: MetricQuery) -> MetricResult:
        asked.append(query)
        return ask(query)

    # The week began on the ninth of November 2026, the one compared with on the tenth of 2025.
    young = opened(
        VANC=(date(2025, 11, 10), None),
        BURN=(date(2025, 11, 11), None),
        MONT=(None, date(2026, 11, 14)),
        DTOR=(date(2020, 1, 1), date(2026, 11, 15)),
    )
    spec = table(metrics=("bookings",), by=("branch",), compare=("last_year",), like_for_like=True)
    at = replace(desk(), ask=noting, branches=lambda: young)
    widget = set_widget(at, spec, WEEK)
    assert isinstance(widget, Figures)
    assert [row.keys[0].value for row in widget.data_rows] == ["DTOR", "VANC"]
    total, parts = widget.rows[-1].cells[0], [row.cells[0] for row in widget.data_rows]
    assert total.value == sum(cell.value or 0 for cell in parts)
    assert total.compared[0].value == sum(cell.compared[0].value or 0 for cell in parts)
    assert widget.notes == (
        "Like for like: 2 of 4 branches were open all through the periods compared."
        " Left out: Burnaby, Montréal.",
    )
    assert {query.where for query in asked} == {(Filter("branch", ("VANC", "DTOR")),)}


def test_like_for_like_stays_under_the_filters_and_says_when_nothing_compares() -> None:
    spec = table(metrics=("bookings",), by=("branch",), compare=("last_year",), like_for_like=True)
    young = opened(VANC=(date(2026, 1, 5), None), BURN=(date(2026, 11, 20), None))
    at = replace(desk(where=(Filter("province", ("BC",)),)), branches=lambda: young)
    widget = set_widget(at, spec, WEEK)
    assert isinstance(widget, Figures)
    assert widget.rows == ()
    assert widget.notes == (
        "Like for like: 0 of 1 branches were open all through the periods compared."
        " Left out: Vancouver.",
    )


def test_like_for_like_needs_something_to_be_like() -> None:
    with pytest.raises(ValueError, match="like_for_like needs compare"):
        table(metrics=("bookings",), by=("branch",), like_for_like=True)


def test_the_branch_comparison_compares_like_for_like() -> None:
    compared = [
        widget
        for widget in load_report("franchise_comparison").widgets
        if isinstance(widget, Ranked) and widget.compare
    ]
    assert compared and all(widget.like_for_like for widget in compared)


def test_a_metric_among_the_keys_is_read_by_its_label() -> None:
    def by_metric(query: MetricQuery) -> MetricResult:
        keys = ({"metric_name": "booked_amount"}, {"metric_name": "gone_metric"})
        rows = [Row(keys=each, values={"bookings": Decimal(1)}) for each in keys]
        return replace(ask(replace(query, by=())), query=query, rows=rows)

    spec = table(metrics=("bookings",), by=("metric_name",))
    widget = set_widget(replace(desk("fr-CA"), ask=by_metric), spec, WEEK)
    assert isinstance(widget, Figures)
    texts = [row.keys[0].text for row in widget.data_rows]
    assert texts == ["Booked amount (fr)", "Gone metric"]


def test_texts_and_facts_speak_the_readers_language() -> None:
    text = TextSpec(**TITLES, kind="text", text_en="Hello", text_fr="Bonjour")
    assert set_widget(desk("fr-CA"), text, WEEK) == Paragraph(
        name="w", title="Titre", text="Bonjour"
    )
    facts = set_widget(desk("fr-CA"), FactsSpec(**TITLES, kind="facts"), WEEK)
    assert isinstance(facts, Facts)
    assert {fact.name: fact.text for fact in facts.facts} == {
        "as_of": "16 nov. 2026, 07:00 (America/Toronto)",
        "publication": "12",
        "definitions_version": "3f9a2c71d0b4",
        "checks": "1\u00a0148",
    }


def test_an_unknown_metric_is_named() -> None:
    with pytest.raises(UnknownMetric, match="'profit'"):
        figures(tiles(metrics=("profit",)))
