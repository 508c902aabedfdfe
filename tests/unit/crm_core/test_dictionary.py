"""The data dictionary says what the models say."""

from pathlib import Path

import pytest

from crm_core.dictionary import AREAS, page
from crm_core.models import Base
from crm_core.models.base import Base as Declared

STAMPS = ("created_at", "updated_at", "changed_xid")
PAGE = Path(__file__).resolve().parents[3] / "docs" / "data-dictionary.md"


def test_the_page_in_the_repository_is_the_one_the_models_make() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "run `crm db dictionary --out docs/data-dictionary.md`"
    )


def test_every_table_and_column_is_on_the_page() -> None:
    sections = {part.split("\n", 1)[0]: part for part in page().split("\n### ")[1:]}
    assert set(sections) == {table.fullname for table in Base.metadata.sorted_tables}
    missing = [
        f"{table.fullname}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.name not in STAMPS and f"| `{column.name}`" not in sections[table.fullname]
    ]
    assert missing == []
    head = page().split("## ", 1)[0]
    assert all(f"`{name}`" in head for name in STAMPS)


def test_every_row_says_what_it_is() -> None:
    silent = [m.class_.__name__ for m in Declared.registry.mappers if not m.class_.__doc__]
    assert silent == []


@pytest.mark.parametrize("module", AREAS)
def test_every_area_has_its_module(module: str) -> None:
    modules = {m.class_.__module__.rsplit(".", 1)[-1] for m in Declared.registry.mappers}
    assert module in modules


def test_closed_sets_references_and_meanings_are_shown() -> None:
    text = page()
    assert "| `status` | varchar(40) |  | `'PENDING'` | PENDING, ACTIVE, COMPLETED," in text
    assert "| `unit_id` | uuid |  |  | storage_units | kept |  |" in text
    assert "`ex_storage_bookings_unit_id_overlap`: no two rows for which" in text
