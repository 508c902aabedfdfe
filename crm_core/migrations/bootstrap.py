"""The roles and databases of an installation, made by the server's superuser, once.

Tables and policies are not made here.
"""

import psycopg
from psycopg import sql

from crm_core.database import DatabaseRole, database_name, server
from crm_core.security.secrets import database_password

# Row-level security binds every role but the bulk loader: COPY FROM is refused under it.
ROLE_OPTIONS = {DatabaseRole.LOADER: "BYPASSRLS"}
OWNERS = {
    "crm": DatabaseRole.OWNER,
    "lake": DatabaseRole.LAKE,
    "dagster": DatabaseRole.DAGSTER,
}


def bootstrap() -> None:
    """Create or repair roles and databases; safe to run again."""
    with psycopg.connect(server().conninfo("postgres"), autocommit=True) as connection:
        for role in DatabaseRole:
            _ensure_role(connection, role)
        for name, owner in OWNERS.items():
            _ensure_database(connection, database_name(name), owner)


def _ensure_role(connection: psycopg.Connection, role: DatabaseRole) -> None:
    found = connection.execute("select 1 from pg_roles where rolname = %s", [role.value]).fetchone()
    options = f"LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE {ROLE_OPTIONS.get(role, 'NOBYPASSRLS')}"
    connection.execute(
        sql.SQL("{verb} ROLE {role} {options} PASSWORD {password}").format(
            verb=sql.SQL("ALTER" if found else "CREATE"),
            role=sql.Identifier(role.value),
            options=sql.SQL(options),
            password=sql.Literal(database_password(role.value)),
        )
    )


def _ensure_database(connection: psycopg.Connection, name: str, owner: DatabaseRole) -> None:
    found = connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone()
    if not found:
        # The maker must be a member of the owning role when it is not a superuser.
        connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(owner.value)))
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {}").format(
                sql.Identifier(name), sql.Identifier(owner.value)
            )
        )
    connection.execute(
        sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name))
    )
    if name == database_name("crm"):
        for role in DatabaseRole:
            connection.execute(
                sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(
                    sql.Identifier(name), sql.Identifier(role.value)
                )
            )
