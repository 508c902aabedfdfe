"""The true figures of messages, integrations, accounts and reports, from hand-made rows."""

from datetime import date

from tests.unit.crm_core.simulation.truth_rows import HERE, NOVEMBER, OCTOBER, at, money, values


def message(name: str, **more: object) -> dict[str, object]:
    return {
        **HERE, "id": name, "type": "SMS", "direction": "OUTBOUND", "status": "DELIVERED",
        "sent_at": at(10, 5), "sent_on": date(2026, 10, 5), "customer_id": name,
        "template_id": "t", **more,
    }  # fmt: skip


def test_messages() -> None:
    found = values(
        templates=[{"id": "t", "name": "Move reminder"}],
        communications=[
            message("a", delivered_at=at(10, 5, 12, 1), journey_id="j1"),
            message("b", delivered_at=at(10, 5, 12, 2), read_at=at(10, 6), status="READ"),
            message("c", status="FAILED", failed_at=at(10, 5), failure_reason="no such number"),
            message("d", status="SENT"),
            message("e", direction="INBOUND", customer_id="b", sent_at=at(10, 8)),
        ],
        quotes=[{**HERE, "id": "q", "lead_id": "l", "family_id": "q", "version": 1,
                 "customer_id": "a", "accepted_at": at(10, 20), "accepted_on": date(2026, 10, 20),
                 "subtotal_amount": money("1.00"), "discount_amount": money("0.00")}],
        truck_journeys=[
            {**HERE, "id": f"j{n}", "status": "COMPLETED", "service_on": date(2026, 10, 7),
             "planned_start_at": at(10, 7), "service_type": "local"}
            for n in (1, 2)
        ],
    )  # fmt: skip
    assert found.at("M01", OCTOBER) == "50.000000"
    assert found.at("M02", OCTOBER) == "50.000000"
    assert found.at("M03", OCTOBER) == "25.000000"
    assert found.of("M03_reason", OCTOBER, "reason", "no such number") == "100.000000"
    assert found.at("M04", OCTOBER) == "114.000000"
    assert found.of("M05", OCTOBER, "template", "Move reminder") == "50.000000"
    assert found.at("M06", OCTOBER) == "50.000000"


def test_runs_and_webhooks_belong_to_the_company() -> None:
    run = {"integration_id": "i", "type": "INCREMENTAL", "status": "COMPLETED"}
    sent = {"webhook_id": "w", "event": "quote.accepted", "status": "DELIVERED"}
    found = values(
        leads=[{**HERE, "id": "l", "created_on": date(2026, 10, 3)}],
        integrations=[{"id": "i", "name": "moves"}],
        integration_sync_logs=[
            {**run, "id": "1", "run_id": "r1", "started_at": at(10, 5, 12),
             "completed_at": at(10, 5, 12, 1), "records_processed": 100, "records_failed": 2},
            {**run, "id": "2", "run_id": "r1", "status": "FAILED", "started_at": at(10, 5, 12),
             "completed_at": at(10, 5, 12, 3), "records_processed": 100, "records_failed": 0},
            {**run, "id": "3", "run_id": "r2", "started_at": at(10, 31, 16),
             "completed_at": at(10, 31, 16, 1), "records_processed": 200, "records_failed": 2},
        ],
        webhooks=[{"id": "w", "name": "partner"}],
        webhook_deliveries=[
            {**sent, "id": "d1", "created_at": at(10, 6), "attempt_count": 1,
             "attempted_at": at(10, 6), "delivered_at": at(10, 6, 12, 1)},
            {**sent, "id": "d2", "created_at": at(10, 6), "attempt_count": 3,
             "attempted_at": at(10, 6), "delivered_at": at(10, 6, 12, 21)},
            {**sent, "id": "d3", "created_at": at(11, 10), "attempt_count": 0, "status": "PENDING"},
        ],
    )  # fmt: skip
    assert found.at("G01", OCTOBER, "*") == "50.000000"
    assert found.of("G02", OCTOBER, "integration", "moves") == "1.000000"
    # From noon of the branch's clock to midnight.
    assert found.at("G03", OCTOBER, "*") == "719.000000"
    assert found.at("G04", OCTOBER, "*") == "174.000000"
    assert found.of("G05", OCTOBER, "event", "quote.accepted") == "50.000000"
    assert found.at("G06", OCTOBER, "*") == "100.000000"
    assert found.at("G07", OCTOBER, "*") == "1200.000000"


