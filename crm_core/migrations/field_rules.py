"""Rules of field work that span rows or tables: occupancies, the stock ledger, transfers.

They are functions and triggers, applied with the rest of the derived objects; rules of one row are
constraints on the models.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from crm_core.enums import AssignmentStatus, CrewStatus, ScheduleStatus
from crm_core.models.rules import listed


@dataclass(frozen=True)
class Taker:
    """A table whose rows take a person or an asset for a span.

    `holds` and `plans` are predicates on the row (`new`): whether the span is taken, and whether it
    is a plan, which needs the person at work and the asset in service. `columns` are what they and
    the span read.
    """

    table: str
    kind: str
    resource: str
    span: tuple[str, str]
    holds: str
    plans: str
    columns: str


TAKERS = (
    Taker(
        table="assigned_crew",
        kind="'USER'",
        resource="user_id",
        span=("planned_start_at", "planned_end_at"),
        holds=f"new.status in {listed(CrewStatus.standing())}",
        plans=f"new.status in {listed([CrewStatus.ASSIGNED, CrewStatus.CONFIRMED])}",
        columns="status, user_id, planned_start_at, planned_end_at, location_id",
    ),
    Taker(
        table="equipment_assignments",
        kind="'EQUIPMENT'",
        resource="equipment_id",
        span=("start_at", "end_at"),
        holds=f"new.status <> '{AssignmentStatus.CANCELLED}'",
        plans=f"new.status = '{AssignmentStatus.ACTIVE}'",
        columns="status, equipment_id, start_at, end_at, location_id",
    ),
    Taker(
        table="schedule_resources",
        kind="new.kind",
        resource="coalesce({row}.user_id, {row}.equipment_id)",
        span=("start_at", "end_at"),
        holds="not new.is_released and exists (select from core.schedules s"
        " where s.client_id = new.client_id and s.id = new.schedule_id"
        f" and s.status not in {listed(ScheduleStatus.released())})",
        # An asset that is out of service has a slot for its maintenance.
        plans="new.kind = 'USER'",
        columns="is_released, schedule_id, kind, user_id, equipment_id, start_at, end_at,"
        " location_id",
    ),
)


def occupancy(taker: Taker) -> str:
    """The function that writes the occupancy of a row, or takes it away.

    As the owner: the list holds the whole tenant, the writer may see one branch of it.
    """
    start, end = taker.span

    def resource(row: str) -> str:
        return (
            taker.resource.format(row=row)
            if "{row}" in taker.resource
            else f"{row}.{taker.resource}"
        )

    return f"""
create or replace function core.occupy_by_{taker.table}() returns trigger language plpgsql
  security definer set search_path = core, pg_temp as $$
begin
  if tg_op <> 'INSERT' then
    delete from core.occupancies where client_id = old.client_id and id = old.id;
  end if;
  if tg_op = 'DELETE' or not ({taker.holds}) then
    return null;
  end if;
  if {taker.plans} and (tg_op = 'INSERT' or {resource("new")} <> {resource("old")}
      or not tstzrange(old.{start}, old.{end}) @> tstzrange(new.{start}, new.{end})) then
    perform core.refuse_absent(new.client_id, {taker.kind}, {resource("new")},
      tstzrange(new.{start}, new.{end}));
  end if;
  insert into core.occupancies
    (client_id, id, location_id, kind, resource_id, source_table, start_at, end_at)
    values (new.client_id, new.id, new.location_id, {taker.kind}, {resource("new")},
      tg_table_name, new.{start}, new.{end});
  return null;
end $$;
drop trigger if exists occupy on core.{taker.table};
create trigger occupy after insert or delete or update of {taker.columns} on core.{taker.table}
  for each row execute function core.occupy_by_{taker.table}();
"""


# Leave that is approved after somebody was planned stands beside the plan: that conflict is shown
# to the dispatcher. A plan over standing leave is refused.
ABSENT = """
create or replace function core.refuse_absent(
    tenant uuid, kind text, resource uuid, span tstzrange) returns void language plpgsql
  security definer set search_path = core, pg_temp as $$
