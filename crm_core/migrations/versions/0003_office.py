"""Office: access, sales, finance, storage, communication, integration, reporting, history."""

import sqlalchemy as sa
from alembic import op
from crm_core.migrations.online import add_constraint, hold
from crm_core.models.base import Xid8
from sqlalchemy.dialects import postgresql

revision = "0003_office"
down_revision = "0002_field"
branch_labels = None
depends_on = None

CHECKS = [
    ("clients", "ck_clients_not_its_own_parent", "parent_client_id <> id"),
    ("integrations", "ck_integrations_interval_positive", "sync_interval_minutes > 0"),
    (
        "integrations",
        "ck_integrations_type_known",
        "type in ('ACCOUNTING', 'CRM', 'EMAIL', 'SMS', 'PAYMENT', 'SHIPPING', 'CUSTOM')",
    ),
    ("locations", "ck_locations_crew_count_not_negative", "crew_count >= 0"),
    ("locations", "ck_locations_storage_unit_count_not_negative", "storage_unit_count >= 0"),
    (
        "integration_sync_logs",
        "ck_integration_sync_logs_completed_after_started",
        "completed_at >= started_at",
    ),
    (
        "integration_sync_logs",
        "ck_integration_sync_logs_window_in_order",
        "window_to_at >= window_from_at",
    ),
    (
        "customers",
        "ck_customers_loyalty_level_known",
        "loyalty_level in ('BRONZE', 'SILVER', 'GOLD', 'PLATINUM')",
    ),
    ("customers", "ck_customers_merged_is_inactive", "merged_into_id is null or not is_active"),
    ("customers", "ck_customers_not_its_own_duplicate", "duplicate_of_id <> id"),
    ("customers", "ck_customers_not_merged_into_itself", "merged_into_id <> id"),
    ("quotes", "ck_quotes_not_its_own_parent", "parent_quote_id <> id"),
    ("quotes", "ck_quotes_rejected_has_date", "status <> 'REJECTED' or decided_on is not null"),
    (
        "quote_items",
        "ck_quote_items_estimated_cost_amount_not_negative",
        "estimated_cost_amount >= 0",
    ),
    ("quote_items", "ck_quote_items_tax_category_known", "tax_category in ('SERVICE', 'GOODS')"),
    (
        "quote_items",
        "ck_quote_items_unit_known",
        "unit in ('HOUR', 'EACH', 'CUBIC_FOOT', 'KILOMETRE', 'MONTH', 'FLAT')",
    ),
    (
        "invoices",
        "ck_invoices_credit_is_negative",
        "case when credit_of_invoice_id is null then total_amount >= 0 else total_amount <= 0 end",
    ),
    ("invoices", "ck_invoices_exempt_has_no_tax", "not is_tax_exempt or tax_amount = 0"),
    ("invoices", "ck_invoices_not_its_own_credit", "credit_of_invoice_id <> id"),
    ("invoices", "ck_invoices_period_in_order", "period_end_on >= period_start_on"),
    ("invoices", "ck_invoices_rent_has_period", "not is_recurring or period_start_on is not null"),
    (
        "invoice_items",
        "ck_invoice_items_unit_known",
        "unit in ('HOUR', 'EACH', 'CUBIC_FOOT', 'KILOMETRE', 'MONTH', 'FLAT')",
    ),
    ("payments", "ck_payments_not_its_own_refund", "refund_of_payment_id <> id"),
    (
        "payments",
        "ck_payments_transaction_has_gateway",
        "gateway_transaction_id is null or gateway is not null",
    ),
]
FOREIGN_KEYS = [
    ("clients", "fk_clients_parent_client_id", "parent_client_id", "clients", "id"),
    (
        "customers",
        "fk_customers_client_id_duplicate_of_id",
        "client_id, duplicate_of_id",
        "customers",
        "client_id, id",
    ),
    (
        "customers",
        "fk_customers_client_id_merged_into_id",
        "client_id, merged_into_id",
        "customers",
        "client_id, id",
    ),
    (
        "invoices",
        "fk_invoices_client_id_storage_booking_id",
        "client_id, storage_booking_id",
        "storage_bookings",
        "client_id, id",
    ),
    (
        "quotes",
        "fk_quotes_client_id_approved_by_id",
        "client_id, approved_by_id",
        "users",
        "client_id, id",
    ),
]

# Another migration may have made the type first, or use it still.
MAKE_KEYRANGE = """do $$ begin
  if to_regtype('core.keyrange') is null then
    create type core.keyrange as range (subtype = uuid);
  end if;
end $$"""
DROP_KEYRANGE = """do $$ begin
  drop type if exists core.keyrange;
exception when dependent_objects_still_exist then null;
end $$"""


