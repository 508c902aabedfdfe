"""The rules of the catalogue lint as data: what offends, how to find it, a defect to show it.

Running them, and what is allowed with a reason, is in `crm_core.migrations.lint`.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """One way in which something could escape isolation.

    `query` selects the names of offenders from the live catalogue; `defect` is SQL that makes
    `offender` break this rule and no other, run by the tests and rolled back.
    """

    name: str
    query: str
    defect: str
    offender: str
    needs_superuser: bool = False


OURS = "n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'public')"
TABLES = f"""pg_class c join pg_namespace n on n.oid = c.relnamespace
    and {OURS} and c.relkind in ('r', 'p')"""
TENANT_TABLES = f"""{TABLES}
    join pg_attribute t on t.attrelid = c.oid and t.attname = 'client_id'"""
COLUMNS = f"{TABLES} join pg_attribute a on a.attrelid = c.oid and a.attnum > 0"
TABLE = "n.nspname || '.' || c.relname"
COLUMN = f"{TABLE} || '.' || a.attname"
PEOPLE = "('crm_app', 'crm_extract', 'crm_audit', 'crm_lake', 'crm_dagster')"

ZONE_WORDS = (
    r"at\s+time\s+zone|timezone\s*\(|to_timestamp\s*\(|make_timestamptz|set\s+(local\s+)?time\s*zone"
    r"|current_date|localtime|(_at|now\(\))\)?::(date|timestamp without)"
)
"""What turns an instant into a local time by the server's zone data, which is wrong today."""

ZONED = rf"""
    select n.nspname || '.' || p.proname from pg_proc p
      join pg_namespace n on n.oid = p.pronamespace where {OURS} and p.prosrc ~* '{ZONE_WORDS}'
    union select {TABLE} from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where {OURS} and c.relkind in ('v', 'm') and pg_get_viewdef(c.oid) ~* '{ZONE_WORDS}'
    union select {TABLE} || '.' || k.conname from pg_constraint k
      join {TABLES} on c.oid = k.conrelid where pg_get_constraintdef(k.oid) ~* '{ZONE_WORDS}'
    union select {TABLE} || '.' || p.polname from pg_policy p join {TABLES} on c.oid = p.polrelid
      where coalesce(pg_get_expr(p.polqual, c.oid), '')
         || coalesce(pg_get_expr(p.polwithcheck, c.oid), '') ~* '{ZONE_WORDS}'
    union select {COLUMN} from {COLUMNS} join pg_attrdef d on d.adrelid = c.oid
      and d.adnum = a.attnum where pg_get_expr(d.adbin, c.oid) ~* '{ZONE_WORDS}'
    union select n.nspname || '.' || x.relname from pg_index i join {TABLES} on c.oid = i.indrelid
      join pg_class x on x.oid = i.indexrelid where pg_get_indexdef(x.oid) ~* '{ZONE_WORDS}'"""

