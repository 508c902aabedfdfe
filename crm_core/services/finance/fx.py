"""Exchange: amounts of a second currency at the stored rate of a day.

Where rates come from is an integration's business; sums never mix currencies without this.
"""

from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crm_core.database import DatabaseRole, engine
from crm_core.errors import CrmError
from crm_core.models import Client, FxRate
from crm_core.money import cents
from crm_core.security.permissions import Subject

LONGEST_GAP = timedelta(days=7)
"""No rates are published on weekends and holidays: the last one before the day holds that long."""
ONE = Decimal(1)
RATE = Decimal("1.00000000")


class FxRateMissing(CrmError):
    """No rate is stored for a pair of currencies and a day."""


class FxRateStands(CrmError):
    """A publisher gives another rate for a day than the one we have from it."""


def store(from_currency: str, to_currency: str, on: date, worth: Decimal, *, source: str) -> bool:
    """Keep the rate of a day; False when one stands. In a transaction of its own, as the platform.

    A rate that is stored is never changed: months were reported with it. Raises `FxRateStands`
    when the same source now says another.
    """
    key = {"from_currency": from_currency, "to_currency": to_currency, "rate_on": on}
    value = worth.quantize(RATE)
    with Session(engine(DatabaseRole.LOADER)) as session, session.begin():
        fresh = insert(FxRate).values(**key, rate=value, source=source).on_conflict_do_nothing()
        if session.scalars(fresh.returning(FxRate.rate)).first() is not None:
            return True
        stored = session.get_one(FxRate, (from_currency, to_currency, on))
        if stored.source == source and stored.rate != value:
            raise FxRateStands(
                f"{from_currency} to {to_currency} on {on} is stored as {stored.rate.normalize()}:"
                " months may be reported with it; correct it by hand if the new one is right"
            )
        return False


def rate(session: Session, from_currency: str, to_currency: str, on: date) -> Decimal:
    """How much one unit is worth on a day; raises `FxRateMissing`."""
    if from_currency == to_currency:
        return ONE
    query = (
        select(FxRate.rate)
        .where(
            FxRate.from_currency == from_currency,
            FxRate.to_currency == to_currency,
            FxRate.rate_on.between(on - LONGEST_GAP, on),
        )
        .order_by(FxRate.rate_on.desc())
        .limit(1)
    )
    found = session.scalars(query).one_or_none()
    if found is None:
        raise FxRateMissing(
            f"no rate from {from_currency} to {to_currency} for {on}: add it to fx_rates first"
        )
    return found


def convert(
    session: Session, amount: Decimal, from_currency: str, to_currency: str, on: date
) -> Decimal:
    """The amount in another currency at the rate of a day, to the cent."""
    return cents(amount * rate(session, from_currency, to_currency, on))


def rate_to_tenant(session: Session, subject: Subject, currency: str, on: date) -> Decimal:
    """The rate from a currency to that of the tenant, in which its reports are."""
    query = select(Client.currency).where(Client.id == subject.client_id)
    return rate(session, currency, session.scalars(query).one(), on)
