"""One field of a form: the widget for its type, and what was filled in as a value of that type.

Forms are `forms`; whether a value is allowed is the service's to say.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Final

import polars as pl
import streamlit as st

from app.screens.desk import Desk
from app.screens.spec import Field
from app.screens.texts import code_text, label
from crm_core.enums import ItemCategory
from crm_core.enums_office import LineUnit
from crm_core.errors import InvalidInput
from crm_core.services.finance.pricing import Line

ZERO: Final = Decimal(0)


class NotUnderstood(InvalidInput):
    """What was filled in is no value of the field's type; the reason is a key of `texts`."""


def draw_field(desk: Desk, field: Field, start: Any, choices: Mapping[Any, str], key: str) -> Any:
    """The widget of a field; what stands in it."""
    text = label(field.name, desk.locale) + (" *" if field.is_needed else "")
    own = f"{key}_{field.name}"
    if field.type is Line:
        return _draw_lines(desk, start or (), own)
    if field.choices is not None:
        return _select(text, list(choices), start, own, lambda value: choices[value], desk)
    if codes := _codes(field):
        if start and start not in codes:  # what an import brought stays as it is
            codes = [*codes, start]
        return _select(text, codes, start, own, lambda code: code_text(code, desk.locale), desk)
    if field.type is bool:
        return st.checkbox(text, value=bool(start), key=own)
    if field.type is date:
        return st.date_input(text, value=start, key=own, format="YYYY-MM-DD")
    if field.type is datetime:
        return st.datetime_input(text, value=start, key=own, format="YYYY-MM-DD")
    if field.type is int:
        return st.number_input(text, value=start, step=1, min_value=0, key=own)
    shown = "" if start is None else str(start)
    if field.is_long:
        return st.text_area(text, value=shown, key=own, height=80)
    return st.text_input(text, value=shown, key=own)


def understood(field: Field, raw: Any, locale: str) -> Any:
    """What was filled in, as the service takes it; raises `NotUnderstood` naming the field."""
    if field.type is Line:
        return _lines(field, raw, locale)
    value = raw.strip() or None if isinstance(raw, str) else raw
    if value is None:
        if field.is_needed:
            raise NotUnderstood(field.name, "is_missing")
        return None
    if field.type is Decimal:
        return number_of(field.name, value)
    if issubclass(field.type, StrEnum):
        return field.type(value)
    return value


def number_of(name: str, text: Any) -> Decimal:
    """A number as people write it in English or French: 1,234.50 or 1 234,50."""
    kept = str(text).replace("\u00a0", "").replace("\u202f", "").replace(" ", "").replace("$", "")
    if "," in kept and "." not in kept and len(kept.rpartition(",")[2]) != 3:
        kept = kept.replace(",", ".")
    try:
        value = Decimal(kept.replace(",", ""))
    except InvalidOperation:
        raise NotUnderstood(name, "no_number") from None
    if not value.is_finite():
        raise NotUnderstood(name, "no_number")
    return value


def _codes(field: Field) -> list[str]:
    if field.codes:
        return list(field.codes)
    return [code.value for code in field.type] if issubclass(field.type, StrEnum) else []


def _select(
    text: str, options: Sequence[Any], start: Any, key: str, shown: Callable[[Any], str], desk: Desk
) -> Any:
    index = options.index(start) if start in options else (0 if len(options) == 1 else None)
    return st.selectbox(
        text, options, index=index, key=key, format_func=shown,
        placeholder=label("choose", desk.locale),
    )  # fmt: skip


# lines of an offer

_COLUMNS: Final[dict[str, Any]] = {
    "description": pl.String,
    "category": pl.String,
    "quantity": pl.String,
    "unit": pl.String,
    "unit_amount": pl.String,
    "discount_amount": pl.String,
    "estimated_cost_amount": pl.String,
    "is_optional": pl.Boolean,
}
"""With their types: a column that is empty throughout could not be filled in without.

Numbers are text, as they were typed: the number cells of the editor drop decimal signs.
"""


def _draw_lines(desk: Desk, start: Sequence[Line], key: str) -> Any:
    shown = [_row(line) for line in start] or [_empty_line()]
    st.markdown(label("lines", desk.locale))
    edited = st.data_editor(
        pl.DataFrame(shown, schema=_COLUMNS), num_rows="dynamic", hide_index=True, key=key,
        alt=label("lines", desk.locale), column_config=_line_columns(desk.locale),
    )  # fmt: skip
    return edited.to_dicts()


def _row(line: Line) -> dict[str, Any]:
    cost = line.estimated_cost_amount
    return {
        "description": line.description,
        "category": line.category.value,
        "quantity": str(line.quantity),
        "unit": line.unit.value if line.unit else None,
        "unit_amount": str(line.unit_amount),
        "discount_amount": str(line.discount_amount),
        "estimated_cost_amount": None if cost is None else str(cost),
        "is_optional": line.is_optional,
    }


def _empty_line() -> dict[str, Any]:
    return {
        **dict.fromkeys(_COLUMNS),
        "category": ItemCategory.MOVING_SERVICES.value,
        "unit": LineUnit.HOUR.value,
        "is_optional": False,
    }


def _line_columns(locale: str) -> dict[str, Any]:
    config = st.column_config
    names = {name: label(name, locale) for name in _COLUMNS}

    def number(name: str) -> Any:
        return config.TextColumn(names[name], alignment="right")

    def codes(name: str, kind: type[StrEnum]) -> Any:
        return config.SelectboxColumn(
            names[name], options=[code.value for code in kind],
            format_func=lambda code: code_text(str(code), locale),
        )  # fmt: skip

    return {
        "description": config.TextColumn(names["description"], width="large"),
        "category": codes("category", ItemCategory),
        "quantity": number("quantity"),
        "unit": codes("unit", LineUnit),
        "unit_amount": number("unit_amount"),
        "discount_amount": number("discount_amount"),
        "estimated_cost_amount": number("estimated_cost_amount"),
        "is_optional": config.CheckboxColumn(names["is_optional"]),
    }


def _lines(field: Field, raw: Sequence[Mapping[str, Any]], locale: str) -> list[Line]:
    found = [_line(row) for row in raw if (row.get("description") or "").strip()]
    if not found and field.is_needed:
        raise NotUnderstood(field.name, "no_lines")
    return found


def _line(row: Mapping[str, Any]) -> Line:
    cost = row.get("estimated_cost_amount")
    return Line(
        category=ItemCategory(row.get("category") or ItemCategory.MOVING_SERVICES),
        description=str(row["description"]),
        quantity=_exact(row.get("quantity")),
        unit_amount=_exact(row.get("unit_amount")),
        discount_amount=_exact(row.get("discount_amount")),
        is_optional=bool(row.get("is_optional")),
        unit=LineUnit(row["unit"]) if row.get("unit") else None,
        estimated_cost_amount=_exact(cost) if cost else None,
    )


def _exact(value: Any) -> Decimal:
    text = "" if value is None else str(value).strip()
    return number_of("lines", text) if text else ZERO
