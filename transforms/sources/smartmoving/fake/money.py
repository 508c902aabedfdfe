"""Charges, totals and payments of the fake account, priced from a job's crew, hours and extras.

How they are nested in an answer belongs to `answers`.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from crm_core.money import cents
from transforms.sources.base import Json
from transforms.sources.smartmoving.fake.world import Job, Life, World

# Rates per tax, as the vendor's account is set up: a list, because two taxes round apart.
_TAXES = {
    "AB": ("0.05",),
    "BC": ("0.05",),
    "SK": ("0.05",),
    "MB": ("0.05",),
    "ON": ("0.13",),
    "QC": ("0.05", "0.09975"),
    "NB": ("0.15",),
    "NS": ("0.14",),
}
_REVISION_MINUTES = 30


def charges(life: Life, job: Job, instant: datetime, *, actual: bool) -> list[Json]:
    """Estimated or actual charges of a job; actual ones exist once the work is done."""
    if instant < life.quoted_at or (actual and life.status_at(instant) not in (10, 11)):
        return []
    minutes = job.actual_minutes if actual else job.minutes
    if not actual and life.revised_at and instant >= life.revised_at:
        minutes += _REVISION_MINUTES
    rows = [_charge("Moving Labor", 1, _labour_text(job, minutes), job.rate * minutes / 60)]
    rows += [_charge(name, kind, "", amount) for name, kind, amount in job.extras]
    for order, row in enumerate(rows):
        row["sortOrder"] = order
    return rows


def subtotal(life: Life, instant: datetime, *, actual: bool) -> Decimal:
    """Sum of the charges of all jobs, before tax."""
    return sum(
        (
            cents(Decimal(str(row["totalCost"])))
            for job in life.jobs_at(instant)
            for row in charges(life, job, instant, actual=actual)
        ),
        Decimal(0),
    )


def tax(life: Life, amount: Decimal) -> Decimal:
    rates = _TAXES.get(life.branch.province, ())
    return sum((cents(amount * Decimal(rate)) for rate in rates), Decimal(0))


def payments(world: World, life: Life, instant: datetime) -> list[Json]:
    """Deposit, refund and balance that have happened by an instant."""
    if life.fate != "booked" or instant < life.decided_at:
        return []
    rows: list[Json] = []
    deposit_id = world.id_of("payment", life.id, "deposit")
    if life.deposit:
        refunded = bool(life.refunded_at and instant >= life.refunded_at)
        row = _payment(life, deposit_id, life.decided_at, life.deposit, category=0)
        row["amountRefunded"] = float(life.deposit) if refunded else 0.0
        rows.append(row)
        if refunded and life.refunded_at:
            back = world.id_of("payment", life.id, "refund")
            row = _payment(life, back, life.refunded_at, life.deposit, category=2)
            row.update(isRefund=True, refundsJobPaymentId=deposit_id)
            rows.append(row)
    if life.status_at(instant) in (10, 11) and life.pays_balance:
        due = subtotal(life, instant, actual=True)
        due += tax(life, due) - life.deposit
        paid_at = life.completed_at + timedelta(minutes=40)
        if due > 0 and instant >= paid_at:
            balance = world.id_of("payment", life.id, "balance")
            rows.append(_payment(life, balance, paid_at, due, category=1))
    return rows


def _payment(life: Life, key: str, at: datetime, amount: Decimal, *, category: int) -> Json:
    return {
        "id": key,
        "opportunityId": life.id,
        "jobId": life.jobs[0].id,
        "source": 2 if category == 0 else 0,
        "paymentType": (2, 3, 0, 8)[life.quote_number % 4],
        "amount": float(amount),
        "takenByUserId": None,
        "createdAtUtc": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "customPaymentDescription": None,
        "gatewayPaymentId": None,
        "refundsJobPaymentId": None,
        "amountRefunded": 0.0,
        "paymentCategory": category,
        "isRefund": False,
    }


def _charge(name: str, category: int, description: str, amount: Decimal) -> Json:
    return {
        "name": name,
        "chargeCategory": category,
        "description": description,
        "editableDescription": None,
        "subtotal": float(cents(amount)),
        "discountAmount": 0.0,
        "totalCost": float(cents(amount)),
    }


def _labour_text(job: Job, minutes: int) -> str:
    """The labour text as the account writes it, or as somebody typed it over."""
    hours, rest = divmod(minutes, 60)
    worked = f"{hours}h {rest}m" if rest else f"{hours}h"
    trucks = f"{job.trucks} truck" + ("s" if job.trucks > 1 else "")
    hand = int(job.id[:4], 16) % 60
    if hand == 0:
        return "see crew notes"
    if hand < 4:
        return f"{minutes / 60:g} hrs @ ${job.rate:.0f}/hour ({job.crew} movers, {trucks})"
    return f"{worked} @ ${job.rate:.2f}/hr ({trucks}, {job.crew} crew)"
