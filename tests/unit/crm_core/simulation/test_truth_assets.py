"""The true figures of storage, equipment and stock, from hand-made rows whose figures are known."""

from datetime import date

from tests.unit.crm_core.simulation.truth_rows import (
    HERE,
    NOVEMBER,
    OCTOBER,
    at,
    money,
    values,
)

SEPTEMBER = date(2026, 9, 1)
UNITS = [
    {**HERE, "id": name, "type": "LOCKER", "size_class": "SMALL", "area_sq_ft": money(area),
     "current_amount": money("100.00"), "status": status}
    for name, area, status in (
        ("u1", "50.00", "OCCUPIED"), ("u2", "30.00", "OCCUPIED"), ("u3", "20.00", "AVAILABLE"),
        ("u4", "99.00", "OUT_OF_SERVICE"),
    )
]  # fmt: skip


def stay(name: str, unit: str, since: date, **more: object) -> dict[str, object]:
    return {
        **HERE, "id": name, "unit_id": unit, "customer_id": name, "starts_on": since,
        "activated_on": since, "billing_cycle": "MONTHLY", "rate_amount": money("90.00"),
        "status": "ACTIVE", **more,
    }  # fmt: skip


STAYS = [
    stay("s1", "u1", date(2026, 9, 5)),
    stay("s2", "u2", date(2026, 9, 15), moved_out_on=date(2026, 11, 4), status="COMPLETED"),
    stay("s3", "u3", date(2026, 10, 10), billing_cycle="WEEKLY", rate_amount=money("7.00"),
         discount_amount=money("0.01")),
]  # fmt: skip
RISE = [{"booking_id": "s1", "new_amount": money("95.00"), "effective_on": date(2026, 11, 1)}]


def test_occupancy_rent_and_what_moved_it() -> None:
    found = values(storage_units=UNITS, storage_bookings=STAYS, storage_price_changes=RISE)
    assert [found.at("T01", month) for month in (SEPTEMBER, OCTOBER, NOVEMBER)] == [
        "66.666667", "100.000000", "66.666667",
    ]  # fmt: skip
    assert found.at("T02", NOVEMBER) == "70.000000"
    # 6.99 a week are 6.99 × 30.4375 ÷ 7 = 30.39 a month.
    assert found.at("T05", OCTOBER) == "210.39"
    parts = ("opening", "new", "expansion", "contraction", "churn", "closing", "residual")
    assert [found.at(f"T06_{part}", OCTOBER) for part in parts] == [
        "180.00", "30.39", "0.00", "0.00", "0.00", "210.39", "0.00",
    ]  # fmt: skip
    assert [found.at(f"T06_{part}", NOVEMBER) for part in parts] == [
        "210.39", "0.00", "5.00", "0.00", "90.00", "125.39", "0.00",
    ]  # fmt: skip
    assert found.at("T07_units", NOVEMBER) == "-1"
    assert found.at("T07_area", SEPTEMBER) == "80.00"
    assert found.at("T08", NOVEMBER) == "33.333333"
    assert found.at("T09", NOVEMBER) == "50.000000"
    assert found.at("T10", SEPTEMBER) == "90.000000"


def test_a_unit_counts_from_the_day_it_is_back_in_service() -> None:
    change = {"entity": "storage_units", "entity_id": "u3"}
    found = values(
        storage_units=UNITS,
        storage_bookings=STAYS[:2],
        status_events=[
            {**change, **HERE, "to_status": "OUT_OF_SERVICE", "occurred_at": at(9, 20)},
            {**change, **HERE, "to_status": "AVAILABLE", "occurred_at": at(10, 20)},
        ],
    )
    assert found.at("T01", SEPTEMBER) == "100.000000"
    assert found.at("T01", OCTOBER) == "66.666667"


