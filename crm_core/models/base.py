"""What every table shares: naming, keys, stamps, and the policy by which a column leaves the core.

Tables stand in one module per area; row-level security is derived in `crm_core.migrations.derived`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Numeric,
    String,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    MappedColumn,
    declared_attr,
    mapped_column,
)
from sqlalchemy.types import UserDefinedType

SCHEMA = "core"

CONSTRAINT_NAMES = {
    "pk": "pk_%(table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
}


class LakePolicy(StrEnum):
    """How a column may leave the core for the lake."""

    KEEP = "KEEP"
    DROP = "DROP"
    HASH = "HASH"
    """Only a keyed hash of the value leaves, in a column `<name>_hash`."""
    TRUNCATE = "TRUNCATE"
    """Only the first characters leave, in a column `<name>_start`."""


class Erase(StrEnum):
    """What erasing a customer does to a private column of a row about them."""

    NULL = "NULL"
    BLANK = "BLANK"
    """Text becomes "[erased]"; JSON, bytes and lists become empty, decimals zero."""
    KEEP = "KEEP"
    """Names nobody, alone or together with what else stays."""


@dataclass(frozen=True)
class Scope:
    """Which columns row-level security reads for LOCATION and OWN scope.

    Without a location column the whole tenant sees the rows. Without an owner column OWN scope
    sees what LOCATION scope sees. The crew of the journey that `journey` names own its rows too.
    """

    location: str | None = None
    owner: str | None = None
    journey: str | None = None


class Xid8(UserDefinedType[int]):
    """Postgres `xid8`: the 64-bit transaction number that is the extract's fence."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "xid8"


Money = Numeric(18, 2)
Quantity = Numeric(10, 2)
Instant = DateTime(timezone=True)
LocalTime = DateTime(timezone=False)
"""Wall-clock time at the branch, written beside an instant that is reported by hour."""


class Base(DeclarativeBase):
    """Declarative base: constraint names by rule, typed columns by annotation."""

    metadata = MetaData(schema=SCHEMA, naming_convention=CONSTRAINT_NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        UUID: Uuid(),
        datetime: Instant,
        Decimal: Money,
        dict[str, Any]: JSONB(),
    }


def kept(*args: Any, **options: Any) -> MappedColumn[Any]:
    """A column that may be copied to the lake."""
    return mapped_column(*args, info={"lake": LakePolicy.KEEP}, **options)


def local_of(column: str, kind: Any) -> MappedColumn[Any]:
    """The day (`Date`) or wall-clock time (`LocalTime`) at the branch of the instant in `column`.

    Written by trigger; empty where the instant is.
    """
    return mapped_column(kind, info={"lake": LakePolicy.KEEP, "local_of": column}, nullable=True)


def private(*args: Any, erase: Erase | None = None, **options: Any) -> MappedColumn[Any]:
    """A column that never leaves Postgres: personal data, secrets, free text.

    `erase` says what becomes of it when its customer is erased; without it the type decides, in
    `crm_core.security.erasure`.
    """
    return _masked(LakePolicy.DROP, args, erase, options)


def hashed(*args: Any, erase: Erase | None = None, **options: Any) -> MappedColumn[Any]:
    """A private column of which the lake gets a keyed hash, different in every tenant."""
    return _masked(LakePolicy.HASH, args, erase, options)


def truncated(*args: Any, to: int, erase: Erase | None = None, **options: Any) -> MappedColumn[Any]:
    """A private text of which the lake gets the first `to` characters."""
    return _masked(LakePolicy.TRUNCATE, args, erase, options, to=to)


def _masked(
    policy: LakePolicy, args: Any, erase: Erase | None, options: dict[str, Any], **more: int
) -> MappedColumn[Any]:
    info = {"lake": policy} | ({"erase": erase} if erase else {}) | more
    return mapped_column(*args, info=info, **options)


def one_of(values: type[StrEnum], **options: Any) -> MappedColumn[Any]:
    """A closed set, kept as text; `in_set` gives its check constraint."""
    return kept(String(40), **options)


def in_set(column: str, values: type[StrEnum]) -> CheckConstraint:
    """The check that holds a text column to its enum."""
    allowed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(
        f"{column} in ({allowed})", name=f"{column}_known", info={column: tuple(values)}
    )


def not_negative(*columns: str) -> list[CheckConstraint]:
    """Checks that amounts and counts are zero or more."""
    return [CheckConstraint(f"{name} >= 0", name=f"{name}_not_negative") for name in columns]


def rate_range(column: str) -> CheckConstraint:
    """The check that a share lies between 0 and 1, both included."""
    return CheckConstraint(f"{column} between 0 and 1", name=f"{column}_range")


