"""DuckDB and Postgres give the same rows for every mart that is made of core tables alone."""

import pytest

from tests.integration.dbt_project.builds import Built
from tests.integration.dbt_project.engines import BuiltOnPostgres

pytestmark = pytest.mark.long

Both = tuple[Built, BuiltOnPostgres]

NOT_OF_THE_CORE = {
    "fct_forecast_ledger",
    "fct_forecast_outcomes",
    "fct_forecasts",
    "fct_lead_scores",
    "fct_invoice_scores",
    "fct_rental_scores",
    "fct_equipment_scores",
    "fct_customer_values",
    "fct_model_cards",
    "fct_findings",
    "fct_kpi_moves",
    "fct_elasticities",
    "fct_branch_benchmarks",
    "rpt_benchmark",
    "fct_forecasts_finance",
    "fct_forecasts_inventory",
    "fct_forecasts_operations",
    "fct_forecasts_storage",
    "rpt_forecast_scores",
    "rpt_smartmoving_reconciliation",
    "rpt_money_differences",
}
TABLES = [
    "marts.dim_customers",
    "marts.dim_dates",
    "marts.dim_equipment",
    "marts.dim_items",
    "marts.dim_locations",
    "marts.dim_users",
    "marts.fct_accounts",
    "marts.fct_audit_coverage",
    "marts.fct_audit_daily",
    "marts.fct_availability_answers",
    "marts.fct_basis_bridge",
    "marts.fct_booking_pace",
    "marts.fct_bookings",
    "marts.fct_bookings_monthly",
    "marts.fct_capacity_daily",
    "marts.fct_claims",
    "marts.fct_claims_open",
    "marts.fct_crew_coverage",
    "marts.fct_crew_hours",
    "marts.fct_crew_use_daily",
    "marts.fct_customer_quarters",
    "marts.fct_device_updates",
    "marts.fct_equipment_assignments",
    "marts.fct_equipment_daily",
    "marts.fct_equipment_hours",
    "marts.fct_equipment_values",
    "marts.fct_fuel_purchases",
    "marts.fct_integration_lags_daily",
    "marts.fct_invoice_items",
    "marts.fct_invoice_postings",
    "marts.fct_invoices",
    "marts.fct_job_backlog_daily",
    "marts.fct_job_profits",
    "marts.fct_job_reminders",
    "marts.fct_journey_trucks",
    "marts.fct_journeys",
    "marts.fct_journeys_today",
    "marts.fct_leads",
    "marts.fct_leads_waiting",
    "marts.fct_ledger",
    "marts.fct_ledger_checks",
    "marts.fct_maintenance",
    "marts.fct_messages",
    "marts.fct_overrides",
    "marts.fct_paid_weeks",
    "marts.fct_payments",
    "marts.fct_pipeline_daily",
    "marts.fct_pipeline_monthly",
    "marts.fct_quotes",
    "marts.fct_receivables_daily",
    "marts.fct_report_deliveries",
    "marts.fct_report_runs",
    "marts.fct_sales_activities",
    "marts.fct_schedule_slots",
    "marts.fct_schedule_takings",
    "marts.fct_scope_violations",
    "marts.fct_sign_ins_daily",
    "marts.fct_silent_devices",
    "marts.fct_spend_monthly",
    "marts.fct_step_decisions",
    "marts.fct_stock_daily",
    "marts.fct_stock_movements",
    "marts.fct_storage_daily",
    "marts.fct_storage_moves",
    "marts.fct_storage_rentals_monthly",
    "marts.fct_sync_runs",
    "marts.fct_valuation_monthly",
    "marts.fct_webhook_deliveries",
    "reporting.rpt_data_health",
]


def test_every_table_of_the_core_is_compared(both_engines: Both) -> None:
    query = (
        "select table_schema || '.' || table_name from information_schema.tables"
        " where table_schema in ('marts', 'reporting') order by 1"
    )
    in_memory, on_postgres = both_engines
    known = [name for (name,) in in_memory.rows(query)]
    assert [name for name in known if name.split(".")[1] not in NOT_OF_THE_CORE] == TABLES
    assert [name for (name,) in on_postgres.rows(query)] == TABLES


@pytest.mark.parametrize("table", TABLES)
def test_rows_are_equal(both_engines: Both, table: str) -> None:
    in_memory, on_postgres = both_engines
    schema, name = table.split(".")
    columns = in_memory.rows(
        "select string_agg(column_name, ', ' order by column_name)"
        " from information_schema.columns"
        f" where table_schema = '{schema}' and table_name = '{name}'"
    )[0][0]
    query = f"select {columns} from {table}"
    left, right = in_memory.rows(query), on_postgres.rows(query)
    assert left
    assert sorted(left, key=repr) == sorted(right, key=repr)


def test_both_engines_run_the_same_checks(both_engines: Both) -> None:
    in_memory, on_postgres = both_engines
    only_memory = set(in_memory.nodes) - set(on_postgres.nodes)
    assert set(on_postgres.nodes) <= set(in_memory.nodes)
    of_others = (
        "forecast", "transforms", "_scores", "customer_values", "model_cards", "findings",
        "kpi_moves", "elasticities", "benchmark", "peers", "smartmoving", "reference_months",
        "exposure", "first_services", "stripe", "quickbooks", "processor_figures", "accounting_figures", "money_differences",
    )  # fmt: skip
    assert [name for name in only_memory if not any(word in name for word in of_others)] == []
