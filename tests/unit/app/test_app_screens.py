"""What is declared of the screens holds together: columns, words, links; and what people type."""

from decimal import Decimal
from enum import StrEnum

import pytest

from app.menu import menu_of
from app.screens.catalogue import SCREENS, screens_for
from app.screens.fields import NotUnderstood, number_of, understood
from app.screens.spec import Deed, Field, Screen
from app.screens.texts import code_text, words
from crm_core.enums import LeadPriority, UserRole
from crm_core.models.validity import known_values
from crm_core.services.finance.pricing import Line
from reports.page import page_names
from reports.values import value_text
from tests.unit.app.fake_source import account

AS_IT_IS = {"AB", "BC", "CAD", "EUR", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK",
            "USD", "YT"}  # fmt: skip
"""Codes that are read the same in both languages."""


def deeds_of(screen: Screen) -> list[Deed]:
    parts = [deed for part in screen.parts for deed in part.deeds]
    return [*screen.makes, *screen.deeds, *parts]


@pytest.mark.parametrize("name", SCREENS)
def test_a_screen_names_columns_that_there_are(name: str) -> None:
    screen = SCREENS[name]
    shown = {*screen.columns, *screen.filters, *screen.title, *screen.card}
    shown |= {column for _, columns in screen.sections for column in columns}
    shown |= {column for column, _ in screen.links}
    assert shown - {column.name for column in screen.rows.table.columns} <= {"customer_id"}
    for part in screen.parts:
        there = {column.name for column in part.rows.table.columns}
        assert {*part.columns, part.by} <= there, part.name
        assert not part.opens or part.opens in SCREENS
    assert {target for _, target in screen.links} <= set(SCREENS)
    assert {deed.opens for deed in deeds_of(screen)} <= {*SCREENS, ""}


@pytest.mark.parametrize("name", SCREENS)
def test_a_screen_speaks_both_languages(name: str) -> None:
    screen, labels, codes = SCREENS[name], words()["labels"], words()["codes"]
    asked = {name, *screen.columns, *screen.filters, *(f"one_{to}" for _, to in screen.links)}
    asked |= {each for head, columns in screen.sections for each in (head, *columns)}
    asked |= {each for part in screen.parts for each in (part.name, *part.columns)}
    asked |= {each for deed in deeds_of(screen) for each in (deed.name, *_names(deed))}
    assert asked - set(labels) == set()
    closed = {code for deed in deeds_of(screen) for field in deed.fields for code in _codes(field)}
    closed |= {code for column in screen.rows.table.columns if column.name in asked
               for code in known_values(column)}  # fmt: skip
    silent = {code for code in closed - set(codes) - AS_IT_IS
              if value_text(code, "fr-CA") == value_text(code, "xx") == code}  # fmt: skip
    assert silent == set()


def _names(deed: Deed) -> list[str]:
    return [field.name for field in deed.fields]


def _codes(field: Field) -> list[str]:
    listed = [code.value for code in field.type] if issubclass(field.type, StrEnum) else []
    return [*field.codes, *listed]


def test_every_word_has_two_languages() -> None:
    assert all(len(pair) == 2 and all(pair) for pair in words()["labels"].values())


def test_a_code_is_read_in_words() -> None:
    assert code_text("PARTIAL_PAID", "en-CA") == "Part paid"
    assert code_text("DRAFT", "fr-CA") == "Brouillon"
    assert code_text("BC", "fr-CA") == "BC"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("1,234.50", "1234.50"), ("1 234,50", "1234.50"), ("$12", "12"), ("1,234", "1234")],
)
def test_numbers_are_understood_as_both_languages_write_them(typed: str, meant: str) -> None:
    assert number_of("amount", typed) == Decimal(meant)


@pytest.mark.parametrize("typed", ["twelve", "1.2.3", "nan", "inf"])
def test_what_is_no_number_is_refused_at_its_field(typed: str) -> None:
    with pytest.raises(NotUnderstood) as refused:
        understood(Field("amount", Decimal), typed, "en-CA")
    assert refused.value.field == "amount"


def test_an_empty_field_is_nothing_unless_it_is_needed() -> None:
    assert understood(Field("notes"), "  ", "en-CA") is None
    with pytest.raises(NotUnderstood):
        understood(Field("notes", is_needed=True), "  ", "en-CA")
    assert understood(Field("priority", LeadPriority), "HIGH", "en-CA") is LeadPriority.HIGH


def test_lines_are_what_was_typed() -> None:
    row = {"description": "Boxes", "quantity": "0,1", "unit_amount": "9.99", "category": "OTHER"}
    (line,) = understood(Field("lines", Line, is_needed=True), [row, {"description": None}], "en")
    assert (line.quantity, line.unit_amount) == (Decimal("0.1"), Decimal("9.99"))
    with pytest.raises(NotUnderstood):
        understood(Field("lines", Line), [{**row, "quantity": "many"}], "en")
    with pytest.raises(NotUnderstood):
        understood(Field("lines", Line, is_needed=True), [{"description": " "}], "en")


@pytest.mark.parametrize(
    ("role", "there", "not_there"),
    [
        (UserRole.SALES_REP, {"leads", "quotes", "customers"}, {"roles", "integrations", "orders"}),
        (UserRole.DRIVER, {"jobs", "calendar"}, {"leads", "invoices", "roles"}),
        (UserRole.ADMIN, set(SCREENS), set()),
        (UserRole.MANAGER, {"users", "roles", "templates"}, set()),
    ],
)
def test_the_menu_holds_what_a_role_may_read(
    role: UserRole, there: set[str], not_there: set[str]
) -> None:
    subject = account(role).subject
    names = {screen.name for screen in screens_for(subject)}
    assert there <= names and not names & not_there
    assert len(menu_of(subject, "en-CA")["Daily work"]) == len(names)
    assert not {SCREENS[name].address for name in names} & set(page_names())