def tenant_fk(column: str, target: str, **options: Any) -> ForeignKeyConstraint:
    """A composite foreign key (client_id, column) to `target` (table name) of the same tenant."""
    return ForeignKeyConstraint(
        ["client_id", column],
        [f"{SCHEMA}.{target}.client_id", f"{SCHEMA}.{target}.id"],
        **options,
    )


class Stamped:
    """Stamps on every table: creation, change, and the transaction that wrote the row."""

    created_at: Mapped[datetime] = kept(Instant, server_default=text("now()"))
    """When the database wrote the row; when the thing itself happened stands in other columns."""
    updated_at: Mapped[datetime] = kept(Instant, server_default=text("now()"))
    """When the database last changed the row; set by trigger."""
    changed_xid: Mapped[int] = mapped_column(
        Xid8(), server_default=text("pg_current_xact_id()"), info={"lake": LakePolicy.KEEP}
    )
    """The extract's fence: written by default and by trigger only; no role is granted it."""


class Owned(Stamped):
    """A row of one tenant, keyed (client_id, id)."""

    __scope__: ClassVar[Scope] = Scope()

    client_id: Mapped[UUID] = kept(Uuid(), primary_key=True)
    """The tenant; part of every key."""
    id: Mapped[UUID] = kept(Uuid(), primary_key=True)
    """UUIDv7: sorts by the time the row was made."""


class Scoped(Owned):
    """A row that LOCATION and OWN scope can filter: the branch, and the person whose row it is."""

    __scope__: ClassVar[Scope] = Scope(location="location_id", owner="owner_id")

    location_id: Mapped[UUID | None] = kept(Uuid())
    """The branch; empty for rows that no branch owns."""
    owner_id: Mapped[UUID | None] = kept(Uuid())
    """The person whose row it is: what OWN scope sees."""


class OfJourney(Scoped):
    """A part of the journey in `journey_id`, and its crew's as well."""

    __scope__: ClassVar[Scope] = Scope("location_id", "owner_id", journey="journey_id")


class Personal(Owned):
    """A row about one member of staff, who is the person OWN scope means, at a branch."""

    __scope__: ClassVar[Scope] = Scope(location="location_id", owner="user_id")

    location_id: Mapped[UUID | None] = kept(Uuid())
    user_id: Mapped[UUID] = kept(Uuid())


class Versioned:
    """Optimistic locking: a writer that read an older version is refused."""

    lock_version: Mapped[int] = kept(Integer, server_default=text("1"))
    """Goes up by one with every change."""

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 - a declared_attr takes the class
        return {"version_id_col": cls.__table__.c.lock_version}  # type: ignore[attr-defined]


class Sourced:
    """Where a row came from, when not typed in here."""

    data_source: Mapped[str] = kept(String(40), server_default=text("'MANUAL'"))
    """Typed in here, or the system it came from."""
    external_id: Mapped[str | None] = kept(Text)
    """The row's id at that system."""


def tracked(
    table: str, *extra: Any, scoped: bool = True, person: str = "owner_id"
) -> tuple[Any, ...]:
    """Table arguments every tracked tenant table needs: fence index, keys to tenant and branch.

    `person` is the column OWN scope reads: `user_id` for a `Personal` table. Where an index among
    `extra` begins with the branch or the person, that one serves and no shorter one is added.
    """
    keys: list[Any] = [
        ForeignKeyConstraint(["client_id"], [f"{SCHEMA}.clients.id"]),
        Index(f"ix_{table}_changed_xid", "changed_xid"),
    ]
    if scoped:
        keys += [
            tenant_fk("location_id", "locations"),
            tenant_fk(person, "users"),
            *(
                Index(f"ix_{table}_client_id_{column}", "client_id", column)
                for column in ("location_id", person)
                if not any(_begins_with(each, ["client_id", column]) for each in extra)
            ),
        ]
    return (*keys, *extra)


def _begins_with(index: object, columns: Sequence[str]) -> bool:
    """Whether it is an index over all rows that begins with these columns."""
    return (
        isinstance(index, Index)
        and index.dialect_options["postgresql"]["where"] is None
        and list(index.expressions[: len(columns)]) == list(columns)
    )


def source_key(table: str) -> Index:
    """One row per record of an outside system."""
    return Index(
        f"uq_{table}_source",
        "client_id",
        "data_source",
        "external_id",
        unique=True,
        postgresql_where=text("external_id is not null"),
    )


def indexes(table: str, *columns: Sequence[str]) -> list[Index]:
    """Plain indexes, each a list of columns, the tenant first."""
    return [
        Index(f"ix_{table}_{'_'.join(('client_id', *names))}", "client_id", *names)
        for names in columns
    ]


def indexes_where_known(table: str, *columns: str) -> list[Index]:
    """Indexes of the tenant over columns that are empty in most rows, which then cost nothing."""
    return [
        Index(
            f"ix_{table}_client_id_{name}",
            "client_id",
            name,
            postgresql_where=text(f"{name} is not null"),
        )
        for name in columns
    ]
