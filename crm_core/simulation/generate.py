"""A whole simulated company as frames: same plan, same rows, ids included.

Nothing here touches a database; `crm_core.simulation.load` writes the frames.
"""

from collections.abc import Iterable, Iterator
from datetime import date

import polars as pl

from crm_core.services.numbers import NumberKind
from crm_core.simulation.bills import billed_amounts, bills
from crm_core.simulation.books import ledger, royalties
from crm_core.simulation.history import booking_history
from crm_core.simulation.invoices import credited_amounts, invoices
from crm_core.simulation.jobs import jobs
from crm_core.simulation.journeys import (
    journey_frame,
    journey_life,
    name_journeys,
    step_frame,
    step_life,
)
from crm_core.simulation.local_days import with_local
from crm_core.simulation.manifest import note_plants
from crm_core.simulation.messages import message_frames
from crm_core.simulation.money_in import payments
from crm_core.simulation.network import months_before
from crm_core.simulation.organisation import Frames, World
from crm_core.simulation.outreach import marketing_spend, sales_activities
from crm_core.simulation.payments import payment_frame, payment_lives
from crm_core.simulation.plumbing import plumbing_frames
from crm_core.simulation.rents import rents
from crm_core.simulation.sales import sales
from crm_core.simulation.status_log import status_events
from crm_core.simulation.storage import rentals, units
from crm_core.simulation.storage_rows import booking_ids, rent_standing, storage_frames
from crm_core.simulation.trail import trail_entries, user_permissions, with_last_sign_in
from crm_core.simulation.work import field, field_frames

RIVERBEND_DETAIL_MONTHS = 2
"""The small tenant's detail is driven through the services, from this many months back."""

TABLES = (
    "clients",
    "locations",
    "users",
    "user_locations",
    "user_permissions",
    "integrations",
    "integration_locations",
    "booking_history",
    "customers",
    "leads",
    "quotes",
    "quote_items",
    "truck_journeys",
    "journey_steps",
    "invoices",
    "invoice_items",
    "payments",
    "storage_units",
    "storage_bookings",
    "storage_price_changes",
    "suppliers",
    "equipment",
    "equipment_maintenance",
    "availabilities",
    "wage_rates",
    "schedules",
    "schedule_resources",
    "assigned_crew",
    "equipment_assignments",
    "occupancies",
    "time_entries",
    "mobile_sessions",
    "mobile_journey_updates",
    "journey_phases",
    "journey_checklist_items",
    "media",
    "journey_media_requirements",
    "fuel_purchases",
    "inventory_items",
    "purchase_orders",
    "purchase_order_items",
    "inventory_transactions",
    "claims",
    "damage_reports",
    "surveys",
    "journey_reviews",
    "journey_costs",
    "marketing_spend",
    "royalty_rates",
    "royalties",
    "financial_transactions",
    "sales_activities",
    "templates",
    "communications",
    "notifications",
    "integration_sync_logs",
    "webhooks",
    "domain_events",
    "webhook_deliveries",
    "report_runs",
    "report_occasions",
    "report_deliveries",
    "budgets",
    "kpi_targets",
    "fx_rates",
    "number_counters",
    "status_events",
)
"""Every table that a company may have rows in."""


def northway_parts(world: World) -> Iterator[Frames]:
    """The network with its whole business, part by part as it is made."""
    history = {"booking_history": booking_history(world, world.plan.start_on)}
    yield {**world.frames, **_office(world), **history}
    for part in _business(world):
        yield {name: with_local(world, name, _sorted(frame)) for name, frame in part.items()}


def riverbend_parts(world: World) -> Iterator[Frames]:
    """The small tenant: branches, staff and booking totals; its business comes live."""
    until = riverbend_start_on(world.plan.until)
    yield {**world.frames, "booking_history": booking_history(world, until)}


def gathered(parts: Iterable[Frames]) -> Frames:
    """All parts together."""
    return {name: frame for part in parts for name, frame in part.items()}


