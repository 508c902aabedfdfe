"""A made-up report result for the tests of the renderers: every widget kind, 43 branches.

Nothing here is asked of a metric layer; see `fake_metrics` for that.
"""

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Literal

from reports.format import Formatter, Unit, formatter
from reports.result import (
    Band,
    Cell,
    Compared,
    Fact,
    Facts,
    Figures,
    Header,
    Key,
    Measure,
    Paragraph,
    ReportResult,
    Row,
    Section,
    Span,
)

MEASURES: dict[str, tuple[str, str, Unit, Literal["up", "down", "none"]]] = {
    "average_booked_value": ("S14", "Average booked value", "money", "up"),
    "booked_amount": ("S16_value", "Booked amount", "money", "up"),
    "bookings": ("S16_count", "Bookings", "count", "up"),
    "bookings_forecast": ("S16_forecast", "Bookings forecast", "count", "none"),
    "bookings_forecast_hi_80": ("S16_hi_80", "Bookings forecast, high 80", "count", "none"),
    "bookings_forecast_hi_95": ("S16_hi_95", "Bookings forecast, high 95", "count", "none"),
    "bookings_forecast_lo_80": ("S16_lo_80", "Bookings forecast, low 80", "count", "none"),
    "bookings_forecast_lo_95": ("S16_lo_95", "Bookings forecast, low 95", "count", "none"),
    "cancellation_rate": ("S22_service", "Cancellation rate", "percent", "down"),
    "cash_collected": ("F04", "Cash collected", "money", "up"),
    "invoiced_revenue": ("F01", "Invoiced revenue", "money", "up"),
    "jobs_completed": ("O01", "Jobs completed", "count", "up"),
    "quote_booking_rate": ("S08", "Quote booking rate", "percent", "up"),
    "receivables": ("F07", "Receivables", "money", "down"),
    "service_revenue": ("F02", "Service revenue", "money", "up"),
}

CITIES = (
    "Abbotsford", "Barrie", "Brampton", "Burlington", "Burnaby", "Calgary", "Chilliwack",
    "Coquitlam", "Edmonton", "Halifax", "Hamilton", "Kamloops", "Kanata", "Kelowna", "Kingston",
    "Kitchener", "Langley", "Laval", "Lethbridge", "London", "Markham", "Mississauga",
    "Moncton", "Montréal", "Nanaimo", "Oakville", "Oshawa", "Ottawa", "Québec", "Regina",
    "Richmond", "Saskatoon", "Scarborough", "Sherbrooke", "Sudbury", "Surrey", "Toronto",
    "Trois-Rivières", "Vancouver", "Vaughan", "Victoria", "Windsor", "Winnipeg",
)  # fmt: skip

START, END = date(2026, 11, 9), date(2026, 11, 16)
TILES = (
    "bookings",
    "booked_amount",
    "service_revenue",
    "invoiced_revenue",
    "cash_collected",
    "receivables",
    "jobs_completed",
    "quote_booking_rate",
    "cancellation_rate",
    "average_booked_value",
)


def measure(name: str) -> Measure:
    """A metric of the sample, by name."""
    id_, label, unit, direction = MEASURES[name]
    ratio = unit == "percent" or name.startswith("average")
    return Measure(
        name=name,
        id=id_,
        label=label,
        unit=unit,
        direction=direction,
        basis="service" if "service" in name else "booked",
        additivity="non_additive" if ratio else "additive",
        owner="sales",
        formula=f"Sum of {label.lower()} over the period",
    )


def cell(
    metric: str,
    value: Decimal | None,
    show: Formatter,
    *,
    whole: bool = False,
    compared: tuple[Compared, ...] = (),
) -> Cell:
    """A cell as the widgets build it."""
    unit = MEASURES[metric][2]
    return Cell(
        metric=metric,
        value=value,
        text=show.value(value, unit, whole=whole),
        bare=show.bare(value, unit, whole=whole),
        exact=show.value(value, unit),
        compared=compared,
    )


def span(start: date, end: date, show: Formatter) -> Span:
    """A period with its text."""
    return Span(start=start, end=end, text=show.period(start, end))


