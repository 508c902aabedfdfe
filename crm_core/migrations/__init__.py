"""How a database becomes ours: roles and databases, tables by Alembic, then what is derived.

Columns and constraints are declared in `crm_core.models`.
"""
