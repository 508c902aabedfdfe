"""The true figures of operations, devices and the calendar, from hand-made rows."""

from datetime import date, timedelta

from tests.unit.crm_core.simulation.truth_rows import (
    HERE,
    LOCATIONS,
    NOVEMBER,
    OCTOBER,
    at,
    money,
    values,
)

MONDAY = date(2026, 10, 5)
JOB = {
    **HERE, "status": "AUDITED", "service_on": MONDAY, "completed_on": MONDAY,
    "started_at": at(10, 5, 12), "arrived_at": at(10, 5, 13), "completed_at": at(10, 5, 16),
    "arrival_window_end_at": at(10, 5, 13), "planned_start_at": at(10, 5, 12),
    "planned_end_at": at(10, 5, 16), "service_type": "local", "move_size": "studio",
    "truck_count": 1, "crew_size": 2,
}  # fmt: skip
LATE = {"arrived_at": at(10, 5, 13, 1), "completed_at": at(10, 5, 18)}


def test_jobs_on_time_and_audited() -> None:
    found = values(
        truck_journeys=[{**JOB, "id": "j1"}, {**JOB, **LATE, "id": "j2"}],
        assigned_crew=[
            {"journey_id": "j1", "user_id": "lead", "is_lead": True, "status": "COMPLETED"}
        ],
        status_events=[
            {"entity": "truck_journeys", "entity_id": name, "to_status": "AUDITED",
             "occurred_at": at(10, day, 16)}
            for name, day in (("j1", 7), ("j2", 9))
        ],
    )  # fmt: skip
    assert found.at("O01", OCTOBER) == "2"
    assert found.at("O02", OCTOBER) == "50.000000"
    assert found.of("O02", OCTOBER, "crew", "lead") == "100.000000"
    assert found.of("O02", OCTOBER, "hour", "9") == "50.000000"
    assert found.at("O03", OCTOBER) == "50.000000"
    # 240 minutes planned, 240 and 360 spent: 0 and a half.
    assert found.at("O04_median_abs", OCTOBER) == "25.000000"
    assert found.at("O04_within_10", OCTOBER) == "50.000000"
    # 60 of 240 and 61 of 360 minutes until the arrival.
    assert found.at("O12", OCTOBER) == "20.166667"
    assert found.at("O18", OCTOBER) == "50.000000"
    # Two trucks for 4 Mondays and 4 Tuesdays of 8 hours: 8 hours of 128.
    assert found.at("O10", OCTOBER) == "6.250000"


