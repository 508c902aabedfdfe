"""Data keys, the values encrypted under them, and the list of erased customers.

How values are encrypted is in `crm_core.security`, what an erasure does in
`services.tenancy.privacy`.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped

from crm_core.enums import KeyHolder, KeyState
from crm_core.models.base import (
    SCHEMA,
    Base,
    Erase,
    Instant,
    Owned,
    in_set,
    indexes,
    private,
    tenant_fk,
)


class EncryptionKey(Owned, Base):
    """A data key: a tenant's, wrapped by the root key, or a person's, wrapped by the tenant's.

    The root key is never in the database. A destroyed key has no content left.
    """

    __tablename__ = "encryption_keys"
    __table_args__ = (
        ForeignKeyConstraint(["client_id"], [f"{SCHEMA}.clients.id"]),
        in_set("holder", KeyHolder),
        in_set("state", KeyState),
        CheckConstraint("(state = 'DESTROYED') = (wrapped_key is null)", name="destroyed_is_gone"),
        CheckConstraint("holder <> 'TENANT' or holder_id = client_id", name="tenant_holds_its_own"),
        Index(
            "uq_encryption_keys_active",
            "client_id",
            "holder",
            "holder_id",
            unique=True,
            postgresql_where=text("state = 'ACTIVE'"),
        ),
        *indexes("encryption_keys", ["wrapped_by_id"]),
    )

    holder: Mapped[str] = private(String(40), server_default=text("'TENANT'"))
    holder_id: Mapped[UUID] = private(Uuid())
    """The tenant, customer or user whose values the key protects."""
    state: Mapped[str] = private(String(40), server_default=text("'ACTIVE'"))
    wrapped_key: Mapped[str | None] = private(Text)
    wrapped_by_id: Mapped[UUID | None] = private(Uuid())
    """The tenant key above, or the fingerprint of the root key; empty: the first root key."""


class EncryptedValue(Owned, Base):
    """One secret or sensitive value of one column of one row, held apart from the row."""

    __tablename__ = "encrypted_values"
    __table_args__ = (
        ForeignKeyConstraint(["client_id"], [f"{SCHEMA}.clients.id"]),
        tenant_fk("key_id", "encryption_keys"),
        UniqueConstraint("client_id", "table_name", "row_id", "column_name"),
        *indexes("encrypted_values", ["key_id"], ["row_id"]),
    )

    table_name: Mapped[str] = private(String(63), erase=Erase.KEEP)
    row_id: Mapped[UUID] = private(Uuid())
    column_name: Mapped[str] = private(String(63), erase=Erase.KEEP)
    key_id: Mapped[UUID] = private(Uuid())
    ciphertext: Mapped[bytes] = private(LargeBinary)


class Erasure(Owned, Base):
    """A customer whose personal data was erased: ids only, to be replayed after a restore."""

    __tablename__ = "erasures"
    __table_args__ = (
        ForeignKeyConstraint(["client_id"], [f"{SCHEMA}.clients.id"]),
        UniqueConstraint("client_id", "customer_id"),
        tenant_fk("customer_id", "customers"),
    )

    customer_id: Mapped[UUID] = private(Uuid())
    erased_at: Mapped[datetime] = private(Instant)
