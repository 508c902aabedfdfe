"""What is wrong in the rows is found by a check of the project before anybody sees it."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.integration.dbt_project.builds import (
    DbtFailed,
    dbt,
    first_branch,
    forecast_row,
    hand_back_forecasts,
    lake_attached,
)
from tests.integration.dbt_project.companies import nov, story
from tests.integration.dbt_project.raw_lake import RawLake

pytestmark = pytest.mark.long

CAUGHT_BY = {
    "a total that is a cent off": "sums_equal_fct_invoices_",
    "money the payments do not explain": "assert_receivables_equal_the_core",
    "a payment of an unknown invoice": "assert_marts_keep_every_row",
    "a lead of an unknown branch": "assert_branches_make_the_company",
    "a lead of an unknown customer": "tenant_relationship_fct_leads_customer_id",
    "history of a month that has detail": "assert_history_ends_where_detail_begins",
    "another currency": "assert_one_currency_per_tenant",
    "a status nobody knows": "accepted_values_fct_journeys_status",
    "a replaced offer that nothing replaced": "assert_pipeline_equals_open_quotes",
    "a row that came twice": "unique_combination_fct_payments_",
    "a negative fee": "not_negative_fct_payments_fee_amount",
}


def spoiled() -> RawLake:
    """The story with every fault of `CAUGHT_BY` planted."""
    lake = story()
    rows: dict[str, list[dict[str, Any]]] = lake.rows
    rows["invoices"][0]["total_amount"] += Decimal("0.01")
    rows["invoices"][3] |= {"paid_amount": Decimal("49.00"), "balance_amount": Decimal("1.00")}
    rows["payments"].append(
        rows["payments"][0] | {"id": lake.new_id(), "invoice_id": lake.new_id()}
    )
    rows["payments"].append(dict(rows["payments"][1]))
    rows["payments"][1]["currency"] = "USD"
    rows["payments"][2]["fee_amount"] = Decimal("-0.01")
    rows["leads"][0]["location_id"] = lake.new_id()
    rows["leads"][1]["customer_id"] = lake.new_id()
    rows["booking_history"][0]["month_on"] = nov(1)
    rows["truck_journeys"][0]["status"] = "PAUSED"
    rows["quotes"][-4] |= {"status": "SUPERSEDED"}
    return lake


@pytest.fixture(scope="module")
def complaints(dbt_scratch: Path) -> str:
    """What the checks say about the spoiled story."""
    with lake_attached(spoiled(), dbt_scratch):
        dbt(dbt_scratch, "run", "--selector", "before_forecasts")
        with pytest.raises(DbtFailed) as caught:
            dbt(dbt_scratch, "test", "--selector", "before_forecasts")
    return str(caught.value)


@pytest.mark.parametrize("fault", CAUGHT_BY)
def test_fault_is_caught(complaints: str, fault: str) -> None:
    failed = [line.split(":")[0] for line in complaints.splitlines()]
    assert any(name.startswith(CAUGHT_BY[fault]) for name in failed), complaints


def test_a_missing_value_stops_the_build(dbt_scratch: Path) -> None:
    lake = story()
    lake.rows["leads"][0]["source"] = None
    with lake_attached(lake, dbt_scratch), pytest.raises(DbtFailed) as caught:
        dbt(dbt_scratch, "run", "--select", "+fct_leads")
    assert "fct_leads: error" in str(caught.value)
    assert "NOT NULL constraint failed: fct_leads" in str(caught.value)


def test_forecasts_are_checked_when_they_come_back(dbt_scratch: Path) -> None:
    month = date(2026, 11, 1)
    with lake_attached(story(), dbt_scratch):
        read = ("+dim_locations", "+int_operations__journeys", "stg_core__customers")
        dbt(dbt_scratch, "run", "--select", *read)
        client, _ = first_branch()
        hand_back_forecasts(
            forecast_row(
                client, "ffffffff-0000-7000-8000-000000000000", month, horizon=0, lo_80=6.0
            )
        )
        with pytest.raises(DbtFailed) as caught:
            dbt(dbt_scratch, "build", "--selector", "after_forecasts")
    failed = {line.split(":")[0] for line in str(caught.value).splitlines()}
    assert len(failed) == 3
    for check in ("always_true_", "accepted_range_", "tenant_relationship_"):
        assert any(name.startswith(f"{check}fct_forecasts") for name in failed), failed