def _value(rng: random.Random, metric: str, size: float = 1.0) -> Decimal:
    unit = MEASURES[metric][2]
    if unit == "percent":
        return Decimal(rng.randint(40, 460)) / Decimal(rng.randint(700, 1100))
    if unit == "money":
        big = 1_580 if metric.startswith("average") else 1_250_000 * size
        return Decimal(int(rng.gauss(big, big / 9) * 100)) / 100
    return Decimal(max(int(rng.gauss(760 * size, 760 * size / 9)), 0))


def tiles(show: Formatter) -> Figures:
    """Ten tiles, each compared with the week before and the year before."""
    rng = random.Random(7)
    cells = []
    for metric in TILES:
        value, unit = _value(rng, metric), MEASURES[metric][2]
        compared = []
        for basis in ("previous", "last_year"):
            earlier = _value(rng, metric)
            change = value - earlier if unit == "percent" else (value - earlier) / earlier
            better = (change > 0) == (MEASURES[metric][3] == "up")
            compared.append(
                Compared(
                    basis=basis,
                    value=earlier,
                    text=show.value(earlier, unit),
                    change=change,
                    change_text=show.change(change, unit),
                    tone="good" if better else "bad",
                )
            )
        cells.append(cell(metric, value, show, whole=True, compared=tuple(compared)))
    return Figures(
        kind="tiles",
        name="headline",
        title="The week in figures",
        span=span(START, END, show),
        metrics=TILES,
        rows=(Row(cells=tuple(cells)),),
        compared_spans={
            "previous": span(START - timedelta(7), END - timedelta(7), show),
            "last_year": span(START - timedelta(364), END - timedelta(364), show),
        },
    )


def weeks(
    show: Formatter, metrics: tuple[str, ...] = ("booked_amount", "service_revenue")
) -> Figures:
    """26 weeks of two amounts."""
    rng = random.Random(11)
    rows = []
    for week in range(26):
        start = END - timedelta(7 * (26 - week))
        season = 1.25 - week * 0.018
        keys = (Key(dimension="week", on=start, text=show.bucket(start, "week")),)
        cells = tuple(cell(m, _value(rng, m, season), show) for m in metrics)
        rows.append(Row(keys=keys, cells=cells))
    return Figures(
        kind="line",
        name="trend",
        title="Booked amount and service revenue by week",
        span=span(END - timedelta(182), END, show),
        metrics=metrics,
        grain="week",
        rows=tuple(rows),
    )


