"""Totals of priced lines: subtotal, discount, tax lines and total, for quotes and invoices alike.

Pure: which taxes apply is decided in `finance.tax`, what is stored in the services.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from crm_core.enums import ItemCategory, LineUnit, TaxCategory
from crm_core.errors import InvalidInput
from crm_core.money import allocate, cents
from crm_core.services import checks
from crm_core.services.finance.tax import RatesByCategory

ZERO = Decimal("0.00")
# Packing, loading and storage in transit follow the move; what is rented out is goods.
_GOODS = frozenset({ItemCategory.EQUIPMENT_RENTAL})


@dataclass(frozen=True)
class Line:
    """One line of an offer or a bill; amounts before tax."""

    category: ItemCategory
    description: str
    quantity: Decimal
    unit_amount: Decimal
    discount_amount: Decimal = ZERO
    is_optional: bool = False
    is_selected: bool = True
    subcategory: str | None = None
    unit: LineUnit | None = None
    estimated_cost_amount: Decimal | None = None

    @property
    def gross_amount(self) -> Decimal:
        """Quantity times unit amount, to the cent."""
        return cents(self.quantity * self.unit_amount)

    @property
    def total_amount(self) -> Decimal:
        """The gross amount less the discount of the line."""
        return self.gross_amount - self.discount_amount

    @property
    def tax_category(self) -> TaxCategory:
        return tax_category_of(self.category)


@dataclass(frozen=True)
class TaxLine:
    """One tax: what it is levied on, at which rate, and how much it is."""

    code: str
    rate: Decimal
    base_amount: Decimal
    tax_amount: Decimal

    def as_json(self) -> dict[str, str]:
        """As stored with an invoice; numbers as text, so that no reader makes them floats."""
        return {
            "code": self.code,
            "rate": str(self.rate),
            "base": str(self.base_amount),
            "amount": str(self.tax_amount),
        }


@dataclass(frozen=True)
class Totals:
    """Total = subtotal - discount + tax, to the cent."""

    subtotal_amount: Decimal
    discount_amount: Decimal
    tax_lines: tuple[TaxLine, ...]
    tax_amount: Decimal
    total_amount: Decimal


def tax_category_of(category: ItemCategory) -> TaxCategory:
    """Whether a line is taxed as a service or as goods."""
    return TaxCategory.GOODS if category in _GOODS else TaxCategory.SERVICE


def checked_line(line: Line) -> Line:
    """The line with its values checked; raises `InvalidInput` naming the field."""
    checks.clean_text("description", line.description, 500)
    checks.quantity("quantity", line.quantity)
    checks.money("unit_amount", line.unit_amount)
    checks.money("discount_amount", line.discount_amount)
    if line.discount_amount > line.gross_amount:
        raise InvalidInput("discount_amount", f"{line.discount_amount} is more than the line")
    if not (line.is_selected or line.is_optional):
        raise InvalidInput("is_selected", "only an optional line can be left out")
    checks.optional_text("subcategory", line.subcategory, 100)
    if line.estimated_cost_amount is not None:
        checks.money("estimated_cost_amount", line.estimated_cost_amount)
    return line


def price(lines: Sequence[Line], discount_amount: Decimal, rates: RatesByCategory) -> Totals:
    """Totals of the selected lines less a discount on the whole.

    The discount is spread over the tax categories by their share; each tax is computed once on
    the total of what it is levied on, rounded half up. Raises `InvalidInput` for a discount above
    the subtotal.
    """
    subtotals = dict.fromkeys(TaxCategory, ZERO)
    for line in lines:
        if line.is_selected:
            subtotals[line.tax_category] += line.total_amount
    subtotal = sum(subtotals.values(), ZERO)
    if not ZERO <= discount_amount <= subtotal:
        raise InvalidInput("discount_amount", f"{discount_amount} is not between 0 and {subtotal}")
    shares = allocate(discount_amount, list(subtotals.values()))
    bases = {
        category: amount - share
        for (category, amount), share in zip(subtotals.items(), shares, strict=True)
    }
    tax_lines = _tax_lines(bases, rates)
    tax = sum((line.tax_amount for line in tax_lines), ZERO)
    return Totals(subtotal, discount_amount, tax_lines, tax, subtotal - discount_amount + tax)


def _tax_lines(bases: dict[TaxCategory, Decimal], rates: RatesByCategory) -> tuple[TaxLine, ...]:
    """One line per tax code and rate, over all categories that it is levied on."""
    levied: dict[tuple[str, Decimal], Decimal] = {}
    for category, base in bases.items():
        if base == 0:
            continue
        for rate in rates[category]:
            key = (rate.code, rate.rate)
            levied[key] = levied.get(key, ZERO) + base
    return tuple(
        TaxLine(code, rate, base, cents(base * rate))
        for (code, rate), base in sorted(levied.items())
    )
