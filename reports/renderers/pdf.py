"""The result as PDF: the page frame, and the widgets in their order.

What a tile, a table or a chart looks like belongs to `pdf_parts` and `pdf_chart`.
"""

import io
from collections.abc import Callable
from typing import Any

from reportlab.lib.pagesizes import A4, letter
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    KeepTogether,
    NextPageTemplate,
    PageTemplate,
    Spacer,
)
from reportlab.platypus import Paragraph as TextFlow

from reports import theme
from reports.format import Formatter, formatter
from reports.renderers.file import RenderedFile, file_name, identity_text
from reports.renderers.pdf_chart import bar_chart, line_chart, note_fits
from reports.renderers.pdf_fonts import color, fitted, markup, plain, register_fonts, style, width
from reports.renderers.pdf_parts import (
    Tiles,
    changes_table,
    definitions_table,
    facts_table,
    figures_table,
    sentences,
    title_block,
)
from reports.renderers.pdf_shapes import (
    age_inks,
    ageing_strip,
    bridge_chart,
    gauge_chart,
    heat_table,
    histogram_chart,
    stacked_chart,
)
from reports.result import Facts, Figures, Header, Paragraph, ReportResult, Section
from reports.words import word

MEDIA_TYPE = "application/pdf"
SIDE, TOP, BOTTOM = 46.0, 40.0, 46.0
CHART_HEIGHT = 134.0


def render(result: ReportResult) -> RenderedFile:
    """The result as PDF bytes, the same for the same result."""
    register_fonts()
    header = result.header
    buffer = io.BytesIO()
    page = A4 if header.paper == "a4" else letter
    document = BaseDocTemplate(
        buffer,
        pagesize=page,
        title=plain(f"{header.title}, {header.period.text}"),
        author=plain(header.company),
        subject=plain(header.scope),
        creator=plain(header.report),
        # What `verify` needs to find the figures of a file that was changed.
        keywords=identity_text(header),
        lang=header.locale,
        displayDocTitle=True,
        invariant=1,
    )
    room = page[0] - 2 * SIDE
    frame = {"id": "body", "leftPadding": 0, "rightPadding": 0, "topPadding": 0, "bottomPadding": 0}
    heights = (page[1] - TOP - BOTTOM, page[1] - TOP - 24 - BOTTOM)
    document.addPageTemplates(
        [
            PageTemplate("first", [Frame(SIDE, BOTTOM, room, heights[0], **frame)]),
            PageTemplate("later", [Frame(SIDE, BOTTOM, room, heights[1], **frame)],
                         onPage=_running_head(header)),
        ]
    )  # fmt: skip
    story: list[Flowable] = [*title_block(header, room), NextPageTemplate("later")]
    for section in result.sections:
        story += _section(section, result, room)
    story += _definitions(result, room)
    document.build(story, canvasmaker=_canvas_of(header))
    return RenderedFile(file_name(header, "pdf"), MEDIA_TYPE, buffer.getvalue())


def _section(section: Section, result: ReportResult, room: float) -> list[Flowable]:
    """The section's heading, kept with its first widget, and the widgets below each other."""
    show = formatter(result.header.locale, result.header.currency)
    story: list[Flowable] = []
    heading: list[Flowable] = [Spacer(1, 12), _Heading(section.title, section.name)]
    for widget in section.widgets:
        parts, may_split = widget_parts(widget, result, show, room)
        if len(section.widgets) > 1 or widget.title != section.title:
            title = style(9.5, face=theme.SEMIBOLD, before=7, after=5)
            heading.append(TextFlow(markup(widget.title), title))
        if may_split:
            # A long table may break, but not leave its title alone at the foot of a page.
            story += [CondPageBreak(110), *heading, *parts]
        else:
            story.append(KeepTogether([*heading, *parts]))
        heading = [Spacer(1, 4)]
    return story


def widget_parts(
    widget: Figures | Facts | Paragraph, result: ReportResult, show: Formatter, room: float
) -> tuple[list[Flowable], bool]:
    """The widget's flowables, and whether they may be split over pages."""
    match widget:
        case Paragraph():
            return [TextFlow(markup(widget.text), style(9, leading=1.45))], True
        case Facts():
            return [facts_table(widget, room)], False
    small = style(7.5, ink=theme.MUTED, before=4)
    remarks = (*_compared_with(widget, show), *widget.notes)
    notes = [TextFlow(markup(remark), small) for remark in remarks]
    if not widget.rows:
        empty = TextFlow(markup(word("no_data", show.locale)), style(9, ink=theme.MUTED))
        return notes or [empty], False
    match widget.kind:
        case "tiles":
            return [Tiles(widget, result.measure, show), *notes], False
        case "gauge":
            return [gauge_chart(widget, result.measure, show, room), *notes], False
        case "narrative":
            return [*sentences(widget.sentences), *notes], False
        case "stacked":
            inks = age_inks(len(widget.metrics)) if _is_aged(widget, result) else theme.LAYERS
            return [stacked_chart(widget, result.measure, show, room, inks), *notes], False
        case "histogram":
            return [histogram_chart(widget, result.measure, show, room), *notes], False
        case "bridge":
            return [bridge_chart(widget, room), *notes], False
        case "heat":
            return [heat_table(widget, result.measure, show, room), *notes], len(widget.rows) > 200
        case "ageing":
            strip = [ageing_strip(widget, result.measure, room)] if widget.shares else []
            table = figures_table(widget, result.measure, show, room)
            return [*strip, table, *notes], len(widget.rows) > 14
        case "changes":
            return [*notes, Spacer(1, 4), changes_table(widget, show, room)], False
        case "line":
            remark = " ".join(remarks)
            beside = note_fits(remark, widget, result.measure, show, room)
            size = (room, CHART_HEIGHT)
            chart = line_chart(widget, result.measure, show, size, remark if beside else "")
            return [chart] if beside else [chart, *notes], False
        case "bar":
            return [bar_chart(widget, result.measure, show, room), *notes], False
        case "table" | "reconciliation":
            table = figures_table(widget, result.measure, show, room)
            return [table, *notes], len(widget.rows) > 14


