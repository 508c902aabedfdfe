"""What people read for the keys of a widget that the warehouse knows by id or by code.

Names of people, trucks and jobs are read from the core under row-level security, for the ids shown.
"""

import re
from collections.abc import Callable, Collection, Mapping
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.database import tenant_session
from crm_core.models import Equipment, TruckJourney
from crm_core.security.permissions import Subject
from crm_core.services.tenancy.staff import names_of_users
from reports.result import Figures, Key
from reports.values import value_text
from reports.words import word
from transforms.metrics.catalogue import catalogue

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

Find = Callable[[Session, Subject, Collection[UUID]], Mapping[UUID, str]]


def named(widget: Figures, subject: Subject, locale: str) -> Figures:
    """The widget with a name for every id in its keys; unknown people are former employees."""
    ids = {
        dimension: {key.value for row in widget.rows for key in row.keys
                    if key.dimension == dimension and _is_id(key.value)}
        for dimension in FINDERS
    }  # fmt: skip
    names: dict[str, Mapping[UUID, str]] = {}
    if any(ids.values()):
        with tenant_session(subject) as session:
            for dimension, found in ids.items():
                asked = [UUID(str(each)) for each in found]
                names[dimension] = FINDERS[dimension](session, subject, asked)
    rows = tuple(
        row.model_copy(update={"keys": tuple(_named(key, names, locale) for key in row.keys)})
        for row in widget.rows
    )
    return widget.model_copy(update={"rows": rows})


def name_of(subject: Subject, dimension: str, value: str) -> str:
    """What people read for one value of such a dimension; the value itself where it is unknown."""
    if dimension not in FINDERS or not _is_id(value):
        return value
    with tenant_session(subject) as session:
        return FINDERS[dimension](session, subject, [UUID(value)]).get(UUID(value), value)


def _named(key: Key, names: Mapping[str, Mapping[UUID, str]], locale: str) -> Key:
    if key.value is None:
        return key
    if not _is_id(key.value):
        if key.dimension == "sku":
            return key.model_copy(update={"text": key.value})
        if key.dimension == "metric_name" and key.value in catalogue().metrics:
            label = catalogue().metrics[key.value].label_in(locale)
            return key.model_copy(update={"text": label})
        is_code = key.dimension in CODED
        return key.model_copy(update={"text": value_text(key.value, locale)}) if is_code else key
    found = names.get(key.dimension, {}).get(UUID(key.value))
    if found is None and key.dimension in PEOPLE:
        found = word("former_employee", locale)
    return key if found is None else key.model_copy(update={"text": found})


def _is_id(value: str | None) -> bool:
    return value is not None and _UUID.fullmatch(value) is not None


def _jobs(session: Session, subject: Subject, ids: Collection[UUID]) -> dict[UUID, str]:
    rows = session.execute(
        select(TruckJourney.id, TruckJourney.journey_number)
        .where(TruckJourney.client_id == subject.client_id, TruckJourney.id.in_(ids))
    )  # fmt: skip
    return {row.id: row.journey_number for row in rows}


def _trucks(session: Session, subject: Subject, ids: Collection[UUID]) -> dict[UUID, str]:
    rows = session.execute(
        select(Equipment.id, Equipment.name)
        .where(Equipment.client_id == subject.client_id, Equipment.id.in_(ids))
    )  # fmt: skip
    return {row.id: row.name for row in rows}


PEOPLE = ("owner", "crew_lead")
CODED = frozenset(
    (
        "activity_type", "cadence", "cause", "channel", "class", "customer_type", "gateway",
        "item_category", "item_group", "lead_priority", "lead_status", "loss_reason",
        "metric_name", "payment_category", "payment_method", "role", "service_type", "source",
        "status", "template", "transaction_type", "unit_size", "unit_type", "voucher", "way",
    )
)  # fmt: skip
"""Dimensions whose values are codes of ours; others hold names that stay as they are."""

FINDERS: Mapping[str, Find] = {
    "owner": names_of_users, "crew_lead": names_of_users, "truck": _trucks, "job": _jobs,
}  # fmt: skip
