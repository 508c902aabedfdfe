"""The screen of quotes: drafts with their lines, approval, sending, acceptance, the paper.

What a step means is decided in `crm_core.services.sales`.
"""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from app.screens.spec import (
    Act,
    Deed,
    Field,
    Part,
    Screen,
    child,
    deed,
    lines_of,
    step,
)
from app.screens.texts import code_text
from crm_core.enums import (
    Action,
    ApprovalStatus,
    LeadStatus,
    QuoteStatus,
    Resource,
)
from crm_core.models import QuoteItem
from crm_core.models.lists import LISTS
from crm_core.services.finance.pricing import Line
from crm_core.services.machines.sales import QUOTE, QuoteEvent
from crm_core.services.operations import journey_plan
from crm_core.services.sales import (
    quote_approval,
    quote_content,
    quote_sheet,
    quotes,
)
from crm_core.services.sales.quote_content import Offer
from reports.quote_pdf import render_quote
from reports.renderers.file import RenderedFile

R, A = Resource, Action
LOST = ("price", "chose another mover", "date not free", "moving on their own", "other")

OFFERED = (
    Field("lines", Line, is_needed=True),
    Field("move_on", date),
    Field("crew_size", int),
    Field("truck_count", int),
    Field("estimated_minutes", int),
    Field("discount_amount", Decimal),
    Field("deposit_amount", Decimal),
    Field("valid_until_on", date),
    Field("terms", is_long=True),
)


def _offer(act: Act, **known: Any) -> Offer:
    said = {name: value for name, value in act.values.items() if value is not None}
    return Offer(**{**known, **said, "lines": lines_of(act)})


def _draft(act: Act) -> Any:
    offer = _offer(act)
    return quotes.draft(act.session, act.subject, lead_id=act.row.id, offer=offer, at=act.at)


def _edit(act: Act) -> Any:
    kept = ("service_type", "move_size", "origin_province", "destination_province", "notes",
            "hourly_rate_amount")  # fmt: skip
    offer = _offer(act, **{name: getattr(act.row, name) for name in kept})
    return quotes.edit(act.session, act.subject, quote_id=act.row.id, offer=offer, at=act.at)


def stored_lines(act: Act) -> list[Line]:
    """The lines of a quote as they are."""
    items = quote_content.lines_of(act.session, act.subject, act.row.id)
    return [quote_content.line_of(item) for item in items]


def _may_edit(row: Any) -> bool:
    return row.status in (QuoteStatus.DRAFT, QuoteStatus.SENT, QuoteStatus.VIEWED)


def _may_send(row: Any) -> bool:
    released = (ApprovalStatus.NOT_REQUIRED, ApprovalStatus.APPROVED)
    return bool(row.status == QuoteStatus.DRAFT and row.approval_status in released)


def _waits(row: Any) -> bool:
    return bool(row.status == QuoteStatus.DRAFT and row.approval_status == ApprovalStatus.PENDING)


_LINES, *_TERMS = OFFERED

NEW_QUOTE = Deed(
    "new_quote", R.QUOTE, A.CREATE, _draft,
    (_LINES, Field("move_on", date, start=lambda act: act.row.estimated_move_on), *_TERMS[1:]),
    when=lambda row: row.status in LeadStatus.open_statuses(), is_main=True, opens="quotes",
)  # fmt: skip


def _quote_pdf(act: Act) -> RenderedFile:
    sheet = quote_sheet.sheet_of(act.session, act.subject, quote_id=act.row.id)
    return render_quote(sheet, code_text)


QUOTE_ROWS = (
    "quote_number", "customer_id", "status", "approval_status", "move_on", "total_amount",
    "valid_until_on", "owner_id", "location_id",
)  # fmt: skip

QUOTES = Screen(
    "quotes", "request_quote", LISTS["quotes"],
    columns=QUOTE_ROWS,
    filters=("status", "owner_id", "location_id"),
    title=("quote_number", "customer_id"),
    sections=(
        ("the_price", ("subtotal_amount", "discount_amount", "tax_amount", "total_amount",
                       "deposit_amount", "currency")),
        ("the_move", ("service_type", "move_size", "move_on", "crew_size", "truck_count",
                      "estimated_minutes", "origin_province", "destination_province")),
        ("the_offer", ("status", "approval_status", "version", "valid_until_on", "sent_at",
                       "viewed_at", "accepted_at", "rejection_reason", "owner_id",
                       "location_id")),
    ),
    deeds=(
        deed("send", R.QUOTE, A.UPDATE, quotes.send, "quote_id", when=_may_send, is_main=True),
        deed("approve", R.QUOTE, A.APPROVE, quote_approval.approve, "quote_id", when=_waits,
             is_main=True),
        deed("refuse", R.QUOTE, A.APPROVE, quote_approval.refuse, "quote_id",
             Field("reason", is_needed=True), when=_waits),
        Deed("edit_offer", R.QUOTE, A.UPDATE, _edit,
             (replace(_LINES, start=stored_lines), *_TERMS), when=_may_edit, is_edit=True,
             opens="quotes"),
        step("accept", QUOTE, QuoteEvent.ACCEPT, quotes.accept, "quote_id", Field("note"),
             is_main=True),
        step("reject", QUOTE, QuoteEvent.REJECT, quotes.reject, "quote_id",
             Field("reason", codes=LOST, is_needed=True)),
        deed("plan_jobs", R.JOURNEY, A.CREATE, journey_plan.convert, "quote_id",
             when=lambda row: row.status == QuoteStatus.ACCEPTED, is_main=True, is_final=True,
             opens="jobs"),
        deed("renew", R.QUOTE, A.CREATE, quotes.renew, "quote_id",
             when=lambda row: row.status == QuoteStatus.EXPIRED, opens="quotes"),
        deed("duplicate", R.QUOTE, A.CREATE, quotes.duplicate, "quote_id", opens="quotes"),
        deed("remove", R.QUOTE, A.DELETE, quotes.remove, "quote_id",
             when=lambda row: row.status == QuoteStatus.DRAFT, is_final=True),
    ),
    parts=(
        Part("lines", child(QuoteItem, R.QUOTE, "quote_id"), "quote_id",
             ("description", "category", "quantity", "unit", "unit_amount", "discount_amount",
              "total_amount", "is_optional", "is_selected")),
    ),
    links=(("lead_id", "leads"), ("customer_id", "customers")),
    file=_quote_pdf,
)  # fmt: skip
