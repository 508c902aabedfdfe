"""Screens of operations: the jobs of a day, with crew, truck, steps and checklist; the calendar.

What a stage needs is decided in `crm_core.services.operations`, conflicts in `scheduling`.
"""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from app.screens import picks
from app.screens.spec import Act, Deed, Field, Part, Screen, child, deed, step
from crm_core.enums import Action, JourneyStage, Resource
from crm_core.enums_field import (
    CrewRole,
    EntryPriority,
    EntryType,
    ScheduleType,
)
from crm_core.models import (
    AssignedCrew,
    EquipmentAssignment,
    JourneyChecklistItem,
    JourneyEntry,
    JourneyReview,
    JourneyStep,
    Schedule,
)
from crm_core.models.lists import LISTS, ListSpec
from crm_core.services.finance import invoices
from crm_core.services.machines.equipment import ASSIGNMENT, AssignmentEvent
from crm_core.services.machines.operations import (
    CHECKLIST_ITEM,
    CREW,
    JOURNEY,
    REVIEW,
    STEP,
    CrewEvent,
    ItemEvent,
    JourneyEvent,
    ReviewEvent,
    StepEvent,
)
from crm_core.services.machines.scheduling import SCHEDULE, ScheduleEvent
from crm_core.services.operations import (
    checklists,
    crews,
    journey_log,
    journey_steps,
    journeys,
    reviews,
)
from crm_core.services.scheduling import schedules, truck_bookings
from crm_core.services.scheduling.slots import SlotData

R, A = Resource, Action
REASON = Field("reason", is_needed=True)


def _numbered(service: Callable[..., Any]) -> Callable[[Act], Any]:
    """A service that knows a step by its journey and number."""

    def run(act: Act) -> Any:
        return service(
            act.session, act.subject, journey_id=act.row.journey_id,
            step_number=act.row.step_number, at=act.at, **act.values,
        )  # fmt: skip

    return run


def _item(service: Callable[..., Any]) -> Callable[[Act], Any]:
    """A service that knows an item of a checklist by its journey, phase and key."""

    def run(act: Act) -> Any:
        said = {name: value for name, value in act.values.items() if value is not None}
        return service(
            act.session, act.subject, journey_id=act.row.journey_id,
            phase_number=act.row.phase_number, item_key=act.row.item_key, at=act.at, **said,
        )  # fmt: skip

    return run


def _moves(machine: Any, event: Any) -> Callable[[Any], bool]:
    return lambda row: (machine.state_of(row), event) in machine.moves


def _is(*stages: JourneyStage) -> Callable[[Any], bool]:
    return lambda row: row.status in stages


def _note(act: Act) -> Any:
    return journey_log.add(
        act.session, act.subject, journey_id=act.row.id, entry_type=EntryType.NOTE,
        text=act.values["text"], priority=act.values["priority"], at=act.at,
    )  # fmt: skip


def _slot(act: Act) -> Any:
    said = {name: value for name, value in act.values.items() if value is not None}
    place = said.pop("location_id")
    return schedules.create(
        act.session, act.subject, location_id=place, data=SlotData(**said), at=act.at
    )


def _of_stage(name: str, event: JourneyEvent, service: Callable[..., Any], **options: Any) -> Deed:
    return step(
        name, JOURNEY, event, service, "journey_id", resource=R.JOURNEY_STEP, is_main=True,
        **options,
    )  # fmt: skip