def riverbend_start_on(until: date) -> date:
    """First day of the small tenant's detail."""
    return months_before(until, RIVERBEND_DETAIL_MONTHS)


def _office(world: World) -> Frames:
    """Who signed in and took data out, and who may do more than the role."""
    if not world.plan.scale.has_activities:
        return {}
    entries = trail_entries(world)
    made = {
        "users": with_last_sign_in(world.frames["users"], entries),
        "user_permissions": user_permissions(world),
        "audit_entries": entries,
    }
    return {name: with_local(world, name, frame) for name, frame in made.items()}


def _business(world: World) -> Iterator[Frames]:
    """From leads to payments."""
    sold = sales(world)
    yield sold.frames
    work = jobs(world, sold)
    named = name_journeys(world, work)
    sites = units(world)
    let = rentals(world, sold, work, sites)
    months, bookings = rents(world, let), booking_ids(world, let)
    made = bills(world, sold, work, let, months)
    paid = payments(world, made)
    billed = invoices(world, sold, work, named.ids, let, months, bookings, made, paid)
    charged = billed_amounts(made, len(work)) - credited_amounts(made, billed.credited, len(work))
    done = field(world, work, charged)
    spent, trucks = done.costs.by_job(len(work)), done.truck_columns(len(work))
    journeys = journey_frame(world, sold, work, named, charged, spent, trucks)
    received = payment_frame(world, made, paid, billed.frame)
    steps = step_frame(world, work, journeys)
    yield {
        "truck_journeys": journeys,
        "journey_steps": steps,
        "invoices": billed.frame,
        "invoice_items": billed.items,
        "payments": received,
    }
    received_rent, late_rent = rent_standing(world, let, months, made, paid)
    stored, stored_lives = storage_frames(
        world, sold, sites, let, bookings, journeys, received_rent, late_rent
    )
    yield stored
    outside, outside_lives = field_frames(world, work, done, journeys)
    note_plants(world, work, done, journeys, outside["fuel_purchases"])
    yield outside
    lives = [
        *sold.lives,
        *outside_lives,
        *stored_lives,
        journey_life(work, journeys, world.as_of),
        step_life(world, steps),
        billed.life,
        payment_lives(received),
    ]
    last_numbers = {
        NumberKind.QUOTE: sold.quotes.last_numbers,
        NumberKind.JOURNEY: named.last_numbers,
        NumberKind.INVOICE: billed.last_numbers,
    }
    rows = {
        **world.frames,
        **sold.frames,
        **outside,
        "truck_journeys": journeys,
        "invoices": billed.frame,
        "invoice_items": billed.items,
        "payments": received,
        "marketing_spend": marketing_spend(world, sold.frames["leads"]),
    }
    rows |= royalties(world, rows)
    log = status_events(world, lives)
    yield {
        "marketing_spend": rows["marketing_spend"],
        "royalty_rates": rows["royalty_rates"],
        "royalties": rows["royalties"],
        "financial_transactions": ledger(world, rows),
    }
    if world.plan.scale.has_activities:
        yield {
            "sales_activities": sales_activities(world, rows),
            **message_frames(world, rows),
        }
    yield {
        **plumbing_frames(world, {**rows, "status_events": log}),
        "number_counters": _counters(world, last_numbers),
        "status_events": log,
    }


def _counters(world: World, last: dict[NumberKind, dict[int, int]]) -> pl.DataFrame:
    """The last number given, so that the services go on after it."""
    return pl.DataFrame(
        [
            {
                "client_id": world.client_id,
                "kind": kind.name,
                "year": year,
                "last_number": number,
            }
            for kind, years in last.items()
            for year, number in years.items()
        ]
    )


def _sorted(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows in the order of their ids, so that indexes grow at one end."""
    if "id" not in frame.columns or frame["id"].is_sorted():
        return frame
    return frame.sort("id")
