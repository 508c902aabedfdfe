"""One import on its way into the core: what is known, what is left to do, and a row's savepoint.

What is done with a row is in `write` and `write_work`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time

from sqlalchemy.orm import Session

from crm_core import clock
from crm_core.errors import CrmError
from crm_core.importing.found import Company, Site
from crm_core.importing.plan import Plan
from crm_core.importing.records import Bill, Job, Offer, Opportunity, Person, Place, Record
from crm_core.importing.report import Report
from crm_core.importing.sources import Known, source_key
from crm_core.security.permissions import Subject

MIDDAY = time(12)
"""The clock time of what only has a day."""


@dataclass
class Writing:
    """One import on its way into the core."""

    plan: Plan
    company: Company
    report: Report
    known: Known
    at: datetime
    """The instant of the import: nothing of it is later."""
    session: Session = field(init=False)
    offers: dict[str, list[Offer]] = field(init=False)
    jobs: dict[str, list[Job]] = field(init=False)
    bills: dict[str, Bill] = field(init=False)

    def __post_init__(self) -> None:
        self.offers, self.jobs = {}, {}
        offers = self.plan.of(Offer).values()
        for offer in sorted(offers, key=lambda each: (each.decided_on or date.max, each.key)):
            self.offers.setdefault(offer.opportunity, []).append(offer)
        for job in sorted(self.plan.of(Job).values(), key=lambda each: (each.service_on, each.key)):
            self.jobs.setdefault(job.quote, []).append(job)
        self.bills = {bill.job: bill for bill in self.plan.of(Bill).values()}

    @property
    def subject(self) -> Subject:
        return self.company.subject

    def name(self, record: Record) -> str:
        """The source key of a row."""
        return source_key(self.plan.mapping.format, record)

    def instant(self, day: date, site: Site, least: datetime | None = None) -> datetime:
        """Midday of a day at a branch; not after the import, not before `least`."""
        moment = clock.instant_of(datetime.combine(day, MIDDAY), site.timezone)
        return min(self.at, max(moment, least or moment))

    def site_of(self, row: Opportunity) -> Site:
        """The branch of an opportunity: that of its person."""
        return self.company.sites[self.plan.of(Person)[row.person].branch]

    @contextmanager
    def row(self, place: Place) -> Iterator[list[str]]:
        """One row behind a savepoint; what was done is reported, a refusal undoes it."""
        acts: list[str] = []
        try:
            with self.session.begin_nested():
                yield acts
        except CrmError as refusal:
            self.report.refuse(place, refusal.line)
        else:
            self.report.take(place, *acts)
