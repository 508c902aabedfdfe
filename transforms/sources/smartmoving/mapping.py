"""What a row of the account means in the core, as plain values: who, what, when and for how much.

Pure. Whether something is new, changed or done already is found out in `apply`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from crm_core import clock
from crm_core.enums import CustomerType, ItemCategory, PaymentCategory, PaymentMethod
from crm_core.services.finance.invoices import Bill
from crm_core.services.finance.pricing import ZERO, Line
from crm_core.services.operations.journeys import (
    ARRIVAL_WINDOW,
    DEFAULT_MINUTES,
    FIRST_HOUR,
    JourneyPlan,
)
from crm_core.services.sales.customers import CustomerData
from crm_core.services.sales.leads import LeadData
from crm_core.services.sales.quotes import Offer
from transforms.sources.smartmoving import codes
from transforms.sources.smartmoving.addresses import Address, parse_address
from transforms.sources.smartmoving.branches import BranchUse
from transforms.sources.smartmoving.bundles import Bundle, labour_of, worth
from transforms.sources.smartmoving.contract import (
    Charge,
    Customer,
    Job,
    JobTimes,
    Lead,
    Payment,
)

_COMMERCIAL = 7
_NOWHERE = Address(None, None, None, None)

# Sources are named "<branch code> <channel>", in words people chose; ours are a short list.
_CHANNELS = (
    ("organic", "organic"),
    ("pay-per-click", "pay_per_click"),
    ("ppc", "pay_per_click"),
    ("local services", "local_services"),
    ("repeat", "repeat"),
    ("referral", "referral"),
    ("homestars", "homestars"),
    ("movebuddy", "lead_broker"),
    ("movingwaldo", "lead_broker"),
    ("map listing", "map_listing"),
    ("saw our truck", "saw_truck"),
)

_CATEGORIES = {
    **dict.fromkeys((1, 2, 5, 6, 10), ItemCategory.MOVING_SERVICES),
    3: ItemCategory.PACKING_SERVICES,
    **dict.fromkeys((4, 8), ItemCategory.SPECIALTY_SERVICES),
    **dict.fromkeys((9, 11), ItemCategory.STORAGE_SERVICES),
    **dict.fromkeys((7, 12), ItemCategory.INSURANCE),
}

_METHODS = {
    0: PaymentMethod.CASH,
    1: PaymentMethod.CHECK,
    2: PaymentMethod.CREDIT_CARD,
    3: PaymentMethod.CREDIT_CARD,
    8: PaymentMethod.BANK_TRANSFER,
}

_PURPOSES = {0: PaymentCategory.DEPOSIT, 1: PaymentCategory.BALANCE_DUE}


@dataclass(frozen=True, slots=True)
class Work:
    """When a finished job began and ended."""

    started_at: datetime
    completed_at: datetime


def customer_of(row: Customer) -> CustomerData:
    """The customer as the list of customers has them; a firm when any of its jobs is one's."""
    address = parse_address(row.address) if row.address else _NOWHERE
    is_firm = any(job.type == _COMMERCIAL for found in row.opportunities for job in found.jobs)
    return _customer(row.name, row.email_address, row.phone_number, address, is_firm)


def customer_of_lead(lead: Lead) -> CustomerData:
    """Somebody who has asked, but of whom the account keeps no customer yet."""
    return _customer(lead.customer_name, lead.email_address, lead.phone_number, _NOWHERE, False)


def lead_of(bundle: Bundle) -> LeadData:
    """What is asked for; `is_bad` for spam and wrong numbers."""
    row = bundle.opportunity
    origin, destination = ends_of(row.jobs)
    total = row.estimated_total
    return LeadData(
        source=channel_of(row.referral_source),
        service_type=codes.decode(codes.JOB_TYPE, row.jobs[0].type) if row.jobs else "MOVING",
        move_size=_size(row.move_size.name if row.move_size else None),
        estimated_move_on=row.service_date,
        estimated_amount=total.subtotal if total and total.subtotal > 0 else None,
        origin_province=origin.province or bundle.branch.province,
        destination_province=destination.province or bundle.branch.province,
        is_bad=row.status == codes.OpportunityStatus.BAD_LEAD,
    )


def lead_of_lead(lead: Lead, branch: BranchUse) -> LeadData:
    """What is asked for, as far as the list of leads tells."""
    destination = parse_address(lead.destination_address_full or "")
    return LeadData(
        source=channel_of(lead.referral_source_name),
        service_type="MOVING" if lead.type is None else codes.decode(codes.JOB_TYPE, lead.type),
        move_size=_size(lead.move_size_name),
        estimated_move_on=lead.service_date,
        origin_province=branch.province,
        destination_province=destination.province or branch.province,
    )


def offer_of(bundle: Bundle) -> Offer | None:
    """The estimated charges of all jobs; None when nothing is priced."""
    jobs = bundle.opportunity.jobs
    charges = [charge for job in jobs for charge in job.estimated_charges]
    lines, discount = lines_of(charges)
    if sum((line.gross_amount for line in lines), ZERO) <= discount:
        return None
    origin, destination = ends_of(jobs)
    labour = [found for job in jobs if (found := labour_of(job.estimated_charges))]
    return Offer(
        lines=lines,
        move_on=bundle.opportunity.service_date,
        origin_province=origin.province or bundle.branch.province,
        destination_province=destination.province or bundle.branch.province,
        crew_size=max((found.crew or 0 for found in labour), default=0) or None,
        truck_count=max((found.trucks or 0 for found in labour), default=0) or None,
        estimated_minutes=sum(found.minutes for found in labour) or None,
        hourly_rate_amount=labour[0].rate if labour else None,
        discount_amount=discount,
    )


