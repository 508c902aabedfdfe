"""The functions of the core: what the context says, fence and tombstones, log-in.

Part of `crm_core.migrations.derived`; those of the history and of sums stand in `history` and
`sums`, that of local times in `local_time`, those of field work in `field_rules`.
"""

from crm_core.enums import CrewStatus
from crm_core.migrations import heads, history, local_time, sums
from crm_core.migrations.access import APP, AUDIT, EXTRACT, LOADER, OWNER
from crm_core.models.rules import listed

FUNCTIONS = f"""
-- In plpgsql, because the planner would parse the body of an SQL function anew for every query.
create or replace function core.current_client_id() returns uuid language plpgsql stable
  parallel safe cost 1
  as $$ begin return nullif(current_setting('crm.client_id', true), '')::uuid; end $$;
create or replace function core.current_user_id() returns uuid language plpgsql stable
  parallel safe cost 1
  as $$ begin return nullif(current_setting('crm.user_id', true), '')::uuid; end $$;
create or replace function core.current_location_ids() returns uuid[] language plpgsql stable
  parallel safe cost 1
  as $$ begin
    return coalesce(nullif(current_setting('crm.location_ids', true), ''), '{{}}')::uuid[];
  end $$;
-- The journeys on whose crew the person stands: read as the owner, since whoever may see a journey
-- need not see who else is on it.
create or replace function core.current_journey_ids() returns uuid[] language sql stable
  parallel safe security definer set search_path = core, pg_temp as $$
  select coalesce(array_agg(journey_id), '{{}}') from core.assigned_crew
  where client_id = core.current_client_id() and user_id = core.current_user_id()
    and status in {listed(CrewStatus.standing())}
$$;
-- The context's grants: {{"LEAD":"RlUo", ...}}, a verb and the letter of its scope (c, l, o),
-- "?" sends to the conditions, under "LEAD.U". The platform itself has {{"*":"c"}}. Cut out of
-- the text and not parsed, since every query asks: what is written otherwise grants nothing.
create or replace function core.grant_scope(resource text, verb text) returns text
  language plpgsql stable parallel safe cost 1 as $$
  declare
    granted text := current_setting('crm.grants', true);
    verbs text := split_part(split_part(granted, '"' || resource || '":"', 2), '"', 1);
  begin
    return coalesce(nullif(left(split_part(verbs, verb, 2), 1), ''),
      nullif(left(split_part(granted, '"*":"', 2), 1), ''));
  end $$;
create or replace function core.conditional_grant(resource text, verb text) returns jsonb
  language plpgsql stable parallel safe cost 1 as $$ begin
    return nullif(current_setting('crm.grants', true), '')::jsonb -> (resource || '.' || verb);
  end $$;
create or replace function core.meets(granted jsonb, within boolean, own boolean, facts jsonb)
  -- Hardly anybody has conditions: its price must not turn the plans of all others.
  returns boolean language plpgsql immutable parallel safe cost 1 as $$ begin
    return case granted ->> 'scope' when 'c' then true when 'l' then within when 'o' then own end
      and (select bool_and(coalesce(wanted ? (facts ->> name), false))
           from jsonb_each(granted -> 'if') as one (name, wanted));
  end $$;

create or replace function core.touch() returns trigger language plpgsql as $$
begin
  new.changed_xid := pg_current_xact_id();
  new.updated_at := now();
  return new;
end $$;

create or replace function core.bury() returns trigger language plpgsql
  security definer set search_path = core, pg_temp as $$
begin
  insert into core.tombstones (client_id, table_name, row_id)
    values (old.client_id, tg_table_name, old.id) on conflict do nothing;
  return old;
end $$;

create or replace function core.refuse_truncate() returns trigger language plpgsql as $$
begin
  raise exception '%.% cannot be truncated: the lake would not hear of it; delete the rows',
    tg_table_schema, tg_table_name using errcode = 'insufficient_privilege';
end $$;

create or replace function core.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'rows of %.% are written once and never changed', tg_table_schema, tg_table_name
    using errcode = 'insufficient_privilege';
end $$;

drop function if exists core.find_user(text);
create function core.find_user(wanted text) returns table (
    client_id uuid, user_id uuid, role text, status text, language text, password_hash text,
    must_change_password boolean, failed_login_count integer, locked_until_at timestamptz,
    home_location_id uuid, is_two_factor_enabled boolean, is_second_factor_wanted boolean,
    location_ids uuid[], role_overrides jsonb, own_overrides jsonb)
  language sql stable security definer set search_path = core, pg_temp as $$
  select u.client_id, u.id, u.role, u.status, u.language, u.password_hash, u.must_change_password,
    u.failed_login_count, u.locked_until_at, u.location_id, u.is_two_factor_enabled,
    exists (select from core.second_factor_roles f
            where f.client_id = u.client_id and f.role = u.role),
    array(select ul.location_id from core.user_locations ul
          where ul.client_id = u.client_id and ul.user_id = u.id order by 1),
    (select coalesce(jsonb_agg(to_jsonb(p.*)), '[]') from core.role_permissions p
     where p.client_id = u.client_id and p.role = u.role),
    (select coalesce(jsonb_agg(to_jsonb(p.*)), '[]') from core.user_permissions p
     where p.client_id = u.client_id and p.user_id = u.id)
  from core.users u where u.email = lower(wanted)
$$;

drop function if exists core.find_session(text);
create function core.find_session(wanted text) returns table (
    client_id uuid, session_id uuid, user_id uuid, email text, status text, is_code_due boolean,
    last_seen_at timestamptz, expires_at timestamptz, revoked_at timestamptz)
  language sql stable security definer set search_path = core, pg_temp as $$
  select s.client_id, s.id, s.user_id, u.email, u.status, s.is_code_due,
    s.last_seen_at, s.expires_at, s.revoked_at
  from core.sessions s join core.users u on u.client_id = s.client_id and u.id = s.user_id
  where s.token_hash = wanted
$$;

{history.FUNCTIONS}
{sums.FUNCTIONS}
{local_time.FUNCTIONS}
{heads.FUNCTIONS}
revoke all on all functions in schema core from public;
grant execute on function core.current_client_id(), core.current_user_id(),
  core.current_location_ids(), core.current_journey_ids(), core.grant_scope(text, text),
  core.conditional_grant(text, text), core.meets(jsonb, boolean, boolean, jsonb)
  to {APP}, {EXTRACT}, {LOADER}, {OWNER}, {AUDIT};
grant execute on function core.keyed_hash(text, uuid, text) to {APP}, {EXTRACT};
grant execute on function core.keyrange(uuid, uuid), core.keyrange(uuid, uuid, text)
  to {APP}, {LOADER}, {OWNER};
grant execute on function core.find_user(text), core.find_session(text),
  {heads.SIGNATURES} to {APP};
grant usage on schema core, landing to {APP}, {LOADER}, {EXTRACT};
grant usage on schema core to {AUDIT};
grant usage on schema raw to {APP}, {EXTRACT};
"""
