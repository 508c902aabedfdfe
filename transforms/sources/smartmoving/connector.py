"""The pull plan of one account: what is asked, in which order, and how each row is judged.

Pure but for the HTTP client it is given: no database, no clock. Landing belongs to `landing`.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from urllib.parse import quote

from transforms.sources.base import (
    Json,
    Known,
    Oddities,
    Payload,
    Quarantined,
    SourceRefusedRequest,
)
from transforms.sources.contracts import Row, contracted
from transforms.sources.http import SourceClient
from transforms.sources.smartmoving import codes, contract
from transforms.sources.smartmoving.branches import BranchUse, normalise_branch

PROVIDER = "smartmoving"

LISTS: Mapping[str, str] = {
    "branches": "/api/branches",
    "users": "/api/users",
    "move_sizes": "/api/move-sizes",
    "service_types": "/api/service-types",
    "referral_sources": "/api/referral-sources",
    "tariffs": "/api/tariffs",
    "bad_lead_reasons": "/api/bad-lead-reasons",
    "cancellation_reasons": "/api/cancellation-reasons",
    "lost_reasons": "/api/lost-reasons",
    "leads": "/api/leads",
}

CONTRACTS: Mapping[str, type[Row]] = {
    **dict.fromkeys(LISTS, contract.Listed),
    "branches": contract.Branch,
    "leads": contract.Lead,
    "opportunities": contract.Opportunity,
    "job_times": contract.JobList,
    "payments": contract.Payment,
    "opportunity_dates": contract.OpportunityDate,
    "customers": contract.Customer,
}

DETAIL_SWITCHES = ("IncludePayments", "IncludeJobAddresses", "IncludeCharges")

DAYS_BACK, DAYS_AHEAD = 35, 60
WINDOW_DAYS = 7
RECENT_DAYS = 10
"""Payments and actual charges arrive without a trace in the list: recent jobs are read again."""

UNKNOWN_BRANCH = "matches no branch of ours: name it in the integration's branches"


class SmartMoving:
    """A `Source` over one account; `branches` are ours by normalised name."""

    provider = PROVIDER
    streams = tuple(CONTRACTS)

    def __init__(self, client: SourceClient, branches: Mapping[str, BranchUse]) -> None:
        self._client = client
        self._branches = branches
        self.oddities = Oddities()

    def pull(self, today: date, known: Known) -> Iterator[Payload]:
        """All lists, open leads, and customers with a job from 35 days back to 60 ahead.

        A customer's row comes after everything read for its sake: a run that breaks off in
        between has not landed the row, so the next run reads the details again.
        """
        for stream, path in LISTS.items():
            yield from _once(Payload.of(stream, row) for row in self._client.pages(path))
        yield from _once(self._customers(today, known))

    def judge(self, payload: Payload) -> Quarantined | None:
        """None when the row keeps its contract and names a branch of ours; counts oddities."""
        row = self.parse(payload)
        if isinstance(row, Quarantined):
            return row
        contract.note_oddities(row, self.oddities)
        return None

    def parse(self, payload: Payload) -> Row | Quarantined:
        """The typed row of a payload, or why it is quarantined."""
        return parse(payload, self._branches)

    def _customers(self, today: date, known: Known) -> Iterator[Payload]:
        first, last = today - timedelta(days=DAYS_BACK), today + timedelta(days=DAYS_AHEAD)
        done: set[str] = set()
        for start, end in windows(first, last):
            span = {"FromServiceDate": _digits(start), "ToServiceDate": _digits(end)}
            query = {**span, "IncludeOpportunityInfo": "true"}
            for row in self._client.pages("/api/customers", query):
                payload = Payload.of("customers", row)
                if payload.external_id not in done:
                    done.add(payload.external_id)
                    yield from self._customer(row, payload, today, known)

    def _customer(
        self, row: Json, payload: Payload, today: date, known: Known
    ) -> Iterator[Payload]:
        opportunities = [_usable_id(summary) for summary in _rows(row.get("opportunities"))]
        settled = (
            known.has(payload)
            and not _is_recent(row, today)
            and all(known.has_row("opportunities", key) for key in opportunities)
        )
        if not settled:
            try:
                for key in opportunities:
                    yield from self._opportunity(key)
                path = f"/api/customers/{_usable_id(row)}/opportunities"
                for dated in self._client.pages(path):
                    yield Payload.of("opportunity_dates", dated)
            except SourceRefusedRequest:
                # The row vanished between list and detail. Not landed, it is asked for again.
                self.oddities.vanished_rows += 1
                return
        yield payload

    def _opportunity(self, key: str) -> Iterator[Payload]:
        path = f"/api/opportunities/{key}"
        body = self._client.get_row(path, dict.fromkeys(DETAIL_SWITCHES, "true"))
        payload = Payload.of("opportunities", body, external_id=key)
        yield payload
        if isinstance(self.parse(payload), Quarantined):
            return
        if body.get("status") in codes.BOOKED_STATUSES:
            jobs = self._client.get_rows(f"{path}/jobs")
            yield Payload.of("job_times", {"opportunityId": key, "jobs": jobs}, external_id=key)
        if body.get("payments"):
            for payment in self._client.get_rows(f"/api/payments/opportunities/{key}"):
                name = f"{key}:{payment.get('id')}"
                yield Payload.of("payments", payment, external_id=name)


def parse(payload: Payload, branches: Mapping[str, BranchUse]) -> Row | Quarantined:
    """The typed row of a payload, or why it is quarantined."""
    model = CONTRACTS[payload.stream]
    row = contracted(model, payload.body(), payload.stream, payload.external_id)
    if isinstance(row, Quarantined):
        return row
    named = branch_name(row)
    if named is not None and normalise_branch(named) not in branches:
        field = "branch.name" if isinstance(row, contract.Opportunity) else "branchName"
        reason = f"{field} {UNKNOWN_BRANCH}"
        return Quarantined(payload.stream, payload.external_id, reason)
    return row


def branch_name(row: Row) -> str | None:
    """The branch a row names, for the rows that name one."""
    if isinstance(row, contract.Opportunity):
        return row.branch.name
    return row.branch_name if isinstance(row, contract.Lead) else None


def windows(first: date, last: date) -> Iterator[tuple[date, date]]:
    """Spans of at most seven days, both ends included, that cover first to last."""
    start = first
    while start <= last:
        end = min(start + timedelta(days=WINDOW_DAYS - 1), last)
        yield start, end
        start = end + timedelta(days=1)


def _once(payloads: Iterable[Payload]) -> Iterator[Payload]:
    """The first of each row: a list that moves while it is read repeats rows across pages."""
    seen: set[tuple[str, str]] = set()
    for payload in payloads:
        key = (payload.stream, payload.external_id)
        if key not in seen:
            seen.add(key)
            yield payload


def _is_recent(row: Json, today: date) -> bool:
    """Whether a job of the customer lies in the last days before today, or is today."""
    first = _digits(today - timedelta(days=RECENT_DAYS))
    days = (
        str(job.get("serviceDate"))
        for opportunity in _rows(row.get("opportunities"))
        for job in _rows(opportunity.get("jobs"))
    )
    return any(first <= day <= _digits(today) for day in days)


def _usable_id(row: Json) -> str:
    """The row's id for a path; a row without one is refused by the vendor, not by us."""
    return quote(str(row.get("id")), safe="")


def _rows(value: object) -> list[Json]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _digits(day: date) -> str:
    return f"{day:%Y%m%d}"
