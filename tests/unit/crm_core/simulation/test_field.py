"""Crews, trucks, hours, fuel and stock: nobody in two places, every cost accounted for."""

import polars as pl
import pytest

from crm_core.simulation.manifest import write_manifest
from tests.unit.crm_core.simulation.conftest import Company

SPANS = (
    ("occupancies", "resource_id", "start_at", "end_at"),
    ("time_entries", "user_id", "started_at", "ended_at"),
    ("equipment_maintenance", "equipment_id", "down_from_at", "up_at"),
    ("wage_rates", "user_id", "valid_from_on", "valid_to_on"),
    ("mobile_sessions", "user_id", "started_at", "ended_at"),
)


@pytest.mark.parametrize(("table", "key", "start", "end"), SPANS)
@pytest.mark.parametrize("company", ["small", "year"])
def test_spans_of_one_person_or_truck_never_overlap(
    request: pytest.FixtureRequest, company: str, table: str, key: str, start: str, end: str
) -> None:
    frame = request.getfixturevalue(company).frames[table]
    rows = frame.filter(pl.col(start).is_not_null()).sort(key, start)
    following = pl.col(start).shift(-1).over(key)
    overlaps = rows.with_columns(following=following).filter(
        (pl.col("following") < pl.col(end))
        | (pl.col(end).is_null() & pl.col("following").is_not_null())
    )
    assert len(rows) > 0
    assert overlaps.is_empty()


def test_what_a_journey_cost_is_the_sum_of_its_costs(small: Company) -> None:
    spent = small.frames["journey_costs"].group_by("journey_id").agg(pl.col("amount").sum())
    journeys = small.frames["truck_journeys"].select("id", "status", "actual_cost_amount")
    both = journeys.join(spent, left_on="id", right_on="journey_id", how="left")
    assert both.filter(pl.col("actual_cost_amount") != pl.col("amount").fill_null(0)).is_empty()
    done = both.filter(pl.col("status").is_in(["COMPLETED", "AUDITED"]))
    assert len(done) > 1_000
    assert done["amount"].is_not_null().all()


def test_stock_follows_from_its_ledger_and_is_never_negative(small: Company) -> None:
    ledger = small.frames["inventory_transactions"].sort("inventory_item_id", "sequence")
    by_item = ledger.group_by("inventory_item_id").agg(
        pl.col("quantity").sum(), pl.len().alias("count"), pl.col("sequence").max().alias("last"),
        pl.col("balance_after").last().alias("balance"),
    )  # fmt: skip
    items = small.frames["inventory_items"].join(
        by_item, left_on="id", right_on="inventory_item_id", suffix="_moved"
    )
    assert len(items) == len(small.frames["inventory_items"])
    assert (items["quantity"] == items["quantity_moved"]).all()
    assert (items["quantity"] == items["balance"]).all()
    assert (items["transaction_count"] == items["last"]).all()
    assert (items["count"] == items["last"]).all()
    running = ledger.with_columns(
        pl.col("quantity").cum_sum().over("inventory_item_id").alias("running")
    )
    assert running.filter(pl.col("running") != pl.col("balance_after")).is_empty()
    assert running["balance_after"].min() >= 0
    assert ledger["occurred_at"].is_not_null().all()


def test_meters_only_go_forward(small: Company) -> None:
    fills = small.frames["fuel_purchases"].sort("equipment_id", "purchased_at")
    before = pl.col("odometer_km").shift(1).over("equipment_id")
    assert fills.filter(pl.col("odometer_km") < before).is_empty()
    last = fills.group_by("equipment_id").agg(pl.col("odometer_km").max().alias("filled"))
    trucks = small.frames["equipment"].join(last, left_on="id", right_on="equipment_id")
    assert trucks.filter(pl.col("odometer_km") < pl.col("filled")).is_empty()


def test_the_manifest_names_what_was_planted(small: Company, tmp_path: object) -> None:
    planted = small.world.planted
    crew = planted["inflated_hours"]
    assert len(crew["journeys"]) > 5
    entries = small.frames["time_entries"].filter(
        (pl.col("user_id") == crew["lead_user_id"]) & (pl.col("kind") == "WORK")
    )
    done = small.frames["truck_journeys"].select("id", "completed_at")
    over = entries.join(done, left_on="journey_id", right_on="id").with_columns(
        extra=(pl.col("ended_at") - pl.col("completed_at")).dt.total_minutes()
    )
    found = dict(over.filter(pl.col("extra") > 0).select("journey_id", "extra").iter_rows())
    assert found == {row["id"]: row["extra_minutes"] for row in crew["journeys"]}
    card = planted["leaking_fuel_card"]
    bought = small.frames["fuel_purchases"].filter(
        pl.col("id").is_in([row["id"] for row in card["purchases"]])
    )
    assert len(bought) == len(card["purchases"]) > 3
    assert set(bought["equipment_id"]) == {card["equipment_id"]}
    twice = planted["duplicate_customers"]
    mails = dict(small.frames["customers"].select("id", "email").iter_rows())
    assert len(twice) > 10
    assert all(mails[pair["id"]] == mails[pair["duplicate_of_id"]] for pair in twice)


def test_the_year_has_a_falling_branch(year: Company, tmp_path: object) -> None:
    assert [b["branch"] for b in year.world.planted["falling_branches"]] == ["EDMO"]
    assert [b["branch"] for b in year.world.planted["new_franchises"]] == ["KING"]
    from pathlib import Path

    folder = Path(str(tmp_path))
    first = write_manifest([year.world], folder).read_bytes()
    assert write_manifest([year.world], folder).read_bytes() == first


def test_a_finished_phase_has_what_it_asks_for(small: Company) -> None:
    frames = small.frames
    done = frames["journey_phases"].filter(pl.col("status") == "COMPLETED")
    keys = ["journey_id", "phase_number"]
    items = frames["journey_checklist_items"].join(done.select(keys), on=keys, how="semi")
    assert len(items) > 1_000
    assert items.filter("is_required")["status"].unique().to_list() == ["COMPLETED"]
    assert set(items["status"]) == {"COMPLETED", "SKIPPED"}
    wanted = frames["journey_media_requirements"].filter("is_required")
    there = wanted.join(done.select(keys), on=keys, how="semi")["satisfied_by_media_id"]
    assert 0 < there.null_count() < len(there) // 50
    assert there.drop_nulls().is_in(frames["media"]["id"].implode()).all()


def test_devices_report_late_now_and_then(small: Company) -> None:
    sent = small.frames["mobile_journey_updates"]
    lag = (sent["synced_at"] - sent["occurred_at"]).dt.total_seconds()
    assert 5 <= lag.median() <= 40  # type: ignore[operator]
    assert 0.04 < (lag > 600).mean() < 0.12  # type: ignore[operator]
    assert set(sent["sync_status"]) == {"SYNCED", "FAILED", "CONFLICT"}
    open_now = small.frames["mobile_sessions"].filter("is_active")
    assert open_now["user_id"].is_unique().all()


def test_a_step_that_was_sent_back_is_approved_later(small: Company) -> None:
    events = small.frames["status_events"].filter(pl.col("entity") == "journey_steps")
    lives = events.sort("occurred_at", maintain_order=True).group_by("entity_id").agg("to_status")
    assert len(lives) > 10
    assert {tuple(life) for life in lives["to_status"]} == {
        ("PENDING", "IN_PROGRESS", "COMPLETED", "REJECTED", "IN_PROGRESS", "COMPLETED", "APPROVED")
    }