def _is_aged(widget: Figures, result: ReportResult) -> bool:
    """Whether the report shows the same metrics by age: they keep their colours."""
    return any(
        other.kind == "ageing" and other.metrics == widget.metrics
        for section in result.sections
        for other in section.widgets
        if isinstance(other, Figures)
    )


def _compared_with(widget: Figures, show: Formatter) -> list[str]:
    """One line that dates the comparisons."""
    spans = [
        f"{word(basis, show.locale)}: {span.text}" for basis, span in widget.compared_spans.items()
    ]
    return [" · ".join(spans)] if spans else []


def _definitions(result: ReportResult, room: float) -> list[Flowable]:
    edges = {
        name
        for section in result.sections
        for widget in section.widgets
        if isinstance(widget, Figures)
        for band in widget.bands
        for name in (band.low, band.high)
    }
    shown = [measure for measure in result.measures if measure.name not in edges]
    locale = result.header.locale
    return [
        Spacer(1, 16),
        CondPageBreak(130),
        _Heading(word("definitions", locale), "definitions_"),
        Spacer(1, 4),
        definitions_table(shown, locale, room),
    ]


class _Heading(Flowable):  # type: ignore[misc]
    """A section heading that is also a bookmark."""

    def __init__(self, text: str, key: str) -> None:
        super().__init__()
        self.text, self.key = text, key

    def wrap(self, room: float, _: float) -> tuple[float, float]:
        """ReportLab asks for the space."""
        self.room = room
        return room, 20.0

    def draw(self) -> None:
        """Write the heading and enter it into the outline."""
        self.canv.bookmarkPage(self.key)
        self.canv.addOutlineEntry(plain(self.text), self.key, level=0)
        self.canv.setFont(theme.BOLD, 13)
        self.canv.setFillColor(color(theme.PRIMARY))
        self.canv.drawString(0, 6, fitted(self.text, theme.BOLD, 13, self.room))


def _running_head(header: Header) -> Callable[[Canvas, BaseDocTemplate], None]:
    """What stands on top of every page after the first."""

    def draw(canvas: Canvas, document: BaseDocTemplate) -> None:
        page_width, page_height = document.pagesize
        y = page_height - TOP - 6
        right = fitted(header.period.text, theme.REGULAR, 8, 200)
        room = page_width - 2 * SIDE - width(right, theme.REGULAR, 8) - 20
        canvas.setFont(theme.SEMIBOLD, 8)
        canvas.setFillColor(color(theme.INK))
        about = (header.company, header.title, header.scope, header.filters, header.stamp)
        left = " · ".join(text for text in about if text)
        canvas.drawString(SIDE, y, fitted(left, theme.SEMIBOLD, 8, room))
        canvas.setFont(theme.REGULAR, 8)
        canvas.setFillColor(color(theme.MUTED))
        canvas.drawRightString(page_width - SIDE, y, right)
        canvas.setStrokeColor(color(theme.RULE))
        canvas.setLineWidth(0.5)
        canvas.line(SIDE, y - 6, page_width - SIDE, y - 6)

    return draw


def _canvas_of(header: Header) -> type[Any]:
    """A canvas that knows the number of pages when it writes their feet."""

    class FootedCanvas(Canvas):  # type: ignore[misc]
        """Holds every page back until all are drawn."""

        def __init__(self, *arguments: Any, **options: Any) -> None:
            # Without this every page would name Helvetica, which is not embedded.
            super().__init__(*arguments, **options | {"initialFontName": theme.REGULAR})
            self._held: list[dict[str, Any]] = []

        def showPage(self) -> None:  # noqa: N802
            """Keep the page for later."""
            self._held.append(dict(self.__dict__))
            self._startPage()

        def save(self) -> None:
            """Write every page with its foot."""
            for number, held in enumerate(self._held, start=1):
                self.__dict__.update(held)
                self._foot(number, len(self._held))
                super().showPage()
            super().save()

        def _foot(self, page: int, pages: int) -> None:
            locale = header.locale
            right_end, y = self._pagesize[0] - SIDE, BOTTOM - 22
            number = word("page_of", locale, page=page, pages=pages)
            left = " · ".join(
                (
                    f"{word('as_of', locale)} {header.as_of_text}",
                    f"{word('publication', locale)} {header.publication_id}",
                    f"{word('definitions_version', locale)} {header.definitions[:12]}",
                )
            )
            self.setStrokeColor(color(theme.RULE))
            self.setLineWidth(0.5)
            self.line(SIDE, y + 11, right_end, y + 11)
            self.setFont(theme.REGULAR, 7)
            self.setFillColor(color(theme.MUTED))
            room = right_end - SIDE - width(number, theme.REGULAR, 7) - 16
            self.drawString(SIDE, y, fitted(left, theme.REGULAR, 7, room))
            self.drawRightString(right_end, y, number)

    return FootedCanvas
