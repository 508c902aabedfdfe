"""The audit chain, keys per person, encrypted values, the list of erasures."""

import crm_core.models.base
import sqlalchemy as sa
from alembic import op
from crm_core.migrations.online import add_constraint, hold
revision = "0004_trust"
down_revision = "0003_office"
branch_labels = None
depends_on = None


def stamps() -> list[sa.Column[object]]:
    return [
        sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
        sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
        sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    ]


def upgrade() -> None:
    hold(["customers", "encryption_keys"], pointed_at=["clients"])
    op.create_table('audit_seals',
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('sequence', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('entry_id', sa.Uuid(), nullable=False),
    sa.Column('prev_hash', sa.String(length=64), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.CheckConstraint('sequence >= 1', name=op.f('ck_audit_seals_sequence_positive')),
    sa.PrimaryKeyConstraint('client_id', 'sequence', name=op.f('pk_audit_seals')),
    sa.UniqueConstraint('client_id', 'entry_id', name=op.f('uq_audit_seals_client_id_entry_id')),
    schema='core'
    )
    op.create_table('audit_heads',
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('sequence', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('fence', sa.BigInteger(), nullable=False),
    sa.Column('sealed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('signature', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('client_id', 'sequence', name=op.f('pk_audit_heads')),
    schema='core'
    )
    op.create_index('ix_audit_heads_sealed_at', 'audit_heads', ['sealed_at'], unique=False, schema='core')

    op.add_column('encryption_keys', sa.Column('holder', sa.String(length=40), server_default=sa.text("'TENANT'"), nullable=False), schema='core')
    op.add_column('encryption_keys', sa.Column('holder_id', sa.Uuid(), nullable=True), schema='core')
    op.add_column('encryption_keys', sa.Column('state', sa.String(length=40), server_default=sa.text("'ACTIVE'"), nullable=False), schema='core')
    op.add_column('encryption_keys', sa.Column('wrapped_by_id', sa.Uuid(), nullable=True), schema='core')
    # The newest active key of a tenant is the one that was in use.
    op.execute("""update core.encryption_keys k set holder_id = client_id, state = case
        when is_active and not exists (select from core.encryption_keys n
          where n.client_id = k.client_id and n.is_active and n.id > k.id)
        then 'ACTIVE' else 'DECRYPT_ONLY' end""")
    op.alter_column('encryption_keys', 'holder_id', nullable=False, schema='core')  # live-safe: so far a few keys per tenant
    op.alter_column('encryption_keys', 'wrapped_key', nullable=True, schema='core')
    op.drop_column('encryption_keys', 'is_active', schema='core')  # live-safe: the version before reads no key from here on; what it lands is refused whole and sent again
    for name, rule in {
        'holder_known': "holder in ('TENANT', 'CUSTOMER', 'USER')",
        'state_known': "state in ('ACTIVE', 'DECRYPT_ONLY', 'DESTROYED')",
        'destroyed_is_gone': "(state = 'DESTROYED') = (wrapped_key is null)",
        'tenant_holds_its_own': "holder <> 'TENANT' or holder_id = client_id",
    }.items():
        add_constraint(f'ck_encryption_keys_{name}', 'encryption_keys', f'check ({rule})')
    op.create_index('uq_encryption_keys_active', 'encryption_keys', ['client_id', 'holder', 'holder_id'], unique=True, schema='core', postgresql_where=sa.text("state = 'ACTIVE'"))  # live-safe: so far a few keys per tenant
    op.create_index('ix_encryption_keys_client_id_wrapped_by_id', 'encryption_keys', ['client_id', 'wrapped_by_id'], unique=False, schema='core')  # live-safe: so far a few keys per tenant

    op.create_table('encrypted_values',
    sa.Column('table_name', sa.String(length=63), nullable=False),
    sa.Column('row_id', sa.Uuid(), nullable=False),
    sa.Column('column_name', sa.String(length=63), nullable=False),
    sa.Column('key_id', sa.Uuid(), nullable=False),
    sa.Column('ciphertext', sa.LargeBinary(), nullable=False),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    *stamps(),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_encrypted_values_client_id')),
    sa.ForeignKeyConstraint(['client_id', 'key_id'], ['core.encryption_keys.client_id', 'core.encryption_keys.id'], name=op.f('fk_encrypted_values_client_id_key_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_encrypted_values')),
    sa.UniqueConstraint('client_id', 'table_name', 'row_id', 'column_name', name=op.f('uq_encrypted_values_client_id_table_name_row_id_column_name')),
    schema='core'
    )
    for column in ('key_id', 'row_id'):
        op.create_index(f'ix_encrypted_values_client_id_{column}', 'encrypted_values', ['client_id', column], unique=False, schema='core')
    op.add_column('customers', sa.Column('erased_at', sa.DateTime(timezone=True), nullable=True), schema='core')
    op.create_table('erasures',
    sa.Column('customer_id', sa.Uuid(), nullable=False),
    sa.Column('erased_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    *stamps(),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_erasures_client_id')),
    sa.ForeignKeyConstraint(['client_id', 'customer_id'], ['core.customers.client_id', 'core.customers.id'], name=op.f('fk_erasures_client_id_customer_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_erasures')),
    sa.UniqueConstraint('client_id', 'customer_id', name=op.f('uq_erasures_client_id_customer_id')),
    schema='core'
    )


def downgrade() -> None:
    op.drop_table('erasures', schema='core')
    op.drop_column('customers', 'erased_at', schema='core')
    op.drop_table('encrypted_values', schema='core')
    # Keys of persons, and destroyed ones, have no place in the older shape; nor has what they held.
    op.execute("delete from core.encryption_keys where holder <> 'TENANT' or wrapped_key is null")
    op.drop_index('ix_encryption_keys_client_id_wrapped_by_id', table_name='encryption_keys', schema='core')
    op.drop_index('uq_encryption_keys_active', table_name='encryption_keys', schema='core', postgresql_where=sa.text("state = 'ACTIVE'"))
    for name in ('holder_known', 'state_known', 'destroyed_is_gone', 'tenant_holds_its_own'):
        op.drop_constraint(op.f(f'ck_encryption_keys_{name}'), 'encryption_keys', schema='core')
    op.add_column('encryption_keys', sa.Column('is_active', sa.Boolean(), server_default=sa.text('true'), nullable=False), schema='core')
    op.execute("update core.encryption_keys set is_active = (state = 'ACTIVE')")
    op.alter_column('encryption_keys', 'wrapped_key', nullable=False, schema='core')
    for column in ('wrapped_by_id', 'state', 'holder_id', 'holder'):
        op.drop_column('encryption_keys', column, schema='core')
    op.drop_index('ix_audit_heads_sealed_at', table_name='audit_heads', schema='core')
    op.drop_table('audit_heads', schema='core')
    op.drop_table('audit_seals', schema='core')
