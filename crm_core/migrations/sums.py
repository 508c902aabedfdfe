"""Constraints over several rows, checked when the transaction commits: sums that must agree.

Part of `crm_core.migrations.derived`; what one row can check stands on its model.
"""

from collections.abc import Iterator

from sqlalchemy import Table

from crm_core.migrations.history import NOT_IN_BULK

# Definer functions: the sum is over all rows, whatever the writer may see.
FUNCTIONS = """
create or replace function core.check_invoice_totals() returns trigger language plpgsql
  security definer set search_path = core, pg_temp as $$
declare
  invoice core.invoices;
  lines_amount numeric;
  taxes_amount numeric;
begin
  for invoice in
    select * from core.invoices i where (i.client_id, i.id) in (
      (old.client_id, (to_jsonb(old) ->> tg_argv[0])::uuid),
      (new.client_id, (to_jsonb(new) ->> tg_argv[0])::uuid))
  loop
    select coalesce(sum(l.total_amount), 0) into lines_amount from core.invoice_items l
      where l.client_id = invoice.client_id and l.invoice_id = invoice.id;
    if lines_amount <> invoice.subtotal_amount then
      raise exception 'invoice %: its lines add up to %, its subtotal is %',
        invoice.id, lines_amount, invoice.subtotal_amount using errcode = 'check_violation',
        schema = 'core', table = 'invoices', constraint = 'invoice_totals_equal_lines';
    end if;
    select coalesce(sum((t.line ->> 'amount')::numeric), 0) into taxes_amount
      from jsonb_array_elements(invoice.tax_lines) as t (line);
    if taxes_amount <> invoice.tax_amount then
      raise exception 'invoice %: its taxes add up to %, its tax is %',
        invoice.id, taxes_amount, invoice.tax_amount using errcode = 'check_violation',
        schema = 'core', table = 'invoices', constraint = 'invoice_taxes_equal_lines';
    end if;
  end loop;
  return null;
end $$;

create or replace function core.check_ledger_transfer() returns trigger language plpgsql
  security definer set search_path = core, pg_temp as $$
begin
  if (select count(*) <> 2 or count(distinct (t.transaction_amount, t.currency)) <> 1
      from core.financial_transactions t
      where t.client_id = new.client_id and t.transfer_group_id = new.transfer_group_id) then
    raise exception 'transfer %: needs one leg out and one in, of the same amount and currency',
      new.transfer_group_id using errcode = 'check_violation', schema = 'core',
      table = 'financial_transactions', constraint = 'transfer_is_balanced';
  end if;
  return null;
end $$;
"""

# Table: (trigger, events, condition, call).
SUMS = {
    "invoices": [
        ("invoice_totals_of_head", "insert", "true", "check_invoice_totals('id')"),
        (
            "invoice_totals_of_changed_head",
            "update",
            "old.subtotal_amount <> new.subtotal_amount or old.tax_amount <> new.tax_amount"
            " or old.tax_lines <> new.tax_lines",
            "check_invoice_totals('id')",
        ),
    ],
    "invoice_items": [
        (
            "invoice_totals_of_lines",
            "insert or update or delete",
            "true",
            "check_invoice_totals('invoice_id')",
        ),
    ],
    "financial_transactions": [
        (
            "transfer_is_balanced",
            "insert",
            "new.transfer_group_id is not null",
            "check_ledger_transfer()",
        ),
    ],
}


def triggers(table: Table) -> Iterator[str]:
    """The deferred constraint triggers of one table; loading in bulk is checked by its tests."""
    for name, events, condition, call in SUMS.get(table.name, []):
        yield f"drop trigger if exists {name} on {table.fullname}"
        yield (
            f"create constraint trigger {name} after {events} on {table.fullname}"
            f" deferrable initially deferred for each row when ({NOT_IN_BULK} and ({condition}))"
            f" execute function core.{call}"
        )