def bill_of(job: Job) -> Bill | None:
    """The actual charges of a job; None when nothing was charged."""
    lines, discount = lines_of(job.actual_charges)
    if sum((line.gross_amount for line in lines), ZERO) <= discount:
        return None
    return Bill(lines, discount)


def lines_of(charges: Iterable[Charge]) -> tuple[list[Line], Decimal]:
    """Priced lines, and what the account takes off: discounts, and charges below zero."""
    lines, off = [], ZERO
    for charge in sorted(charges, key=lambda charge: charge.sort_order):
        if charge.total_cost < 0:
            off -= charge.total_cost
            continue
        gross = charge.subtotal
        if gross - charge.discount_amount != charge.total_cost or gross < charge.total_cost:
            # The parts contradict the total: what is charged in the end is the total.
            gross = charge.total_cost
        off += gross - charge.total_cost
        if gross > 0:
            category = _CATEGORIES.get(charge.charge_category, ItemCategory.OTHER)
            lines.append(Line(category, charge.name[:500] or "Charge", Decimal(1), gross))
    return lines, off


def plan_of(job: Job, bundle: Bundle, external_id: str) -> JourneyPlan | None:
    """The journey of a job; None when no day is known."""
    day = job.job_date or bundle.opportunity.service_date
    if day is None:
        return None
    labour = labour_of(job.estimated_charges)
    times = bundle.times.get(job.id)
    start = _start(day, times, bundle.branch)
    minutes = labour.minutes if labour and labour.minutes else DEFAULT_MINUTES
    return JourneyPlan(
        planned_start_at=start,
        planned_end_at=start + timedelta(minutes=minutes),
        arrival_window_end_at=start + ARRIVAL_WINDOW,
        weight=max(worth(job.estimated_charges), ZERO),
        crew_size=labour.crew or None if labour else None,
        truck_count=labour.trucks or None if labour else None,
        external_id=external_id,
    )


def work_of(job: Job, bundle: Bundle, planned: tuple[datetime, datetime]) -> Work:
    """When the work of a done job took place: as noted, else as planned."""
    times = bundle.times.get(job.id)
    start = times.start_time_utc if times and times.start_time_utc else planned[0]
    labour = labour_of(job.actual_charges)
    noted = (times.completed_at_utc or times.end_time_utc) if times else None
    end = noted or (start + timedelta(minutes=labour.minutes) if labour else planned[1])
    return Work(start, max(start, end))


def method_of(payment: Payment) -> PaymentMethod:
    return _METHODS.get(payment.payment_type, PaymentMethod.OTHER)


def purpose_of(payment: Payment) -> PaymentCategory:
    return _PURPOSES.get(payment.payment_category, PaymentCategory.OTHER)


def channel_of(source: str | None) -> str:
    """Our marketing channel of a referral source; "other" for words we do not know."""
    words = (source or "").casefold()
    return next((ours for theirs, ours in _CHANNELS if theirs in words), "other")


def ends_of(jobs: Iterable[Job]) -> tuple[Address, Address]:
    """Where the first addressed job begins, and where the last one ends."""
    addressed = [job.job_addresses for job in jobs if job.job_addresses]
    if not addressed:
        return _NOWHERE, _NOWHERE
    return parse_address(addressed[0][0]), parse_address(addressed[-1][-1])


def start_of_day(day: date, branch: BranchUse) -> datetime:
    """Eight in the morning at the branch, when trucks leave unless told otherwise."""
    return clock.instant_of(datetime.combine(day, FIRST_HOUR), branch.timezone)


def end_of_day(day: date, branch: BranchUse) -> datetime:
    """The last minute of a day at the branch."""
    return clock.instant_of(datetime.combine(day, time(23, 59)), branch.timezone)


def _customer(
    name: str, email: str | None, phone: str | None, address: Address, is_firm: bool
) -> CustomerData:
    first, last = split_name(name)
    return CustomerData(
        first_name=first,
        last_name=last,
        type=CustomerType.COMMERCIAL if is_firm else CustomerType.RESIDENTIAL,
        company_name=name if is_firm else None,
        email=email,
        phone=phone,
        address=address.as_json() or None,
        postal_code=address.postal_code,
        city=address.city,
        province=address.province,
    )


def split_name(name: str) -> tuple[str, str]:
    """First and last name: "Last, First" is turned, a single word is a last name."""
    if "," in name:
        last, _, first = (part.strip() for part in name.partition(","))
    else:
        first, _, last = (part.strip() for part in " ".join(name.split()).rpartition(" "))
    return first[:120] or "(unknown)", last[:120] or "(unknown)"


def _start(day: date, times: JobTimes | None, branch: BranchUse) -> datetime:
    """The noted start, when it lies on the job's day; the day is what the account books by."""
    noted = times.start_time_utc if times else None
    if noted and clock.local_date(noted, branch.timezone) == day:
        return noted.astimezone(UTC)
    return start_of_day(day, branch)


def _size(name: str | None) -> str | None:
    return name[:60] if name else None
