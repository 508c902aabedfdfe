"""The page part of a view: its place in the menu, its filters, its layout, what is live on it.

Widgets that pages and reports share belong to `reports.spec`; drawing them to the app.
"""

from collections.abc import Iterable
from functools import cache
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from crm_core.enums import PermissionScope, Resource, UserRole
from reports.spec import FOLDER, SectionSpec, ViewSpec, load_spec, spec_names
from reports.vocabulary import Model, Name, Titled

PAGES = FOLDER / "pages"

Group = Literal["home", "sales", "operations", "money", "assets", "outlook", "data"]

Line = Annotated[tuple[Name, ...], Field(min_length=1, max_length=4)]


class TabSpec(Titled):
    """Sections that are shown together, one tab at a time."""

    name: Name
    sections: tuple[Name, ...] = Field(min_length=1)


class PanelSpec(Titled):
    """A part of a page that is no widget of figures: a list of records, the state of the data."""

    name: Name
    section: Name
    panel: Name
    """Which panel of the app it is."""


class Drawn(Model):
    """How a row of figures is drawn on a page instead of as tiles."""

    kind: Literal["bridge", "funnel", "bars"]
    """A bridge from the first figure to the last, shares of the first one, or plain bars."""
    less: tuple[Name, ...] = ()
    """Of a bridge, the figures that are taken off."""


class PagePart(Model):
    """What only a page has."""

    group: Group = "home"
    rank: int = 50
    """Place within the group of the menu."""
    icon: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")] = "dashboard"
    home_of: tuple[UserRole, ...] = ()
    """Roles whose first page it is."""
    needs: tuple[Resource, ...] = ()
    """What one must be allowed to read for the page to be in the menu."""
    scopes: tuple[PermissionScope, ...] = ()
    """Only for people who see that much; for everybody when empty."""
    one_branch: bool = False
    """Whether the page is always about one branch."""
    filters: tuple[Name, ...] = ()
    """Dimensions that the page can be narrowed by."""
    picks: tuple[Name, ...] = ()
    """Dimensions of too many values for a list: the page is narrowed to one by clicking on it."""
    is_periodic: bool = True
    """Whether the page has a period to choose."""
    tabs: tuple[TabSpec, ...] = ()
    lines: dict[Name, tuple[Line, ...]] = Field(default_factory=dict)
    """Per section, which widgets and panels stand beside each other; else two by two."""
    drawn: dict[Name, Drawn] = Field(default_factory=dict)
    live: tuple[Name, ...] = ()
    """Widgets that are asked of the core as it is now, and asked again every minute."""
    panels: tuple[PanelSpec, ...] = ()


class PageSpec(ViewSpec):
    """A page of the app."""

    page: PagePart = PagePart()

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        widgets = {widget.name for widget in self.widgets}
        parts = widgets | {panel.name for panel in self.page.panels}
        placed = [name for lines in self.page.lines.values() for line in lines for name in line]
        sections = {section.name for section in self.sections}
        _known("lines", placed, parts)
        _known("drawn", self.page.drawn, widgets)
        _known("live", self.page.live, widgets)
        _known("lines", self.page.lines, sections)
        _known("panels", [panel.section for panel in self.page.panels], sections)
        tabbed = [name for tab in self.page.tabs for name in tab.sections]
        _known("tabs", tabbed, sections)
        if self.page.tabs and sorted(tabbed) != sorted(sections):
            raise ValueError("tabs: every section stands in one tab")
        for section in self.sections:
            own = [name for line in self.page.lines.get(section.name, ()) for name in line]
            if own and sorted(own) != sorted(self.parts_of(section)):
                raise ValueError(f"lines of {section.name!r}: every part of it once")
        return self

    def parts_of(self, section: SectionSpec) -> list[str]:
        """Names of what stands in a section: its widgets, then its panels."""
        panels = [panel.name for panel in self.page.panels if panel.section == section.name]
        return [*(widget.name for widget in section.widgets), *panels]

    def tab(self, name: str) -> "PageSpec":
        """The page as the tab of that name shows it; itself where it has no tabs."""
        for tab in self.page.tabs:
            if tab.name == name:
                kept = tuple(each for each in self.sections if each.name in tab.sections)
                return self.model_copy(update={"sections": kept})
        return self


def _known(where: str, names: Iterable[str], known: set[str]) -> None:
    for name in names:
        if name not in known:
            raise ValueError(f"{where}: {name!r} is not on the page")


@cache
def load_page(name: str) -> PageSpec:
    """The page of that name; raises `ReportNotFound` or `SpecInvalid`."""
    return load_spec(PageSpec, PAGES, name, "page")


def page_names() -> tuple[str, ...]:
    """Names of all pages, sorted."""
    return spec_names(PAGES)


@cache
def pages() -> tuple[PageSpec, ...]:
    """Every page, by rank; raises `SpecInvalid` for the first broken file."""
    return tuple(sorted(map(load_page, page_names()), key=lambda page: (page.page.rank, page.name)))