ROWS = (
    Rule(
        "has row-level security that is not enabled and forced",
        f"select {TABLE} from {TABLES} where not (c.relrowsecurity and c.relforcerowsecurity)",
        "alter table core.leads no force row level security",
        "core.leads",
    ),
    Rule(
        "has no tenant",
        f"""select {TABLE} from {TABLES} where {TABLE} <> 'core.clients' and not exists (
          select from pg_attribute a where a.attrelid = c.oid and a.attname = 'client_id'
            and a.attnotnull)""",
        "alter table core.tombstones drop constraint pk_tombstones;"
        "alter table core.tombstones alter client_id drop not null",
        "core.tombstones",
    ),
    Rule(
        "has no restrictive tenant policy for the application role",
        f"""select {TABLE} from {TENANT_TABLES} where not exists (
          select from pg_policy p where p.polrelid = c.oid and not p.polpermissive
            and p.polcmd = '*' and 'crm_app'::regrole = any (p.polroles)
            and pg_get_expr(p.polqual, c.oid) like '%current_client_id()%'
            and pg_get_expr(p.polwithcheck, c.oid) like '%current_client_id()%')""",
        "drop policy tenant_only on core.leads",
        "core.leads",
    ),
    Rule(
        "has no policy for a verb",
        f"""select {TABLE} || ' ' || verb from {TENANT_TABLES}
        cross join unnest(array['r', 'a', 'w', 'd']) as verb
        where not exists (
          select from pg_policy p where p.polrelid = c.oid and p.polpermissive
            and p.polcmd = verb::"char" and 'crm_app'::regrole = any (p.polroles))""",
        "drop policy scope_delete on core.quotes",
        "core.quotes d",
    ),
    Rule(
        "has a policy for everybody",
        f"""select {TABLE} || '.' || p.polname from {TABLES}
        join pg_policy p on p.polrelid = c.oid where 0 = any (p.polroles)""",
        "create policy loose on core.leads for select using (true)",
        "core.leads.loose",
    ),
    Rule(
        "is a foreign key without the tenant",
        f"""select {TABLE} || '.' || k.conname from pg_constraint k
        join {TABLES} on c.oid = k.conrelid
        left join pg_attribute there on there.attrelid = k.confrelid
          and there.attname = case k.confrelid when 'core.clients'::regclass then 'id'
                              else 'client_id' end
        left join pg_attribute here on here.attrelid = k.conrelid and here.attname = 'client_id'
        where k.contype = 'f' and there.attnum is not null
          and array_position(k.confkey, there.attnum)
            is distinct from array_position(k.conkey, here.attnum)""",
        "alter table core.leads add constraint loose foreign key (owner_id)"
        " references core.clients (id)",
        "core.leads.loose",
    ),
    Rule(
        "is an index that does not begin with the tenant",
        # GIN and GiST are left out: without an extension they cannot hold an id, and
        # row-level security skips them for the application anyway.
        f"""select n.nspname || '.' || x.relname from pg_index i
        join {TENANT_TABLES} on c.oid = i.indrelid
        join pg_class x on x.oid = i.indexrelid join pg_am m on m.oid = x.relam
        where m.amname in ('btree', 'hash') and i.indkey[0] <> t.attnum""",
        "create index loose on core.leads (status)",
        "core.loose",
    ),
    Rule(
        "is an index that was never finished",
        f"""select n.nspname || '.' || x.relname from pg_index i join {TABLES}
        on c.oid = i.indrelid join pg_class x on x.oid = i.indexrelid where not i.indisvalid""",
        "update pg_index set indisvalid = false"
        " where indexrelid = 'core.uq_leads_source'::regclass",
        "core.uq_leads_source",
        needs_superuser=True,
    ),
    Rule(
        "is a constraint that was never validated",
        f"""select {TABLE} || '.' || k.conname from pg_constraint k
        join {TABLES} on c.oid = k.conrelid where not k.convalidated""",
        "alter table core.leads add constraint loose check (score < 1000) not valid",
        "core.leads.loose",
    ),
    Rule(
        "has a trigger that is not on for everybody",
        f"""select {TABLE} || '.' || g.tgname from pg_trigger g
        join {TABLES} on c.oid = g.tgrelid where g.tgenabled <> 'O'""",
        "alter table core.leads disable trigger touch",
        "core.leads.touch",
    ),
    Rule(
        "has a rewrite rule",
        f"""select {TABLE} || '.' || r.rulename from pg_rewrite r
        join {TABLES} on c.oid = r.ev_class""",
        "create rule loose as on delete to core.leads do instead nothing",
        "core.leads.loose",
    ),
)

COLUMN_TYPES = (
    Rule(
        "is a number without bounds",
        f"""select {COLUMN} from {COLUMNS}
        where a.atttypid = 'numeric'::regtype and a.atttypmod = -1""",
        "alter table core.leads add column loose numeric",
        "core.leads.loose",
    ),
    Rule(
        "is a float, or money of a kind that follows the locale",
        f"""select {COLUMN} from {COLUMNS}
        where a.atttypid in ('float4'::regtype, 'float8'::regtype, 'money'::regtype)""",
        "alter table core.leads add column loose_amount float8",
        "core.leads.loose_amount",
    ),
    Rule(
        "is a time without zone that is not called local",
        f"""select {COLUMN} from {COLUMNS} where a.atttypid = 'timestamp'::regtype
          and a.attname !~ 'local_at$'""",
        "alter table core.leads add column loose_at timestamp",
        "core.leads.loose_at",
    ),
    Rule(
        "converts between time zones",
        ZONED,
        "create function core.loose() returns timestamp language sql set search_path = core"
        " as $$ select as_of at time zone 'America/Vancouver' from core.business_clock $$",
        "core.loose",
    ),
    Rule(
        "is a sequence, which counts over all tenants",
        f"""select {TABLE} from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where {OURS} and c.relkind = 'S'""",
        "create sequence core.loose",
        "core.loose",
    ),
)

