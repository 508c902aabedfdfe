"""The typed contracts of the vendor's rows: a row is good and typed, or quarantined with a reason.

Meaning for the core belongs to `apply`; what contracts are made of, to `transforms.sources`.
"""

# ruff: noqa: SIM905 - field names read better as a line of words than as a column of literals

from collections.abc import Iterator
from decimal import Decimal

from pydantic import Field

from transforms.sources.base import Oddities
from transforms.sources.contracts import (
    Code,
    Day,
    Flag,
    Id,
    Money,
    Number,
    Row,
    Text,
    Utc,
    note_new_fields,
    parts_of,
)
from transforms.sources.smartmoving import codes
from transforms.sources.smartmoving.labour import Labour, parse_labour


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
    confirmed: Flag = False
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
    is_refund: Flag = False


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


def note_oddities(row: Row, oddities: Oddities) -> None:
    """Count what a good row holds that we do not know: codes, labour texts, fields."""
    if isinstance(row, Listed):
        return
    note_new_fields(row, oddities)
    for part in parts_of(row):
        if isinstance(part, Charge) and part.charge_category == 1 and part.labour is None:
            oddities.unreadable_texts += 1
    for codes_of, code in _codes(row):
        if code not in codes_of:
            oddities.count_code(codes.decode(codes_of, code))


def _codes(row: Row) -> Iterator[tuple[codes.Codes, int]]:
    if isinstance(row, Opportunity):
        yield codes.OPPORTUNITY_STATUS, row.status
        yield codes.OPPORTUNITY_TYPE, row.opportunity_type
    for part in parts_of(row):
        if isinstance(part, Job):
            yield codes.JOB_TYPE, part.type
        elif isinstance(part, Charge):
            yield codes.CHARGE_CATEGORY, part.charge_category
        elif isinstance(part, Payment):
            yield codes.PAYMENT_TYPE, part.payment_type
            yield codes.PAYMENT_CATEGORY, part.payment_category