def outlook(show: Formatter) -> Figures:
    """18 months of bookings, then a forecast of six with its bands."""
    rng = random.Random(3)
    bands = (
        Band(level=80, low="bookings_forecast_lo_80", high="bookings_forecast_hi_80"),
        Band(level=95, low="bookings_forecast_lo_95", high="bookings_forecast_hi_95"),
    )
    names = ("bookings", "bookings_forecast", *(n for b in bands for n in (b.low, b.high)))
    rows = []
    for index in range(24):
        month = date(2025 + (4 + index) // 12, (4 + index) % 12 + 1, 1)
        level = [0.8, 0.75, 0.9, 1, 1.15, 1.5, 1.6, 1.55, 1.2, 1, 0.85, 0.8][month.month - 1]
        values: dict[str, Decimal | None] = dict.fromkeys(names)
        if index < 18:
            values["bookings"] = _value(rng, "bookings", 4 * level)
        else:
            middle = Decimal(int(3040 * level)) + Decimal("0.37")
            values["bookings_forecast"] = middle
            for width, band in ((Decimal("0.08"), bands[0]), (Decimal("0.14"), bands[1])):
                values[band.low] = middle * (1 - width)
                values[band.high] = middle * (1 + width)
        rows.append(
            Row(
                keys=(Key(dimension="month", on=month, text=show.bucket(month, "month")),),
                cells=tuple(cell(name, values[name], show) for name in names),
            )
        )
    return Figures(
        kind="line",
        name="outlook",
        title="Bookings by month, and the next six months",
        span=span(date(2025, 5, 1), date(2027, 5, 1), show),
        metrics=names,
        grain="month",
        rows=tuple(rows),
        forecast="bookings_forecast",
        bands=bands,
    )


def branches(
    show: Formatter,
    names: Sequence[str] = CITIES,
    *,
    kind: Literal["table", "bar"] = "table",
    metrics: tuple[str, ...] = (
        "bookings",
        "booked_amount",
        "service_revenue",
        "jobs_completed",
        "cancellation_rate",
    ),
) -> Figures:
    """A row per branch and, in a table, the total."""
    rng = random.Random(5)
    data = [
        (name, {m: _value(rng, m, rng.uniform(0.004, 0.06)) for m in metrics}) for name in names
    ]
    data.sort(key=lambda item: item[1][metrics[0]], reverse=True)
    rows = [
        Row(
            keys=(Key(dimension="branch", value=f"id-{name}", text=name),),
            cells=tuple(cell(m, values[m], show) for m in metrics),
        )
        for name, values in data
    ]
    if kind == "table":
        sums = {
            m: Decimal("0.061")
            if MEASURES[m][2] == "percent"
            else sum((values[m] for _, values in data), Decimal(0))
            for m in metrics
        }
        rows.append(
            Row(
                kind="total",
                keys=(Key(dimension="branch", text="Total"),),
                cells=tuple(cell(m, sums[m], show) for m in metrics),
            )
        )
    return Figures(
        kind=kind,
        name=f"branches_{kind}",
        title="Branches" if kind == "table" else "Booked amount of the ten largest branches",
        span=span(START, END, show),
        metrics=metrics,
        by=("branch",),
        by_labels=("Branch",),
        rows=tuple(rows),
    )


def reconciliation(show: Formatter) -> Figures:
    """Branches, unassigned, sum, total, difference."""
    metrics = ("bookings", "booked_amount", "service_revenue")
    lines = (
        ("parts", "Sum of the branches", "31112.50"),
        ("unassigned", "Unassigned", "88.25"),
        ("sum", "Sum of the parts", "31200.75"),
        ("whole", "Total asked directly", "31200.75"),
        ("difference", "Difference", "0"),
    )
    return Figures(
        kind="reconciliation",
        name="reconciliation",
        title="The branches add up",
        span=span(START, END, show),
        metrics=metrics,
        by=("branch",),
        by_labels=("Branch",),
        rows=tuple(
            Row(
                kind="total" if name == "difference" else "row",
                keys=(Key(dimension="line", value=name, text=text),),
                cells=tuple(cell(m, Decimal(value), show) for m in metrics),
            )
            for name, text, value in lines
        ),
    )


def facts() -> Facts:
    """The block that says where the numbers come from."""
    return Facts(
        name="data",
        title="About the data",
        facts=(
            Fact(name="as_of", label="Data as of", text="Nov 22, 2026, 07:00 (America/Toronto)"),
            Fact(name="publication", label="Publication", text="12"),
            Fact(name="definitions_version", label="Definitions version", text="3f9a2c71d0b4"),
            Fact(name="checks", label="Checks passed", text="148"),
        ),
    )


def result(locale: str = "en-CA", *, names: Sequence[str] = CITIES, note: str = "") -> ReportResult:
    """The whole sample; `names` are the branches, `note` a paragraph of free text."""
    show = formatter(locale)
    sections = [
        Section(name="summary", title="Summary", widgets=(tiles(show), weeks(show))),
        Section(
            name="branches",
            title="Branches",
            widgets=(
                branches(show, names[:10], kind="bar", metrics=("booked_amount",)),
                branches(show, names),
            ),
        ),
        Section(name="outlook", title="Outlook", widgets=(outlook(show),)),
        Section(name="trust", title="Can I trust it?", widgets=(reconciliation(show), facts())),
    ]
    if note:
        text = Paragraph(name="note", title="Note", text=note)
        sections.append(Section(name="note", title="Note", widgets=(text,)))
    return ReportResult(
        header=Header(
            report="executive_weekly",
            title="Executive weekly",
            description="The week of the whole company: sales, operations and cash.",
            company="Northway Moving",
            scope="Whole company",
            locale=locale,
            currency="CAD",
            period=span(START, END, show),
            as_of=datetime(2026, 11, 16, 12, 0, tzinfo=UTC),
            as_of_text=show.instant(datetime(2026, 11, 16, 12, 0, tzinfo=UTC), "America/Toronto"),
            timezone="America/Toronto",
            publication_id=12,
            definitions="3f9a2c71d0b4e6a1",
            generated_for="exec@northway.example",
        ),
        sections=tuple(sections),
        measures=tuple(measure(name) for name in sorted(MEASURES)),
    )