DOORS = (
    Rule(
        "is a definer function without a fixed search path",
        f"""select n.nspname || '.' || p.proname from pg_proc p
        join pg_namespace n on n.oid = p.pronamespace
        where {OURS} and p.prosecdef and not exists (
          select from unnest(coalesce(p.proconfig, '{{}}')) s
          where s like 'search_path=%' and s !~ 'public|\\$user')""",
        "create function core.loose() returns int language sql security definer as 'select 1';"
        "revoke all on function core.loose() from public",
        "core.loose",
    ),
    Rule(
        "is a definer function that everybody may call",
        f"""select n.nspname || '.' || p.proname from pg_proc p
        join pg_namespace n on n.oid = p.pronamespace
        cross join aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) as g
        where {OURS} and p.prosecdef and g.grantee = 0""",
        "create function core.loose() returns int language sql security definer"
        " set search_path = core as 'select 1'",
        "core.loose",
    ),
    Rule(
        "is a function declared leakproof",
        f"""select n.nspname || '.' || p.proname from pg_proc p
        join pg_namespace n on n.oid = p.pronamespace where {OURS} and p.proleakproof""",
        "alter function core.current_user_id() leakproof",
        "core.current_user_id",
        needs_superuser=True,
    ),
    Rule(
        "is a view that does not run as its invoker",
        f"""select {TABLE} from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where {OURS} and c.relkind = 'v' and not exists (
          select from pg_options_to_table(c.reloptions) o
          where o.option_name = 'security_invoker' and o.option_value in ('true', 'on', '1'))""",
        "create view raw.loose as select 1 as one",
        "raw.loose",
    ),
    Rule(
        "is a materialised view or a foreign table",
        f"""select {TABLE} from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where {OURS} and c.relkind in ('m', 'f')""",
        "create materialized view core.loose as select 1 as one",
        "core.loose",
    ),
    Rule(
        "lies in the public schema",
        """select n.nspname || '.' || c.relname from pg_class c
        join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public'
        union select n.nspname || '.' || p.proname from pg_proc p
        join pg_namespace n on n.oid = p.pronamespace where n.nspname = 'public'""",
        "create table public.loose (id uuid)",
        "public.loose",
        needs_superuser=True,
    ),
)

