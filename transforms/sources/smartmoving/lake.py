"""Rows for the lake: ids, statuses, dates and money of both modes, nothing personal.

How they get into the lake belongs to `transforms.lake`; raw payloads never leave the core.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import pyarrow as pa
from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from crm_core import clock
from crm_core.models import Integration
from transforms.sources.base import Json, Payload
from transforms.sources.landing import accepted, heads_since, is_remapped
from transforms.sources.smartmoving import codes
from transforms.sources.smartmoving.branches import BranchUse
from transforms.sources.smartmoving.bundles import STREAMS, Bundle, bundles, labour_of, worth
from transforms.sources.smartmoving.connector import PROVIDER
from transforms.sources.smartmoving.ours import branches_of, currency_of

_MONEY = pa.decimal128(18, 2)
_INSTANT = pa.timestamp("us", tz="UTC")
_KEY: dict[str, pa.DataType] = {
    "client_id": pa.string(),
    "id": pa.string(),
    "location_id": pa.string(),
    "mode": pa.string(),
}

SCHEMAS: Mapping[str, pa.Schema] = {
    "smartmoving__opportunities": pa.schema(
        {
            **_KEY,
            "quote_number": pa.int64(),
            "customer_external_id": pa.string(),
            "status": pa.string(),
            "is_booked": pa.bool_(),
            "opportunity_type": pa.string(),
            "service_type": pa.string(),
            "move_size": pa.string(),
            "referral_channel": pa.string(),
            "created_at": _INSTANT,
            "created_on": pa.date32(),
            "booked_at": _INSTANT,
            "booked_on": pa.date32(),
            "service_on": pa.date32(),
            "volume_cubic_feet": _MONEY,
            "weight_pounds": _MONEY,
            "jobs_count": pa.int32(),
            "estimated_subtotal_amount": _MONEY,
            "estimated_tax_amount": _MONEY,
            "estimated_total_amount": _MONEY,
            "actual_subtotal_amount": _MONEY,
            "paid_amount": _MONEY,
            "currency": pa.string(),
        }
    ),
    "smartmoving__jobs": pa.schema(
        {
            **_KEY,
            "opportunity_id": pa.string(),
            "job_number": pa.string(),
            "service_type": pa.string(),
            "service_on": pa.date32(),
            "is_confirmed": pa.bool_(),
            "is_removed": pa.bool_(),
            "crew_size": pa.int32(),
            "truck_count": pa.int32(),
            "estimated_minutes": pa.int32(),
            "actual_minutes": pa.int32(),
            "started_at": _INSTANT,
            "completed_at": _INSTANT,
            "completed_on": pa.date32(),
            "estimated_amount": _MONEY,
            "actual_amount": _MONEY,
            "currency": pa.string(),
        }
    ),
    "smartmoving__payments": pa.schema(
        {
            **_KEY,
            "opportunity_id": pa.string(),
            "job_id": pa.string(),
            "payment_type": pa.string(),
            "payment_category": pa.string(),
            "is_refund": pa.bool_(),
            "received_at": _INSTANT,
            "received_on": pa.date32(),
            "payment_amount": _MONEY,
            "currency": pa.string(),
        }
    ),
}
"""One row per opportunity, job and payment of the account; the key is (client_id, id)."""

# Sources are named "<branch code> <channel>"; some hold a phone number or an address.
_PHONE = re.compile(r"\+?\d[\d\s().-]{5,}\d")
_MAIL = re.compile(r"\S+@\S+")


@dataclass(frozen=True, slots=True)
class Account:
    """Whose account the payloads come from: tenant, its currency, its branches by name."""

    client_id: UUID
    currency: str
    branches: Mapping[str, BranchUse]


def reference_rows(payloads: Iterable[Payload], account: Account) -> dict[str, pa.Table]:
    """The lake's rows of accepted payloads, oldest first; of each opportunity the newest counts.

    A job that only an older version of its opportunity knows comes with `is_removed`.
    """
    everything = list(payloads)
    versions = [p for p in everything if p.stream == "opportunities"]
    found = bundles(everything, account.branches)
    rows: dict[str, list[Json]] = {name: [] for name in SCHEMAS}
    for bundle in found:
        shared = _shared(bundle, account)
        rows["smartmoving__opportunities"].append(shared | _opportunity(bundle))
        rows["smartmoving__payments"] += [shared | row for row in _payments(bundle)]
        rows["smartmoving__jobs"] += [shared | row for row in _jobs(bundle)]
    rows["smartmoving__jobs"] += _removed_jobs(versions, found, account)
    return {
        name: pa.Table.from_pylist(rows[name], schema=schema) for name, schema in SCHEMAS.items()
    }


def changed_rows(connection: Connection, since_xid: int) -> dict[str, pa.Table]:
    """Rows of all tenants' opportunities in which anything changed since a fence (0 is all).

    `connection` is one of the extract role. Rows are whole and keyed (client_id, id): merge them.
    """
    parts = []
    with Session(connection) as session:
        for client_id, integration_id in session.execute(
            select(Integration.client_id, Integration.id).where(Integration.provider == PROVIDER)
        ).all():
            account = Account(
                client_id,
                currency_of(session, client_id),
                branches_of(session, client_id, integration_id),
            )
            heads = (
                None
                if is_remapped(session, integration_id, since_xid)
                else heads_since(session, integration_id, STREAMS, since_xid)
            )
            if heads is None or heads:
                payloads = accepted(session, integration_id, STREAMS, heads, all_versions=True)
                parts.append(reference_rows(payloads, account))
    return {
        name: pa.concat_tables([part[name] for part in parts] or [schema.empty_table()])
        for name, schema in SCHEMAS.items()
    }


def _shared(bundle: Bundle, account: Account) -> Json:
    return {
        "client_id": str(account.client_id),
        "location_id": str(bundle.branch.location_id),
        "mode": str(bundle.branch.mode),
        "currency": account.currency,
    }


def _opportunity(bundle: Bundle) -> Json:
    row, jobs = bundle.opportunity, bundle.opportunity.jobs
    total = row.estimated_total
    return {
        "id": row.id,
        "quote_number": row.quote_number,
        "customer_external_id": row.customer.id,
        "status": codes.decode(codes.OPPORTUNITY_STATUS, row.status),
        "is_booked": bundle.is_booked,
        "opportunity_type": codes.decode(codes.OPPORTUNITY_TYPE, row.opportunity_type),
        "service_type": codes.decode(codes.JOB_TYPE, jobs[0].type) if jobs else None,
        "move_size": row.move_size.name if row.move_size else None,
        "referral_channel": _channel(row.referral_source),
        **_moment("created", bundle.created_at, bundle.branch),
        **_moment("booked", bundle.booked_at, bundle.branch),
        "service_on": row.service_date,
        "volume_cubic_feet": row.volume,
        "weight_pounds": row.weight,
        "jobs_count": len(jobs),
        "estimated_subtotal_amount": total.subtotal if total else None,
        "estimated_tax_amount": total.tax if total else None,
        "estimated_total_amount": total.final_total if total else None,
        "actual_subtotal_amount": worth(c for job in jobs for c in job.actual_charges),
        "paid_amount": bundle.paid,
    }


def _jobs(bundle: Bundle) -> Iterable[Json]:
    for job in bundle.opportunity.jobs:
        planned, worked = labour_of(job.estimated_charges), labour_of(job.actual_charges)
        times = bundle.times.get(job.id)
        yield {
            "id": job.id,
            "opportunity_id": bundle.opportunity.id,
            "job_number": job.job_number,
            "service_type": codes.decode(codes.JOB_TYPE, job.type),
            "service_on": job.job_date,
            "is_confirmed": job.confirmed,
            "is_removed": False,
            "crew_size": planned.crew if planned else None,
            "truck_count": planned.trucks if planned else None,
            "estimated_minutes": planned.minutes if planned else None,
            "actual_minutes": worked.minutes if worked else None,
            "started_at": times.start_time_utc if times and bundle.is_done else None,
            **_moment("completed", times.completed_at_utc if times else None, bundle.branch),
            "estimated_amount": worth(job.estimated_charges),
            "actual_amount": worth(job.actual_charges),
        }


def _removed_jobs(
    versions: Iterable[Payload], found: Iterable[Bundle], account: Account
) -> Iterable[Json]:
    """Jobs that an older version of their opportunity knew and the newest does not."""
    newest = {bundle.opportunity.id: bundle for bundle in found}
    removed: dict[str, Json] = {}
    for payload in versions:
        for older in bundles([payload], account.branches):
            bundle = newest[older.opportunity.id]
            standing = {job.id for job in bundle.opportunity.jobs}
            for row in _jobs(older):
                if row["id"] not in standing:
                    whole = _shared(bundle, account) | row | {"is_removed": True}
                    removed[str(row["id"])] = whole
    return removed.values()


def _payments(bundle: Bundle) -> Iterable[Json]:
    for payment in bundle.payments.values():
        yield {
            "id": payment.id,
            "opportunity_id": payment.opportunity_id,
            "job_id": payment.job_id,
            "payment_type": codes.decode(codes.PAYMENT_TYPE, payment.payment_type),
            "payment_category": codes.decode(codes.PAYMENT_CATEGORY, payment.payment_category),
            "is_refund": payment.is_refund,
            **_moment("received", payment.created_at_utc, bundle.branch),
            "payment_amount": -abs(payment.amount) if payment.is_refund else payment.amount,
        }


def _moment(name: str, instant: datetime | None, branch: BranchUse) -> Json:
    """An instant and its day at the branch: no SQL converts zones."""
    day = clock.local_date(instant, branch.timezone) if instant else None
    return {f"{name}_at": instant, f"{name}_on": day}


def _channel(source: str | None) -> str | None:
    """A referral source without the phone numbers and addresses that its name may hold."""
    cleaned = _MAIL.sub("", _PHONE.sub("", source or ""))
    return " ".join(cleaned.split()) or None
