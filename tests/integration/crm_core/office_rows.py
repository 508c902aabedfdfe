"""A good row of every office table, as data; what breaks each rule stands in the test.

A value that starts with "@" is the id of a row made before: a table's parent row, or one of the
sale that the ground is laid with.
"""

from typing import Any

Row = dict[str, Any]

PAST, DAY, NEXT = "2026-11-01", "2026-11-20", "2026-12-20"
AT, LATER = "2026-11-20T18:00:00Z", "2026-11-20T19:00:00Z"
MONTH = "2026-11-01"
HASH = "0" * 64

BRANCH = {"location_id": "@location"}
SCOPED = {**BRANCH, "owner_id": "@user"}

GOOD: dict[str, Row] = {
    "platform_admins": {
        "username": "root", "email": "root@platform.example", "first_name": "Pat",
        "last_name": "Form", "role": "SUPER_ADMIN",
    },
    "platform_sessions": {
        "admin_id": "@platform_admins", "token_hash": HASH, "last_seen_at": AT,
        "created_at": AT, "expires_at": LATER,
    },
    "company_access_logs": {"admin_id": "@user", "action": "COMPANY_SWITCH", "occurred_at": AT},
    "billing_plans": {"name": "Standard", "plan_type": "STANDARD", "monthly_amount": 299},
    "sales_activities": {
        **SCOPED, "lead_id": "@lead", "type": "PHONE_CALL", "completed_at": AT,
        "completed_on": DAY, "duration_minutes": 5,
    },
    "quote_templates": {**SCOPED, "name": "Two bedrooms"},
    "quote_template_items": {
        **SCOPED, "quote_template_id": "@quote_templates", "category": "MOVING_SERVICES",
        "description": "3 movers", "quantity": 5, "unit_amount": 189, "unit": "HOUR",
    },
    "marketing_spend": {
        **BRANCH, "source": "organic", "campaign": "autumn", "month_on": MONTH, "spend_amount": 900,
    },
    "surveys": {
        **SCOPED, "customer_id": "@customer", "journey_id": "@journey", "status": "ANSWERED",
        "sent_at": AT, "sent_on": DAY, "answered_at": LATER, "answered_on": DAY,
        "recommend_score": 9,
    },
    "financial_transactions": {
        **SCOPED, "type": "INCOME", "category": "MOVING_REVENUE", "direction": 1,
        "transaction_amount": 100, "currency": "CAD", "transaction_on": DAY, "posted_at": AT,
        "posted_on": DAY, "invoice_id": "@invoice",
    },
    "customer_credits": {
        **SCOPED, "customer_id": "@customer", "reason": "OVERPAYMENT", "credit_amount": 20,
        "currency": "CAD", "payment_id": "@payment", "moved_at": AT, "moved_on": DAY,
    },
    "royalty_rates": {**BRANCH, "rate": "0.06", "valid_from_on": PAST, "valid_to_on": NEXT},
    "royalties": {
        **BRANCH, "month_on": MONTH, "base_amount": 1000, "rate": "0.06", "royalty_amount": 60,
        "currency": "CAD",
    },
    "budgets": {**BRANCH, "category": "FUEL", "month_on": MONTH, "budget_amount": 4000},
    "fx_rates": {
        "from_currency": "CAD", "to_currency": "USD", "rate_on": DAY, "rate": "0.73",
        "source": "central bank",
    },
    "storage_units": {
        **SCOPED, "unit_number": "A-1", "type": "LOCKER", "size_class": "SMALL", "base_amount": 120,
        "current_amount": 110, "width_ft": 5, "length_ft": 10, "height_ft": 8, "area_sq_ft": 50,
    },
    "discount_policies": {
        "name": "Long stay", "type": "LOYALTY", "discount_type": "PERCENTAGE", "rate": "0.1",
        "valid_from_on": PAST,
    },
    "late_fee_policies": {**BRANCH, "rate": "0.05", "minimum_amount": 10, "maximum_amount": 50},
    "storage_bookings": {
        **SCOPED, "unit_id": "@storage_units", "customer_id": "@customer", "starts_on": DAY,
        "ends_on": NEXT, "status": "ACTIVE", "activated_on": DAY, "rate_amount": 110,
    },
    "storage_price_changes": {
        **SCOPED, "booking_id": "@storage_bookings", "old_amount": 110, "new_amount": 120,
        "currency": "CAD", "notified_on": PAST, "effective_on": "2026-12-01",
    },
    "storage_accesses": {
        **SCOPED, "unit_id": "@storage_units", "access_type": "CODE", "entered_at": AT,
        "entered_on": DAY, "left_at": LATER,
    },
    "storage_alerts": {
        **SCOPED, "type": "PAYMENT", "severity": "HIGH", "raised_at": AT, "raised_on": DAY,
    },
    "templates": {"name": "Receipt", "type": "SMS", "content": "Thank you, {name}"},
    "communications": {
        **SCOPED, "type": "SMS", "recipient": "555-0100", "content": "Thank you", "status": "SENT",
        "sent_at": AT, "sent_on": DAY, "template_id": "@templates", "template_version": 1,
        "customer_id": "@customer", "provider_message_id": "m-1",
    },
    "notifications": {"user_id": "@user", "type": "SYSTEM_ALERT", "title": "Sync failed"},
    "domain_events": {
        "name": "quote.accepted", "entity": "quotes", "entity_id": "@quote", "occurred_at": AT,
    },
    "webhooks": {
        "name": "Accounting", "url": "https://hooks.example/in", "events": ["invoice.sent"],
    },
    "webhook_deliveries": {
        "webhook_id": "@webhooks", "event_id": "@domain_events", "event": "quote.accepted",
        "payload": {"id": 1},
    },
    "inbound_events": {
        "integration_id": "@integration", "external_id": "e-1", "name": "payment.updated",
        "ciphertext": b"x", "payload_hash": HASH, "received_at": AT,
    },
    "report_definitions": {**SCOPED, "name": "Weekly", "spec": {"widgets": []}},
    "report_runs": {
        **SCOPED, "definition_id": "@report_definitions", "report_name": "Weekly", "format": "PDF",
        "status": "COMPLETED", "started_at": AT, "finished_at": LATER, "as_of": AT,
        "file_key": "runs/1.pdf", "content_hash": HASH,
    },
    "dashboards": {**SCOPED, "name": "Mine", "is_default": True},
    "annotations": {**SCOPED, "starts_on": PAST, "ends_on": DAY, "title": "Snow"},
    "kpi_targets": {**BRANCH, "metric": "booking_rate", "period_on": MONTH, "target": "0.35"},
    "status_events": {
        **SCOPED, "entity": "leads", "entity_id": "@lead", "from_status": "NEW",
        "to_status": "CONTACTED", "occurred_at": AT,
    },
}  # fmt: skip

PARENTS: dict[str, Row] = {
    "platform_admins": {"username": "first", "email": "first@platform.example"},
    "quote_templates": {"name": "Parent"},
    "storage_units": {"unit_number": "P-1"},
    "storage_bookings": {"starts_on": "2020-01-01", "ends_on": "2020-02-01"},
    "templates": {"name": "Parent"},
    "domain_events": {},
    "webhooks": {"name": "Parent"},
    "report_definitions": {"name": "Parent"},
}
"""Rows that stay, for others to refer to: how they differ from the good one."""