JOBS = Screen(
    "jobs", "local_shipping", LISTS["journeys"],
    columns=(
        "journey_number", "planned_start_local_at", "customer_id", "status", "service_type",
        "service_on", "crew_size", "truck_count", "truck_number", "location_id", "quoted_amount",
    ),
    filters=("service_on", "status", "location_id"),
    first={"service_on": "today"},
    is_descending=False,
    title=("journey_number", "customer_id"),
    sections=(
        ("the_move", ("service_type", "move_size", "service_on", "planned_start_local_at",
                      "origin_province", "destination_province", "distance_km", "crew_size",
                      "truck_count", "truck_number")),
        ("the_day", ("status", "started_local_at", "arrived_local_at", "completed_local_at",
                     "estimated_minutes", "actual_minutes", "cancellation_reason")),
        ("the_money", ("quoted_amount", "billed_amount", "estimated_cost_amount",
                       "actual_cost_amount", "owner_id", "location_id")),
    ),
    deeds=(
        _of_stage("prepare", JourneyEvent.PREPARE, journeys.prepare),
        _of_stage("depart", JourneyEvent.DEPART, journeys.depart),
        _of_stage("arrive", JourneyEvent.ARRIVE, journeys.arrive),
        _of_stage("complete", JourneyEvent.COMPLETE, journeys.complete, is_final=True),
        deed("assign_crew", R.CREW, A.ASSIGN, crews.assign, "journey_id",
             Field("user_id", choices=picks.crew, is_needed=True),
             Field("crew_role", CrewRole, is_needed=True),
             Field("is_lead", bool),
             when=_is(JourneyStage.SCHEDULED, JourneyStage.MORNING_PREP)),
        deed("assign_truck", R.JOURNEY, A.UPDATE, truck_bookings.assign_truck, "journey_id",
             Field("equipment_id", choices=picks.trucks, is_needed=True),
             when=_is(JourneyStage.SCHEDULED, JourneyStage.MORNING_PREP)),
        Deed("add_note", R.POSITION, A.CREATE, _note,
             (Field("text", is_long=True, is_needed=True),
              Field("priority", EntryPriority, is_needed=True,
                    start=lambda act: EntryPriority.NORMAL))),
        deed("draft_invoice", R.INVOICE, A.CREATE, invoices.draft_for_journey, "journey_id",
             when=_is(JourneyStage.COMPLETED, JourneyStage.AUDITED), opens="invoices"),
        deed("open_review", R.JOURNEY_STEP, A.APPROVE, reviews.open_review, "journey_id",
             when=_is(JourneyStage.COMPLETED)),
        step("audit", JOURNEY, JourneyEvent.AUDIT, journeys.audit_journey, "journey_id",
             right=A.APPROVE, is_final=True),
        step("cancel", JOURNEY, JourneyEvent.CANCEL, journeys.cancel, "journey_id", REASON,
             is_final=True),
    ),
    parts=(
        Part("crew", child(AssignedCrew, R.CREW, "journey_id"), "journey_id",
             ("user_id", "crew_role", "is_lead", "status", "planned_start_at", "planned_end_at",
              "paid_minutes"),
             deeds=(
                 step("confirm", CREW, CrewEvent.CONFIRM, crews.confirm, "assignment_id"),
                 step("decline", CREW, CrewEvent.DECLINE, crews.decline, "assignment_id", REASON),
                 step("release", CREW, CrewEvent.RELEASE, crews.release, "assignment_id", REASON,
                      right=A.ASSIGN),
             )),
        Part("trucks", child(EquipmentAssignment, R.EQUIPMENT, "journey_id"), "journey_id",
             ("equipment_id", "status", "start_at", "end_at"),
             deeds=(
                 step("release", ASSIGNMENT, AssignmentEvent.CANCEL, truck_bookings.release,
                      "assignment_id", REASON, resource=R.JOURNEY),
             )),
        Part("steps", child(JourneyStep, R.JOURNEY_STEP, "journey_id"), "journey_id",
             ("step_number", "title", "status", "started_at", "ended_at", "duration_minutes",
              "approved_by_id", "rejection_reason"),
             deeds=(
                 Deed("approve", R.JOURNEY_STEP, A.APPROVE, _numbered(journey_steps.approve),
                      when=_moves(STEP, StepEvent.APPROVE), is_main=True),
                 Deed("send_back", R.JOURNEY_STEP, A.APPROVE, _numbered(journey_steps.reject),
                      (REASON,), when=_moves(STEP, StepEvent.REJECT)),
             )),
        Part("checklist", child(JourneyChecklistItem, R.JOURNEY_STEP, "journey_id"), "journey_id",
             ("phase_number", "title", "status", "is_required", "is_media_required",
              "completed_by_id", "completed_at", "skip_reason"),
             deeds=(
                 Deed("tick", R.JOURNEY_STEP, A.UPDATE, _item(checklists.complete),
                      (Field("notes"),), when=_moves(CHECKLIST_ITEM, ItemEvent.COMPLETE),
                      is_main=True),
                 Deed("skip", R.JOURNEY_STEP, A.UPDATE, _item(checklists.skip), (REASON,),
                      when=_moves(CHECKLIST_ITEM, ItemEvent.SKIP)),
             )),
        Part("reviews", child(JourneyReview, R.JOURNEY, "journey_id"), "journey_id",
             ("status", "quality_pct", "compliance_pct"),
             deeds=(
                 step("start", REVIEW, ReviewEvent.START, reviews.start, "review_id",
                      resource=R.JOURNEY_STEP, right=A.APPROVE),
                 step("finish_review", REVIEW, ReviewEvent.COMPLETE, reviews.complete, "review_id",
                      Field("quality_pct", Decimal, is_needed=True),
                      resource=R.JOURNEY_STEP, right=A.APPROVE),
             )),
        Part("log", child(JourneyEntry, R.POSITION, "journey_id"), "journey_id",
             ("occurred_at", "entry_type", "priority", "data", "user_id"), is_newest_first=True),
        Part("invoices", ListSpec("invoices", LISTS["invoices"].model, R.INVOICE, ("journey_id",)),
             "journey_id", ("invoice_number", "status", "due_on", "total_amount",
                            "balance_amount"), opens="invoices"),
    ),
    links=(("quote_id", "quotes"), ("customer_id", "customers")),
)  # fmt: skip