def upgrade() -> None:
    hold(
        [
            "payments",
            "invoice_items",
            "invoices",
            "quote_items",
            "quotes",
            "leads",
            "customers",
            "integration_sync_logs",
            "integrations",
            "user_locations",
            "users",
            "locations",
            "clients",
        ],
        pointed_at=["truck_journeys"],
    )
    op.execute(MAKE_KEYRANGE)
    op.create_table(
        "fx_rates",
        sa.Column("from_currency", sa.String(length=3), nullable=False),
        sa.Column("to_currency", sa.String(length=3), nullable=False),
        sa.Column("rate_on", sa.Date(), nullable=False),
        sa.Column("rate", sa.Numeric(precision=18, scale=8), nullable=False),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "changed_xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False
        ),
        sa.CheckConstraint(
            "from_currency in ('CAD', 'USD', 'EUR')", name=op.f("ck_fx_rates_from_currency_known")
        ),
        sa.CheckConstraint(
            "to_currency in ('CAD', 'USD', 'EUR')", name=op.f("ck_fx_rates_to_currency_known")
        ),
        sa.CheckConstraint("from_currency <> to_currency", name=op.f("ck_fx_rates_two_currencies")),
        sa.CheckConstraint("rate > 0", name=op.f("ck_fx_rates_rate_positive")),
        sa.PrimaryKeyConstraint(
            "from_currency", "to_currency", "rate_on", name=op.f("pk_fx_rates")
        ),
        schema="core",
    )
    op.create_table(
        "platform_admins",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("username", sa.String(length=60), nullable=False),
        sa.Column("email", sa.String(length=200), nullable=False),
        sa.Column("first_name", sa.String(length=120), nullable=False),
        sa.Column("last_name", sa.String(length=120), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("avatar", sa.String(length=200), nullable=True),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column(
            "permissions", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False
        ),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column(
            "is_two_factor_enabled", sa.Boolean(), server_default=sa.text("false"), nullable=False
        ),
        sa.Column("failed_login_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("locked_until_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_login_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "changed_xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False
        ),
        sa.CheckConstraint(
            "role in ('SUPER_ADMIN', 'COMPANY_ADMIN', 'AUDITOR', 'SUPPORT_ADMIN')",
            name=op.f("ck_platform_admins_role_known"),
        ),
        sa.CheckConstraint(
            "email = lower(email)", name=op.f("ck_platform_admins_email_lower_case")
        ),
        sa.CheckConstraint(
            "failed_login_count >= 0",
            name=op.f("ck_platform_admins_failed_login_count_not_negative"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_platform_admins")),
        sa.UniqueConstraint("email", name=op.f("uq_platform_admins_email")),
        sa.UniqueConstraint("username", name=op.f("uq_platform_admins_username")),
        schema="core",
    )
    op.create_table(
        "billing_plans",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("description", sa.String(length=500), nullable=True),
        sa.Column("plan_type", sa.String(length=40), nullable=False),
        sa.Column(
            "status", sa.String(length=40), server_default=sa.text("'ACTIVE'"), nullable=False
        ),
        sa.Column("monthly_amount", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("currency", sa.String(length=3), server_default=sa.text("'CAD'"), nullable=False),
        sa.Column("features", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("limits", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "changed_xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False
        ),
        sa.CheckConstraint(
            "currency in ('CAD', 'USD', 'EUR')", name=op.f("ck_billing_plans_currency_known")
        ),
        sa.CheckConstraint(
            "plan_type in ('BASIC', 'STANDARD', 'PREMIUM', 'ENTERPRISE', 'CUSTOM')",
            name=op.f("ck_billing_plans_plan_type_known"),
        ),
        sa.CheckConstraint(
            "status in ('ACTIVE', 'INACTIVE', 'SUSPENDED', 'EXPIRED')",
            name=op.f("ck_billing_plans_status_known"),
        ),
        sa.CheckConstraint(
            "monthly_amount >= 0", name=op.f("ck_billing_plans_monthly_amount_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["core.clients.id"], name=op.f("fk_billing_plans_client_id")
        ),
        sa.PrimaryKeyConstraint("client_id", "id", name=op.f("pk_billing_plans")),
        sa.UniqueConstraint("client_id", "name", name=op.f("uq_billing_plans_client_id_name")),
        schema="core",
    )
    op.create_index(
        "ix_billing_plans_changed_xid",
        "billing_plans",
        ["changed_xid"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "uq_billing_plans_active",
        "billing_plans",
        ["client_id"],
        unique=True,
        schema="core",
        postgresql_where=sa.text("status = 'ACTIVE'"),
    )
    op.create_table(
        "company_access_logs",
        sa.Column("admin_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column(
            "severity", sa.String(length=40), server_default=sa.text("'INFO'"), nullable=False
        ),
        sa.Column("details", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("ip_address", sa.String(length=45), nullable=True),
        sa.Column("user_agent", sa.String(length=400), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "changed_xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False
        ),
        sa.CheckConstraint(
            "action in ('LOGIN', 'LOGOUT', 'COMPANY_SWITCH', 'USER_VIEW', 'USER_CREATE', 'USER_UPDATE', 'USER_DELETE', 'JOURNEY_VIEW', 'JOURNEY_CREATE', 'JOURNEY_UPDATE', 'JOURNEY_DELETE', 'LOCATION_VIEW', 'LOCATION_CREATE', 'LOCATION_UPDATE', 'LOCATION_DELETE', 'AUDIT_VIEW', 'SETTINGS_UPDATE')",
            name=op.f("ck_company_access_logs_action_known"),
        ),
        sa.CheckConstraint(
            "severity in ('DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL')",
            name=op.f("ck_company_access_logs_severity_known"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["core.clients.id"], name=op.f("fk_company_access_logs_client_id")
        ),
        sa.PrimaryKeyConstraint("client_id", "id", name=op.f("pk_company_access_logs")),
        schema="core",
    )
    op.create_index(
        "ix_company_access_logs_changed_xid",
        "company_access_logs",
        ["changed_xid"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_company_access_logs_client_id_occurred_at",
        "company_access_logs",
        ["client_id", "occurred_at"],
        unique=False,
        schema="core",
    )
    op.create_table(
        "platform_sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("admin_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("current_client_id", sa.Uuid(), nullable=True),
        sa.Column("ip_address", sa.String(length=45), nullable=True),
        sa.Column("user_agent", sa.String(length=400), nullable=True),
        sa.Column("device_id", sa.String(length=100), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "changed_xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False
        ),
        sa.CheckConstraint(
            "expires_at > created_at", name=op.f("ck_platform_sessions_expires_later")
        ),
        sa.ForeignKeyConstraint(
            ["admin_id"], ["core.platform_admins.id"], name=op.f("fk_platform_sessions_admin_id")
        ),
        sa.ForeignKeyConstraint(
            ["current_client_id"],
            ["core.clients.id"],
            name=op.f("fk_platform_sessions_current_client_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_platform_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_platform_sessions_token_hash")),
        schema="core",
    )
    op.create_index(
        "ix_platform_sessions_admin_id",
        "platform_sessions",
        ["admin_id"],
        unique=False,
        schema="core",
    )
    op.create_table(
        "templates",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("category", sa.String(length=60), nullable=True),
        sa.Column("language", sa.String(length=5), server_default=sa.text("'en'"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("variables", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("description", sa.String(length=500), nullable=True),
        sa.Column(
            "tags", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "changed_xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False
        ),
        sa.CheckConstraint(
            "type <> 'EMAIL' or subject is not null", name=op.f("ck_templates_email_has_subject")
        ),
        sa.CheckConstraint(
            "type in ('EMAIL', 'SMS', 'LETTER', 'INVOICE', 'QUOTE', 'REPORT')",
            name=op.f("ck_templates_type_known"),
        ),
        sa.CheckConstraint("version >= 1", name=op.f("ck_templates_version_positive")),
        sa.ForeignKeyConstraint(
            ["client_id"], ["core.clients.id"], name=op.f("fk_templates_client_id")
        ),
        sa.PrimaryKeyConstraint("client_id", "id", name=op.f("pk_templates")),
        sa.UniqueConstraint(
            "client_id",
            "name",
            "language",
            "version",
            name=op.f("uq_templates_client_id_name_language_version"),
        ),
        schema="core",
    )
    op.create_index(
        "ix_templates_changed_xid", "templates", ["changed_xid"], unique=False, schema="core"
    )
    op.create_index(
        "uq_templates_active",
        "templates",
        ["client_id", "name", "language"],
        unique=True,
        schema="core",
        postgresql_where=sa.text("is_active"),
    )
    op.create_table(
        "webhooks",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("events", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("description", sa.String(length=500), nullable=True),
        sa.Column("headers", postgresql.JSONB(), nullable=True),
        sa.Column("last_triggered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("success_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("failure_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "consecutive_failure_count", sa.Integer(), server_default=sa.text("0"), nullable=False
        ),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "changed_xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False
        ),
        sa.CheckConstraint("url like 'https://%%'", name=op.f("ck_webhooks_url_is_https")),
        sa.CheckConstraint("cardinality(events) > 0", name=op.f("ck_webhooks_has_events")),
        sa.CheckConstraint(
            "consecutive_failure_count >= 0",
            name=op.f("ck_webhooks_consecutive_failure_count_not_negative"),
        ),
        sa.CheckConstraint(
            "failure_count >= 0", name=op.f("ck_webhooks_failure_count_not_negative")
        ),
        sa.CheckConstraint(
            "success_count >= 0", name=op.f("ck_webhooks_success_count_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["core.clients.id"], name=op.f("fk_webhooks_client_id")
        ),
        sa.PrimaryKeyConstraint("client_id", "id", name=op.f("pk_webhooks")),
        sa.UniqueConstraint("client_id", "name", name=op.f("uq_webhooks_client_id_name")),
        schema="core",
    )
    op.create_index(
        "ix_webhooks_changed_xid", "webhooks", ["changed_xid"], unique=False, schema="core"
    )
    op.create_table(
        "budgets",
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("month_on", sa.Date(), nullable=False),
        sa.Column(
            "version", sa.String(length=40), server_default=sa.text("'PLAN'"), nullable=False
        ),
        sa.Column("budget_amount", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("currency", sa.String(length=3), server_default=sa.text("'CAD'"), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "changed_xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False
        ),
        sa.CheckConstraint(
            "category in ('MOVING_REVENUE', 'STORAGE_REVENUE', 'OTHER_REVENUE', 'PAYMENT', 'REFUND', 'TAX', 'LABOUR', 'FUEL', 'MATERIALS', 'MAINTENANCE', 'CLAIMS', 'MARKETING', 'ROYALTY', 'PROCESSING_FEE', 'RENT', 'OTHER')",
            name=op.f("ck_budgets_category_known"),
        ),
        sa.CheckConstraint(
            "currency in ('CAD', 'USD', 'EUR')", name=op.f("ck_budgets_currency_known")
        ),
        sa.CheckConstraint(
            "extract(day from month_on) = 1", name=op.f("ck_budgets_month_starts_on_first")
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "location_id"],
            ["core.locations.client_id", "core.locations.id"],
            name=op.f("fk_budgets_client_id_location_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["core.clients.id"], name=op.f("fk_budgets_client_id")
        ),
        sa.PrimaryKeyConstraint("client_id", "id", name=op.f("pk_budgets")),
        sa.UniqueConstraint(
            "client_id",
            "location_id",
            "category",
            "month_on",
            "version",
            name=op.f("uq_budgets_client_id_location_id_category_month_on_version"),
            postgresql_nulls_not_distinct=True,
        ),
        schema="core",
    )
    op.create_index(
        "ix_budgets_changed_xid", "budgets", ["changed_xid"], unique=False, schema="core"
    )
    op.create_table(
        "discount_policies",
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("discount_type", sa.String(length=40), nullable=False),
        sa.Column("rate", sa.Numeric(precision=6, scale=5), nullable=True),
        sa.Column("discount_amount", sa.Numeric(precision=18, scale=2), nullable=True),
        sa.Column("currency", sa.String(length=3), server_default=sa.text("'CAD'"), nullable=False),
        sa.Column("minimum_cycle_count", sa.Integer(), nullable=True),
        sa.Column("minimum_unit_count", sa.Integer(), nullable=True),
        sa.Column("valid_from_on", sa.Date(), nullable=False),
        sa.Column("valid_to_on", sa.Date(), nullable=True),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "changed_xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False
        ),
        sa.CheckConstraint(
            "case discount_type when 'PERCENTAGE' then rate is not null and discount_amount is null else rate is null and discount_amount is not null end",
            name=op.f("ck_discount_policies_one_kind_of_discount"),
        ),
        sa.CheckConstraint(
            "currency in ('CAD', 'USD', 'EUR')", name=op.f("ck_discount_policies_currency_known")
        ),
        sa.CheckConstraint(
            "discount_type in ('PERCENTAGE', 'FIXED_AMOUNT')",
            name=op.f("ck_discount_policies_discount_type_known"),
        ),
        sa.CheckConstraint(
            "type in ('LOYALTY', 'SEASONAL', 'BULK', 'PROMOTIONAL')",
            name=op.f("ck_discount_policies_type_known"),
        ),
        sa.CheckConstraint(
            "discount_amount >= 0", name=op.f("ck_discount_policies_discount_amount_not_negative")
        ),
        sa.CheckConstraint(
            "minimum_cycle_count >= 0",
            name=op.f("ck_discount_policies_minimum_cycle_count_not_negative"),
        ),
        sa.CheckConstraint(
            "minimum_unit_count >= 0",
            name=op.f("ck_discount_policies_minimum_unit_count_not_negative"),
        ),
        sa.CheckConstraint("rate between 0 and 1", name=op.f("ck_discount_policies_rate_range")),
        sa.CheckConstraint("valid_to_on > valid_from_on", name=op.f("ck_discount_policies_span")),
        sa.ForeignKeyConstraint(
            ["client_id", "location_id"],
            ["core.locations.client_id", "core.locations.id"],
            name=op.f("fk_discount_policies_client_id_location_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["core.clients.id"], name=op.f("fk_discount_policies_client_id")
        ),
        sa.PrimaryKeyConstraint("client_id", "id", name=op.f("pk_discount_policies")),
        sa.UniqueConstraint("client_id", "name", name=op.f("uq_discount_policies_client_id_name")),
        schema="core",
    )
    op.create_index(
        "ix_discount_policies_changed_xid",
        "discount_policies",
        ["changed_xid"],
        unique=False,
        schema="core",
    )
    op.create_table(
        "domain_events",
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("entity", sa.String(length=63), nullable=False),
        sa.Column("entity_id", sa.Uuid(), nullable=False),
        sa.Column("payload", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "changed_xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "location_id"],
            ["core.locations.client_id", "core.locations.id"],
            name=op.f("fk_domain_events_client_id_location_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["core.clients.id"], name=op.f("fk_domain_events_client_id")
        ),
        sa.PrimaryKeyConstraint("client_id", "id", name=op.f("pk_domain_events")),
        schema="core",
    )
    op.create_index(
        "ix_domain_events_changed_xid",
        "domain_events",
        ["changed_xid"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_domain_events_unpublished",
        "domain_events",
        ["client_id", "id"],
        unique=False,
        schema="core",
        postgresql_where=sa.text("published_at is null"),
    )
    op.create_table(
        "inbound_events",
        sa.Column("integration_id", sa.Uuid(), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column("payload_hash", sa.String(length=64), nullable=False),
        sa.Column(
            "status", sa.String(length=40), server_default=sa.text("'RECEIVED'"), nullable=False
        ),
        sa.Column("refusal_reason", sa.String(length=500), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "changed_xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False
        ),
        sa.CheckConstraint(
            "status <> 'APPLIED' or applied_at is not null",
            name=op.f("ck_inbound_events_applied_has_time"),
        ),
        sa.CheckConstraint(
            "status <> 'REFUSED' or refusal_reason is not null",
            name=op.f("ck_inbound_events_refused_has_reason"),
        ),
        sa.CheckConstraint(
            "status in ('RECEIVED', 'APPLIED', 'REFUSED')",
            name=op.f("ck_inbound_events_status_known"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "integration_id"],
            ["core.integrations.client_id", "core.integrations.id"],
            name=op.f("fk_inbound_events_client_id_integration_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["core.clients.id"], name=op.f("fk_inbound_events_client_id")
        ),
        sa.PrimaryKeyConstraint("client_id", "id", name=op.f("pk_inbound_events")),
        sa.UniqueConstraint(
            "client_id",
            "integration_id",
            "external_id",
            name=op.f("uq_inbound_events_client_id_integration_id_external_id"),
        ),
        schema="core",
    )
    op.create_index(
        "ix_inbound_events_changed_xid",
        "inbound_events",
        ["changed_xid"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_inbound_events_waiting",
        "inbound_events",
        ["client_id", "received_at"],
        unique=False,
        schema="core",
        postgresql_where=sa.text("status = 'RECEIVED'"),
    )
    op.create_table(
        "kpi_targets",
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.Column("metric", sa.String(length=100), nullable=False),
        sa.Column("grain", sa.String(length=40), server_default=sa.text("'MONTH'"), nullable=False),
        sa.Column("period_on", sa.Date(), nullable=False),
        sa.Column(
            "direction", sa.String(length=40), server_default=sa.text("'AT_LEAST'"), nullable=False
        ),
        sa.Column("target", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "changed_xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False
        ),
        sa.CheckConstraint(
            "direction in ('AT_LEAST', 'AT_MOST')", name=op.f("ck_kpi_targets_direction_known")
        ),
        sa.CheckConstraint(
            "grain in ('DAY', 'WEEK', 'MONTH', 'QUARTER', 'YEAR')",
            name=op.f("ck_kpi_targets_grain_known"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "location_id"],
            ["core.locations.client_id", "core.locations.id"],
            name=op.f("fk_kpi_targets_client_id_location_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["core.clients.id"], name=op.f("fk_kpi_targets_client_id")
        ),
        sa.PrimaryKeyConstraint("client_id", "id", name=op.f("pk_kpi_targets")),
        sa.UniqueConstraint(
            "client_id",
            "location_id",
            "metric",
            "grain",
            "period_on",
            name=op.f("uq_kpi_targets_client_id_location_id_metric_grain_period_on"),
            postgresql_nulls_not_distinct=True,
        ),
        schema="core",
    )
    op.create_index(
        "ix_kpi_targets_changed_xid", "kpi_targets", ["changed_xid"], unique=False, schema="core"
    )
    op.create_table(
        "late_fee_policies",
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.Column("due_day_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("grace_day_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("rate", sa.Numeric(precision=6, scale=5), nullable=False),
        sa.Column(
            "minimum_amount",
            sa.Numeric(precision=18, scale=2),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column("maximum_amount", sa.Numeric(precision=18, scale=2), nullable=True),
        sa.Column("currency", sa.String(length=3), server_default=sa.text("'CAD'"), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "changed_xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False
        ),
        sa.CheckConstraint(
            "currency in ('CAD', 'USD', 'EUR')", name=op.f("ck_late_fee_policies_currency_known")
        ),
        sa.CheckConstraint(
            "due_day_count >= 0", name=op.f("ck_late_fee_policies_due_day_count_not_negative")
        ),
        sa.CheckConstraint(
            "grace_day_count >= 0", name=op.f("ck_late_fee_policies_grace_day_count_not_negative")
        ),
        sa.CheckConstraint(
            "maximum_amount >= 0", name=op.f("ck_late_fee_policies_maximum_amount_not_negative")
        ),
        sa.CheckConstraint(
            "maximum_amount >= minimum_amount", name=op.f("ck_late_fee_policies_bounds_in_order")
        ),
        sa.CheckConstraint(
            "minimum_amount >= 0", name=op.f("ck_late_fee_policies_minimum_amount_not_negative")
        ),
        sa.CheckConstraint("rate between 0 and 1", name=op.f("ck_late_fee_policies_rate_range")),
        sa.ForeignKeyConstraint(
            ["client_id", "location_id"],
            ["core.locations.client_id", "core.locations.id"],
            name=op.f("fk_late_fee_policies_client_id_location_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["core.clients.id"], name=op.f("fk_late_fee_policies_client_id")
        ),
        sa.PrimaryKeyConstraint("client_id", "id", name=op.f("pk_late_fee_policies")),
        schema="core",
    )
    op.create_index(
        "ix_late_fee_policies_changed_xid",
        "late_fee_policies",
        ["changed_xid"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "uq_late_fee_policies_active",
        "late_fee_policies",
        ["client_id", "location_id"],
        unique=True,
        schema="core",
        postgresql_where=sa.text("is_active"),
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "marketing_spend",
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.Column("campaign", sa.String(length=100), nullable=True),
        sa.Column("month_on", sa.Date(), nullable=False),
        sa.Column("spend_amount", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("currency", sa.String(length=3), server_default=sa.text("'CAD'"), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "changed_xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False
        ),
        sa.CheckConstraint(
            "currency in ('CAD', 'USD', 'EUR')", name=op.f("ck_marketing_spend_currency_known")
        ),
        sa.CheckConstraint(
            "extract(day from month_on) = 1", name=op.f("ck_marketing_spend_month_starts_on_first")
        ),
        sa.CheckConstraint(
            "spend_amount >= 0", name=op.f("ck_marketing_spend_spend_amount_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "location_id"],
            ["core.locations.client_id", "core.locations.id"],
            name=op.f("fk_marketing_spend_client_id_location_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["core.clients.id"], name=op.f("fk_marketing_spend_client_id")
        ),
        sa.PrimaryKeyConstraint("client_id", "id", name=op.f("pk_marketing_spend")),
        sa.UniqueConstraint(
            "client_id",
            "location_id",
            "source",
            "campaign",
            "month_on",
            name="uq_marketing_spend_month",
            postgresql_nulls_not_distinct=True,
        ),
        schema="core",
    )
    op.create_index(
        "ix_marketing_spend_changed_xid",
        "marketing_spend",
        ["changed_xid"],
        unique=False,
        schema="core",
    )
    op.create_table(
        "royalties",
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("month_on", sa.Date(), nullable=False),
        sa.Column("status", sa.String(length=40), server_default=sa.text("'DUE'"), nullable=False),
        sa.Column("base_amount", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("rate", sa.Numeric(precision=6, scale=5), nullable=False),
        sa.Column("royalty_amount", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "changed_xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False
        ),
        sa.CheckConstraint(
            "currency in ('CAD', 'USD', 'EUR')", name=op.f("ck_royalties_currency_known")
        ),
        sa.CheckConstraint(
            "status <> 'PAID' or paid_on is not null", name=op.f("ck_royalties_paid_has_date")
        ),
        sa.CheckConstraint(
            "status in ('DUE', 'INVOICED', 'PAID', 'CANCELLED')",
            name=op.f("ck_royalties_status_known"),
        ),
        sa.CheckConstraint(
            "extract(day from month_on) = 1", name=op.f("ck_royalties_month_starts_on_first")
        ),
        sa.CheckConstraint("rate between 0 and 1", name=op.f("ck_royalties_rate_range")),
        sa.CheckConstraint(
            "royalty_amount >= 0", name=op.f("ck_royalties_royalty_amount_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "location_id"],
            ["core.locations.client_id", "core.locations.id"],
            name=op.f("fk_royalties_client_id_location_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["core.clients.id"], name=op.f("fk_royalties_client_id")
        ),
        sa.PrimaryKeyConstraint("client_id", "id", name=op.f("pk_royalties")),
        schema="core",
    )
    op.create_index(
        "ix_royalties_changed_xid", "royalties", ["changed_xid"], unique=False, schema="core"
    )
    op.create_index(
        "uq_royalties_month",
        "royalties",
        ["client_id", "location_id", "month_on"],
        unique=True,
        schema="core",
        postgresql_where=sa.text("status <> 'CANCELLED'"),
    )
    op.create_table(
        "royalty_rates",
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("rate", sa.Numeric(precision=6, scale=5), nullable=False),
        sa.Column(
            "minimum_amount",
            sa.Numeric(precision=18, scale=2),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column("currency", sa.String(length=3), server_default=sa.text("'CAD'"), nullable=False),
        sa.Column("valid_from_on", sa.Date(), nullable=False),
        sa.Column("valid_to_on", sa.Date(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "changed_xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False
        ),
        postgresql.ExcludeConstraint(
            (sa.text("core.keyrange(location_id, location_id, '[]')"), "="),
            (sa.text("daterange(valid_from_on, valid_to_on)"), "&&"),
            (sa.text("core.keyrange(client_id, client_id, '[]')"), "="),
            using="gist",
            name="ex_royalty_rates_location_id_overlap",
        ),
        sa.CheckConstraint(
            "currency in ('CAD', 'USD', 'EUR')", name=op.f("ck_royalty_rates_currency_known")
        ),
        sa.CheckConstraint(
            "minimum_amount >= 0", name=op.f("ck_royalty_rates_minimum_amount_not_negative")
        ),
        sa.CheckConstraint("rate between 0 and 1", name=op.f("ck_royalty_rates_rate_range")),
        sa.CheckConstraint("valid_to_on > valid_from_on", name=op.f("ck_royalty_rates_span")),
        sa.ForeignKeyConstraint(
            ["client_id", "location_id"],
            ["core.locations.client_id", "core.locations.id"],
            name=op.f("fk_royalty_rates_client_id_location_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["core.clients.id"], name=op.f("fk_royalty_rates_client_id")
        ),
        sa.PrimaryKeyConstraint("client_id", "id", name=op.f("pk_royalty_rates")),
        schema="core",
    )
    op.create_index(
        "ix_royalty_rates_changed_xid",
        "royalty_rates",
        ["changed_xid"],
        unique=False,
        schema="core",
    )
    op.create_table(
        "annotations",
        sa.Column("metric", sa.String(length=100), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("body", sa.String(length=2000), nullable=True),
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "changed_xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False
        ),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_annotations_dates_in_order")),
        sa.ForeignKeyConstraint(
            ["client_id", "location_id"],
            ["core.locations.client_id", "core.locations.id"],
            name=op.f("fk_annotations_client_id_location_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "owner_id"],
            ["core.users.client_id", "core.users.id"],
            name=op.f("fk_annotations_client_id_owner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["core.clients.id"], name=op.f("fk_annotations_client_id")
        ),
        sa.PrimaryKeyConstraint("client_id", "id", name=op.f("pk_annotations")),
        schema="core",
    )
    op.create_index(
        "ix_annotations_changed_xid", "annotations", ["changed_xid"], unique=False, schema="core"
    )
    op.create_index(
        "ix_annotations_client_id_location_id",
        "annotations",
        ["client_id", "location_id"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_annotations_client_id_owner_id",
        "annotations",
        ["client_id", "owner_id"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_annotations_client_id_starts_on",
        "annotations",
        ["client_id", "starts_on"],
        unique=False,
        schema="core",
    )
    op.create_table(
        "dashboards",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("description", sa.String(length=500), nullable=True),
        sa.Column("layout", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("widgets", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("is_default", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_public", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("refresh_seconds", sa.Integer(), nullable=True),
        sa.Column("theme", sa.String(length=40), server_default=sa.text("'dark'"), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "changed_xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False
        ),
        sa.CheckConstraint("owner_id is not null", name=op.f("ck_dashboards_has_owner")),
        sa.CheckConstraint(
            "refresh_seconds >= 10", name=op.f("ck_dashboards_refresh_not_too_often")
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "location_id"],
            ["core.locations.client_id", "core.locations.id"],
            name=op.f("fk_dashboards_client_id_location_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "owner_id"],
            ["core.users.client_id", "core.users.id"],
            name=op.f("fk_dashboards_client_id_owner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["core.clients.id"], name=op.f("fk_dashboards_client_id")
        ),
        sa.PrimaryKeyConstraint("client_id", "id", name=op.f("pk_dashboards")),
        sa.UniqueConstraint(
            "client_id", "owner_id", "name", name=op.f("uq_dashboards_client_id_owner_id_name")
        ),
        schema="core",
    )
    op.create_index(
        "ix_dashboards_changed_xid", "dashboards", ["changed_xid"], unique=False, schema="core"
    )
    op.create_index(
        "ix_dashboards_client_id_location_id",
        "dashboards",
        ["client_id", "location_id"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_dashboards_client_id_owner_id",
        "dashboards",
        ["client_id", "owner_id"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "uq_dashboards_default",
        "dashboards",
        ["client_id", "owner_id"],
        unique=True,
        schema="core",
        postgresql_where=sa.text("is_default"),
    )
    op.create_table(
        "notifications",
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column(
            "priority", sa.String(length=40), server_default=sa.text("'NORMAL'"), nullable=False
        ),
        sa.Column(
            "status", sa.String(length=40), server_default=sa.text("'PENDING'"), nullable=False
        ),
        sa.Column(
            "channels",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{IN_APP}'"),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("body", sa.String(length=2000), nullable=True),
        sa.Column("data", postgresql.JSONB(), nullable=True),
        sa.Column("entity", sa.String(length=63), nullable=True),
        sa.Column("entity_id", sa.Uuid(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "changed_xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False
        ),
        sa.CheckConstraint(
            "cardinality(channels) > 0 and channels <@ array['IN_APP', 'PUSH', 'EMAIL', 'SMS']",
            name=op.f("ck_notifications_channels_known"),
        ),
        sa.CheckConstraint(
            "priority in ('LOW', 'NORMAL', 'HIGH', 'URGENT')",
            name=op.f("ck_notifications_priority_known"),
        ),
        sa.CheckConstraint(
            "status <> 'READ' or read_at is not null", name=op.f("ck_notifications_read_has_time")
        ),
        sa.CheckConstraint(
            "status in ('PENDING', 'SENT', 'DELIVERED', 'READ', 'FAILED')",
            name=op.f("ck_notifications_status_known"),
        ),
        sa.CheckConstraint(
            "type in ('JOURNEY_STATUS_CHANGE', 'CREW_ASSIGNMENT', 'MEDIA_UPLOAD', 'GPS_UPDATE', 'CHAT_MESSAGE', 'SYSTEM_ALERT', 'PERFORMANCE_ALERT', 'COMPLIANCE_ALERT')",
            name=op.f("ck_notifications_type_known"),
        ),
        sa.CheckConstraint(
            "(entity is null) = (entity_id is null)", name=op.f("ck_notifications_entity_whole")
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "location_id"],
            ["core.locations.client_id", "core.locations.id"],
            name=op.f("fk_notifications_client_id_location_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "user_id"],
            ["core.users.client_id", "core.users.id"],
            name=op.f("fk_notifications_client_id_user_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["core.clients.id"], name=op.f("fk_notifications_client_id")
        ),
        sa.PrimaryKeyConstraint("client_id", "id", name=op.f("pk_notifications")),
        schema="core",
    )
    op.create_index(
        "ix_notifications_changed_xid",
        "notifications",
        ["changed_xid"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_notifications_unread",
        "notifications",
        ["client_id", "user_id"],
        unique=False,
        schema="core",
        postgresql_where=sa.text("read_at is null"),
    )
    op.create_table(
        "quote_templates",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("service_type", sa.String(length=60), nullable=True),
        sa.Column("terms", sa.String(length=2000), nullable=True),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "changed_xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "location_id"],
            ["core.locations.client_id", "core.locations.id"],
            name=op.f("fk_quote_templates_client_id_location_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "owner_id"],
            ["core.users.client_id", "core.users.id"],
            name=op.f("fk_quote_templates_client_id_owner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["core.clients.id"], name=op.f("fk_quote_templates_client_id")
        ),
        sa.PrimaryKeyConstraint("client_id", "id", name=op.f("pk_quote_templates")),
        sa.UniqueConstraint("client_id", "name", name=op.f("uq_quote_templates_client_id_name")),
        schema="core",
    )
    op.create_index(
        "ix_quote_templates_changed_xid",
        "quote_templates",
        ["changed_xid"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_quote_templates_client_id_location_id",
        "quote_templates",
        ["client_id", "location_id"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_quote_templates_client_id_owner_id",
        "quote_templates",
        ["client_id", "owner_id"],
        unique=False,
        schema="core",
    )
    op.create_table(
        "report_definitions",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("type", sa.String(length=40), server_default=sa.text("'CUSTOM'"), nullable=False),
        sa.Column("description", sa.String(length=500), nullable=True),
        sa.Column("spec", postgresql.JSONB(), nullable=False),
        sa.Column("parameters", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column(
            "formats",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{PDF}'"),
            nullable=False,
        ),
        sa.Column("is_scheduled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("schedule", postgresql.JSONB(), nullable=True),
        sa.Column("next_run_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "recipient_user_ids",
            postgresql.ARRAY(sa.Uuid()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column(
            "recipient_emails",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "changed_xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False
        ),
        sa.CheckConstraint(
            "cardinality(formats) > 0 and formats <@ array['PDF', 'EXCEL', 'CSV', 'JSON']",
            name=op.f("ck_report_definitions_formats_known"),
        ),
        sa.CheckConstraint(
            "type in ('FINANCIAL', 'OPERATIONAL', 'CUSTOMER', 'SALES', 'INVENTORY', 'EQUIPMENT', 'CUSTOM')",
            name=op.f("ck_report_definitions_type_known"),
        ),
        sa.CheckConstraint(
            "not is_scheduled or schedule is not null",
            name=op.f("ck_report_definitions_schedule_is_said"),
        ),
        sa.CheckConstraint("owner_id is not null", name=op.f("ck_report_definitions_has_owner")),
        sa.ForeignKeyConstraint(
            ["client_id", "location_id"],
            ["core.locations.client_id", "core.locations.id"],
            name=op.f("fk_report_definitions_client_id_location_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "owner_id"],
            ["core.users.client_id", "core.users.id"],
            name=op.f("fk_report_definitions_client_id_owner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["core.clients.id"], name=op.f("fk_report_definitions_client_id")
        ),
        sa.PrimaryKeyConstraint("client_id", "id", name=op.f("pk_report_definitions")),
        sa.UniqueConstraint(
            "client_id",
            "owner_id",
            "name",
            name=op.f("uq_report_definitions_client_id_owner_id_name"),
        ),
        schema="core",
    )
    op.create_index(
        "ix_report_definitions_changed_xid",
        "report_definitions",
        ["changed_xid"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_report_definitions_client_id_location_id",
        "report_definitions",
        ["client_id", "location_id"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_report_definitions_client_id_owner_id",
        "report_definitions",
        ["client_id", "owner_id"],
        unique=False,
        schema="core",
    )
    op.create_table(
        "status_events",
        sa.Column("entity", sa.String(length=63), nullable=False),
        sa.Column("entity_id", sa.Uuid(), nullable=False),
        sa.Column(
            "status_column",
            sa.String(length=63),
            server_default=sa.text("'status'"),
            nullable=False,
        ),
        sa.Column("from_status", sa.String(length=40), nullable=True),
        sa.Column("to_status", sa.String(length=40), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_user_id", sa.Uuid(), nullable=True),
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "changed_xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False
        ),
        sa.CheckConstraint(
            "from_status is distinct from to_status",
            name=op.f("ck_status_events_changes_the_status"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["core.clients.id"], name=op.f("fk_status_events_client_id")
        ),
        sa.PrimaryKeyConstraint("client_id", "id", name=op.f("pk_status_events")),
        schema="core",
    )
    op.create_index(
        "ix_status_events_changed_xid",
        "status_events",
        ["changed_xid"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_status_events_client_id_entity_entity_id_occurred_at",
        "status_events",
        ["client_id", "entity", "entity_id", "occurred_at"],
        unique=False,
        schema="core",
    )
    op.create_table(
        "storage_units",
        sa.Column("unit_number", sa.String(length=30), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("size_class", sa.String(length=40), nullable=True),
        sa.Column(
            "status", sa.String(length=40), server_default=sa.text("'AVAILABLE'"), nullable=False
        ),
        sa.Column("width_ft", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("length_ft", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("height_ft", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("area_sq_ft", sa.Numeric(precision=8, scale=2), nullable=True),
        sa.Column("base_amount", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("current_amount", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column(
            "oversize_surcharge_amount",
            sa.Numeric(precision=18, scale=2),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column("currency", sa.String(length=3), server_default=sa.text("'CAD'"), nullable=False),
        sa.Column(
            "features", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("zone", sa.String(length=20), nullable=True),
        sa.Column("position", postgresql.JSONB(), nullable=True),
        sa.Column("notes", sa.String(length=1000), nullable=True),
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "changed_xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False
        ),
        sa.Column(
            "data_source", sa.String(length=40), server_default=sa.text("'MANUAL'"), nullable=False
        ),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("lock_version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "currency in ('CAD', 'USD', 'EUR')", name=op.f("ck_storage_units_currency_known")
        ),
        sa.CheckConstraint(
            "size_class in ('SMALL', 'MEDIUM', 'LARGE', 'XLARGE', 'CUSTOM')",
            name=op.f("ck_storage_units_size_class_known"),
        ),
        sa.CheckConstraint(
            "status in ('AVAILABLE', 'RESERVED', 'OCCUPIED', 'MAINTENANCE', 'OUT_OF_SERVICE')",
            name=op.f("ck_storage_units_status_known"),
        ),
        sa.CheckConstraint(
            "type in ('POD', 'LOCKER', 'CONTAINER', 'WAREHOUSE')",
            name=op.f("ck_storage_units_type_known"),
        ),
        sa.CheckConstraint("area_sq_ft > 0", name=op.f("ck_storage_units_area_positive")),
        sa.CheckConstraint(
            "base_amount >= 0", name=op.f("ck_storage_units_base_amount_not_negative")
        ),
        sa.CheckConstraint(
            "current_amount >= 0", name=op.f("ck_storage_units_current_amount_not_negative")
        ),
        sa.CheckConstraint(
            "least(width_ft, length_ft, height_ft) > 0", name=op.f("ck_storage_units_size_positive")
        ),
        sa.CheckConstraint("location_id is not null", name=op.f("ck_storage_units_has_location")),
        sa.CheckConstraint(
            "oversize_surcharge_amount >= 0",
            name=op.f("ck_storage_units_oversize_surcharge_amount_not_negative"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "location_id"],
            ["core.locations.client_id", "core.locations.id"],
            name=op.f("fk_storage_units_client_id_location_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "owner_id"],
            ["core.users.client_id", "core.users.id"],
            name=op.f("fk_storage_units_client_id_owner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["core.clients.id"], name=op.f("fk_storage_units_client_id")
        ),
        sa.PrimaryKeyConstraint("client_id", "id", name=op.f("pk_storage_units")),
        sa.UniqueConstraint(
            "client_id",
            "location_id",
            "unit_number",
            name=op.f("uq_storage_units_client_id_location_id_unit_number"),
        ),
        schema="core",
    )
    op.create_index(
        "ix_storage_units_changed_xid",
        "storage_units",
        ["changed_xid"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_storage_units_client_id_location_id",
        "storage_units",
        ["client_id", "location_id"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_storage_units_client_id_location_id_status",
        "storage_units",
        ["client_id", "location_id", "status"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_storage_units_client_id_owner_id",
        "storage_units",
        ["client_id", "owner_id"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "uq_storage_units_source",
        "storage_units",
        ["client_id", "data_source", "external_id"],
        unique=True,
        schema="core",
        postgresql_where=sa.text("external_id is not null"),
    )
    op.create_table(
        "webhook_deliveries",
        sa.Column("webhook_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("event", sa.String(length=60), nullable=False),
        sa.Column("payload", postgresql.JSONB(), nullable=False),
        sa.Column("signature", sa.String(length=200), nullable=True),
        sa.Column(
            "status", sa.String(length=40), server_default=sa.text("'PENDING'"), nullable=False
        ),
        sa.Column("response_code", sa.Integer(), nullable=True),
        sa.Column("response_body", sa.String(length=2048), nullable=True),
        sa.Column("attempt_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("attempted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "changed_xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False
        ),
        sa.CheckConstraint(
            "status <> 'DELIVERED' or delivered_at is not null",
            name=op.f("ck_webhook_deliveries_delivered_has_time"),
        ),
        sa.CheckConstraint(
            "status <> 'RETRY' or next_attempt_at is not null",
            name=op.f("ck_webhook_deliveries_retry_has_time"),
        ),
        sa.CheckConstraint(
            "status in ('PENDING', 'SENT', 'DELIVERED', 'FAILED', 'RETRY')",
            name=op.f("ck_webhook_deliveries_status_known"),
        ),
        sa.CheckConstraint(
            "attempt_count >= 0", name=op.f("ck_webhook_deliveries_attempt_count_not_negative")
        ),
        sa.CheckConstraint(
            "response_code between 100 and 599",
            name=op.f("ck_webhook_deliveries_response_code_range"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "event_id"],
            ["core.domain_events.client_id", "core.domain_events.id"],
            name=op.f("fk_webhook_deliveries_client_id_event_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "webhook_id"],
            ["core.webhooks.client_id", "core.webhooks.id"],
            name=op.f("fk_webhook_deliveries_client_id_webhook_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["core.clients.id"], name=op.f("fk_webhook_deliveries_client_id")
        ),
        sa.PrimaryKeyConstraint("client_id", "id", name=op.f("pk_webhook_deliveries")),
        sa.UniqueConstraint(
            "client_id",
            "webhook_id",
            "event_id",
            name=op.f("uq_webhook_deliveries_client_id_webhook_id_event_id"),
        ),
        schema="core",
    )
    op.create_index(
        "ix_webhook_deliveries_changed_xid",
        "webhook_deliveries",
        ["changed_xid"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_webhook_deliveries_client_id_event_id",
        "webhook_deliveries",
        ["client_id", "event_id"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_webhook_deliveries_due",
        "webhook_deliveries",
        ["client_id", "next_attempt_at"],
        unique=False,
        schema="core",
        postgresql_where=sa.text("status in ('PENDING', 'RETRY')"),
    )
    op.create_table(
        "quote_template_items",
        sa.Column("quote_template_id", sa.Uuid(), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("subcategory", sa.String(length=100), nullable=True),
        sa.Column(
            "tax_category",
            sa.String(length=40),
            server_default=sa.text("'SERVICE'"),
            nullable=False,
        ),
        sa.Column("description", sa.String(length=500), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=10, scale=2), nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=True),
        sa.Column("unit_amount", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("currency", sa.String(length=3), server_default=sa.text("'CAD'"), nullable=False),
        sa.Column("is_optional", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("sort_order", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "changed_xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False
        ),
        sa.CheckConstraint(
            "category in ('MOVING_SERVICES', 'STORAGE_SERVICES', 'PACKING_SERVICES', 'SPECIALTY_SERVICES', 'EQUIPMENT_RENTAL', 'INSURANCE', 'OTHER')",
            name=op.f("ck_quote_template_items_category_known"),
        ),
        sa.CheckConstraint(
            "currency in ('CAD', 'USD', 'EUR')", name=op.f("ck_quote_template_items_currency_known")
        ),
        sa.CheckConstraint(
            "tax_category in ('SERVICE', 'GOODS')",
            name=op.f("ck_quote_template_items_tax_category_known"),
        ),
        sa.CheckConstraint(
            "unit in ('HOUR', 'EACH', 'CUBIC_FOOT', 'KILOMETRE', 'MONTH', 'FLAT')",
            name=op.f("ck_quote_template_items_unit_known"),
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_quote_template_items_quantity_positive")),
        sa.CheckConstraint(
            "unit_amount >= 0", name=op.f("ck_quote_template_items_unit_amount_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "location_id"],
            ["core.locations.client_id", "core.locations.id"],
            name=op.f("fk_quote_template_items_client_id_location_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "owner_id"],
            ["core.users.client_id", "core.users.id"],
            name=op.f("fk_quote_template_items_client_id_owner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "quote_template_id"],
            ["core.quote_templates.client_id", "core.quote_templates.id"],
            name=op.f("fk_quote_template_items_client_id_quote_template_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["core.clients.id"], name=op.f("fk_quote_template_items_client_id")
        ),
        sa.PrimaryKeyConstraint("client_id", "id", name=op.f("pk_quote_template_items")),
        schema="core",
    )
    op.create_index(
        "ix_quote_template_items_changed_xid",
        "quote_template_items",
        ["changed_xid"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_quote_template_items_client_id_location_id",
        "quote_template_items",
        ["client_id", "location_id"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_quote_template_items_client_id_owner_id",
        "quote_template_items",
        ["client_id", "owner_id"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_quote_template_items_client_id_quote_template_id",
        "quote_template_items",
        ["client_id", "quote_template_id"],
        unique=False,
        schema="core",
    )
    op.create_table(
        "report_runs",
        sa.Column("definition_id", sa.Uuid(), nullable=True),
        sa.Column("report_name", sa.String(length=100), nullable=False),
        sa.Column("format", sa.String(length=40), nullable=False),
        sa.Column(
            "status", sa.String(length=40), server_default=sa.text("'PENDING'"), nullable=False
        ),
        sa.Column("attempt_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=True),
        sa.Column("publication_id", sa.BigInteger(), nullable=True),
        sa.Column("row_count", sa.Integer(), nullable=True),
        sa.Column("file_key", sa.String(length=300), nullable=True),
        sa.Column("file_bytes", sa.BigInteger(), nullable=True),
        sa.Column("content_hash", sa.String(length=64), nullable=True),
        sa.Column("error", sa.String(length=1000), nullable=True),
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "changed_xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False
        ),
        sa.CheckConstraint(
            "format in ('PDF', 'EXCEL', 'CSV', 'JSON')", name=op.f("ck_report_runs_format_known")
        ),
        sa.CheckConstraint(
            "status <> 'COMPLETED' or (finished_at is not null and file_key is not null and content_hash is not null and as_of is not null)",
            name=op.f("ck_report_runs_completed_has_file"),
        ),
        sa.CheckConstraint(
            "status <> 'FAILED' or error is not null", name=op.f("ck_report_runs_failed_has_error")
        ),
        sa.CheckConstraint(
            "status in ('PENDING', 'GENERATING', 'COMPLETED', 'FAILED')",
            name=op.f("ck_report_runs_status_known"),
        ),
        sa.CheckConstraint(
            "attempt_count >= 0", name=op.f("ck_report_runs_attempt_count_not_negative")
        ),
        sa.CheckConstraint("file_bytes >= 0", name=op.f("ck_report_runs_file_bytes_not_negative")),
        sa.CheckConstraint(
            "finished_at >= started_at", name=op.f("ck_report_runs_finished_after_started")
        ),
        sa.CheckConstraint("row_count >= 0", name=op.f("ck_report_runs_row_count_not_negative")),
        sa.ForeignKeyConstraint(
            ["client_id", "definition_id"],
            ["core.report_definitions.client_id", "core.report_definitions.id"],
            name=op.f("fk_report_runs_client_id_definition_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "location_id"],
            ["core.locations.client_id", "core.locations.id"],
            name=op.f("fk_report_runs_client_id_location_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "owner_id"],
            ["core.users.client_id", "core.users.id"],
            name=op.f("fk_report_runs_client_id_owner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["core.clients.id"], name=op.f("fk_report_runs_client_id")
        ),
        sa.PrimaryKeyConstraint("client_id", "id", name=op.f("pk_report_runs")),
        schema="core",
    )
    op.create_index(
        "ix_report_runs_changed_xid", "report_runs", ["changed_xid"], unique=False, schema="core"
    )
    op.create_index(
        "ix_report_runs_client_id_definition_id",
        "report_runs",
        ["client_id", "definition_id"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_report_runs_client_id_location_id",
        "report_runs",
        ["client_id", "location_id"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_report_runs_client_id_owner_id",
        "report_runs",
        ["client_id", "owner_id"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_report_runs_client_id_report_name_started_at",
        "report_runs",
        ["client_id", "report_name", "started_at"],
        unique=False,
        schema="core",
    )
    op.create_table(
        "sales_activities",
        sa.Column("lead_id", sa.Uuid(), nullable=True),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column(
            "direction", sa.String(length=40), server_default=sa.text("'OUTBOUND'"), nullable=False
        ),
        sa.Column("is_automatic", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=True),
        sa.Column("description", sa.String(length=1000), nullable=True),
        sa.Column("outcome", sa.String(length=500), nullable=True),
        sa.Column("next_action", sa.String(length=500), nullable=True),
        sa.Column("scheduled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("scheduled_on", sa.Date(), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_on", sa.Date(), nullable=True),
        sa.Column("completed_local_at", sa.DateTime(), nullable=True),
        sa.Column("duration_minutes", sa.Integer(), nullable=True),
        sa.Column("cost_amount", sa.Numeric(precision=18, scale=2), nullable=True),
        sa.Column("currency", sa.String(length=3), server_default=sa.text("'CAD'"), nullable=False),
        sa.Column("notes", sa.String(length=1000), nullable=True),
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "changed_xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False
        ),
        sa.CheckConstraint(
            "currency in ('CAD', 'USD', 'EUR')", name=op.f("ck_sales_activities_currency_known")
        ),
        sa.CheckConstraint(
            "direction in ('INBOUND', 'OUTBOUND')", name=op.f("ck_sales_activities_direction_known")
        ),
        sa.CheckConstraint(
            "type in ('PHONE_CALL', 'EMAIL', 'MEETING', 'PROPOSAL_SENT', 'FOLLOW_UP', 'DEMO', 'SITE_VISIT', 'OTHER')",
            name=op.f("ck_sales_activities_type_known"),
        ),
        sa.CheckConstraint(
            "(completed_at is null) = (completed_on is null)",
            name=op.f("ck_sales_activities_completed_has_date"),
        ),
        sa.CheckConstraint(
            "(scheduled_at is null) = (scheduled_on is null)",
            name=op.f("ck_sales_activities_scheduled_has_date"),
        ),
        sa.CheckConstraint(
            "cost_amount >= 0", name=op.f("ck_sales_activities_cost_amount_not_negative")
        ),
        sa.CheckConstraint(
            "duration_minutes >= 0", name=op.f("ck_sales_activities_duration_minutes_not_negative")
        ),
        sa.CheckConstraint(
            "num_nonnulls(lead_id, customer_id) > 0", name=op.f("ck_sales_activities_has_subject")
        ),
        sa.CheckConstraint(
            "num_nonnulls(scheduled_at, completed_at) > 0",
            name=op.f("ck_sales_activities_is_planned_or_done"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "customer_id"],
            ["core.customers.client_id", "core.customers.id"],
            name=op.f("fk_sales_activities_client_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "lead_id"],
            ["core.leads.client_id", "core.leads.id"],
            name=op.f("fk_sales_activities_client_id_lead_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "location_id"],
            ["core.locations.client_id", "core.locations.id"],
            name=op.f("fk_sales_activities_client_id_location_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "owner_id"],
            ["core.users.client_id", "core.users.id"],
            name=op.f("fk_sales_activities_client_id_owner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["core.clients.id"], name=op.f("fk_sales_activities_client_id")
        ),
        sa.PrimaryKeyConstraint("client_id", "id", name=op.f("pk_sales_activities")),
        schema="core",
    )
    op.create_index(
        "ix_sales_activities_changed_xid",
        "sales_activities",
        ["changed_xid"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_sales_activities_client_id_customer_id",
        "sales_activities",
        ["client_id", "customer_id"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_sales_activities_client_id_lead_id",
        "sales_activities",
        ["client_id", "lead_id"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_sales_activities_client_id_location_id",
        "sales_activities",
        ["client_id", "location_id"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_sales_activities_client_id_owner_id",
        "sales_activities",
        ["client_id", "owner_id"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_sales_activities_client_id_owner_id_scheduled_at",
        "sales_activities",
        ["client_id", "owner_id", "scheduled_at"],
        unique=False,
        schema="core",
    )
    op.create_table(
        "storage_bookings",
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("journey_id", sa.Uuid(), nullable=True),
        sa.Column(
            "status", sa.String(length=40), server_default=sa.text("'PENDING'"), nullable=False
        ),
        sa.Column("source", sa.String(length=40), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("activated_on", sa.Date(), nullable=True),
        sa.Column("moved_out_on", sa.Date(), nullable=True),
        sa.Column("cancelled_on", sa.Date(), nullable=True),
        sa.Column("cancellation_reason", sa.String(length=100), nullable=True),
        sa.Column("return_condition", sa.String(length=40), nullable=True),
        sa.Column(
            "billing_cycle",
            sa.String(length=40),
            server_default=sa.text("'MONTHLY'"),
            nullable=False,
        ),
        sa.Column("rate_amount", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column(
            "discount_amount",
            sa.Numeric(precision=18, scale=2),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column("discount_policy_id", sa.Uuid(), nullable=True),
        sa.Column(
            "deposit_amount",
            sa.Numeric(precision=18, scale=2),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column(
            "paid_amount",
            sa.Numeric(precision=18, scale=2),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column("currency", sa.String(length=3), server_default=sa.text("'CAD'"), nullable=False),
        sa.Column("next_invoice_on", sa.Date(), nullable=True),
        sa.Column("is_auto_renewed", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("access_type", sa.String(length=40), nullable=True),
        sa.Column("notes", sa.String(length=1000), nullable=True),
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "changed_xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False
        ),
        sa.Column(
            "data_source", sa.String(length=40), server_default=sa.text("'MANUAL'"), nullable=False
        ),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("lock_version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.text("core.keyrange(unit_id, unit_id, '[]')"), "="),
            (sa.text("daterange(starts_on, ends_on)"), "&&"),
            (sa.text("core.keyrange(client_id, client_id, '[]')"), "="),
            where=sa.text("status in ('ACTIVE', 'OVERDUE', 'PENDING')"),
            using="gist",
            name="ex_storage_bookings_unit_id_overlap",
        ),
        sa.CheckConstraint(
            "access_type in ('KEY', 'CODE', 'CARD', 'BIOMETRIC')",
            name=op.f("ck_storage_bookings_access_type_known"),
        ),
        sa.CheckConstraint(
            "billing_cycle in ('MONTHLY', 'WEEKLY', 'DAILY')",
            name=op.f("ck_storage_bookings_billing_cycle_known"),
        ),
        sa.CheckConstraint(
            "currency in ('CAD', 'USD', 'EUR')", name=op.f("ck_storage_bookings_currency_known")
        ),
        sa.CheckConstraint(
            "return_condition in ('GOOD', 'DAMAGED', 'LOST')",
            name=op.f("ck_storage_bookings_return_condition_known"),
        ),
        sa.CheckConstraint(
            "source in ('WEBSITE', 'PHONE', 'WALK_IN', 'REFERRAL')",
            name=op.f("ck_storage_bookings_source_known"),
        ),
        sa.CheckConstraint(
            "status <> 'ACTIVE' or activated_on is not null",
            name=op.f("ck_storage_bookings_active_has_date"),
        ),
        sa.CheckConstraint(
            "status <> 'CANCELLED' or (cancelled_on is not null and cancellation_reason is not null)",
            name=op.f("ck_storage_bookings_cancelled_has_reason"),
        ),
        sa.CheckConstraint(
            "status <> 'COMPLETED' or (ends_on is not null and moved_out_on is not null and return_condition is not null)",
            name=op.f("ck_storage_bookings_completed_has_return"),
        ),
        sa.CheckConstraint(
            "status in ('PENDING', 'ACTIVE', 'COMPLETED', 'CANCELLED', 'OVERDUE')",
            name=op.f("ck_storage_bookings_status_known"),
        ),
        sa.CheckConstraint(
            "deposit_amount >= 0", name=op.f("ck_storage_bookings_deposit_amount_not_negative")
        ),
        sa.CheckConstraint(
            "discount_amount >= 0", name=op.f("ck_storage_bookings_discount_amount_not_negative")
        ),
        sa.CheckConstraint("ends_on > starts_on", name=op.f("ck_storage_bookings_dates_in_order")),
        sa.CheckConstraint(
            "location_id is not null", name=op.f("ck_storage_bookings_has_location")
        ),
        sa.CheckConstraint(
            "moved_out_on >= starts_on", name=op.f("ck_storage_bookings_moved_out_after_start")
        ),
        sa.CheckConstraint(
            "paid_amount >= 0", name=op.f("ck_storage_bookings_paid_amount_not_negative")
        ),
        sa.CheckConstraint(
            "rate_amount >= 0", name=op.f("ck_storage_bookings_rate_amount_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "customer_id"],
            ["core.customers.client_id", "core.customers.id"],
            name=op.f("fk_storage_bookings_client_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "discount_policy_id"],
            ["core.discount_policies.client_id", "core.discount_policies.id"],
            name=op.f("fk_storage_bookings_client_id_discount_policy_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "journey_id"],
            ["core.truck_journeys.client_id", "core.truck_journeys.id"],
            name=op.f("fk_storage_bookings_client_id_journey_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "location_id"],
            ["core.locations.client_id", "core.locations.id"],
            name=op.f("fk_storage_bookings_client_id_location_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "owner_id"],
            ["core.users.client_id", "core.users.id"],
            name=op.f("fk_storage_bookings_client_id_owner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "unit_id"],
            ["core.storage_units.client_id", "core.storage_units.id"],
            name=op.f("fk_storage_bookings_client_id_unit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["core.clients.id"], name=op.f("fk_storage_bookings_client_id")
        ),
        sa.PrimaryKeyConstraint("client_id", "id", name=op.f("pk_storage_bookings")),
        schema="core",
    )
    op.create_index(
        "ix_storage_bookings_changed_xid",
        "storage_bookings",
        ["changed_xid"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_storage_bookings_client_id_customer_id",
        "storage_bookings",
        ["client_id", "customer_id"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_storage_bookings_client_id_journey_id",
        "storage_bookings",
        ["client_id", "journey_id"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_storage_bookings_client_id_location_id",
        "storage_bookings",
        ["client_id", "location_id"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_storage_bookings_client_id_owner_id",
        "storage_bookings",
        ["client_id", "owner_id"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_storage_bookings_client_id_unit_id",
        "storage_bookings",
        ["client_id", "unit_id"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_storage_bookings_rent_run",
        "storage_bookings",
        ["client_id", "next_invoice_on"],
        unique=False,
        schema="core",
        postgresql_where=sa.text("status in ('ACTIVE', 'OVERDUE')"),
    )
    op.create_index(
        "uq_storage_bookings_source",
        "storage_bookings",
        ["client_id", "data_source", "external_id"],
        unique=True,
        schema="core",
        postgresql_where=sa.text("external_id is not null"),
    )
    op.create_table(
        "surveys",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("journey_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.String(length=40), server_default=sa.text("'SENT'"), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_on", sa.Date(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("recommend_score", sa.Integer(), nullable=True),
        sa.Column("satisfaction_score", sa.Integer(), nullable=True),
        sa.Column("comment", sa.String(length=2000), nullable=True),
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "changed_xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False
        ),
        sa.CheckConstraint(
            "(status = 'ANSWERED') = (answered_at is not null and answered_on is not null and num_nonnulls(recommend_score, satisfaction_score) > 0)",
            name=op.f("ck_surveys_answered_has_score"),
        ),
        sa.CheckConstraint(
            "status in ('SENT', 'ANSWERED', 'EXPIRED')", name=op.f("ck_surveys_status_known")
        ),
        sa.CheckConstraint("answered_at >= sent_at", name=op.f("ck_surveys_answered_after_sent")),
        sa.CheckConstraint(
            "recommend_score between 0 and 10", name=op.f("ck_surveys_recommend_score_range")
        ),
        sa.CheckConstraint(
            "satisfaction_score between 1 and 5", name=op.f("ck_surveys_satisfaction_score_range")
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "customer_id"],
            ["core.customers.client_id", "core.customers.id"],
            name=op.f("fk_surveys_client_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "journey_id"],
            ["core.truck_journeys.client_id", "core.truck_journeys.id"],
            name=op.f("fk_surveys_client_id_journey_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "location_id"],
            ["core.locations.client_id", "core.locations.id"],
            name=op.f("fk_surveys_client_id_location_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "owner_id"],
            ["core.users.client_id", "core.users.id"],
            name=op.f("fk_surveys_client_id_owner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["core.clients.id"], name=op.f("fk_surveys_client_id")
        ),
        sa.PrimaryKeyConstraint("client_id", "id", name=op.f("pk_surveys")),
        sa.UniqueConstraint(
            "client_id", "journey_id", name=op.f("uq_surveys_client_id_journey_id")
        ),
        schema="core",
    )
    op.create_index(
        "ix_surveys_changed_xid", "surveys", ["changed_xid"], unique=False, schema="core"
    )
    op.create_index(
        "ix_surveys_client_id_answered_on",
        "surveys",
        ["client_id", "answered_on"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_surveys_client_id_customer_id",
        "surveys",
        ["client_id", "customer_id"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_surveys_client_id_location_id",
        "surveys",
        ["client_id", "location_id"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_surveys_client_id_owner_id",
        "surveys",
        ["client_id", "owner_id"],
        unique=False,
        schema="core",
    )
    op.create_table(
        "storage_accesses",
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=True),
        sa.Column("access_type", sa.String(length=40), nullable=False),
        sa.Column("is_granted", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_on", sa.Date(), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "changed_xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False
        ),
        sa.CheckConstraint(
            "access_type in ('KEY', 'CODE', 'CARD', 'BIOMETRIC')",
            name=op.f("ck_storage_accesses_access_type_known"),
        ),
        sa.CheckConstraint(
            "left_at >= entered_at", name=op.f("ck_storage_accesses_left_after_entered")
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "booking_id"],
            ["core.storage_bookings.client_id", "core.storage_bookings.id"],
            name=op.f("fk_storage_accesses_client_id_booking_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "location_id"],
            ["core.locations.client_id", "core.locations.id"],
            name=op.f("fk_storage_accesses_client_id_location_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "owner_id"],
            ["core.users.client_id", "core.users.id"],
            name=op.f("fk_storage_accesses_client_id_owner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "unit_id"],
            ["core.storage_units.client_id", "core.storage_units.id"],
            name=op.f("fk_storage_accesses_client_id_unit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["core.clients.id"], name=op.f("fk_storage_accesses_client_id")
        ),
        sa.PrimaryKeyConstraint("client_id", "id", name=op.f("pk_storage_accesses")),
        schema="core",
    )
    op.create_index(
        "ix_storage_accesses_changed_xid",
        "storage_accesses",
        ["changed_xid"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_storage_accesses_client_id_booking_id",
        "storage_accesses",
        ["client_id", "booking_id"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_storage_accesses_client_id_location_id",
        "storage_accesses",
        ["client_id", "location_id"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_storage_accesses_client_id_owner_id",
        "storage_accesses",
        ["client_id", "owner_id"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_storage_accesses_client_id_unit_id_entered_at",
        "storage_accesses",
        ["client_id", "unit_id", "entered_at"],
        unique=False,
        schema="core",
    )
    op.create_table(
        "storage_alerts",
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("severity", sa.String(length=40), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("booking_id", sa.Uuid(), nullable=True),
        sa.Column("description", sa.String(length=500), nullable=True),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raised_on", sa.Date(), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_on", sa.Date(), nullable=True),
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "changed_xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False
        ),
        sa.CheckConstraint(
            "severity in ('LOW', 'MEDIUM', 'HIGH', 'CRITICAL')",
            name=op.f("ck_storage_alerts_severity_known"),
        ),
        sa.CheckConstraint(
            "type in ('CAPACITY', 'MAINTENANCE', 'SECURITY', 'PAYMENT')",
            name=op.f("ck_storage_alerts_type_known"),
        ),
        sa.CheckConstraint(
            "(resolved_at is null) = (resolved_on is null)",
            name=op.f("ck_storage_alerts_resolved_has_date"),
        ),
        sa.CheckConstraint("location_id is not null", name=op.f("ck_storage_alerts_has_location")),
        sa.CheckConstraint(
            "resolved_at >= raised_at", name=op.f("ck_storage_alerts_resolved_after_raised")
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "booking_id"],
            ["core.storage_bookings.client_id", "core.storage_bookings.id"],
            name=op.f("fk_storage_alerts_client_id_booking_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "location_id"],
            ["core.locations.client_id", "core.locations.id"],
            name=op.f("fk_storage_alerts_client_id_location_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "owner_id"],
            ["core.users.client_id", "core.users.id"],
            name=op.f("fk_storage_alerts_client_id_owner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "unit_id"],
            ["core.storage_units.client_id", "core.storage_units.id"],
            name=op.f("fk_storage_alerts_client_id_unit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["core.clients.id"], name=op.f("fk_storage_alerts_client_id")
        ),
        sa.PrimaryKeyConstraint("client_id", "id", name=op.f("pk_storage_alerts")),
        schema="core",
    )
    op.create_index(
        "ix_storage_alerts_changed_xid",
        "storage_alerts",
        ["changed_xid"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_storage_alerts_client_id_booking_id",
        "storage_alerts",
        ["client_id", "booking_id"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_storage_alerts_client_id_location_id",
        "storage_alerts",
        ["client_id", "location_id"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_storage_alerts_client_id_owner_id",
        "storage_alerts",
        ["client_id", "owner_id"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_storage_alerts_client_id_unit_id",
        "storage_alerts",
        ["client_id", "unit_id"],
        unique=False,
        schema="core",
    )
    op.create_table(
        "storage_price_changes",
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("old_amount", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("new_amount", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("notified_on", sa.Date(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "changed_xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False
        ),
        sa.CheckConstraint(
            "currency in ('CAD', 'USD', 'EUR')",
            name=op.f("ck_storage_price_changes_currency_known"),
        ),
        sa.CheckConstraint(
            "effective_on >= notified_on + 30",
            name=op.f("ck_storage_price_changes_thirty_days_notice"),
        ),
        sa.CheckConstraint(
            "new_amount <> old_amount", name=op.f("ck_storage_price_changes_changes_the_price")
        ),
        sa.CheckConstraint(
            "new_amount >= 0", name=op.f("ck_storage_price_changes_new_amount_not_negative")
        ),
        sa.CheckConstraint(
            "old_amount >= 0", name=op.f("ck_storage_price_changes_old_amount_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "booking_id"],
            ["core.storage_bookings.client_id", "core.storage_bookings.id"],
            name=op.f("fk_storage_price_changes_client_id_booking_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "location_id"],
            ["core.locations.client_id", "core.locations.id"],
            name=op.f("fk_storage_price_changes_client_id_location_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "owner_id"],
            ["core.users.client_id", "core.users.id"],
            name=op.f("fk_storage_price_changes_client_id_owner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["core.clients.id"], name=op.f("fk_storage_price_changes_client_id")
        ),
        sa.PrimaryKeyConstraint("client_id", "id", name=op.f("pk_storage_price_changes")),
        sa.UniqueConstraint(
            "client_id",
            "booking_id",
            "effective_on",
            name=op.f("uq_storage_price_changes_client_id_booking_id_effective_on"),
        ),
        schema="core",
    )
    op.create_index(
        "ix_storage_price_changes_changed_xid",
        "storage_price_changes",
        ["changed_xid"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_storage_price_changes_client_id_location_id",
        "storage_price_changes",
        ["client_id", "location_id"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_storage_price_changes_client_id_owner_id",
        "storage_price_changes",
        ["client_id", "owner_id"],
        unique=False,
        schema="core",
    )
    op.create_table(
        "communications",
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column(
            "direction", sa.String(length=40), server_default=sa.text("'OUTBOUND'"), nullable=False
        ),
        sa.Column(
            "status", sa.String(length=40), server_default=sa.text("'DRAFT'"), nullable=False
        ),
        sa.Column("is_automatic", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("lead_id", sa.Uuid(), nullable=True),
        sa.Column("quote_id", sa.Uuid(), nullable=True),
        sa.Column("invoice_id", sa.Uuid(), nullable=True),
        sa.Column("journey_id", sa.Uuid(), nullable=True),
        sa.Column("template_id", sa.Uuid(), nullable=True),
        sa.Column("template_version", sa.Integer(), nullable=True),
        sa.Column("recipient", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("variables", postgresql.JSONB(), nullable=True),
        sa.Column("attachments", postgresql.JSONB(), nullable=True),
        sa.Column("provider_message_id", sa.String(length=200), nullable=True),
        sa.Column("provider_data", postgresql.JSONB(), nullable=True),
        sa.Column(
            "tags", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("scheduled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_on", sa.Date(), nullable=True),
        sa.Column("sent_local_at", sa.DateTime(), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("clicked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure_reason", sa.String(length=500), nullable=True),
        sa.Column("attempt_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "changed_xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False
        ),
        sa.CheckConstraint(
            "direction in ('INBOUND', 'OUTBOUND')", name=op.f("ck_communications_direction_known")
        ),
        sa.CheckConstraint(
            "status <> 'FAILED' or (failed_at is not null and failure_reason is not null)",
            name=op.f("ck_communications_failed_has_reason"),
        ),
        sa.CheckConstraint(
            "status in ('DRAFT', 'SENT', 'DELIVERED', 'READ', 'FAILED')",
            name=op.f("ck_communications_status_known"),
        ),
        sa.CheckConstraint(
            "status not in ('SENT', 'DELIVERED', 'READ') or (sent_at is not null and sent_on is not null)",
            name=op.f("ck_communications_sent_has_date"),
        ),
        sa.CheckConstraint(
            "type in ('EMAIL', 'SMS', 'PUSH_NOTIFICATION', 'IN_APP', 'LETTER', 'PHONE_CALL')",
            name=op.f("ck_communications_type_known"),
        ),
        sa.CheckConstraint(
            "(template_id is null) or (template_version is not null)",
            name=op.f("ck_communications_template_has_version"),
        ),
        sa.CheckConstraint(
            "attempt_count >= 0", name=op.f("ck_communications_attempt_count_not_negative")
        ),
        sa.CheckConstraint(
            "delivered_at >= sent_at", name=op.f("ck_communications_delivered_after_sent")
        ),
        sa.CheckConstraint("read_at >= sent_at", name=op.f("ck_communications_read_after_sent")),
        sa.ForeignKeyConstraint(
            ["client_id", "customer_id"],
            ["core.customers.client_id", "core.customers.id"],
            name=op.f("fk_communications_client_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "invoice_id"],
            ["core.invoices.client_id", "core.invoices.id"],
            name=op.f("fk_communications_client_id_invoice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "journey_id"],
            ["core.truck_journeys.client_id", "core.truck_journeys.id"],
            name=op.f("fk_communications_client_id_journey_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "lead_id"],
            ["core.leads.client_id", "core.leads.id"],
            name=op.f("fk_communications_client_id_lead_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "location_id"],
            ["core.locations.client_id", "core.locations.id"],
            name=op.f("fk_communications_client_id_location_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "owner_id"],
            ["core.users.client_id", "core.users.id"],
            name=op.f("fk_communications_client_id_owner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "quote_id"],
            ["core.quotes.client_id", "core.quotes.id"],
            name=op.f("fk_communications_client_id_quote_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "template_id"],
            ["core.templates.client_id", "core.templates.id"],
            name=op.f("fk_communications_client_id_template_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["core.clients.id"], name=op.f("fk_communications_client_id")
        ),
        sa.PrimaryKeyConstraint("client_id", "id", name=op.f("pk_communications")),
        schema="core",
    )
    op.create_index(
        "ix_communications_changed_xid",
        "communications",
        ["changed_xid"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_communications_client_id_customer_id",
        "communications",
        ["client_id", "customer_id"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_communications_client_id_invoice_id",
        "communications",
        ["client_id", "invoice_id"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_communications_client_id_journey_id",
        "communications",
        ["client_id", "journey_id"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_communications_client_id_lead_id",
        "communications",
        ["client_id", "lead_id"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_communications_client_id_location_id",
        "communications",
        ["client_id", "location_id"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_communications_client_id_owner_id",
        "communications",
        ["client_id", "owner_id"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_communications_client_id_quote_id",
        "communications",
        ["client_id", "quote_id"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_communications_client_id_template_id",
        "communications",
        ["client_id", "template_id"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_communications_due",
        "communications",
        ["client_id", "next_attempt_at"],
        unique=False,
        schema="core",
        postgresql_where=sa.text("status = 'DRAFT' and next_attempt_at is not null"),
    )
    op.create_index(
        "uq_communications_provider_message",
        "communications",
        ["client_id", "provider_message_id"],
        unique=True,
        schema="core",
        postgresql_where=sa.text("provider_message_id is not null"),
    )
    op.create_table(
        "customer_credits",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("credit_amount", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=True),
        sa.Column("invoice_id", sa.Uuid(), nullable=True),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("moved_on", sa.Date(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "changed_xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False
        ),
        sa.CheckConstraint(
            "case reason when 'OVERPAYMENT' then credit_amount > 0 when 'ADJUSTMENT' then credit_amount <> 0 else credit_amount < 0 end",
            name=op.f("ck_customer_credits_sign_follows_reason"),
        ),
        sa.CheckConstraint(
            "currency in ('CAD', 'USD', 'EUR')", name=op.f("ck_customer_credits_currency_known")
        ),
        sa.CheckConstraint(
            "reason <> 'APPLIED' or invoice_id is not null",
            name=op.f("ck_customer_credits_applied_to_invoice"),
        ),
        sa.CheckConstraint(
            "reason <> 'OVERPAYMENT' or payment_id is not null",
            name=op.f("ck_customer_credits_overpayment_has_payment"),
        ),
        sa.CheckConstraint(
            "reason in ('OVERPAYMENT', 'APPLIED', 'RETURNED', 'ADJUSTMENT')",
            name=op.f("ck_customer_credits_reason_known"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "customer_id"],
            ["core.customers.client_id", "core.customers.id"],
            name=op.f("fk_customer_credits_client_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "invoice_id"],
            ["core.invoices.client_id", "core.invoices.id"],
            name=op.f("fk_customer_credits_client_id_invoice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "location_id"],
            ["core.locations.client_id", "core.locations.id"],
            name=op.f("fk_customer_credits_client_id_location_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "owner_id"],
            ["core.users.client_id", "core.users.id"],
            name=op.f("fk_customer_credits_client_id_owner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "payment_id"],
            ["core.payments.client_id", "core.payments.id"],
            name=op.f("fk_customer_credits_client_id_payment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["core.clients.id"], name=op.f("fk_customer_credits_client_id")
        ),
        sa.PrimaryKeyConstraint("client_id", "id", name=op.f("pk_customer_credits")),
        schema="core",
    )
    op.create_index(
        "ix_customer_credits_changed_xid",
        "customer_credits",
        ["changed_xid"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_customer_credits_client_id_customer_id",
        "customer_credits",
        ["client_id", "customer_id"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_customer_credits_client_id_invoice_id",
        "customer_credits",
        ["client_id", "invoice_id"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_customer_credits_client_id_location_id",
        "customer_credits",
        ["client_id", "location_id"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_customer_credits_client_id_owner_id",
        "customer_credits",
        ["client_id", "owner_id"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_customer_credits_client_id_payment_id",
        "customer_credits",
        ["client_id", "payment_id"],
        unique=False,
        schema="core",
    )
    op.create_table(
        "financial_transactions",
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("subcategory", sa.String(length=100), nullable=True),
        sa.Column("direction", sa.Integer(), nullable=False),
        sa.Column("transaction_amount", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("transaction_on", sa.Date(), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("posted_on", sa.Date(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=True),
        sa.Column("payment_id", sa.Uuid(), nullable=True),
        sa.Column("journey_id", sa.Uuid(), nullable=True),
        sa.Column("reverses_id", sa.Uuid(), nullable=True),
        sa.Column("transfer_group_id", sa.Uuid(), nullable=True),
        sa.Column("description", sa.String(length=500), nullable=True),
        sa.Column("reference", sa.String(length=100), nullable=True),
        sa.Column(
            "tags", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("notes", sa.String(length=1000), nullable=True),
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "changed_xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False
        ),
        sa.CheckConstraint(
            "(type = 'TRANSFER') = (transfer_group_id is not null)",
            name=op.f("ck_financial_transactions_transfer_has_group"),
        ),
        sa.CheckConstraint(
            "category in ('MOVING_REVENUE', 'STORAGE_REVENUE', 'OTHER_REVENUE', 'PAYMENT', 'REFUND', 'TAX', 'LABOUR', 'FUEL', 'MATERIALS', 'MAINTENANCE', 'CLAIMS', 'MARKETING', 'ROYALTY', 'PROCESSING_FEE', 'RENT', 'OTHER')",
            name=op.f("ck_financial_transactions_category_known"),
        ),
        sa.CheckConstraint(
            "currency in ('CAD', 'USD', 'EUR')",
            name=op.f("ck_financial_transactions_currency_known"),
        ),
        sa.CheckConstraint(
            "type in ('INCOME', 'EXPENSE', 'TRANSFER', 'ADJUSTMENT')",
            name=op.f("ck_financial_transactions_type_known"),
        ),
        sa.CheckConstraint(
            "direction in (-1, 1)", name=op.f("ck_financial_transactions_direction_known")
        ),
        sa.CheckConstraint(
            "reverses_id <> id", name=op.f("ck_financial_transactions_not_its_own_reversal")
        ),
        sa.CheckConstraint(
            "transaction_amount > 0", name=op.f("ck_financial_transactions_amount_positive")
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "invoice_id"],
            ["core.invoices.client_id", "core.invoices.id"],
            name=op.f("fk_financial_transactions_client_id_invoice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "journey_id"],
            ["core.truck_journeys.client_id", "core.truck_journeys.id"],
            name=op.f("fk_financial_transactions_client_id_journey_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "location_id"],
            ["core.locations.client_id", "core.locations.id"],
            name=op.f("fk_financial_transactions_client_id_location_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "owner_id"],
            ["core.users.client_id", "core.users.id"],
            name=op.f("fk_financial_transactions_client_id_owner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "payment_id"],
            ["core.payments.client_id", "core.payments.id"],
            name=op.f("fk_financial_transactions_client_id_payment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id", "reverses_id"],
            ["core.financial_transactions.client_id", "core.financial_transactions.id"],
            name=op.f("fk_financial_transactions_client_id_reverses_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["core.clients.id"], name=op.f("fk_financial_transactions_client_id")
        ),
        sa.PrimaryKeyConstraint("client_id", "id", name=op.f("pk_financial_transactions")),
        sa.UniqueConstraint(
            "client_id", "reverses_id", name=op.f("uq_financial_transactions_client_id_reverses_id")
        ),
        sa.UniqueConstraint(
            "client_id",
            "transfer_group_id",
            "direction",
            name=op.f("uq_financial_transactions_client_id_transfer_group_id_direction"),
        ),
        schema="core",
    )
    op.create_index(
        "ix_financial_transactions_changed_xid",
        "financial_transactions",
        ["changed_xid"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_financial_transactions_client_id_invoice_id",
        "financial_transactions",
        ["client_id", "invoice_id"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_financial_transactions_client_id_journey_id",
        "financial_transactions",
        ["client_id", "journey_id"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_financial_transactions_client_id_location_id",
        "financial_transactions",
        ["client_id", "location_id"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_financial_transactions_client_id_location_id_transaction_on",
        "financial_transactions",
        ["client_id", "location_id", "transaction_on"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_financial_transactions_client_id_owner_id",
        "financial_transactions",
        ["client_id", "owner_id"],
        unique=False,
        schema="core",
    )
    op.create_index(
        "ix_financial_transactions_client_id_payment_id",
        "financial_transactions",
        ["client_id", "payment_id"],
        unique=False,
        schema="core",
    )
    op.add_column(
        "clients", sa.Column("industry", sa.String(length=100), nullable=True), schema="core"
    )
    op.add_column("clients", sa.Column("parent_client_id", sa.Uuid(), nullable=True), schema="core")
    op.add_column(
        "clients", sa.Column("contact_email", sa.String(length=200), nullable=True), schema="core"
    )
    op.add_column(
        "clients", sa.Column("contact_phone", sa.String(length=40), nullable=True), schema="core"
    )
    op.add_column(
        "clients", sa.Column("website", sa.String(length=200), nullable=True), schema="core"
    )
    op.add_column("clients", sa.Column("logo", sa.String(length=200), nullable=True), schema="core")
    op.add_column(
        "clients",
        sa.Column("features", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        schema="core",
    )
    op.add_column(
        "clients",
        sa.Column("limits", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        schema="core",
    )
    op.add_column(
        "customers", sa.Column("lead_source", sa.String(length=100), nullable=True), schema="core"
    )
    op.add_column(
        "customers", sa.Column("loyalty_level", sa.String(length=40), nullable=True), schema="core"
    )
    op.add_column(
        "customers",
        sa.Column(
            "tags", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        schema="core",
    )
    op.add_column(
        "customers",
        sa.Column(
            "preferences", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False
        ),
        schema="core",
    )
    op.add_column(
        "customers",
        sa.Column(
            "is_email_opted_out", sa.Boolean(), server_default=sa.text("false"), nullable=False
        ),
        schema="core",
    )
    op.add_column(
        "customers",
        sa.Column(
            "is_sms_opted_out", sa.Boolean(), server_default=sa.text("false"), nullable=False
        ),
        schema="core",
    )
    op.add_column(
        "customers", sa.Column("notes", sa.String(length=1000), nullable=True), schema="core"
    )
    op.add_column(
        "customers", sa.Column("duplicate_of_id", sa.Uuid(), nullable=True), schema="core"
    )
    op.add_column("customers", sa.Column("merged_into_id", sa.Uuid(), nullable=True), schema="core")
    op.add_column(
        "integration_sync_logs",
        sa.Column("window_from_at", sa.DateTime(timezone=True), nullable=True),
        schema="core",
    )
    op.add_column(
        "integration_sync_logs",
        sa.Column("window_to_at", sa.DateTime(timezone=True), nullable=True),
        schema="core",
    )
    op.add_column(
        "integrations",
        sa.Column("type", sa.String(length=40), server_default=sa.text("'CRM'"), nullable=False),
        schema="core",
    )
    op.add_column(
        "integrations",
        sa.Column("description", sa.String(length=500), nullable=True),
        schema="core",
    )
    op.add_column(
        "integrations", sa.Column("api_version", sa.String(length=40), nullable=True), schema="core"
    )
    op.add_column(
        "integrations",
        sa.Column("is_auto_synced", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        schema="core",
    )
    op.add_column(
        "integrations",
        sa.Column("sync_interval_minutes", sa.Integer(), nullable=True),
        schema="core",
    )
    op.add_column(
        "integrations",
        sa.Column("next_sync_at", sa.DateTime(timezone=True), nullable=True),
        schema="core",
    )
    op.add_column(
        "invoice_items",
        sa.Column("subcategory", sa.String(length=100), nullable=True),
        schema="core",
    )
    op.add_column(
        "invoice_items", sa.Column("unit", sa.String(length=40), nullable=True), schema="core"
    )
    op.add_column(
        "invoice_items", sa.Column("notes", sa.String(length=500), nullable=True), schema="core"
    )
    op.add_column(
        "invoices", sa.Column("storage_booking_id", sa.Uuid(), nullable=True), schema="core"
    )
    op.add_column(
        "invoices",
        sa.Column("is_recurring", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        schema="core",
    )
    op.add_column("invoices", sa.Column("period_start_on", sa.Date(), nullable=True), schema="core")
    op.add_column("invoices", sa.Column("period_end_on", sa.Date(), nullable=True), schema="core")
    op.add_column(
        "invoices",
        sa.Column("is_tax_exempt", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        schema="core",
    )
    op.add_column(
        "invoices",
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        schema="core",
    )
    op.add_column(
        "invoices", sa.Column("terms", sa.String(length=2000), nullable=True), schema="core"
    )
    op.add_column(
        "leads", sa.Column("received_local_at", sa.DateTime(), nullable=True), schema="core"
    )
    op.add_column(
        "leads", sa.Column("first_contacted_local_at", sa.DateTime(), nullable=True), schema="core"
    )
    op.add_column(
        "leads",
        sa.Column("last_contacted_at", sa.DateTime(timezone=True), nullable=True),
        schema="core",
    )
    op.add_column("leads", sa.Column("follow_up_on", sa.Date(), nullable=True), schema="core")
    op.add_column(
        "leads", sa.Column("utm_source", sa.String(length=100), nullable=True), schema="core"
    )
    op.add_column(
        "leads", sa.Column("utm_medium", sa.String(length=100), nullable=True), schema="core"
    )
    op.add_column(
        "leads", sa.Column("utm_campaign", sa.String(length=100), nullable=True), schema="core"
    )
    op.add_column(
        "leads",
        sa.Column(
            "qualification", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False
        ),
        schema="core",
    )
    op.add_column(
        "leads", sa.Column("origin_address", postgresql.JSONB(), nullable=True), schema="core"
    )
    op.add_column(
        "leads", sa.Column("destination_address", postgresql.JSONB(), nullable=True), schema="core"
    )
    op.add_column("locations", sa.Column("crew_count", sa.Integer(), nullable=True), schema="core")
    op.add_column(
        "locations", sa.Column("storage_unit_count", sa.Integer(), nullable=True), schema="core"
    )
    op.add_column(
        "locations",
        sa.Column(
            "services", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        schema="core",
    )
    op.add_column(
        "locations", sa.Column("business_hours", postgresql.JSONB(), nullable=True), schema="core"
    )
    op.add_column(
        "locations",
        sa.Column(
            "has_customer_care", sa.Boolean(), server_default=sa.text("true"), nullable=False
        ),
        schema="core",
    )
    op.add_column(
        "locations", sa.Column("manager_name", sa.String(length=200), nullable=True), schema="core"
    )
    op.add_column(
        "locations", sa.Column("manager_phone", sa.String(length=40), nullable=True), schema="core"
    )
    op.add_column(
        "locations", sa.Column("manager_email", sa.String(length=200), nullable=True), schema="core"
    )
    op.add_column(
        "payments",
        sa.Column("gateway_transaction_id", sa.String(length=200), nullable=True),
        schema="core",
    )
    op.add_column(
        "payments", sa.Column("gateway_data", postgresql.JSONB(), nullable=True), schema="core"
    )
    op.add_column(
        "payments", sa.Column("receipt", sa.String(length=200), nullable=True), schema="core"
    )
    op.add_column(
        "payments", sa.Column("notes", sa.String(length=1000), nullable=True), schema="core"
    )
    op.add_column(
        "quote_items", sa.Column("subcategory", sa.String(length=100), nullable=True), schema="core"
    )
    op.add_column(
        "quote_items",
        sa.Column(
            "tax_category",
            sa.String(length=40),
            server_default=sa.text("'SERVICE'"),
            nullable=False,
        ),
        schema="core",
    )
    op.add_column(
        "quote_items", sa.Column("unit", sa.String(length=40), nullable=True), schema="core"
    )
    op.add_column(
        "quote_items",
        sa.Column("estimated_cost_amount", sa.Numeric(precision=18, scale=2), nullable=True),
        schema="core",
    )
    op.add_column(
        "quote_items", sa.Column("notes", sa.String(length=500), nullable=True), schema="core"
    )
    op.add_column(
        "quotes", sa.Column("rejected_at", sa.DateTime(timezone=True), nullable=True), schema="core"
    )
    op.add_column(
        "quotes", sa.Column("expired_at", sa.DateTime(timezone=True), nullable=True), schema="core"
    )
    op.add_column(
        "quotes",
        sa.Column("converted_at", sa.DateTime(timezone=True), nullable=True),
        schema="core",
    )
    op.add_column(
        "quotes", sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True), schema="core"
    )
    op.add_column(
        "quotes", sa.Column("public_token_hash", sa.String(length=64), nullable=True), schema="core"
    )
    op.add_column(
        "quotes", sa.Column("origin_address", postgresql.JSONB(), nullable=True), schema="core"
    )
    op.add_column(
        "quotes", sa.Column("destination_address", postgresql.JSONB(), nullable=True), schema="core"
    )
    op.add_column(
        "quotes", sa.Column("terms", sa.String(length=2000), nullable=True), schema="core"
    )
    op.add_column(
        "user_locations",
        sa.Column("is_primary", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        schema="core",
    )
    op.add_column("users", sa.Column("avatar", sa.String(length=200), nullable=True), schema="core")
    op.add_column(
        "users",
        sa.Column(
            "skills", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        schema="core",
    )
    op.add_column(
        "users",
        sa.Column(
            "preferences", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False
        ),
        schema="core",
    )
    op.add_column(
        "users", sa.Column("api_key_hash", sa.String(length=64), nullable=True), schema="core"
    )
    op.add_column(
        "users",
        sa.Column(
            "is_two_factor_enabled", sa.Boolean(), server_default=sa.text("false"), nullable=False
        ),
        schema="core",
    )
    for table, name, condition in CHECKS:
        add_constraint(name, table, f"check ({condition})")
    for table, name, columns, target, key in FOREIGN_KEYS:
        add_constraint(name, table, f"foreign key ({columns}) references core.{target} ({key})")


def downgrade() -> None:
    for table, name, *_ in CHECKS:
        op.execute(f"alter table core.{table} drop constraint {name}")
    op.drop_column("users", "is_two_factor_enabled", schema="core")
    op.drop_column("users", "api_key_hash", schema="core")
    op.drop_column("users", "preferences", schema="core")
    op.drop_column("users", "skills", schema="core")
    op.drop_column("users", "avatar", schema="core")
    op.drop_column("user_locations", "is_primary", schema="core")
    op.drop_constraint(
        op.f("fk_quotes_client_id_approved_by_id"), "quotes", schema="core", type_="foreignkey"
    )
    op.drop_column("quotes", "terms", schema="core")
    op.drop_column("quotes", "destination_address", schema="core")
    op.drop_column("quotes", "origin_address", schema="core")
    op.drop_column("quotes", "public_token_hash", schema="core")
    op.drop_column("quotes", "approved_at", schema="core")
    op.drop_column("quotes", "converted_at", schema="core")
    op.drop_column("quotes", "expired_at", schema="core")
    op.drop_column("quotes", "rejected_at", schema="core")
    op.drop_column("quote_items", "notes", schema="core")
    op.drop_column("quote_items", "estimated_cost_amount", schema="core")
    op.drop_column("quote_items", "unit", schema="core")
    op.drop_column("quote_items", "tax_category", schema="core")
    op.drop_column("quote_items", "subcategory", schema="core")
    op.drop_column("payments", "notes", schema="core")
    op.drop_column("payments", "receipt", schema="core")
    op.drop_column("payments", "gateway_data", schema="core")
    op.drop_column("payments", "gateway_transaction_id", schema="core")
    op.drop_column("locations", "manager_email", schema="core")
    op.drop_column("locations", "manager_phone", schema="core")
    op.drop_column("locations", "manager_name", schema="core")
    op.drop_column("locations", "has_customer_care", schema="core")
    op.drop_column("locations", "business_hours", schema="core")
    op.drop_column("locations", "services", schema="core")
    op.drop_column("locations", "storage_unit_count", schema="core")
    op.drop_column("locations", "crew_count", schema="core")
    op.drop_column("leads", "destination_address", schema="core")
    op.drop_column("leads", "origin_address", schema="core")
    op.drop_column("leads", "qualification", schema="core")
    op.drop_column("leads", "utm_campaign", schema="core")
    op.drop_column("leads", "utm_medium", schema="core")
    op.drop_column("leads", "utm_source", schema="core")
    op.drop_column("leads", "follow_up_on", schema="core")
    op.drop_column("leads", "last_contacted_at", schema="core")
    op.drop_column("leads", "first_contacted_local_at", schema="core")
    op.drop_column("leads", "received_local_at", schema="core")
    op.drop_constraint(
        op.f("fk_invoices_client_id_storage_booking_id"),
        "invoices",
        schema="core",
        type_="foreignkey",
    )
    op.drop_column("invoices", "terms", schema="core")
    op.drop_column("invoices", "cancelled_at", schema="core")
    op.drop_column("invoices", "is_tax_exempt", schema="core")
    op.drop_column("invoices", "period_end_on", schema="core")
    op.drop_column("invoices", "period_start_on", schema="core")
    op.drop_column("invoices", "is_recurring", schema="core")
    op.drop_column("invoices", "storage_booking_id", schema="core")
    op.drop_column("invoice_items", "notes", schema="core")
    op.drop_column("invoice_items", "unit", schema="core")
    op.drop_column("invoice_items", "subcategory", schema="core")
    op.drop_column("integrations", "next_sync_at", schema="core")
    op.drop_column("integrations", "sync_interval_minutes", schema="core")
    op.drop_column("integrations", "is_auto_synced", schema="core")
    op.drop_column("integrations", "api_version", schema="core")
    op.drop_column("integrations", "description", schema="core")
    op.drop_column("integrations", "type", schema="core")
    op.drop_column("integration_sync_logs", "window_to_at", schema="core")
    op.drop_column("integration_sync_logs", "window_from_at", schema="core")
    op.drop_constraint(
        op.f("fk_customers_client_id_merged_into_id"),
        "customers",
        schema="core",
        type_="foreignkey",
    )
    op.drop_constraint(
        op.f("fk_customers_client_id_duplicate_of_id"),
        "customers",
        schema="core",
        type_="foreignkey",
    )
    op.drop_column("customers", "merged_into_id", schema="core")
    op.drop_column("customers", "duplicate_of_id", schema="core")
    op.drop_column("customers", "notes", schema="core")
    op.drop_column("customers", "is_sms_opted_out", schema="core")
    op.drop_column("customers", "is_email_opted_out", schema="core")
    op.drop_column("customers", "preferences", schema="core")
    op.drop_column("customers", "tags", schema="core")
    op.drop_column("customers", "loyalty_level", schema="core")
    op.drop_column("customers", "lead_source", schema="core")
    op.drop_constraint(
        op.f("fk_clients_parent_client_id"), "clients", schema="core", type_="foreignkey"
    )
    op.drop_column("clients", "limits", schema="core")
    op.drop_column("clients", "features", schema="core")
    op.drop_column("clients", "logo", schema="core")
    op.drop_column("clients", "website", schema="core")
    op.drop_column("clients", "contact_phone", schema="core")
    op.drop_column("clients", "contact_email", schema="core")
    op.drop_column("clients", "parent_client_id", schema="core")
    op.drop_column("clients", "industry", schema="core")
    op.drop_index(
        "ix_financial_transactions_client_id_payment_id",
        table_name="financial_transactions",
        schema="core",
    )
    op.drop_index(
        "ix_financial_transactions_client_id_owner_id",
        table_name="financial_transactions",
        schema="core",
    )
    op.drop_index(
        "ix_financial_transactions_client_id_location_id_transaction_on",
        table_name="financial_transactions",
        schema="core",
    )
    op.drop_index(
        "ix_financial_transactions_client_id_location_id",
        table_name="financial_transactions",
        schema="core",
    )
    op.drop_index(
        "ix_financial_transactions_client_id_journey_id",
        table_name="financial_transactions",
        schema="core",
    )
    op.drop_index(
        "ix_financial_transactions_client_id_invoice_id",
        table_name="financial_transactions",
        schema="core",
    )
    op.drop_index(
        "ix_financial_transactions_changed_xid", table_name="financial_transactions", schema="core"
    )
    op.drop_table("financial_transactions", schema="core")
    op.drop_index(
        "ix_customer_credits_client_id_payment_id", table_name="customer_credits", schema="core"
    )
    op.drop_index(
        "ix_customer_credits_client_id_owner_id", table_name="customer_credits", schema="core"
    )
    op.drop_index(
        "ix_customer_credits_client_id_location_id", table_name="customer_credits", schema="core"
    )
    op.drop_index(
        "ix_customer_credits_client_id_invoice_id", table_name="customer_credits", schema="core"
    )
    op.drop_index(
        "ix_customer_credits_client_id_customer_id", table_name="customer_credits", schema="core"
    )
    op.drop_index("ix_customer_credits_changed_xid", table_name="customer_credits", schema="core")
    op.drop_table("customer_credits", schema="core")
    op.drop_index(
        "uq_communications_provider_message",
        table_name="communications",
        schema="core",
        postgresql_where=sa.text("provider_message_id is not null"),
    )
    op.drop_index(
        "ix_communications_due",
        table_name="communications",
        schema="core",
        postgresql_where=sa.text("status = 'DRAFT' and next_attempt_at is not null"),
    )
    op.drop_index(
        "ix_communications_client_id_template_id", table_name="communications", schema="core"
    )
    op.drop_index(
        "ix_communications_client_id_quote_id", table_name="communications", schema="core"
    )
    op.drop_index(
        "ix_communications_client_id_owner_id", table_name="communications", schema="core"
    )
    op.drop_index(
        "ix_communications_client_id_location_id", table_name="communications", schema="core"
    )
    op.drop_index("ix_communications_client_id_lead_id", table_name="communications", schema="core")
    op.drop_index(
        "ix_communications_client_id_journey_id", table_name="communications", schema="core"
    )
    op.drop_index(
        "ix_communications_client_id_invoice_id", table_name="communications", schema="core"
    )
    op.drop_index(
        "ix_communications_client_id_customer_id", table_name="communications", schema="core"
    )
    op.drop_index("ix_communications_changed_xid", table_name="communications", schema="core")
    op.drop_table("communications", schema="core")
    op.drop_index(
        "ix_storage_price_changes_client_id_owner_id",
        table_name="storage_price_changes",
        schema="core",
    )
    op.drop_index(
        "ix_storage_price_changes_client_id_location_id",
        table_name="storage_price_changes",
        schema="core",
    )
    op.drop_index(
        "ix_storage_price_changes_changed_xid", table_name="storage_price_changes", schema="core"
    )
    op.drop_table("storage_price_changes", schema="core")
    op.drop_index("ix_storage_alerts_client_id_unit_id", table_name="storage_alerts", schema="core")
    op.drop_index(
        "ix_storage_alerts_client_id_owner_id", table_name="storage_alerts", schema="core"
    )
    op.drop_index(
        "ix_storage_alerts_client_id_location_id", table_name="storage_alerts", schema="core"
    )
    op.drop_index(
        "ix_storage_alerts_client_id_booking_id", table_name="storage_alerts", schema="core"
    )
    op.drop_index("ix_storage_alerts_changed_xid", table_name="storage_alerts", schema="core")
    op.drop_table("storage_alerts", schema="core")
    op.drop_index(
        "ix_storage_accesses_client_id_unit_id_entered_at",
        table_name="storage_accesses",
        schema="core",
    )
    op.drop_index(
        "ix_storage_accesses_client_id_owner_id", table_name="storage_accesses", schema="core"
    )
    op.drop_index(
        "ix_storage_accesses_client_id_location_id", table_name="storage_accesses", schema="core"
    )
    op.drop_index(
        "ix_storage_accesses_client_id_booking_id", table_name="storage_accesses", schema="core"
    )
    op.drop_index("ix_storage_accesses_changed_xid", table_name="storage_accesses", schema="core")
    op.drop_table("storage_accesses", schema="core")
    op.drop_index("ix_surveys_client_id_owner_id", table_name="surveys", schema="core")
    op.drop_index("ix_surveys_client_id_location_id", table_name="surveys", schema="core")
    op.drop_index("ix_surveys_client_id_customer_id", table_name="surveys", schema="core")
    op.drop_index("ix_surveys_client_id_answered_on", table_name="surveys", schema="core")
    op.drop_index("ix_surveys_changed_xid", table_name="surveys", schema="core")
    op.drop_table("surveys", schema="core")
    op.drop_index(
        "uq_storage_bookings_source",
        table_name="storage_bookings",
        schema="core",
        postgresql_where=sa.text("external_id is not null"),
    )
    op.drop_index(
        "ix_storage_bookings_rent_run",
        table_name="storage_bookings",
        schema="core",
        postgresql_where=sa.text("status in ('ACTIVE', 'OVERDUE')"),
    )
    op.drop_index(
        "ix_storage_bookings_client_id_unit_id", table_name="storage_bookings", schema="core"
    )
    op.drop_index(
        "ix_storage_bookings_client_id_owner_id", table_name="storage_bookings", schema="core"
    )
    op.drop_index(
        "ix_storage_bookings_client_id_location_id", table_name="storage_bookings", schema="core"
    )
    op.drop_index(
        "ix_storage_bookings_client_id_journey_id", table_name="storage_bookings", schema="core"
    )
    op.drop_index(
        "ix_storage_bookings_client_id_customer_id", table_name="storage_bookings", schema="core"
    )
    op.drop_index("ix_storage_bookings_changed_xid", table_name="storage_bookings", schema="core")
    op.drop_table("storage_bookings", schema="core")
    op.drop_index(
        "ix_sales_activities_client_id_owner_id_scheduled_at",
        table_name="sales_activities",
        schema="core",
    )
    op.drop_index(
        "ix_sales_activities_client_id_owner_id", table_name="sales_activities", schema="core"
    )
    op.drop_index(
        "ix_sales_activities_client_id_location_id", table_name="sales_activities", schema="core"
    )
    op.drop_index(
        "ix_sales_activities_client_id_lead_id", table_name="sales_activities", schema="core"
    )
    op.drop_index(
        "ix_sales_activities_client_id_customer_id", table_name="sales_activities", schema="core"
    )
    op.drop_index("ix_sales_activities_changed_xid", table_name="sales_activities", schema="core")
    op.drop_table("sales_activities", schema="core")
    op.drop_index(
        "ix_report_runs_client_id_report_name_started_at", table_name="report_runs", schema="core"
    )
    op.drop_index("ix_report_runs_client_id_owner_id", table_name="report_runs", schema="core")
    op.drop_index("ix_report_runs_client_id_location_id", table_name="report_runs", schema="core")
    op.drop_index("ix_report_runs_client_id_definition_id", table_name="report_runs", schema="core")
    op.drop_index("ix_report_runs_changed_xid", table_name="report_runs", schema="core")
    op.drop_table("report_runs", schema="core")
    op.drop_index(
        "ix_quote_template_items_client_id_quote_template_id",
        table_name="quote_template_items",
        schema="core",
    )
    op.drop_index(
        "ix_quote_template_items_client_id_owner_id",
        table_name="quote_template_items",
        schema="core",
    )
    op.drop_index(
        "ix_quote_template_items_client_id_location_id",
        table_name="quote_template_items",
        schema="core",
    )
    op.drop_index(
        "ix_quote_template_items_changed_xid", table_name="quote_template_items", schema="core"
    )
    op.drop_table("quote_template_items", schema="core")
    op.drop_index(
        "ix_webhook_deliveries_due",
        table_name="webhook_deliveries",
        schema="core",
        postgresql_where=sa.text("status in ('PENDING', 'RETRY')"),
    )
    op.drop_index(
        "ix_webhook_deliveries_client_id_event_id", table_name="webhook_deliveries", schema="core"
    )
    op.drop_index(
        "ix_webhook_deliveries_changed_xid", table_name="webhook_deliveries", schema="core"
    )
    op.drop_table("webhook_deliveries", schema="core")
    op.drop_index(
        "uq_storage_units_source",
        table_name="storage_units",
        schema="core",
        postgresql_where=sa.text("external_id is not null"),
    )
    op.drop_index("ix_storage_units_client_id_owner_id", table_name="storage_units", schema="core")
    op.drop_index(
        "ix_storage_units_client_id_location_id_status", table_name="storage_units", schema="core"
    )
    op.drop_index(
        "ix_storage_units_client_id_location_id", table_name="storage_units", schema="core"
    )
    op.drop_index("ix_storage_units_changed_xid", table_name="storage_units", schema="core")
    op.drop_table("storage_units", schema="core")
    op.drop_index(
        "ix_status_events_client_id_entity_entity_id_occurred_at",
        table_name="status_events",
        schema="core",
    )
    op.drop_index("ix_status_events_changed_xid", table_name="status_events", schema="core")
    op.drop_table("status_events", schema="core")
    op.drop_index(
        "ix_report_definitions_client_id_owner_id", table_name="report_definitions", schema="core"
    )
    op.drop_index(
        "ix_report_definitions_client_id_location_id",
        table_name="report_definitions",
        schema="core",
    )
    op.drop_index(
        "ix_report_definitions_changed_xid", table_name="report_definitions", schema="core"
    )
    op.drop_table("report_definitions", schema="core")
    op.drop_index(
        "ix_quote_templates_client_id_owner_id", table_name="quote_templates", schema="core"
    )
    op.drop_index(
        "ix_quote_templates_client_id_location_id", table_name="quote_templates", schema="core"
    )
    op.drop_index("ix_quote_templates_changed_xid", table_name="quote_templates", schema="core")
    op.drop_table("quote_templates", schema="core")
    op.drop_index(
        "ix_notifications_unread",
        table_name="notifications",
        schema="core",
        postgresql_where=sa.text("read_at is null"),
    )
    op.drop_index("ix_notifications_changed_xid", table_name="notifications", schema="core")
    op.drop_table("notifications", schema="core")
    op.drop_index(
        "uq_dashboards_default",
        table_name="dashboards",
        schema="core",
        postgresql_where=sa.text("is_default"),
    )
    op.drop_index("ix_dashboards_client_id_owner_id", table_name="dashboards", schema="core")
    op.drop_index("ix_dashboards_client_id_location_id", table_name="dashboards", schema="core")
    op.drop_index("ix_dashboards_changed_xid", table_name="dashboards", schema="core")
    op.drop_table("dashboards", schema="core")
    op.drop_index("ix_annotations_client_id_starts_on", table_name="annotations", schema="core")
    op.drop_index("ix_annotations_client_id_owner_id", table_name="annotations", schema="core")
    op.drop_index("ix_annotations_client_id_location_id", table_name="annotations", schema="core")
    op.drop_index("ix_annotations_changed_xid", table_name="annotations", schema="core")
    op.drop_table("annotations", schema="core")
    op.drop_index("ix_royalty_rates_changed_xid", table_name="royalty_rates", schema="core")
    op.drop_table("royalty_rates", schema="core")
    op.drop_index(
        "uq_royalties_month",
        table_name="royalties",
        schema="core",
        postgresql_where=sa.text("status <> 'CANCELLED'"),
    )
    op.drop_index("ix_royalties_changed_xid", table_name="royalties", schema="core")
    op.drop_table("royalties", schema="core")
    op.drop_index("ix_marketing_spend_changed_xid", table_name="marketing_spend", schema="core")
    op.drop_table("marketing_spend", schema="core")
    op.drop_index(
        "uq_late_fee_policies_active",
        table_name="late_fee_policies",
        schema="core",
        postgresql_where=sa.text("is_active"),
        postgresql_nulls_not_distinct=True,
    )
    op.drop_index("ix_late_fee_policies_changed_xid", table_name="late_fee_policies", schema="core")
    op.drop_table("late_fee_policies", schema="core")
    op.drop_index("ix_kpi_targets_changed_xid", table_name="kpi_targets", schema="core")
    op.drop_table("kpi_targets", schema="core")
    op.drop_index(
        "ix_inbound_events_waiting",
        table_name="inbound_events",
        schema="core",
        postgresql_where=sa.text("status = 'RECEIVED'"),
    )
    op.drop_index("ix_inbound_events_changed_xid", table_name="inbound_events", schema="core")
    op.drop_table("inbound_events", schema="core")
    op.drop_index(
        "ix_domain_events_unpublished",
        table_name="domain_events",
        schema="core",
        postgresql_where=sa.text("published_at is null"),
    )
    op.drop_index("ix_domain_events_changed_xid", table_name="domain_events", schema="core")
    op.drop_table("domain_events", schema="core")
    op.drop_index("ix_discount_policies_changed_xid", table_name="discount_policies", schema="core")
    op.drop_table("discount_policies", schema="core")
    op.drop_index("ix_budgets_changed_xid", table_name="budgets", schema="core")
    op.drop_table("budgets", schema="core")
    op.drop_index("ix_webhooks_changed_xid", table_name="webhooks", schema="core")
    op.drop_table("webhooks", schema="core")
    op.drop_index(
        "uq_templates_active",
        table_name="templates",
        schema="core",
        postgresql_where=sa.text("is_active"),
    )
    op.drop_index("ix_templates_changed_xid", table_name="templates", schema="core")
    op.drop_table("templates", schema="core")
    op.drop_index("ix_platform_sessions_admin_id", table_name="platform_sessions", schema="core")
    op.drop_table("platform_sessions", schema="core")
    op.drop_index(
        "ix_company_access_logs_client_id_occurred_at",
        table_name="company_access_logs",
        schema="core",
    )
    op.drop_index(
        "ix_company_access_logs_changed_xid", table_name="company_access_logs", schema="core"
    )
    op.drop_table("company_access_logs", schema="core")
    op.drop_index(
        "uq_billing_plans_active",
        table_name="billing_plans",
        schema="core",
        postgresql_where=sa.text("status = 'ACTIVE'"),
    )
    op.drop_index("ix_billing_plans_changed_xid", table_name="billing_plans", schema="core")
    op.drop_table("billing_plans", schema="core")
    op.drop_table("platform_admins", schema="core")
    op.drop_table("fx_rates", schema="core")
    op.execute(DROP_KEYRANGE)
