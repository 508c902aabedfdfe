"""Which postings documents make: they add up to the document, and carry the right account."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from crm_core.enums import ItemCategory, LedgerCategory, PaymentCategory, TransactionType
from crm_core.services.finance import ledger_rules
from crm_core.services.finance.ledger_rules import BilledLine, Posting

MOVE = BilledLine(ItemCategory.MOVING_SERVICES, None, Decimal("900.00"))
BOXES = BilledLine(ItemCategory.EQUIPMENT_RENTAL, None, Decimal("100.00"))
INCOME, ADJUSTMENT = TransactionType.INCOME, TransactionType.ADJUSTMENT


def test_an_invoice_posts_revenue_by_category_and_tax_apart() -> None:
    postings = ledger_rules.of_invoice([MOVE, BOXES], Decimal("50.00"), Decimal("47.50"))
    assert postings == [
        Posting(INCOME, LedgerCategory.MOVING_REVENUE, Decimal("855.00")),
        Posting(INCOME, LedgerCategory.OTHER_REVENUE, Decimal("95.00")),
        Posting(ADJUSTMENT, LedgerCategory.TAX, Decimal("47.50")),
    ]


def test_a_deposit_is_no_income() -> None:
    line = BilledLine(ItemCategory.OTHER, ledger_rules.DEPOSIT, Decimal("200.00"))
    assert [p.type for p in ledger_rules.of_invoice([line], Decimal(0), Decimal(0))] == [ADJUSTMENT]


def test_a_payment_posts_what_came_in_and_what_the_gateway_kept() -> None:
    postings = ledger_rules.of_payment(PaymentCategory.DEPOSIT, Decimal("100.00"), Decimal("2.90"))
    assert postings == [
        Posting(ADJUSTMENT, LedgerCategory.PAYMENT, Decimal("100.00")),
        Posting(TransactionType.EXPENSE, LedgerCategory.PROCESSING_FEE, Decimal("-2.90")),
    ]
    (refund,) = ledger_rules.of_payment(PaymentCategory.REFUND, Decimal("40.00"), Decimal(0))
    assert (refund.category, refund.amount) == (LedgerCategory.REFUND, Decimal("-40.00"))


@given(
    amounts=st.lists(
        st.tuples(st.sampled_from(ItemCategory), st.decimals("0.01", "999.99", places=2)),
        min_size=1,
    ),
    share=st.decimals("0.00", "1.00", places=2),
    tax=st.decimals("0.00", "100.00", places=2),
    sign=st.sampled_from([1, -1]),
)
def test_the_postings_of_an_invoice_add_up_to_it(
    amounts: list[tuple[ItemCategory, Decimal]], share: Decimal, tax: Decimal, sign: int
) -> None:
    lines = [BilledLine(category, None, sign * amount) for category, amount in amounts]
    subtotal = sum(line.amount for line in lines)
    discount = (subtotal * share).quantize(Decimal("0.01")) if sign > 0 else Decimal(0)
    postings = ledger_rules.of_invoice(lines, discount, sign * tax)
    assert sum(posting.amount for posting in postings) == subtotal - discount + sign * tax
    assert all(posting.amount for posting in postings)