begin
  if kind = 'USER' and exists (
      select from core.availabilities a
      where a.client_id = tenant and a.user_id = resource and not a.is_available
        and tstzrange(a.start_at, a.end_at) && span
        and (a.approval_status in ('APPROVED', 'NOT_REQUIRED')
          or (a.availability_type = 'SICK' and a.approval_status <> 'REJECTED'))) then
    raise exception 'the person is away in that span'
      using errcode = 'exclusion_violation', schema = 'core', table = 'availabilities',
        constraint = 'person_is_away';
  end if;
  if kind = 'EQUIPMENT' and exists (
      select from core.equipment e
      where e.client_id = tenant and e.id = resource and e.status <> 'ACTIVE') then
    raise exception 'the asset is not in service'
      using errcode = 'check_violation', schema = 'core', table = 'equipment',
        constraint = 'equipment_in_service';
  end if;
end $$;
"""

RELEASE = f"""
create or replace function core.release_slot() returns trigger language plpgsql
  security definer set search_path = core, pg_temp as $$
begin
  update core.schedule_resources set is_released = true
    where client_id = new.client_id and schedule_id = new.id and not is_released;
  return null;
end $$;
drop trigger if exists release_slot on core.schedules;
create trigger release_slot after update of status on core.schedules for each row
  when (new.status in {listed(ScheduleStatus.released())}) execute function core.release_slot();
"""

# The update takes the item's row lock, so movements of an item queue up, and what would take the
# stock below zero fails on the item's own check.
LEDGER = """
create or replace function core.post_stock() returns trigger language plpgsql as $$
begin
  update core.inventory_items i
    set quantity = i.quantity + new.quantity, transaction_count = i.transaction_count + 1
    where i.client_id = new.client_id and i.location_id = new.location_id
      and i.id = new.inventory_item_id
    returning i.quantity, i.transaction_count into new.balance_after, new.sequence;
  if not found then
    raise exception 'no such item at that branch'
      using errcode = 'foreign_key_violation', schema = 'core', table = 'inventory_transactions',
        constraint = 'stock_item_known';
  end if;
  return new;
end $$;
drop trigger if exists post_stock on core.inventory_transactions;
create trigger post_stock before insert on core.inventory_transactions
  for each row execute function core.post_stock();

create or replace function core.refuse_ledger_change() returns trigger language plpgsql as $$
begin
  raise exception 'the ledger is never changed: book a movement that corrects it'
    using errcode = 'integrity_constraint_violation', schema = 'core',
      table = 'inventory_transactions', constraint = 'ledger_append_only';
end $$;
drop trigger if exists append_only on core.inventory_transactions;
create trigger append_only before update or delete on core.inventory_transactions
  for each row execute function core.refuse_ledger_change();

create or replace function core.refuse_stock_change() returns trigger language plpgsql as $$
begin
  raise exception 'stock moves by its ledger: book a movement'
    using errcode = 'integrity_constraint_violation', schema = 'core', table = 'inventory_items',
      constraint = 'stock_by_ledger';
end $$;
drop trigger if exists stock_opened on core.inventory_items;
create trigger stock_opened before insert on core.inventory_items for each row
  when (new.quantity <> 0 or new.transaction_count <> 0)
  execute function core.refuse_stock_change();
drop trigger if exists stock_by_ledger on core.inventory_items;
create trigger stock_by_ledger before update on core.inventory_items for each row
  when (pg_trigger_depth() = 0 and (new.quantity <> old.quantity
    or new.transaction_count <> old.transaction_count))
  execute function core.refuse_stock_change();

create or replace function core.check_stock_transfer() returns trigger language plpgsql
  security definer set search_path = core, pg_temp as $$
begin
  if (select count(*) <> 2 or sum(t.quantity) <> 0 from core.inventory_transactions t
      where t.client_id = new.client_id and t.transfer_group_id = new.transfer_group_id) then
    raise exception 'a transfer is one movement out and one of the same quantity in'
      using errcode = 'check_violation', schema = 'core', table = 'inventory_transactions',
        constraint = 'transfer_balanced';
  end if;
  return null;
end $$;
drop trigger if exists transfer_balanced on core.inventory_transactions;
create constraint trigger transfer_balanced after insert on core.inventory_transactions
  deferrable initially deferred for each row
  when (new.transfer_group_id is not null) execute function core.check_stock_transfer();
"""


def field_rules() -> Iterator[str]:
    """Functions and triggers; safe to run again."""
    yield ABSENT
    for taker in TAKERS:
        yield occupancy(taker)
    yield RELEASE
    yield LEDGER