def test_hours_crews_and_trucks() -> None:
    entry = {**HERE, "kind": "WORK", "is_paid": True, "worked_on": MONDAY, "user_id": "lead"}
    bill = {
        **HERE, "status": "PAID", "issued_on": MONDAY, "subtotal_amount": money("600.00"),
        "discount_amount": money("0.00"),
    }  # fmt: skip
    use = {**HERE, "equipment_id": "truck", "status": "COMPLETED"}
    found = values(
        users=[{**HERE, "id": "lead", "role": "DRIVER"}],
        truck_journeys=[
            {**JOB, "id": "j1", "actual_cost_amount": money("200.00")},
            {**JOB, "id": "j2"},
        ],
        assigned_crew=[
            {"journey_id": name, "user_id": "lead", "is_lead": True, "status": "COMPLETED"}
            for name in ("j1", "j2")
        ],
        time_entries=[
            {**entry, "journey_id": "j1", "started_at": at(10, 5, 10), "ended_at": at(10, 5, 14)},
            {**entry, "journey_id": "j1", "started_at": at(10, 5, 15), "ended_at": at(10, 5, 16),
             "kind": "BREAK", "is_paid": False},
            {**entry, "started_at": at(10, 6, 0), "ended_at": at(10, 7, 14), "kind": "YARD"},
        ],
        availabilities=[
            {**HERE, "user_id": "lead", "available_on": MONDAY, "is_available": True,
             "approval_status": "NOT_REQUIRED",
             "start_at": at(10, 5, 10), "end_at": at(10, 5, 20)},
            {**HERE, "user_id": "lead", "available_on": MONDAY, "is_available": False,
             "start_at": at(10, 5, 18), "end_at": at(10, 5, 22), "approval_status": "APPROVED"},
        ],
        equipment_assignments=[
            {**use, "id": f"a{n}", "journey_id": f"j{n}", "start_at": at(10, 5, 10 + n),
             "end_at": at(10, 5, 11 + n)}
            for n in (1, 2)
        ],
        invoices=[{**bill, "id": "i1", "journey_id": "j1"}],
        mobile_journey_updates=[
            {**HERE, "journey_id": "j1", "user_id": "lead", "session_id": "s",
             "update_type": "LOCATION", "occurred_at": at(10, 5, hour), "occurred_on": MONDAY,
             "synced_at": at(10, 5, hour, minute), "sync_error": error}
            for hour, minute, error in ((10, 1, None), (12, 3, None), (13, 11, "late"))
        ],
        mobile_sessions=[{**HERE, "id": "s", "app_version": "1.0", "started_at": at(10, 5, 10),
                          "expires_at": at(10, 6, 10)}],
    )  # fmt: skip
    assert found.at("O05", OCTOBER) == "150.000000"
    assert found.at("O06", OCTOBER) == "400.000000"
    assert found.at("O07", OCTOBER) == "600.000000"
    assert found.at("O11", OCTOBER) == "2.000000"
    # 4 hours on jobs of 10 offered less 2 of leave.
    assert found.of("O08", OCTOBER, "role", "DRIVER") == "50.000000"
    # 42 paid hours in the week.
    assert found.at("O13", OCTOBER) == "4.761905"
    assert found.at("O14", OCTOBER) == "33.333333"
    # 1, 3 and 11 minutes: 0.8 of the way from the second to the third.
    assert found.at("O19_lag", OCTOBER) == "9.400000"
    assert found.of("O19_failure", OCTOBER, "app_version", "1.0") == "33.333333"


def test_sessions_that_are_silent_at_the_end_of_the_day() -> None:
    # The fourth ends at 23:45 of the last of October, the fifth only in November.
    session = {**HERE, "app_version": "1.0", "started_at": at(10, 31, 12)}
    found = values(
        leads=[{**HERE, "id": "l", "created_on": date(2026, 10, 3)}],
        mobile_sessions=[
            {**session, "id": "silent", "expires_at": at(11, 1, 12)},
            {**session, "id": "heard", "expires_at": at(11, 1, 12)},
            {**session, "id": "over", "expires_at": at(10, 31, 20)},
        ],
        mobile_journey_updates=[
            {
                **HERE,
                "session_id": "heard",
                "journey_id": "j",
                "update_type": "LOCATION",
                "occurred_at": at(11, 1, 3, 45),
                "occurred_on": date(2026, 10, 31),
            },
        ],
    )
    assert found.at("O20", OCTOBER) == "1"


def test_steps_and_proofs() -> None:
    step = {**HERE, "ended_at": at(10, 5, 16), "step_number": 1}
    found = values(
        truck_journeys=[{**JOB, "id": "j1"}, {**JOB, "id": "j2"}],
        journey_steps=[
            {**step, "id": "s1", "status": "APPROVED", "approved_at": at(10, 5, 18),
             "approved_by_id": "boss"},
            {**step, "id": "s2", "status": "APPROVED", "approved_at": at(10, 5, 20)},
        ],
        status_events=[
            {"entity": "journey_steps", "entity_id": "s2", "to_status": status,
             "occurred_at": at(10, 5, hour)}
            for status, hour in (("REJECTED", 17), ("APPROVED", 20))
        ],
        media=[{"journey_id": name, "media_type": "SIGNATURE"} for name in ("j1", "j2")],
        journey_media_requirements=[
            {"journey_id": "j1", "is_required": True, "satisfied_by_media_id": "m"},
            {"journey_id": "j2", "is_required": True, "satisfied_by_media_id": None},
        ],
    )  # fmt: skip
    assert found.at("O15", OCTOBER) == "33.333333"
    assert found.at("O16", OCTOBER) == "3.000000"
    assert found.of("O16", OCTOBER, "approver", "boss") == "2.000000"
    assert found.at("O17", OCTOBER) == "50.000000"