RIGHTS = (
    Rule(
        "belongs to somebody else than the owner role",
        f"""select {TABLE} from pg_class c join pg_namespace n on n.oid = c.relnamespace
          where {OURS} and c.relowner <> 'crm_owner'::regrole
        union select n.nspname || '.' || p.proname from pg_proc p
          join pg_namespace n on n.oid = p.pronamespace
          where {OURS} and p.proowner <> 'crm_owner'::regrole
            and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'i')
        union select n.nspname::text from pg_namespace n
          where {OURS} and n.nspowner <> 'crm_owner'::regrole""",
        "alter view raw.core__leads owner to crm_loader",
        "raw.core__leads",
        needs_superuser=True,
    ),
    Rule(
        "grants something to everybody",
        f"""select {TABLE} || ' ' || g.privilege_type from pg_class c
          join pg_namespace n on n.oid = c.relnamespace
          cross join aclexplode(c.relacl) as g where {OURS} and g.grantee = 0
        union select {COLUMN} || ' ' || g.privilege_type from {COLUMNS}
          cross join aclexplode(a.attacl) as g where g.grantee = 0
        union select n.nspname || ' ' || g.privilege_type from pg_namespace n
          cross join aclexplode(n.nspacl) as g
          where g.grantee = 0 and ({OURS} or (n.nspname = 'public' and g.privilege_type = 'CREATE'))
        union select d.datname || ' ' || g.privilege_type from pg_database d
          cross join aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) as g
          where d.datname = current_database() and g.grantee = 0""",
        "grant usage on schema landing to public",
        "landing USAGE",
    ),
    Rule(
        "is granted beyond reading and writing rows, or to be passed on",
        f"""select {TABLE} || ' ' || g.privilege_type || ' ' || g.grantee::regrole from pg_class c
        join pg_namespace n on n.oid = c.relnamespace cross join aclexplode(c.relacl) as g
        where {OURS} and g.grantee not in (0, c.relowner) and (g.is_grantable
          or g.privilege_type not in ('SELECT', 'INSERT', 'UPDATE', 'DELETE'))""",
        "grant truncate on core.leads to crm_app",
        "core.leads TRUNCATE crm_app",
    ),
    Rule(
        "may be written by a role that only reads",
        f"""select {TABLE} || ' ' || verb || ' ' || reader from {TABLES}
        cross join unnest(array['INSERT', 'UPDATE']) as verb
        cross join unnest(array['crm_extract', 'crm_audit']) as reader
        where has_any_column_privilege(reader, c.oid, verb)
        union select {TABLE} || ' DELETE ' || reader from {TABLES}
        cross join unnest(array['crm_extract', 'crm_audit']) as reader
        where has_table_privilege(reader, c.oid, 'DELETE')""",
        "grant update on core.leads to crm_extract",
        "core.leads UPDATE crm_extract",
    ),
    Rule(
        "may be read for the lake though no raw view shows it",
        f"""select {COLUMN} from {COLUMNS}
        where n.nspname <> 'raw' and not a.attisdropped
          and has_column_privilege('crm_extract', c.oid, a.attnum, 'SELECT') and not exists (
          select from information_schema.view_column_usage u where u.view_schema = 'raw'
            and u.table_schema = n.nspname and u.table_name = c.relname
            and u.column_name = a.attname)""",
        "grant select (first_name) on core.customers to crm_extract",
        "core.customers.first_name",
    ),
    Rule(
        "lets the application write the fence",
        f"""select {TABLE} from {COLUMNS} where a.attname = 'changed_xid'
          and (has_column_privilege('crm_app', c.oid, a.attnum, 'INSERT')
               or has_column_privilege('crm_app', c.oid, a.attnum, 'UPDATE'))""",
        "grant update (changed_xid) on core.leads to crm_app",
        "core.leads",
    ),
    Rule(
        "is a schema in which another role may create",
        f"""select n.nspname || ' ' || g.grantee::regrole from pg_namespace n
        cross join aclexplode(n.nspacl) as g where {OURS} and g.privilege_type = 'CREATE'
          and g.grantee not in (0, n.nspowner)""",
        "grant create on schema core to crm_app",
        "core crm_app",
    ),
    Rule(
        "is a grant in advance on objects that do not exist yet",
        """select coalesce(n.nspname || '.', '') || g.grantee::regrole from pg_default_acl d
        left join pg_namespace n on n.oid = d.defaclnamespace
        cross join aclexplode(d.defaclacl) as g where g.grantee <> d.defaclrole""",
        "alter default privileges in schema core grant select on tables to crm_app",
        "core.crm_app",
    ),
    Rule(
        "is a role with more power than its task",
        """select rolname::text from pg_roles where rolname like 'crm\\_%'
          and rolname <> 'crm_admin' and (rolsuper or rolcreaterole or rolcreatedb or rolreplication
               or (rolbypassrls and rolname <> 'crm_loader'))""",
        "alter role crm_audit bypassrls",
        "crm_audit",
        needs_superuser=True,
    ),
    Rule(
        "is a role that may act as another",
        f"""select m.member::regrole::text || ' ' || m.roleid::regrole from pg_auth_members m
        join pg_roles r on r.oid = m.member
        where r.rolname in {PEOPLE} or r.rolname in ('crm_loader', 'crm_owner')""",
        "grant pg_read_all_data to crm_app",
        "crm_app pg_read_all_data",
        needs_superuser=True,
    ),
)

RULES = (*ROWS, *COLUMN_TYPES, *DOORS, *RIGHTS)
