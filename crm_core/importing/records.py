"""The rows an export may hold, typed, one class per entity; fields of a mapping are their fields.

How a cell becomes a value is in `cells`; what the rows mean together is in `plan`.
"""

from dataclasses import MISSING, dataclass, fields
from datetime import date
from decimal import Decimal
from enum import StrEnum
from types import NoneType, UnionType
from typing import get_args, get_type_hints

from crm_core.enums import PaymentMethod, UserRole


class Stage(StrEnum):
    """Where an opportunity stands."""

    NEW = "NEW"
    ENGAGED = "ENGAGED"
    WON = "WON"
    LOST = "LOST"


class OfferStatus(StrEnum):
    """Where a quote stands."""

    DRAFT = "DRAFT"
    SENT = "SENT"
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"


class JobStatus(StrEnum):
    """Where a job stands."""

    PLANNED = "PLANNED"
    DONE = "DONE"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True)
class Place:
    """A row of the export; numbered as a spreadsheet shows it, the heads being row 1."""

    entity: str
    file: str
    number: int
    key: str


@dataclass(frozen=True, kw_only=True)
class Record:
    """A row under its key at the other CRM; fields without a default must be filled."""

    place: Place
    key: str


@dataclass(frozen=True, kw_only=True)
class Branch(Record):
    code: str
    city: str
    province: str
    timezone: str


@dataclass(frozen=True, kw_only=True)
class Person(Record):
    """One of the company's own people."""

    name: str
    branch: str
    role: UserRole = UserRole.SALES_REP
    email: str | None = None
    manager: str | None = None


@dataclass(frozen=True, kw_only=True)
class Product(Record):
    list_amount: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class Account(Record):
    """A firm by `name`, or a household by the names of a person."""

    name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone: str | None = None
    street: str | None = None
    city: str | None = None
    province: str | None = None
    postal_code: str | None = None
    country: str | None = None
    sector: str | None = None
    notes: str | None = None


@dataclass(frozen=True, kw_only=True)
class Contact(Record):
    """A person at an account: the first one is whom we write to."""

    account: str
    first_name: str
    last_name: str
    email: str | None = None
    phone: str | None = None


@dataclass(frozen=True, kw_only=True)
class Opportunity(Record):
    person: str
    service: str
    stage: Stage
    account: str
    source: str
    created_on: date | None = None
    closed_on: date | None = None
    amount: Decimal | None = None
    lost_reason: str | None = None
    move_on: date | None = None
    move_size: str | None = None
    origin_province: str | None = None
    destination_province: str | None = None
    notes: str | None = None


@dataclass(frozen=True, kw_only=True)
class Offer(Record):
    """A quote; the amount is before tax."""

    opportunity: str
    status: OfferStatus
    created_on: date
    amount: Decimal
    service: str | None = None
    decided_on: date | None = None
    valid_until_on: date | None = None
    move_on: date | None = None
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class Job(Record):
    """A truck-day of an accepted quote."""

    quote: str
    service_on: date
    status: JobStatus
    minutes: int | None = None
    crew_size: int | None = None
    truck_count: int | None = None
    cancelled_on: date | None = None
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class Bill(Record):
    """The invoice of a job; the amount is before tax, what was paid is with tax."""

    job: str
    issued_on: date
    amount: Decimal
    paid_amount: Decimal | None = None
    paid_on: date | None = None
    method: PaymentMethod = PaymentMethod.OTHER


ENTITIES: dict[str, type[Record]] = {
    "branches": Branch,
    "people": Person,
    "products": Product,
    "accounts": Account,
    "contacts": Contact,
    "opportunities": Opportunity,
    "quotes": Offer,
    "jobs": Job,
    "invoices": Bill,
}
"""In the order in which they refer to each other."""

REFERS: dict[str, dict[str, str]] = {
    "people": {"branch": "branches"},
    "contacts": {"account": "accounts"},
    "opportunities": {"person": "people", "service": "products", "account": "accounts"},
    "quotes": {"opportunity": "opportunities", "service": "products"},
    "jobs": {"quote": "quotes"},
    "invoices": {"job": "jobs"},
}
"""Fields that name a row of another entity by its key."""


def kinds(record: type[Record]) -> dict[str, type]:
    """The type of each field that a mapping may fill, without its None."""
    found = {}
    for name, hint in get_type_hints(record).items():
        if name != "place":
            found[name] = _plain(hint)
    return found


def required(record: type[Record]) -> frozenset[str]:
    """The fields that must be filled."""
    return frozenset(
        field.name for field in fields(record) if field.default is MISSING and field.name != "place"
    )


def _plain(hint: object) -> type:
    if isinstance(hint, UnionType):
        (hint,) = (one for one in get_args(hint) if one is not NoneType)
    assert isinstance(hint, type)
    return hint
