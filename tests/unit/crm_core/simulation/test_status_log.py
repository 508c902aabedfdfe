"""The history of statuses agrees with the rows, and has no gaps."""

import polars as pl
import pytest

from tests.unit.crm_core.simulation.conftest import Company

ENTITIES = (
    "leads", "quotes", "truck_journeys", "invoices", "payments", "storage_bookings",
    "storage_units", "equipment", "equipment_maintenance", "schedules", "claims", "surveys",
    "purchase_orders",
)  # fmt: skip


@pytest.mark.parametrize("entity", ENTITIES)
def test_the_last_change_of_every_row_is_its_status(small: Company, entity: str) -> None:
    last = (
        small.frames["status_events"]
        .filter((pl.col("entity") == entity) & (pl.col("status_column") == "status"))
        .group_by("entity_id", maintain_order=True)
        .agg(pl.col("to_status").last())
    )
    rows = small.frames[entity].select("id", "status")
    both = rows.join(last, left_on="id", right_on="entity_id", how="left")
    assert len(last) == len(rows) > 0
    assert both.filter(pl.col("status").ne_missing(pl.col("to_status"))).is_empty()


def test_each_change_begins_where_the_one_before_ended(small: Company) -> None:
    log = small.frames["status_events"]
    assert log["occurred_at"].is_sorted()
    assert log["occurred_at"].max() <= small.world.plan.as_of.replace(tzinfo=None)
    before = pl.col("to_status").shift(1).over("entity", "entity_id", "status_column")
    gaps = log.with_columns(before=before).filter(
        pl.col("from_status").ne_missing(pl.col("before"))
    )
    assert gaps.is_empty()
    assert log.filter(pl.col("from_status").eq_missing(pl.col("to_status"))).is_empty()