def test_rent_billed_collected_and_late() -> None:
    bill = {
        **HERE, "status": "OVERDUE", "customer_id": "s1", "storage_booking_id": "s1",
        "discount_amount": money("0.00"), "subtotal_amount": money("90.00"),
        "total_amount": money("90.00"),
    }  # fmt: skip
    found = values(
        storage_units=UNITS,
        storage_bookings=STAYS[:2],
        invoices=[{**bill, "id": "i1", "issued_on": date(2026, 9, 5), "due_on": date(2026, 9, 20)},
                  {**bill, "id": "i2", "issued_on": date(2026, 10, 5),
                   "due_on": date(2026, 11, 20)}],
        payments=[{**HERE, "id": "p", "invoice_id": "i1", "payment_amount": money("30.00"),
                   "received_on": date(2026, 10, 5), "status": "COMPLETED",
                   "payment_category": "BALANCE_DUE"}],
    )  # fmt: skip
    assert found.at("T03", OCTOBER) == "30.000000"
    assert found.at("T03_collected", OCTOBER) == "10.000000"
    assert found.at("T04", OCTOBER) == "36.666667"
    assert found.at("T11", OCTOBER) == "30.000000"
    assert found.at("T12", OCTOBER) == "50.000000"
    assert found.at("T12_value", OCTOBER) == "66.666667"
    assert found.of("F01", OCTOBER, "service", "storage") == "90.00"


TRUCK = {
    **HERE, "id": "truck", "equipment_type": "TRUCK", "model": "M1", "model_year": 2024,
    "purchased_on": date(2020, 1, 1), "current_value_amount": money("1000.00"),
}  # fmt: skip


def work(name: str, kind: str, **more: object) -> dict[str, object]:
    return {
        **HERE, "id": name, "equipment_id": "truck", "maintenance_type": kind,
        "status": "COMPLETED", **more,
    }  # fmt: skip


def test_equipment_down_and_in_use() -> None:
    found = values(
        leads=[{**HERE, "id": "l", "created_on": date(2026, 10, 3)}],
        equipment=[TRUCK],
        equipment_maintenance=[
            # Down from noon to noon of the next day, twice told, then open to the end.
            work("m1", "CORRECTIVE", down_from_at=at(10, 5, 16), up_at=at(10, 6, 16),
                 performed_on=date(2026, 10, 6), labour_minutes=60,
                 labour_amount=money("100.00"), parts_amount=money("50.00"),
                 next_due_on=date(2026, 10, 20)),
            work("m2", "EMERGENCY", down_from_at=at(10, 5, 16), up_at=at(10, 6, 4),
                 performed_on=date(2026, 10, 6)),
            work("m3", "PREVENTIVE", scheduled_on=date(2026, 11, 3),
                 performed_on=date(2026, 11, 4), labour_minutes=180),
            work("m4", "CORRECTIVE", performed_on=date(2026, 11, 4)),
        ],
        equipment_assignments=[
            {**HERE, "id": "a1", "equipment_id": "truck", "journey_id": "j", "status": "COMPLETED",
             "start_at": at(10, 12, 12), "end_at": at(10, 12, 22)},
            {**HERE, "id": "a2", "equipment_id": "truck", "status": "COMPLETED",
             "start_at": at(10, 12, 20), "end_at": at(10, 12, 23)},
            {**HERE, "id": "a3", "equipment_id": "truck", "status": "COMPLETED",
             "start_at": at(11, 3, 12), "end_at": at(11, 3, 13)},
        ],
        status_events=[
            {"entity": "equipment", "entity_id": "truck", "to_status": status,
             "occurred_at": at(11, day)}
            for status, day in (("REPAIR", 3), ("ACTIVE", 5))
        ],
    )  # fmt: skip
    # 744 hours of October, 24 of them down, 11 in use.
    assert found.at("E01", OCTOBER) == "96.774194"
    assert found.at("E02", OCTOBER) == "1.527778"
    assert found.of("E01", OCTOBER, "unit", "truck") == "96.774194"
    # Two failures are too few; with the third there are 12 hours over three.
    assert ("E03", "HERE", OCTOBER) not in set(
        found.frame.select("metric", "branch", "month").iter_rows()
    )
    assert found.at("E03", NOVEMBER) == "4.000000"
    assert found.at("E04", OCTOBER) == "18.000000"
    assert found.at("E05", NOVEMBER) == "0.000000"
    assert found.at("E06_count", OCTOBER) == "1"
    assert found.at("E06_days", OCTOBER) == "11"
    assert found.at("E07", OCTOBER) == "0.000000"
    assert found.at("E08", OCTOBER) == "13.636364"
    assert found.at("E09", NOVEMBER) == "15.000000"
    assert [found.at("E10", month) for month in (OCTOBER, NOVEMBER)] == ["1", "1"]
    # Open on Mondays and Tuesdays from nine to five: 8 days of October, 8 of these hours down.
    assert found.at("O09", OCTOBER) == "14.285714"


