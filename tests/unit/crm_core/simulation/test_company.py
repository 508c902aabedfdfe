"""What must hold of any simulated company: keys, order of events, sums, numbers, silence."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import polars as pl
import pytest

from crm_core.models import Base
from crm_core.simulation.demand import SOURCE_SILENCE_DAYS
from crm_core.simulation.network import plan
from tests.unit.crm_core.simulation.conftest import UNTIL, Company, generated

AS_OF = datetime(2026, 11, 22, 12)
PLANNED = {
    "planned_start_at", "planned_start_local_at", "planned_end_at", "arrival_window_start_at",
    "arrival_window_end_at", "start_at", "start_local_at", "end_at", "end_local_at",
    "scheduled_at", "next_attempt_at", "expires_at",
}  # fmt: skip
PLANNED_DAYS = {
    "service_on", "move_on", "estimated_move_on", "valid_until_on", "due_on", "scheduled_on",
    "available_on", "next_maintenance_on", "next_due_on", "expected_on", "starts_on",
    "period_end_on", "next_invoice_on", "effective_on", "valid_to_on", "expires_on",
}  # fmt: skip


def test_the_same_plan_gives_the_same_rows_and_another_seed_gives_others(small: Company) -> None:
    again = generated(plan("S", 7, UNTIL))
    assert list(again.frames) == list(small.frames)
    for table, frame in small.frames.items():
        assert frame.equals(again.frames[table]), table
    other = generated(plan("S", 8, UNTIL))
    assert not set(other.frames["leads"]["id"]) & set(small.frames["leads"]["id"])


def test_columns_exist_and_required_ones_are_filled(small: Company) -> None:
    for name, frame in small.frames.items():
        table = Base.metadata.tables[f"core.{name}"]
        assert set(frame.columns) <= set(table.columns.keys()), name
        required = {c.name for c in table.columns if not c.nullable and c.server_default is None}
        assert required <= set(frame.columns), name
        for column in required:
            assert frame[column].null_count() == 0, (name, column)


def test_every_reference_finds_its_row_in_the_same_tenant(small: Company) -> None:
    checked = 0
    for name, frame in small.frames.items():
        for key in Base.metadata.tables[f"core.{name}"].foreign_key_constraints:
            target = key.referred_table.name
            columns = [c for c in key.column_keys if c != "client_id"]
            if len(columns) != 1 or columns[0] not in frame.columns or target not in small.frames:
                continue
            used = frame[columns[0]].drop_nulls()
            assert used.is_in(small.frames[target]["id"].implode()).all(), (name, columns[0])
            checked += 1
    assert checked > 30


def test_nothing_is_stamped_after_the_end_and_only_plans_lie_ahead(small: Company) -> None:
    for name, frame in small.frames.items():
        for column, kind in frame.schema.items():
            latest = frame[column].max()
            if isinstance(kind, pl.Datetime) and column not in PLANNED:
                assert latest is None or latest <= AS_OF, (name, column)
            if kind == pl.Date and column not in PLANNED_DAYS:
                assert latest is None or latest <= UNTIL, (name, column)
    ahead = small.frames["truck_journeys"].filter(pl.col("service_on") > UNTIL)
    assert len(ahead) > 50
    assert set(ahead["status"]) <= {"SCHEDULED", "CANCELLED"}
    assert ahead["service_on"].max() <= UNTIL + timedelta(days=100)


def ordered(frame: pl.DataFrame, *columns: str) -> bool:
    """Whether each instant that is there is not before the one to its left."""
    late = [pl.col(b) < pl.col(a) for a, b in pairwise(columns)]
    return frame.filter(pl.any_horizontal(late)).is_empty()


def test_events_follow_each_other(small: Company) -> None:
    frames = small.frames
    assert ordered(frames["leads"], "received_at", "first_contacted_at", "won_at")
    assert ordered(frames["quotes"], "created_at", "sent_at", "viewed_at", "accepted_at")
    assert ordered(frames["quotes"], "sent_on", "accepted_on", "valid_until_on")
    assert ordered(frames["quotes"], "accepted_on", "move_on")
    assert ordered(
        frames["truck_journeys"], "created_at", "started_at", "arrived_at", "completed_at"
    )
    assert ordered(frames["truck_journeys"], "created_at", "cancelled_at", "planned_start_at")
    assert ordered(frames["invoices"], "created_at", "issued_at", "viewed_at")
    for name in ("leads", "quotes", "truck_journeys", "invoices", "payments", "customers"):
        assert ordered(frames[name], "created_at", "updated_at"), name
        assert frames[name]["id"].is_sorted(), name
    paid = frames["payments"].join(
        frames["invoices"].select(pl.col("id").alias("invoice_id"), "issued_at"), on="invoice_id"
    )
    assert len(paid) == len(frames["payments"])
    assert ordered(paid, "issued_at", "received_at")


@pytest.mark.parametrize(
    ("table", "column", "kind"),
    [
        ("quotes", "quote_number", "QUOTE"),
        ("truck_journeys", "journey_number", "JOURNEY"),
        ("invoices", "invoice_number", "INVOICE"),
    ],
)
def test_numbers_run_without_gaps_and_the_counters_know_the_last(
    year: Company, table: str, column: str, kind: str
) -> None:
    numbers = year.frames[table].filter(~pl.col(column).str.contains("-2$"))[column].drop_nulls()
    parts = pl.DataFrame({"number": numbers}).select(
        pl.col("number").str.split("-").list.get(1).cast(pl.Int32).alias("year"),
        pl.col("number").str.split("-").list.get(2).cast(pl.Int32).alias("place"),
    )
    counters = year.frames["number_counters"].filter(pl.col("kind") == kind)
    by_year = dict(counters.select("year", "last_number").iter_rows())
    assert len(by_year) >= 2
    for number, places in parts.group_by("year"):
        assert sorted(places["place"]) == list(range(1, by_year[number[0]] + 1))


def test_invoice_numbers_follow_the_order_of_issue(small: Company) -> None:
    issued = small.frames["invoices"].filter(pl.col("issued_at").is_not_null()).sort("issued_at")
    assert issued["invoice_number"].is_sorted()


def test_lines_payments_and_balances_add_up(small: Company) -> None:
    quotes, invoices = small.frames["quotes"], small.frames["invoices"]
    lines = small.frames["quote_items"].filter("is_selected").group_by("quote_id")
    sums = quotes.join(
        lines.agg(pl.col("total_amount").sum().alias("lines")), left_on="id", right_on="quote_id"
    )
    assert len(sums) == len(quotes)
    assert (sums["lines"] == sums["subtotal_amount"]).all()
    billed = small.frames["invoice_items"].group_by("invoice_id")
    sums = invoices.join(
        billed.agg(pl.col("total_amount").sum().alias("lines")), left_on="id", right_on="invoice_id"
    )
    assert len(sums) == len(invoices)
    assert (sums["lines"] == sums["subtotal_amount"]).all()
    good = small.frames["payments"].filter(pl.col("status") != "FAILED")
    signed = pl.when(pl.col("payment_category") == "REFUND").then(-pl.col("payment_amount"))
    paid = good.group_by("invoice_id").agg(
        signed.otherwise(pl.col("payment_amount")).sum().alias("paid")
    )
    both = invoices.join(paid, left_on="id", right_on="invoice_id", how="left")
    assert (both["paid"].fill_null(0) == both["paid_amount"]).all()
    settled = invoices.filter(pl.col("status") == "PAID", pl.col("credit_of_invoice_id").is_null())
    assert (settled["balance_amount"] == 0).all()
    credited = invoices.filter(pl.col("credit_of_invoice_id").is_not_null())
    returned = invoices.filter(pl.col("status") == "REFUNDED")
    assert credited["total_amount"].sum() == -returned["total_amount"].sum()
    assert len(credited) == len(returned) > 0


def test_journeys_share_their_quote_to_the_cent(year: Company) -> None:
    quotes = year.frames["quotes"].select(
        pl.col("id").alias("quote_id"),
        (pl.col("subtotal_amount") - pl.col("discount_amount")).alias("net"),
    )
    journeys = year.frames["truck_journeys"].filter(pl.col("quote_id").is_not_null())
    shares = journeys.group_by("quote_id").agg(
        pl.col("quoted_amount").sum(), pl.col("sequence").max(), pl.len().alias("count")
    )
    both = shares.join(quotes, on="quote_id")
    assert len(both) == len(shares)
    assert (both["quoted_amount"] == both["net"]).all()
    assert (both["sequence"] == both["count"]).all()
    assert 0.01 < (both["count"] == 2).mean() < 0.06
    steps = year.frames["journey_steps"].group_by("journey_id").len()
    assert len(steps) == len(year.frames["truck_journeys"])
    assert (steps["len"] == 4).all()


def test_a_source_branch_takes_no_leads_of_ours_in_the_last_days(small: Company) -> None:
    halifax = small.frames["locations"].filter(pl.col("code") == "HALI")["id"].item()
    leads = small.frames["leads"]
    silence = AS_OF - timedelta(days=SOURCE_SILENCE_DAYS)
    recent = leads.filter(pl.col("received_at") > silence)
    assert len(recent) > 500
    assert recent.filter(pl.col("location_id") == halifax).is_empty()
    assert not leads.filter(pl.col("location_id") == halifax).is_empty()
    modes = small.frames["integration_locations"]
    assert modes.filter(pl.col("location_id") == halifax)["mode"].item() == "SOURCE"


def test_booking_totals_end_where_the_detail_begins(small: Company) -> None:
    history = small.frames["booking_history"]
    assert history["month_on"].min() == date(2023, 11, 1)
    assert history["month_on"].max() == date(2026, 7, 1)
    assert len(history) == 3 * 33
    assert small.frames["quotes"]["accepted_on"].min() >= date(2026, 8, 1)
    detail = small.frames["quotes"]["accepted_on"].dt.truncate("1mo")
    august = (detail == date(2026, 8, 1)).sum()
    last_year = history.filter(pl.col("month_on") == date(2025, 8, 1))["bookings_count"].sum()
    assert august / last_year == pytest.approx(1.08, abs=0.2)


def test_nobody_real_can_be_reached(small: Company) -> None:
    customers = small.frames["customers"]
    assert customers["email"].drop_nulls().str.ends_with("@example.com").all()
    assert customers["phone"].drop_nulls().str.contains(r"^\d{3}-555-01\d\d$").all()
    assert small.frames["users"]["email"].str.ends_with(".example").all()
    assert AS_OF.replace(tzinfo=UTC) == small.world.plan.as_of


@pytest.mark.parametrize("until", [date(2024, 2, 29), date(2027, 1, 1), date(2020, 1, 31)])
def test_any_last_day_gives_a_company(until: date) -> None:
    company = generated(plan("S", 3, until))
    latest = company.frames["leads"]["received_at"].max()
    assert latest <= company.world.plan.as_of.replace(tzinfo=None)
    assert latest.date() >= until - timedelta(days=2)
    assert {"HST", "GST"} <= set(
        company.frames["invoices"]["tax_lines"].str.extract_all("[A-Z]{3}").explode()
    )
