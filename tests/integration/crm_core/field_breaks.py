"""The bad rows of field work, as data: what is wrong with each, and which constraint says so.

Closed sets, signs, percentages, digests and keys follow from the models; the rest is written down.
"""

import re
from collections.abc import Iterator

from sqlalchemy import CheckConstraint, Index, Table, UniqueConstraint

from crm_core.models import Base
from tests.integration.crm_core.field_rows import TABLES, Break, Row, at, local, on

EARLIER = {"truck_journeys", "journey_steps"}
"""Tables that had constraints before; only the new ones are broken here."""
BAD_VALUE: dict[str, object] = {
    "known": "XXX",
    "not_negative": -1,
    "positive": 0,
    "percent": 101,
    "hexadecimal": "g" * 64,
}
UNREACHABLE = {
    # The trigger numbers the movements of an item, whatever the writer says.
    "uq_inventory_transactions_client_id_inventory_item_id_sequence",
    # Taken from the stock by the ledger; tested there.
    "ck_inventory_items_quantity_not_negative",
    # One live slot per journey; tested with the calendar.
    "uq_schedules_journey",
}


def table_of(name: str) -> Table:
    return Base.metadata.tables[f"core.{name}"]


def declared(name: str) -> set[str]:
    """Names of the checks, keys and exclusions that the models declare on a table."""
    table = table_of(name)
    found = {
        str(constraint.name)
        for constraint in sorted(table.constraints, key=lambda c: str(c.name))
        if not str(constraint.name).startswith(("fk_", "pk_"))
    }
    return found | {str(index.name) for index in table.indexes if index.unique}


def derived_breaks() -> Iterator[Break]:
    """Breaks that follow from the name of a check or the columns of a key."""
    for name in TABLES:
        table = table_of(name)
        for constraint in sorted(table.constraints, key=lambda c: str(c.name)):
            if isinstance(constraint, CheckConstraint):
                rule = re.sub(rf"^ck_{name}_", "", str(constraint.name))
                for ending, value in BAD_VALUE.items():
                    column = rule.removesuffix(f"_{ending}")
                    if column in table.columns and column != rule:
                        yield Break(name, str(constraint.name), {column: value})
        unique: list[UniqueConstraint | Index] = [
            c for c in table.constraints if isinstance(c, UniqueConstraint)
        ]
        unique += [i for i in table.indexes if i.unique]
        for key in sorted(unique, key=lambda key: str(key.name)):
            columns = tuple(column.name for column in key.columns)
            if "id" not in columns and name not in EARLIER:
                yield Break(name, str(key.name), same=columns)


def ck(table: str, rule: str, values: Row | None = None, **options: object) -> Break:
    """A break of a check constraint."""
    return Break(table, f"ck_{table}_{rule}", values or {}, **options)  # type: ignore[arg-type]


