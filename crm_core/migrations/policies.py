"""Which rows of a table each role sees and writes: row-level security.

Part of `crm_core.migrations.derived`; the grants on whole tables are in `access`, the functions
that policies ask are in `functions`.
"""

from collections.abc import Iterator

from sqlalchemy import Table

from crm_core.enums import Resource
from crm_core.migrations import heads
from crm_core.migrations.access import (
    APP,
    AUDIT,
    CHAIN,
    DELETABLE_WHEN,
    EXTRACT,
    OWNER,
    PLATFORM,
    UNCHANGEABLE,
)
from crm_core.security.resources import (
    JOURNALS,
    REFERENCE,
    resource_of,
    scope_columns,
)


def rule(table: Table, resource: Resource, verb: str) -> str:
    """The permissive predicate of one verb (R, C, U, D), for USING and WITH CHECK alike.

    What the context says is read once per query, as an init plan; conditions cost nothing to
    those who have none. Postgres itself holds an UPDATE or DELETE that looks at a row to the rule
    of R as well.
    """
    what = f"('{resource}', '{verb}')"
    scope = scope_columns(table)
    within = own = "true"
    if scope.location is not None:
        within = (
            f"{table.name}.{scope.location} = any ((select core.current_location_ids())::uuid[])"
        )
    if scope.owner is not None:
        own = f"{table.name}.{scope.owner} = (select core.current_user_id())"
        if scope.journey is not None:
            crewed = "any ((select core.current_journey_ids())::uuid[])"
            own = f"({own} or {table.name}.{scope.journey} = {crewed})"
    elif scope.location is not None:
        own = within
    granted = f"(select core.conditional_grant{what})"
    return (
        f"case (select core.grant_scope{what}) when 'c' then true when 'l' then {within}"
        f" when 'o' then {own} when '?' then {_conditions_hold(table, granted, within, own)}"
        " else false end"
    )


def _conditions_hold(table: Table, granted: str, within: str, own: str) -> str:
    """Whether the row, or the head that it is a line of, meets the conditions and the scope."""
    about = heads.facts_of_head(table) or heads.facts(table, table.name)
    return f"core.meets({granted}, {within}, {own}, {about})"


def policies(table: Table) -> Iterator[str]:
    """Row-level security of one table."""
    name = table.fullname
    yield f"alter table {name} enable row level security, force row level security"
    yield (
        f"do $$ declare p record; begin for p in select policyname from pg_policies"
        f" where schemaname = '{table.schema}' and tablename = '{table.name}'"
        f" loop execute format('drop policy %I on {name}', p.policyname); end loop; end $$"
    )
    yield f"create policy owner_all on {name} to {OWNER} using (true) with check (true)"
    if table.name in PLATFORM:
        return
    yield f"create policy extract_read on {name} for select to {EXTRACT} using (true)"
    if table.name in UNCHANGEABLE:
        yield f"create policy audit_read on {name} for select to {AUDIT} using (true)"
    if table.name in CHAIN:
        yield f"create policy audit_seal on {name} for insert to {AUDIT} with check (true)"
    if table.name in REFERENCE:
        yield f"create policy everyone_reads on {name} for select to {APP} using (true)"
        return
    tenant = "id" if table.name == "clients" else "client_id"
    same = f"{tenant} = (select core.current_client_id())"
    yield (
        f"create policy tenant_only on {name} as restrictive to {APP}"
        f" using ({same}) with check ({same})"
    )
    resource = resource_of(table)
    read, create, update, delete = (
        "true" if resource is None else rule(table, resource, verb) for verb in "RCUD"
    )
    if table.name in JOURNALS:
        create = _in_own_name(JOURNALS[table.name], create)
    if table.name in DELETABLE_WHEN:
        delete = f"({delete}) and {DELETABLE_WHEN[table.name]}"
    yield f"create policy scope_read on {name} for select to {APP} using ({read})"
    yield f"create policy scope_insert on {name} for insert to {APP} with check ({create})"
    yield (
        f"create policy scope_update on {name} for update to {APP}"
        f" using ({update}) with check ({update})"
    )
    yield f"create policy scope_delete on {name} for delete to {APP} using ({delete})"


def _in_own_name(writer: str, create: str) -> str:
    """Everybody may write a journal, in their own name."""
    return f"{writer} is not distinct from (select core.current_user_id()) or {create}"