def test_fuel() -> None:
    fill = {**HERE, "equipment_id": "truck", "card_last_four": "1234"}
    found = values(
        equipment=[TRUCK],
        equipment_assignments=[
            {**HERE, "id": "a", "equipment_id": "truck", "journey_id": "j", "status": "COMPLETED",
             "start_at": at(10, 6, 12), "end_at": at(10, 6, 20)},
        ],
        fuel_purchases=[
            {**fill, "id": str(n), "purchased_at": at(10, day, hour),
             "purchased_on": date(2026, 10, day), "litre_count": money("60.000"),
             "amount": money("90.00"), "odometer_km": km}
            for n, (day, hour, km) in enumerate([(6, 13, 1000), (6, 15, 1000), (8, 15, 1300)])
        ],
    )  # fmt: skip
    assert found.at("E11", OCTOBER) == "20.000000"
    assert found.at("E12", OCTOBER) == "0.300000"
    # The second is two hours after the first, the third on a day without a journey.
    assert found.at("E13_count", OCTOBER) == "2"
    assert found.of("E13_amount", OCTOBER, "card", "1234") == "180.00"


def test_stock() -> None:
    item = {**HERE, "category": "boxes", "unit_cost_amount": money("2.0050")}
    move = {**HERE, "inventory_item_id": "box"}
    moves = [
        (10, 1, "PURCHASE", "10.00", "20.05"), (10, 11, "USAGE", "-10.00", "-20.05"),
        (10, 21, "PURCHASE", "8.00", "16.04"), (11, 3, "DAMAGE", "-1.00", "-2.01"),
        (11, 3, "ADJUSTMENT", "-1.00", "-2.01"), (11, 4, "USAGE", "-1.00", "-2.00"),
    ]  # fmt: skip
    found = values(
        leads=[{**HERE, "id": "l", "created_on": date(2026, 10, 3)}],
        truck_journeys=[{**HERE, "id": "j", "status": "COMPLETED", "service_on": NOVEMBER,
                         "completed_on": NOVEMBER, "service_type": "local"}],
        inventory_items=[{**item, "id": "box", "sku": "B1", "quantity": money("6.00"),
                          "min_quantity": money("6.00")}],
        inventory_transactions=[
            {**move, "id": str(n), "transaction_type": kind, "quantity": money(quantity),
             "total_cost_amount": money(cost), "occurred_on": date(2026, month, day),
             "journey_id": "j" if kind == "USAGE" and month == 11 else None}
            for n, (month, day, kind, quantity, cost) in enumerate(moves)
        ],
    )  # fmt: skip
    assert found.at("I01", OCTOBER) == "16.04"
    assert found.at("I01", NOVEMBER) == "10.03"
    # Nothing there for ten of 31 days.
    assert found.at("I04", OCTOBER) == "32.258065"
    assert found.at("I05", OCTOBER) == "0"
    assert found.at("I05", NOVEMBER) == "1"
    assert found.at("I06", NOVEMBER) == "201.000000"
    assert found.at("I07", NOVEMBER) == "2.000000"
    assert found.at("I08", NOVEMBER) == "1.00"
    # 22.05 used × 12 over month ends of 16.04 and 10.03.
    assert found.at("I02", NOVEMBER) == "10.149597"