OTHER = "e0000000-0000-7000-8000-000000000000"
WRITTEN = [
    ck("truck_journeys", "current_phase_range", {"current_phase": 7}),
    ck("truck_journeys", "started_at_required", {"status": "EN_ROUTE"}),
    ck("truck_journeys", "arrived_at_required", {"status": "ONSITE", "started_at": at(1)}),
    ck("truck_journeys", "arrived_at_after_started_at",
       {"started_at": at(1, 1), "arrived_at": at(1)}),
    ck("truck_journeys", "window_in_order", {"arrival_window_start_at": at(1)}),
    ck("journey_steps", "started_at_required", {"status": "IN_PROGRESS"}),
    ck("journey_steps", "ended_at_required", {"status": "COMPLETED", "started_at": at(1)}),
    ck("journey_steps", "approved_at_required",
       {"status": "APPROVED", "started_at": at(1), "ended_at": at(1)}),
    ck("journey_phases", "phase_numbered", {"phase_name": "MORNING_PREP", "phase_number": 3}),
    Break("journey_phases", "uq_journey_phases_client_id_journey_id_phase_number",
          same=("phase_number", "phase_name")),
    ck("journey_phases", "started_at_required", {"status": "IN_PROGRESS"}),
    ck("journey_phases", "completed_at_required", {"status": "COMPLETED", "started_at": at(1)}),
    ck("journey_phases", "completed_at_after_started_at", {"completed_at": at(1)}),
    ck("journey_phase_templates", "phase_numbered", {"phase_number": 7}),
    Break("journey_phase_templates",
          "uq_journey_phase_templates_client_id_phase_number_service_type",
          same=("phase_number", "phase_name")),
    ck("journey_checklist_items", "completed_at_required", {"status": "COMPLETED"}),
    ck("journey_checklist_items", "skip_reason_required", {"status": "SKIPPED"}),
    ck("journey_checklist_items", "done_by", people={"completed_by_id": "mover"}),
    ck("assigned_crew", "planned_end_at_after_planned_start_at", {"planned_end_at": at(1)}),
    ck("assigned_crew", "ended_at_after_started_at", {"ended_at": at(1)}),
    ck("assigned_crew", "confirmed_at_required", {"status": "CONFIRMED"}),
    ck("assigned_crew", "declined_at_required", {"status": "DECLINED"}),
    ck("assigned_crew", "started_at_required", {"status": "ON_SITE"}),
    ck("assigned_crew", "ended_at_required", {"status": "COMPLETED", "started_at": at(1)}),
    Break("assigned_crew", "uq_assigned_crew_lead", {"is_lead": True}),
    ck("time_entries", "ended_at_after_started_at", {"ended_at": at(1)}),
    ck("time_entries", "at_most_a_day", {"ended_at": at(2, 1), "ended_local_at": local(2, 1)}),
    ck("time_entries", "ended_at_together", {"ended_at": None}),
    ck("time_entries", "approved_by_id_together", people={"approved_by_id": "manager"}),
    ck("time_entries", "approved_is_ended",
       {"ended_at": None, "ended_local_at": None, "approved_at": at(2)},
       people={"approved_by_id": "manager"}),
    ck("time_entries", "approved_by_another", {"approved_at": at(2)},
       people={"approved_by_id": "mover"}),
    Break("time_entries", "ex_time_entries_overlap",
          {"started_at": at(0, 7.5), "ended_at": at(0, 9)}),
    ck("wage_rates", "loading_pct_range", {"loading_pct": 201}),
    ck("wage_rates", "overtime_factor_range", {"overtime_factor": 0.5}),
    ck("wage_rates", "valid_to_on_after_valid_from_on", {"valid_to_on": on(100)}),
    Break("wage_rates", "ex_wage_rates_overlap", {"valid_from_on": on(99)}),
    ck("media", "byte_count_limit", {"byte_count": 10 * 1024 * 1024 + 1}),
    ck("journey_reviews", "completed_at_after_started_at", {"completed_at": at(1)}),
    ck("journey_reviews", "completed_at_required",
       {"status": "COMPLETED", "started_at": at(1), "completed_at": at(1)}),
    ck("review_findings", "resolved_at_required", {"status": "RESOLVED"}),
    ck("claims", "closed_on_after_opened_on",
       {"status": "DENIED", "denial_reason": "late", "closed_on": on(0)}),
    ck("claims", "closed_on_required", {"status": "DENIED", "denial_reason": "late"}),
    ck("claims", "closed_on_only_when", {"closed_on": on(2)}),
    ck("claims", "settled_amount_required", {"status": "SETTLED", "closed_on": on(2)}),
    ck("claims", "settled_amount_only_when", {"settled_amount": 100}),
    ck("claims", "denial_reason_required", {"status": "DENIED", "closed_on": on(2)}),
    ck("claims", "settled_amount_limit",
       {"status": "SETTLED", "closed_on": on(2), "settled_amount": 401}),
    ck("fuel_purchases", "card_last_four_digits", {"card_last_four": "12"}),
    ck("journey_costs", "quantity_not_negative", {"quantity": -1, "unit_amount": -10}),
    ck("journey_costs", "unit_amount_not_negative",
       {"quantity": 0, "unit_amount": -10, "amount": 0}),
    ck("journey_costs", "amount_not_negative", {"unit_amount": -10, "amount": -10}),
    ck("journey_costs", "amount_product", {"amount": 11}),
    *(
        ck("journey_costs", f"{column}_only_when", ids={column: (table, 0)})
        for column, table in (
            ("time_entry_id", "time_entries"), ("fuel_purchase_id", "fuel_purchases"),
            ("inventory_transaction_id", "inventory_transactions"), ("claim_id", "claims"),
        )
    ),
    ck("equipment", "depreciation_rate_range", {"depreciation_rate": 1.5}),
    ck("equipment", "model_year_range", {"model_year": 1900}),
    ck("equipment", "retired_on_required", {"status": "RETIRED"}),
    ck("equipment", "sold_on_required", {"status": "SOLD", "retired_on": on(0)}),
    ck("equipment", "retired_on_only_when_gone", {"retired_on": on(0)}),
    ck("equipment", "retired_after_purchase", {"status": "RETIRED", "retired_on": on(-901)}),
    ck("equipment", "sold_on_after_retired_on",
       {"status": "SOLD", "retired_on": on(0), "sold_on": on(-1), "sold_amount": 100}),
    ck("equipment", "next_maintenance_after_last", {"next_maintenance_on": on(-30)}),
    ck("equipment_maintenance", "scheduled_on_required", {"scheduled_on": None}),
    ck("equipment_maintenance", "started_at_required", {"status": "IN_PROGRESS"}),
    ck("equipment_maintenance", "performed_at_required",
       {"status": "COMPLETED", "performed_at": at(1)}),
    ck("equipment_maintenance", "cancellation_reason_required", {"status": "CANCELLED"}),
    ck("equipment_maintenance", "performed_after_start",
       {"started_at": at(1, 1), "performed_at": at(1)}),
    ck("equipment_maintenance", "next_due_after_performed",
       {"performed_on": on(1), "next_due_on": on(1)}),
    ck("equipment_maintenance", "up_at_after_down_from_at", {"up_at": at(1)}),
    Break("equipment_maintenance", "ex_equipment_maintenance_downtime",
          {"down_from_at": at(0, 4)}),
    ck("equipment_assignments", "end_at_after_start_at", {"end_at": at(1)}),
    ck("equipment_assignments", "end_at_required", {"status": "COMPLETED", "end_at": None}),
    ck("equipment_assignments", "for_somebody", {"journey_id": None}),
    ck("suppliers", "rating_range", {"rating": 6}),
    ck("inventory_items", "max_quantity_above_min", {"min_quantity": 101}),
    ck("purchase_orders", "ordered_on_required", {"status": "SENT", "ordered_on": on(0)}),
    ck("purchase_orders", "expected_on_after_ordered_on",
       {"ordered_on": on(1), "expected_on": on(0)}),
    ck("purchase_orders", "received_on_required",
       {"status": "RECEIVED", "ordered_on": on(0), "expected_on": on(1)}),
    ck("purchase_orders", "received_on_only_when", {"ordered_on": on(0), "received_on": on(1)}),
    ck("purchase_orders", "received_on_after_ordered_on",
       {"status": "RECEIVED", "ordered_on": on(2), "expected_on": on(2), "received_on": on(1)}),
    ck("purchase_orders", "approved_by_id_together", {"approved_at": at(0)}),
    ck("purchase_order_items", "received_quantity_range", {"received_quantity": 11}),
    ck("inventory_transactions", "quantity_moves", {"quantity": 0, "total_cost_amount": 0}),
    ck("inventory_transactions", "quantity_sign", {"quantity": -1, "total_cost_amount": -2}),
    ck("inventory_transactions", "total_cost_product", {"total_cost_amount": 19}),
    ck("inventory_transactions", "unit_cost_amount_not_negative",
       {"unit_cost_amount": -2, "total_cost_amount": -20}),
    ck("inventory_transactions", "journey_id_required",
       {"transaction_type": "USAGE", "quantity": -1, "total_cost_amount": -2}),
    ck("inventory_transactions", "transfer_group_id_required", {"transaction_type": "TRANSFER"}),
    ck("inventory_transactions", "transfer_group_id_only_when", {"transfer_group_id": OTHER}),
    ck("inventory_transactions", "reason_required", {"transaction_type": "ADJUSTMENT"}),
    ck("mobile_sessions", "ended_at_after_started_at",
       {"ended_at": at(-1), "is_active": False}),
    ck("mobile_sessions", "expires_at_after_started_at", {"expires_at": at(0)}),
    ck("mobile_sessions", "active_until_ended", {"is_active": False}),
    ck("mobile_sessions", "last_position_together", {"last_position_at": at(0)}),
    ck("mobile_journey_updates", "retry_count_range", {"retry_count": 6}),
    ck("mobile_journey_updates", "occurred_at_not_ahead", {"occurred_at": at(0, 0.1)}),
    ck("mobile_journey_updates", "synced_at_required", {"sync_status": "SYNCED"}),
    ck("mobile_journey_updates", "synced_at_only_when", {"synced_at": at(0)}),
    ck("mobile_journey_updates", "synced_at_after_received_at",
       {"sync_status": "SYNCED", "synced_at": at(-1)}),
    ck("mobile_journey_updates", "sync_error_required", {"sync_status": "CONFLICT"}),
    ck("mobile_media_items", "retry_count_range", {"retry_count": -1}),
    ck("mobile_media_items", "upload_pct_completed", {"upload_pct": 100}),
    ck("mobile_media_items", "media_id_required",
       {"upload_status": "COMPLETED", "upload_pct": 100}),
    ck("mobile_media_items", "media_id_only_when", ids={"media_id": ("media", 0)}),
    ck("mobile_notifications", "sent_at_after_raised_at", {"sent_at": at(-1)}),
    ck("mobile_notifications", "delivered_at_after_sent_at", {"delivered_at": at(1)}),
    ck("mobile_notifications", "read_at_after_delivered_at", {"read_at": at(1)}),
    ck("mobile_notifications", "expires_at_after_raised_at", {"expires_at": at(0)}),
    ck("schedules", "end_at_after_start_at", {"end_at": at(1)}),
    ck("schedules", "journey_id_required", {"schedule_type": "JOURNEY"}),
    ck("schedules", "journey_id_only_when", ids={"journey_id": ("truck_journeys", 0)}),
    ck("schedules", "maintenance_id_required", {"schedule_type": "MAINTENANCE"}),
    ck("schedules", "maintenance_id_only_when",
       ids={"maintenance_id": ("equipment_maintenance", 0)}),
    ck("schedules", "replaced_by_id_required", {"status": "RESCHEDULED"}),
    ck("schedules", "replaced_by_id_only_when", ids={"replaced_by_id": ("schedules", 0)}),
    ck("schedules", "replaced_by_another", {"status": "RESCHEDULED"},
       ids={"replaced_by_id": ("schedules", 1)}),
    ck("schedules", "conflict_note_flagged", {"conflict_note": "two trucks"}),
    ck("schedule_resources", "end_at_after_start_at", {"end_at": at(1)}),
    ck("schedule_resources", "kind_matches", {"kind": "EQUIPMENT"}),
    ck("availabilities", "end_at_after_start_at", {"end_at": at(50)}),
    ck("availabilities", "recurrence_given", {"is_recurring": True}),
    ck("availabilities", "answered_at_required", {"approval_status": "APPROVED"}),
    ck("availabilities", "answered_by_at", people={"answered_by_id": "manager"}),
    ck("availabilities", "answered_by_another", {"answered_at": at(0)},
       people={"answered_by_id": "mover"}),
    ck("availabilities", "away_is_away", {"availability_type": "SICK"}),
    ck("occupancies", "end_at_after_start_at", {"end_at": at(1)}),
    Break("occupancies", "ex_occupancies_double_booked", {"start_at": at(0, 0.5)}),
    # Keys over several columns: the row exists, but not in that company.
    Break("media", "fk_media_client_id_journey_id_phase_number", {"phase_number": 2}),
    Break("media", "fk_media_client_id_journey_id_step_number", {"step_number": 2}),
    Break("damage_reports", "fk_damage_reports_client_id_journey_id_claim_id",
          ids={"journey_id": ("truck_journeys", 9)}),
    Break("mobile_journey_updates", "fk_mobile_journey_updates_client_id_user_id_session_id",
          people={"user_id": "driver"}),
]  # fmt: skip
COSTED_ONCE = {
    "uq_journey_costs_time_entry_id": ("LABOUR", "time_entry_id", "time_entries"),
    "uq_journey_costs_fuel_purchase_id": ("FUEL", "fuel_purchase_id", "fuel_purchases"),
    "uq_journey_costs_inventory_transaction_id": (
        "MATERIAL", "inventory_transaction_id", "inventory_transactions"),
    "uq_journey_costs_claim_id": ("CLAIM", "claim_id", "claims"),
}  # fmt: skip
"""Cost lines that stand for a record: kind, column and table of the record."""


def all_breaks() -> list[Break]:
    """Every break once; what is written down wins over what is derived."""
    written = {(b.table, b.constraint) for b in WRITTEN}
    derived = [
        b
        for b in derived_breaks()
        if (b.table, b.constraint) not in written
        and b.constraint not in UNREACHABLE
        and b.constraint not in COSTED_ONCE
    ]
    return [*derived, *WRITTEN]
