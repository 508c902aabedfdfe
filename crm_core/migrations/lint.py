"""The catalogue lint: one SQL rule per way in which a table could escape isolation.

Each rule selects the offenders as text; no row means no finding. The rules read the live catalogue,
not the models, so that what was made by hand is found too.
"""

from sqlalchemy import text

from crm_core.database import DatabaseRole, engine

OURS = "n.nspname in ('core', 'landing')"

RULES = {
    "row-level security is not enabled and forced": f"""
        select n.nspname || '.' || c.relname from pg_class c
        join pg_namespace n on n.oid = c.relnamespace
        where {OURS} and c.relkind in ('r', 'p')
          and c.relname not in ('alembic_version', 'derived_state')
          and not (c.relrowsecurity and c.relforcerowsecurity)""",
    "has no restrictive tenant policy for the application role": f"""
        select n.nspname || '.' || c.relname from pg_class c
        join pg_namespace n on n.oid = c.relnamespace
        join pg_attribute a on a.attrelid = c.oid and a.attname = 'client_id'
        where {OURS} and c.relkind in ('r', 'p') and not exists (
          select from pg_policy p where p.polrelid = c.oid and not p.polpermissive
            and p.polcmd = '*')""",
    "has no policy for a verb": f"""
        select n.nspname || '.' || c.relname || ' ' || verb from pg_class c
        join pg_namespace n on n.oid = c.relnamespace
        join pg_attribute a on a.attrelid = c.oid and a.attname = 'client_id'
        cross join unnest(array['r', 'a', 'w', 'd']) as verb
        where {OURS} and c.relkind in ('r', 'p') and not exists (
          select from pg_policy p where p.polrelid = c.oid and p.polpermissive
            and p.polcmd = verb::"char" and 'crm_app'::regrole = any (p.polroles))""",
    "is a foreign key without the tenant": f"""
        select n.nspname || '.' || c.conname from pg_constraint c
        join pg_namespace n on n.oid = c.connamespace
        join pg_class t on t.oid = c.confrelid
        where {OURS} and c.contype = 'f' and t.relname <> 'clients' and exists (
          select from pg_attribute a where a.attrelid = c.conrelid and a.attname = 'client_id')
          and not exists (
          select from pg_attribute a where a.attrelid = c.conrelid and a.attnum = any (c.conkey)
            and a.attname = 'client_id')""",
    "is a definer function without a fixed search path": f"""
        select n.nspname || '.' || p.proname from pg_proc p
        join pg_namespace n on n.oid = p.pronamespace
        where {OURS} and p.prosecdef and not exists (
          select from unnest(coalesce(p.proconfig, '{{}}')) s where s like 'search_path=%')""",
    "is a view that does not run as its invoker": """
        select n.nspname || '.' || c.relname from pg_class c
        join pg_namespace n on n.oid = c.relnamespace
        where n.nspname in ('core', 'landing', 'raw', 'live') and c.relkind = 'v'
          and not coalesce(c.reloptions, '{}') @> array['security_invoker=true']""",
    "is a materialised view": f"""
        select n.nspname || '.' || c.relname from pg_class c
        join pg_namespace n on n.oid = c.relnamespace where {OURS} and c.relkind = 'm'""",
    "is a number without bounds": f"""
        select n.nspname || '.' || c.relname || '.' || a.attname from pg_attribute a
        join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
        where {OURS} and c.relkind in ('r', 'p') and a.attnum > 0
          and a.atttypid = 'numeric'::regtype and a.atttypmod = -1""",
    "is a float or a time without zone": f"""
        select n.nspname || '.' || c.relname || '.' || a.attname from pg_attribute a
        join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
        where {OURS} and c.relkind in ('r', 'p') and a.attnum > 0
          and (a.atttypid in ('float4'::regtype, 'float8'::regtype)
               or (a.atttypid = 'timestamp'::regtype and a.attname not like '%local_at'))""",
    "lets the application write the fence": f"""
        select n.nspname || '.' || c.relname from pg_class c
        join pg_namespace n on n.oid = c.relnamespace
        join pg_attribute a on a.attrelid = c.oid and a.attname = 'changed_xid'
        where {OURS} and c.relkind in ('r', 'p')
          and (has_column_privilege('crm_app', c.oid, a.attnum, 'INSERT')
               or has_column_privilege('crm_app', c.oid, a.attnum, 'UPDATE'))""",
    "may be truncated by the application": f"""
        select n.nspname || '.' || c.relname from pg_class c
        join pg_namespace n on n.oid = c.relnamespace
        where {OURS} and c.relkind in ('r', 'p')
          and has_table_privilege('crm_app', c.oid, 'TRUNCATE')""",
    "is a role with more power than its task": """
        select rolname::text from pg_roles
        where rolname like 'crm\\_%' and rolname not in ('crm_admin')
          and (rolsuper or rolcreaterole or (rolbypassrls and rolname <> 'crm_loader'))""",
}


def findings() -> list[str]:
    """One line per offender: its name and the rule it breaks."""
    with engine(DatabaseRole.OWNER).connect() as connection:
        return [
            f"{name} {rule}"
            for rule, query in RULES.items()
            for name in connection.scalars(text(query.replace("::", r"\:\:")))
        ]
