"""Everything landed about one opportunity, typed and put together.

What it becomes is decided elsewhere: in the core by `apply`, in the lake by `lake`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from transforms.sources.base import Payload, Quarantined
from transforms.sources.contracts import Row
from transforms.sources.smartmoving import codes, contract
from transforms.sources.smartmoving.branches import BranchUse, normalise_branch
from transforms.sources.smartmoving.connector import parse
from transforms.sources.smartmoving.labour import Labour

STREAMS = ("opportunities", "job_times", "payments", "opportunity_dates")


@dataclass(slots=True)
class Bundle:
    """One opportunity with its branch, its jobs' times, its payments and its first day."""

    opportunity: contract.Opportunity
    branch: BranchUse
    times: dict[str, contract.JobTimes] = field(default_factory=dict)
    payments: dict[str, contract.Payment] = field(default_factory=dict)
    created_at: datetime | None = None

    @property
    def is_booked(self) -> bool:
        """Booked once, whatever became of it."""
        return self.opportunity.status in codes.BOOKED_STATUSES

    @property
    def is_done(self) -> bool:
        return self.opportunity.status in codes.DONE_STATUSES

    @property
    def booked_at(self) -> datetime | None:
        """When the first job was confirmed; None when it is not booked or nobody noted it."""
        noted = [t.confirmed_at_utc for t in self.times.values() if t.confirmed_at_utc]
        return min(noted) if noted and self.is_booked else None

    @property
    def paid(self) -> Decimal:
        """Payments less refunds; a refund's amount is positive or negative, as the vendor likes."""
        return sum(
            (-abs(p.amount) if p.is_refund else p.amount for p in self.payments.values()),
            Decimal(0),
        )


def bundles(payloads: Iterable[Payload], branches: Mapping[str, BranchUse]) -> list[Bundle]:
    """Bundles of the opportunities among `payloads`; what belongs to no good one is left out.

    Payloads come oldest first: of two versions of a row the later wins. A contract may have become
    stricter since a row was landed, so each is judged again here.
    """
    found: dict[str, Bundle] = {}
    rest: list[Row] = []
    for payload in payloads:
        row = parse(payload, branches)
        if isinstance(row, contract.Opportunity):
            found[row.id] = Bundle(row, branches[normalise_branch(row.branch.name)])
        elif not isinstance(row, Quarantined):
            rest.append(row)
    for row in rest:
        if isinstance(row, contract.Payment) and row.opportunity_id in found:
            found[row.opportunity_id].payments[row.id] = row
        elif isinstance(row, contract.JobList) and row.id in found:
            found[row.id].times = {times.id: times for times in row.jobs}
        elif isinstance(row, contract.OpportunityDate) and row.id in found:
            found[row.id].created_at = row.created_at_utc
    return list(found.values())


def labour_of(charges: Iterable[contract.Charge]) -> Labour | None:
    """The first readable labour text among a job's charges."""
    return next((c.labour for c in charges if c.labour is not None), None)


def worth(charges: Iterable[contract.Charge]) -> Decimal:
    """The charges' sum before tax, after discounts."""
    return sum((charge.total_cost for charge in charges), Decimal(0))
