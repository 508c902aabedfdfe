"""What a tenant may set about its field work, with the defaults; kept in the tenant's settings.

Rates, wages and templates are rows of their own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.errors import InvalidInput
from crm_core.models import Client
from crm_core.security.permissions import Subject

KEY = "field_work"


@dataclass(frozen=True)
class FieldSettings:
    """`needs_step_approval`: a step begins only when the one before it is approved.

    `overrun_factor`: actual over planned time from which a job is an over-run.
    `truck_day_amount`: what a day of a truck costs; without it trucks are not costed.
    `overtime_after_minutes`: paid minutes of a person's day after which overtime is due.
    """

    needs_step_approval: bool = False
    overrun_factor: Decimal = Decimal("1.3")
    truck_day_amount: Decimal | None = None
    overtime_after_minutes: int = 480


def parse(stored: Mapping[str, Any]) -> FieldSettings:
    """The settings of a tenant; raises `InvalidInput` naming what cannot be understood."""
    known = FieldSettings()
    truck_day = stored.get("truck_day_amount")
    minutes = stored.get("overtime_after_minutes", known.overtime_after_minutes)
    if not isinstance(minutes, int) or minutes < 0:
        raise InvalidInput(f"settings.{KEY}.overtime_after_minutes", f"{minutes!r} is no number")
    return FieldSettings(
        needs_step_approval=stored.get("needs_step_approval") is True,
        overrun_factor=_number(stored, "overrun_factor", known.overrun_factor),
        truck_day_amount=None if truck_day is None else _number(stored, "truck_day_amount"),
        overtime_after_minutes=minutes,
    )


def load(session: Session, subject: Subject) -> FieldSettings:
    """The settings of the subject's tenant."""
    query = select(Client.settings).where(Client.id == subject.client_id)
    return parse(session.scalars(query).one().get(KEY) or {})


def _number(stored: Mapping[str, Any], name: str, default: Decimal = Decimal(0)) -> Decimal:
    given = stored.get(name, default)
    try:
        number = Decimal(str(given))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or number < 0:
        raise InvalidInput(f"settings.{KEY}.{name}", f"{given!r} is not a number of zero or more")
    return number
