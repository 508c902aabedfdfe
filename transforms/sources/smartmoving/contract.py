"""The typed contracts of the vendor's rows: a row is good and typed, or quarantined with a reason.

A reason names the field and the rule, never the value. Meaning for the core belongs to `apply`.
"""

# ruff: noqa: SIM905 - field names read better as a line of words than as a column of literals

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, ClassVar, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, ValidationError
from pydantic.alias_generators import to_camel

from crm_core.money import cents
from transforms.sources.base import Json, Oddities, Quarantined
from transforms.sources.smartmoving import codes
from transforms.sources.smartmoving.labour import Labour, parse_labour

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_FIRST_DAY, _LAST_DAY = date(2000, 1, 1), date(2100, 12, 31)
_MOST_MONEY = Decimal(10) ** 12
_LONGEST_TEXT = 4000


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("is not text")
    if "\x00" in value or any("\ud800" <= c <= "\udfff" for c in value):
        raise ValueError("holds a character that cannot be stored")
    if len(value) > _LONGEST_TEXT:
        raise ValueError(f"is longer than {_LONGEST_TEXT} characters")
    return value.strip()


def _id(value: object) -> str:
    text = _text(value)
    if not _UUID.fullmatch(text):
        raise ValueError("is not a UUID")
    return text.lower()


