"""The tenant of an import: the company, its branches, and its people as users without log-in.

Needs the loader: a company is made before anybody may act in it. Its business is in `write`.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core import clock
from crm_core.enums import UserRole
from crm_core.errors import InvalidInput
from crm_core.ids import new_id
from crm_core.importing.cells import normal
from crm_core.importing.errors import TenantNotForImport
from crm_core.importing.plan import Plan
from crm_core.importing.records import Branch, Person
from crm_core.importing.report import Report
from crm_core.importing.sources import SOURCE, source_key
from crm_core.importing.spec import TenantSpec
from crm_core.models import BusinessDate, Client, Lead, Location, User, UserLocation
from crm_core.security import audit
from crm_core.security.permissions import Resource, Subject
from crm_core.services import checks
from crm_core.services.finance import tax


@dataclass(frozen=True)
class Site:
    """A branch, and the clock there."""

    id: UUID
    timezone: str


@dataclass
class Company:
    """Who and where the rows of an export belong to."""

    subject: Subject
    sites: dict[str, Site] = field(default_factory=dict)
    """By the branch's key."""
    people: dict[str, UUID] = field(default_factory=dict)
    """By the person's key."""


def check_tenant(session: Session, slug: str, spec: TenantSpec, format_name: str) -> UUID | None:
    """The tenant, or None when there is none; raises `TenantNotForImport`."""
    tenant = session.scalars(select(Client).where(Client.slug == slug)).one_or_none()
    if tenant is None:
        return None
    if tenant.currency != spec.currency:
        raise TenantNotForImport(
            f"tenant {slug} reports in {tenant.currency}, the export is in {spec.currency}:"
            " import it into a tenant of its own"
        )
    of_tenant = Lead.client_id == tenant.id
    ours = (Lead.data_source == SOURCE.value) & Lead.external_id.startswith(f"{format_name}/")
    others = select(Lead.id).where(of_tenant, ~ours | Lead.external_id.is_(None))
    before = select(Lead.id).where(of_tenant, ours)
    if session.scalar(select(others.exists())) and not session.scalar(select(before.exists())):
        raise TenantNotForImport(
            f"tenant {slug} is at work with leads of its own: import into a tenant of its own"
        )
    return tenant.id


def found(
    session: Session,
    subject: Subject,
    slug: str,
    plan: Plan,
    report: Report,
    at: datetime,
    executive: str,
) -> Company:
    """Make what is missing of the company, its branches and its people."""
    _keep_client(session, subject, slug, plan.mapping.tenant, at)
    company = Company(subject)
    for branch in plan.of(Branch).values():
        try:
            company.sites[branch.key] = _keep_branch(session, subject, branch, plan, report, at)
        except InvalidInput as error:
            report.refuse(branch.place, error.line)
    _keep_user(session, subject, executive, "Executive", UserRole.EXECUTIVE, None, at)
    mails: dict[str, str] = {}
    for person in plan.of(Person).values():
        site = company.sites.get(person.branch)
        mail = (person.email or mail_of(person.name, slug)).lower()
        if site is None:
            report.refuse(person.place, f"branch: {person.branch!r} was refused")
        elif mail in mails:
            report.refuse(person.place, f"email: {mail} is that of {mails[mail]} already")
        else:
            mails[mail] = person.key
            company.people[person.key], is_new = _keep_user(
                session, subject, mail, person.name, person.role, site, at
            )
            report.take(person.place, *(["person created"] if is_new else []))
    session.flush()
    return company


def mail_of(name: str, slug: str) -> str:
    """An address for somebody whose own is not known; nothing can ever be sent to it."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    local = re.sub(r"[^a-z0-9]+", ".", plain).strip(".") or normal(name).encode().hex()[:40]
    return f"{local}@{slug}.invalid"


def _keep_client(
    session: Session, subject: Subject, slug: str, spec: TenantSpec, at: datetime
) -> None:
    if session.get(Client, subject.client_id) is not None:
        return
    session.add(
        Client(
            id=subject.client_id,
            slug=slug,
            name=slug.replace("-", " ").title(),
            industry=spec.industry,
            timezone=spec.timezone,
            currency=spec.currency.value,
            language=spec.language,
        )
    )
    session.flush()
    _note(session, subject, Resource.CLIENT, subject.client_id, at)


def _keep_branch(
    session: Session, subject: Subject, branch: Branch, plan: Plan, report: Report, at: datetime
) -> Site:
    code = checks.clean_text("code", branch.code, 10)
    query = select(Location).where(Location.client_id == subject.client_id, Location.code == code)
    stored = session.scalars(query).one_or_none()
    if stored is not None:
        report.take(branch.place)
        return Site(stored.id, stored.timezone)
    today = clock.local_date(at, branch.timezone)
    location = Location(
        client_id=subject.client_id,
        id=new_id(at),
        code=code,
        name=checks.clean_text("name", branch.key, 120),
        city=checks.clean_text("city", branch.city, 120),
        province=tax.province("province", branch.province),
        timezone=branch.timezone,
        is_corporate=True,
        opened_on=plan.first_on,
        data_source=SOURCE.value,
        external_id=source_key(plan.mapping.format, branch),
    )
    session.add(location)
    session.flush()
    session.add(BusinessDate(client_id=subject.client_id, id=location.id, business_on=today))
    _note(session, subject, Resource.LOCATION, location.id, at)
    report.take(branch.place, "branch created")
    return Site(location.id, location.timezone)


def _keep_user(
    session: Session,
    subject: Subject,
    mail: str,
    name: str,
    role: UserRole,
    site: Site | None,
    at: datetime,
) -> tuple[UUID, bool]:
    """The user of a mail address, made without a password when there is none."""
    query = select(User.id).where(User.client_id == subject.client_id, User.email == mail)
    stored = session.scalars(query).one_or_none()
    if stored is not None:
        return stored, False
    user = User(
        client_id=subject.client_id,
        id=new_id(at),
        location_id=site.id if site else None,
        role=role.value,
        name=checks.clean_text("name", name, 200),
        email=mail,
    )
    session.add(user)
    session.flush()
    if site is not None:
        link = UserLocation(
            client_id=subject.client_id,
            id=new_id(at),
            user_id=user.id,
            location_id=site.id,
            is_primary=True,
        )
        session.add(link)
    _note(session, subject, Resource.USER, user.id, at)
    return user.id, True


def _note(
    session: Session, subject: Subject, resource: Resource, row_id: UUID, at: datetime
) -> None:
    audit.record(session, subject, "CREATE", resource, row_id, at, details={"imported": True})
