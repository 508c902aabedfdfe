"""What must balance whatever was billed, paid, returned and credited, for the walks of money."""

from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from crm_core.database import as_system
from crm_core.security.permissions import Subject
from crm_core.services.finance import ledger

# Invoices that are not what was paid on them.
_ROWS = """
select i.id from core.invoices i
where i.balance_amount <> i.total_amount - i.paid_amount
  or i.credit_of_invoice_id is null and i.status not in ('DRAFT', 'CANCELLED')
    and i.balance_amount + (select coalesce(sum(n.total_amount), 0) from core.invoices n
      where n.client_id = i.client_id and n.credit_of_invoice_id = i.id) < 0
  or i.paid_amount <>
    (select coalesce(sum(case p.payment_category when 'REFUND' then -1 else 1 end
        * p.payment_amount), 0) from core.payments p
      where p.client_id = i.client_id and p.invoice_id = i.id
        and p.status in ('COMPLETED', 'REFUNDED'))
    - (select coalesce(sum(c.credit_amount), 0) from core.customer_credits c
      where c.client_id = i.client_id and c.invoice_id = i.id)
"""
# Sums over the tenant; row-level security keeps the others out.
_SUMS = f"""
select (select count(*) from ({_ROWS}) differing) as wrong,
  (select coalesce(sum(balance_amount), 0) from core.invoices
   where status not in ('DRAFT', 'CANCELLED')) as receivable,
  (select coalesce(sum(total_amount), 0) from core.invoices
   where status not in ('DRAFT', 'CANCELLED')) as billed,
  (select coalesce(sum(case payment_category when 'REFUND' then -1 else 1 end * payment_amount), 0)
   from core.payments where status in ('COMPLETED', 'REFUNDED')) as cash,
  (select coalesce(sum(credit_amount), 0) from core.customer_credits) as credit,
  (select coalesce(sum(credit_amount), 0) from core.customer_credits
   where reason = 'ADJUSTMENT' and invoice_id is null) as written_off,
  (select coalesce(sum(direction * transaction_amount), 0) from core.financial_transactions
   where invoice_id is not null and payment_id is null
     and subcategory is distinct from 'write_off') as ledger_billed,
  (select coalesce(sum(direction * transaction_amount), 0) from core.financial_transactions
   where category in ('PAYMENT', 'REFUND')) as ledger_cash
"""


def check_money(session: Session, subject: Subject) -> None:
    """Invoices, payments, credit and ledger of the tenant agree, to the cent and to the day."""
    with as_system(session):
        one: Any = session.execute(text(_SUMS)).one()
        breaks = ledger.breaks(session, subject)
    assert not one.wrong, "an invoice is not its payments, credit and notes"
    assert one.receivable - one.credit == one.billed - one.cash - one.written_off
    assert one.credit >= Decimal(0), "more credit was spent than there is"
    assert (one.ledger_billed, one.ledger_cash) == (one.billed, one.cash)
    assert breaks == []
