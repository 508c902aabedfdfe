"""Alembic's entry: runs the migrations on the connection it is handed.

Which database that is, is decided in `crm_core.migrations.run`.
"""

from alembic import context

from crm_core.migrations.run import compare_name, configure_options
from crm_core.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    include_name=compare_name,
    transaction_per_migration=True,
    **configure_options(),
)
with context.begin_transaction():
    context.run_migrations()