def test_accounts_and_the_trail() -> None:
    entry = {**HERE, "resource": "USER", "severity": "INFO", "occurred_at": at(10, 5, 12)}
    grant = {
        **HERE, "user_id": "a", "resource": "QUOTE", "is_granted": True, "created_at": at(11, 1),
    }  # fmt: skip
    found = values(
        users=[
            {**HERE, "id": "a", "role": "MANAGER", "status": "ACTIVE",
             "is_two_factor_enabled": True, "last_login_at": at(11, 1)},
            {**HERE, "id": "b", "role": "MANAGER", "status": "ACTIVE", "last_login_at": at(8, 1)},
            {**HERE, "id": "c", "role": "DRIVER", "status": "INACTIVE"},
        ],
        audit_entries=[
            {**entry, "id": "1", "action": "SIGN_IN", "resource_id": "a"},
            {**entry, "id": "2", "action": "SIGN_IN_REFUSED", "resource_id": "a"},
            {**entry, "id": "3", "action": "EXPORT", "owner_id": "a", "details": '{"rows": 1001}'},
            {**entry, "id": "4", "action": "EXPORT", "owner_id": "a", "details": '{"rows": 1000}'},
            {**entry, "id": "5", "action": "UPDATE", "severity": "CRITICAL", "changed_xid": "8"},
            {**entry, "id": "6", "action": "REVEAL", "owner_id": "a", "location_id": "far"},
        ],
        status_events=[
            {**HERE, "entity": "quotes", "occurred_at": at(10, 5)},
            {**HERE, "entity": "quotes", "occurred_at": at(10, 5), "changed_xid": "8"},
            {"location_id": "far", "entity": "leads", "occurred_at": at(10, 5), "changed_xid": "9"},
        ],
        user_permissions=[
            {**grant, "id": "1"},
            {**grant, "id": "2", "expires_at": at(11, 20)},
            {**grant, "id": "3", "expires_at": at(11, 2)},
            {**grant, "id": "4", "is_granted": False},
        ],
    )  # fmt: skip
    assert found.of("A01", OCTOBER, "role", "MANAGER") == "50.000000"
    assert found.of("A01", OCTOBER, "hour", "8") == "50.000000"
    assert found.at("A02", NOVEMBER) == "50.000000"
    assert found.at("A03", NOVEMBER) == "1"
    assert found.at("A04_live", NOVEMBER) == "2"
    assert found.at("A04_endless", NOVEMBER) == "1"
    assert found.at("A05", OCTOBER, "FAR") == "1"
    assert found.of("A05", OCTOBER, "role", "MANAGER") == "1"
    assert found.of("A07", OCTOBER, "table", "quotes") == "100.000000"
    assert found.at("A07", OCTOBER, "FAR") == "0.000000"
    assert found.at("A06", OCTOBER) == "1"
    assert found.of("A09", OCTOBER, "role", "MANAGER") == "1"


def test_reports() -> None:
    mail = {"report_name": "sales", "window_key": "2026-10", "recipient_user_id": "a"}
    found = values(
        report_deliveries=[
            {**mail, "id": str(n), "state": state, "sent_at": at(10, 5, 10, late), "revision": 1,
             "occasion_id": "o"}
            for n, (state, late) in enumerate((("SENT", 10), ("SENT", 11), ("REFUSED", 0)))
        ],
        report_occasions=[{"id": "o", "due_at": at(10, 5, 10), "is_asked": False}],
        audit_entries=[
            {"id": "1", "action": "SCOPE_EXCEEDED", "resource_id": "0", "occurred_at": at(10, 5)},
            {"id": "2", "action": "EXPORT", "resource_id": "0", "occurred_at": at(10, 5)},
        ],
        report_runs=[
            {"id": "r", "report_name": "sales", "format": "PDF", "status": "COMPLETED",
             "as_of": at(10, 5, 10), "finished_at": at(10, 5, 10, 30)},
        ],
    )  # fmt: skip
    assert found.at("P01", OCTOBER, "*") == "33.333333"
    assert found.of("P07", OCTOBER, "report", "sales") == "1"
    assert found.at("P02", OCTOBER, "*") == "1"
    assert found.of("P03", OCTOBER, "format", "PDF") == "30.000000"
