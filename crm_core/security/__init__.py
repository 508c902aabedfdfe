"""Permissions, secrets, encryption and the audit trail.

Row-level security is derived from the models in `crm_core.migrations`.
"""