def test_the_calendar() -> None:
    slot = {
        **HERE, "schedule_type": "JOURNEY", "scheduled_on": MONDAY, "start_at": at(10, 5, 12),
        "status": "COMPLETED",
    }  # fmt: skip
    taken = {**HERE, "kind": "USER", "user_id": "lead", "start_at": at(10, 5, 12)}
    free = {
        **HERE, "user_id": "lead", "is_available": True, "start_at": at(11, 11),
        "end_at": at(11, 11, 20), "approval_status": "NOT_REQUIRED",
    }  # fmt: skip
    found = values(
        quotes=[{**HERE, "id": "q", "lead_id": "l", "family_id": "q", "version": 1,
                 "accepted_on": MONDAY}],
        truck_journeys=[
            {**JOB, "id": "j1", "started_at": at(10, 5, 12, 15)},
            {**JOB, "id": "j2", "started_at": at(10, 5, 12, 16)},
            {**JOB, "id": "j3", "quote_id": "q", "service_on": date(2026, 11, 12),
             "status": "SCHEDULED", "completed_on": None},
        ],
        schedules=[
            {**slot, "id": "s1", "journey_id": "j1"},
            {**slot, "id": "s2", "journey_id": "j2"},
            {**slot, "id": "s3", "status": "RESCHEDULED"},
            {**slot, "id": "s4", "status": "CANCELLED"},
        ],
        status_events=[
            {"entity": "schedules", "entity_id": "s3", "to_status": "RESCHEDULED",
             "occurred_at": at(10, 4, 13)},
            {"entity": "schedules", "entity_id": "s4", "to_status": "CANCELLED",
             "occurred_at": at(10, 1)},
        ],
        schedule_resources=[
            {**taken, "id": "r1", "end_at": at(10, 5, 16)},
            {**taken, "id": "r2", "end_at": at(10, 5, 14)},
            {**taken, "id": "r3", "end_at": at(10, 5, 14), "is_released": True},
        ],
        availabilities=[
            {**free, "available_on": date(2026, 11, 11)},
            {**free, "available_on": date(2026, 11, 12)},
        ],
    )  # fmt: skip
    assert found.at("C01", OCTOBER) == "50.000000"
    assert found.at("C02", OCTOBER) == "25.000000"
    assert found.at("C03", OCTOBER) == "1"
    assert found.at("C07", OCTOBER) == "25.000000"
    # One person is free on the twelfth, where the job needs two; on 27 days nobody is needed.
    assert found.at("C05", NOVEMBER) == "96.428571"


def test_availability_is_due_on_thursday() -> None:
    monday = date(2026, 11, 9)
    said = {**HERE, "available_on": monday + timedelta(days=2)}
    found = values(
        locations=[{**place, "opened_on": monday} for place in LOCATIONS],
        leads=[{**HERE, "id": "l", "created_on": date(2026, 11, 1)}],
        users=[
            {**HERE, "id": name, "role": role, "status": status}
            for name, role, status in (
                ("a", "DRIVER", "ACTIVE"), ("b", "MOVER", "ACTIVE"), ("c", "MOVER", "ACTIVE"),
                ("d", "MOVER", "INACTIVE"), ("e", "MANAGER", "ACTIVE"),
            )
        ],
        availabilities=[
            {**said, "user_id": "a", "created_at": at(11, 5, 23)},
            {**said, "user_id": "b", "created_at": at(11, 6, 6)},
        ],
    )  # fmt: skip
    assert found.at("C06", NOVEMBER) == "33.333333"
    assert found.of("C06", NOVEMBER, "role", "DRIVER") == "100.000000"