def _code(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("is not a whole number")
    if not -(2**31) <= value < 2**31:
        raise ValueError("is out of range")
    return value


def _number(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ValueError("is not a number")
    number = Decimal(value)
    if not number.is_finite() or abs(number) >= _MOST_MONEY:
        raise ValueError("is out of range")
    return number


def _money(value: object) -> Decimal:
    return cents(_number(value))


def _day(value: object) -> date:
    """Days are integers yyyyMMdd in details and the same digits as text in lists."""
    digits = str(value) if not isinstance(value, bool) else ""
    if not re.fullmatch(r"\d{8}", digits, re.ASCII):
        raise ValueError("is not a day of the form yyyyMMdd")
    try:
        day = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError as error:
        raise ValueError("is not a day of the calendar") from error
    if not _FIRST_DAY <= day <= _LAST_DAY:
        raise ValueError("is a day out of range")
    return day


def _instant(value: object) -> datetime:
    try:
        instant = datetime.fromisoformat(_text(value))
    except ValueError as error:
        raise ValueError("is not an ISO date-time") from error
    if instant.tzinfo is None:
        # Names that end in Utc are UTC, with or without the Z.
        instant = instant.replace(tzinfo=UTC)
    if not _FIRST_DAY <= instant.date() <= _LAST_DAY:
        raise ValueError("is a date-time out of range")
    return instant.astimezone(UTC)


_RULES = {
    "missing": "is missing",
    "model_type": "is not an object",
    "list_type": "is not a list",
    "bool_type": "is not true or false",
}

Text = Annotated[str, BeforeValidator(_text)]
Id = Annotated[str, BeforeValidator(_id)]
Code = Annotated[int, BeforeValidator(_code)]
Number = Annotated[Decimal, BeforeValidator(_number)]
Money = Annotated[Decimal, BeforeValidator(_money)]
Day = Annotated[date, BeforeValidator(_day)]
Utc = Annotated[datetime, BeforeValidator(_instant)]


class Row(BaseModel):
    """A row of the vendor: fields we need are typed, fields we know of are let pass."""

    model_config = ConfigDict(alias_generator=to_camel, extra="allow", frozen=True)

    passed_over: ClassVar[frozenset[str]] = frozenset()
    """Fields of the vendor that we know and do not use; any other is reported as new."""


class Branch(Row):
    """One row of /branches."""

    passed_over = frozenset({"phoneNumber", "isPrimary", "dispatchLocation"})

    id: Id
    name: Text


class Listed(Row):
    """An entry of a reference list: nothing but its id is needed."""

    id: Code | Id


class ListedJob(Row):
    """A job as the list of customers names it."""

    passed_over = frozenset({"id", "jobNumber", "serviceDate"})

    type: Code


class ListedOpportunity(Row):
    """An opportunity as the list of customers names it."""

    passed_over = frozenset({"quoteNumber", "status"})

    id: Id
    jobs: list[ListedJob] = []


class Customer(Row):
    """One row of /customers: the one place that tells how a customer stands now."""

    passed_over = frozenset({"phoneType", "secondaryPhoneNumbers"})

    id: Id
    name: Text
    email_address: Text | None = None
    phone_number: Text | None = None
    address: Text | None = None
    opportunities: list[ListedOpportunity] = []


class Named(Row):
    """A person or list entry of which only the name matters; an id is not always there."""

    passed_over = frozenset({"id", "description", "phoneNumber", "weight"})

    name: Text
    volume: Number | None = None


class Contact(Row):
    """The customer inside an opportunity's details: as old as the details are."""

    passed_over = frozenset({"phoneType", "emailAddress", "phoneNumber"})

    id: Id
    name: Text


class Charge(Row):
    """One estimated or actual charge of a job, before tax."""

    passed_over = frozenset({"editableDescription"})

    name: Text
    charge_category: Code
    description: Text | None = None
    sort_order: Code = 0
    subtotal: Money
    discount_amount: Money = Decimal(0)
    total_cost: Money

    @property
    def labour(self) -> Labour | None:
        """Crew, trucks, hours and rate, where the description says them."""
        return parse_labour(self.description or "")


class Job(Row):
    """One job inside an opportunity's details."""

    passed_over = frozenset({"jobDocuments"})

    id: Id
    job_number: Text
    job_date: Day | None
    type: Code
    confirmed: StrictBool = False
    job_addresses: list[Text] = []
    estimated_charges: list[Charge] = []
    actual_charges: list[Charge] = []


class Total(Row):
    """The estimated total of an opportunity."""

    subtotal: Money
    taxable_amount: Money = Decimal(0)
    tax: Money
    final_total: Money


class Opportunity(Row):
    """Details of an opportunity."""

    passed_over = frozenset(
        "type contacts leadStatus volumeWeightCalculationMode estimator salesAssignee hasTripInfo "
        "allowInventoryUpdates payments tripInfo opportunityFiles photos opportunityDocuments "
        "surveys tasks tariff".split()
    )

    id: Id
    quote_number: Code
    customer: Contact
    branch: Named
    opportunity_type: Code
    service_date: Day | None
    status: Code
    move_size: Named | None = None
    volume: Number | None = None
    weight: Number | None = None
    estimated_total: Total | None = None
    referral_source: Text | None = None
    jobs: list[Job]


class OpportunityDate(Row):
    """One row of /customers/{id}/opportunities: the only place that tells when it was created."""

    passed_over = frozenset({"quoteNumber", "serviceDate", "status"})

    id: Id
    created_at_utc: Utc


class JobTimes(Row):
    """One row of /opportunities/{id}/jobs."""

    passed_over = frozenset({"type", "jobNumber", "jobDate"})

    id: Id
    start_time_utc: Utc | None = None
    end_time_utc: Utc | None = None
    completed_at_utc: Utc | None = None
    confirmed_at_utc: Utc | None = None
    closed_at_utc: Utc | None = None


class JobList(Row):
    """All job times of an opportunity, as they are landed: one row, so that a lost job is seen."""

    id: Id = Field(alias="opportunityId")
    jobs: list[JobTimes]


class Payment(Row):
    """One row of /payments/opportunities/{id}."""

    passed_over = frozenset(
        "source takenByUserId customPaymentDescription gatewayPaymentId amountRefunded".split()
    )

    id: Id
    opportunity_id: Id
    job_id: Id | None = None
    payment_type: Code
    amount: Money
    created_at_utc: Utc
    refunds_job_payment_id: Id | None = None
    payment_category: Code
    is_refund: StrictBool = False


class Lead(Row):
    """One row of /leads: an open lead."""

    passed_over = frozenset(
        "phoneType referralSource affiliateName salesPersonId originAddressFull originStreet "
        "originCity originState originZip destinationStreet destinationCity destinationState "
        "destinationZip branchId moveSizeId".split()
    )

    id: Id
    customer_name: Text
    email_address: Text | None = None
    phone_number: Text | None = None
    referral_source_name: Text | None = None
    service_date: Day | None = None
    type: Code | None = None
    sales_person: Text | None = None
    branch_name: Text
    destination_address_full: Text | None = None
    move_size_name: Text | None = None
    created_at_utc: Utc


R = TypeVar("R", bound=Row)


def contracted(model: type[R], body: Json, stream: str, external_id: str) -> R | Quarantined:
    """The typed row, or why it is quarantined: the first three broken rules."""
    try:
        return model.model_validate(body)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        reasons = [f"{_path(item['loc'])} {_rule(item['type'], item['msg'])}" for item in found[:3]]
        more = f" and {len(found) - 3} more" if len(found) > 3 else ""
        return Quarantined(stream, external_id, ("; ".join(reasons) + more)[:500])


def note_oddities(row: Row, oddities: Oddities) -> None:
    """Count what a good row holds that we do not know: codes, labour texts, fields."""
    if isinstance(row, Listed):
        return
    for part in _parts(row):
        name = type(part).__name__
        unknown = set(part.model_extra or ()) - part.passed_over
        oddities.new_fields |= {f"{name}.{field}" for field in unknown}
        if isinstance(part, Charge) and part.charge_category == 1 and part.labour is None:
            oddities.unreadable_texts += 1
    for codes_of, code in _codes(row):
        if code not in codes_of:
            oddities.count_code(codes.decode(codes_of, code))


def _codes(row: Row) -> Iterator[tuple[codes.Codes, int]]:
    if isinstance(row, Opportunity):
        yield codes.OPPORTUNITY_STATUS, row.status
        yield codes.OPPORTUNITY_TYPE, row.opportunity_type
    for part in _parts(row):
        if isinstance(part, Job):
            yield codes.JOB_TYPE, part.type
        elif isinstance(part, Charge):
            yield codes.CHARGE_CATEGORY, part.charge_category
        elif isinstance(part, Payment):
            yield codes.PAYMENT_TYPE, part.payment_type
            yield codes.PAYMENT_CATEGORY, part.payment_category


def _parts(row: Row) -> Iterator[Row]:
    """A row and every row nested in it."""
    yield row
    for name in type(row).model_fields:
        value = getattr(row, name)
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, Row):
                yield from _parts(item)


def _path(location: tuple[int | str, ...]) -> str:
    return ".".join(str(step) for step in location) or "row"


def _rule(kind: str, message: str) -> str:
    """What the field breaks, in our words where the library's are about its own classes."""
    return _RULES.get(kind) or message.removeprefix("Value error, ")