CALENDAR = Screen(
    "calendar", "event",
    ListSpec("slots", Schedule, R.SCHEDULE, ("status", "schedule_type"), ("scheduled_on",)),
    columns=("scheduled_on", "start_local_at", "end_local_at", "title", "schedule_type", "status",
             "has_conflict", "location_id"),
    filters=("scheduled_on", "schedule_type", "status", "location_id"),
    first={"scheduled_on": "today"},
    is_descending=False,
    title=("title",),
    sections=(
        ("the_slot", ("schedule_type", "status", "priority", "scheduled_on", "start_local_at",
                      "end_local_at", "location_id", "owner_id", "description")),
        ("the_conflict", ("has_conflict", "conflict_note")),
    ),
    makes=(
        Deed("new_slot", R.SCHEDULE, A.CREATE, _slot,
             (Field("title", is_needed=True),
              Field("schedule_type", ScheduleType, codes=("TRAINING", "MEETING", "OTHER"),
                    is_needed=True),
              Field("location_id", choices=picks.branches, is_needed=True),
              Field("start_at", datetime, is_needed=True),
              Field("end_at", datetime, is_needed=True),
              Field("description", is_long=True)),
             is_main=True, opens="calendar"),
    ),
    deeds=(
        step("start", SCHEDULE, ScheduleEvent.START, schedules.start, "schedule_id"),
        step("complete", SCHEDULE, ScheduleEvent.COMPLETE, schedules.complete, "schedule_id"),
        step("reschedule", SCHEDULE, ScheduleEvent.RESCHEDULE, schedules.reschedule,
             "schedule_id", Field("start_at", datetime, is_needed=True),
             Field("end_at", datetime, is_needed=True), opens="calendar"),
        deed("accept_conflicts", R.SCHEDULE, A.UPDATE, schedules.accept_conflicts, "schedule_id",
             REASON, when=lambda row: row.has_conflict and row.status == "SCHEDULED"),
        step("cancel", SCHEDULE, ScheduleEvent.CANCEL, schedules.cancel, "schedule_id", REASON,
             is_final=True),
    ),
    links=(("journey_id", "jobs"),),
)  # fmt: skip

SCREENS = (JOBS, CALENDAR)
