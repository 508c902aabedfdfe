"""The tenants of the screens' tests share one database, as those of the core do."""

from tests.integration.crm_core.conftest import company, shared_database

__all__ = ["company", "shared_database"]
