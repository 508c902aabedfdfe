"""Templates of messages: made, revised into a next version, taken out of use, filled.

What a template may say is `communication.template_language`; the ones every tenant begins with are
in `communication.template_seed`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm_core.database import set_moment
from crm_core.enums import TemplateType
from crm_core.errors import CrmError, InvalidInput
from crm_core.ids import new_id
from crm_core.models import Template
from crm_core.security import audit
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services import checks, rows
from crm_core.services.communication import template_language
from crm_core.services.communication.template_language import Rendered, Value, Variable

FALLBACK_LANGUAGE = "en"


class TemplateMissing(CrmError):
    """No template of this name is in use."""


@dataclass(frozen=True)
class TemplateData:
    """What a template is: its name and language say which one, the rest may change by version."""

    name: str
    type: TemplateType
    content: str
    subject: str | None = None
    variables: Sequence[Variable] = ()
    language: str = FALLBACK_LANGUAGE
    category: str | None = None
    description: str | None = None


def create(session: Session, subject: Subject, *, data: TemplateData, at: datetime) -> Template:
    """The first version of a template; refused while one of its name and language is in use."""
    require(subject, Resource.TEMPLATE, Action.CREATE)
    if _in_use(session, subject, data.name, data.language) is not None:
        raise InvalidInput("name", f"{data.name} ({data.language}) is in use: revise it")
    return _store(session, subject, data, at)


def revise(
    session: Session, subject: Subject, *, template_id: UUID, data: TemplateData, at: datetime
) -> Template:
    """The next version takes the place of this one; what was sent keeps naming the old one."""
    require(subject, Resource.TEMPLATE, Action.UPDATE)
    old = rows.get(session, subject, Template, template_id)
    if (data.name, data.language) != (old.name, old.language):
        raise InvalidInput("name", "a version keeps the name and the language")
    if not old.is_active:
        raise InvalidInput("template_id", f"version {old.version} is not in use")
    old.is_active = False
    session.flush()  # one version is in use: the old one goes before the new one comes
    return _store(session, subject, data, at)


def retire(session: Session, subject: Subject, *, template_id: UUID, at: datetime) -> Template:
    """Take a template out of use; messages that wait keep their text."""
    require(subject, Resource.TEMPLATE, Action.UPDATE)
    template = rows.get(session, subject, Template, template_id)
    if template.is_active:
        template.is_active = False
        audit.record(session, subject, "RETIRE", Resource.TEMPLATE, template.id, at)
        session.flush()
    return template


def seed(
    session: Session, subject: Subject, *, data: Iterable[TemplateData], at: datetime
) -> list[Template]:
    """Make the templates that the tenant never had; what it has or had is left as it is."""
    require(subject, Resource.TEMPLATE, Action.CREATE)
    query = select(Template.name, Template.language).where(Template.client_id == subject.client_id)
    had = {(name, language) for name, language in session.execute(query)}
    return [
        create(session, subject, data=each, at=at)
        for each in data
        if (each.name, each.language) not in had
    ]


def find(session: Session, subject: Subject, name: str, language: str) -> Template:
    """The version in use, in this language or else in English; raises `TemplateMissing`."""
    for wanted in dict.fromkeys((language, FALLBACK_LANGUAGE)):
        found = _in_use(session, subject, name, wanted)
        if found is not None:
            return found
    raise TemplateMissing(f"template {name}: none is in use in {language} or English; create it")


def render(template: Template, values: Mapping[str, Value | None]) -> Rendered:
    """Fill a stored template; raises `TemplateRefused` naming what is missing or not declared."""
    return template_language.render(
        template.subject,
        template.content,
        [Variable.of(stored) for stored in template.variables],
        values,
        template.language,
    )


def _in_use(session: Session, subject: Subject, name: str, language: str) -> Template | None:
    return session.scalars(
        select(Template).where(
            Template.client_id == subject.client_id,
            Template.name == name,
            Template.language == language,
            Template.is_active,
        )
    ).one_or_none()


def _store(session: Session, subject: Subject, data: TemplateData, at: datetime) -> Template:
    checks.instant("at", at)
    name = checks.clean_text("name", data.name, 120)
    language = checks.clean_text("language", data.language, 5)
    content = checks.clean_text("content", data.content, template_language.LONGEST_CONTENT)
    title = checks.optional_text("subject", data.subject, template_language.LONGEST_SUBJECT)
    if title is None and data.type is TemplateType.EMAIL:
        raise InvalidInput("subject", "a mail needs one")
    declared = template_language.declare(data.variables)
    template_language.try_out(title, content, declared)
    last = session.scalar(
        select(func.max(Template.version)).where(
            Template.client_id == subject.client_id,
            Template.name == name,
            Template.language == language,
        )
    )
    template = Template(
        client_id=subject.client_id,
        id=new_id(at),
        name=name,
        type=data.type.value,
        category=checks.optional_text("category", data.category, 60),
        language=language,
        version=(last or 0) + 1,
        is_active=True,
        subject=title,
        content=content,
        variables=[variable.stored() for variable in declared],
        description=checks.optional_text("description", data.description, 500),
    )
    set_moment(session, at)
    session.add(template)
    audit.record(
        session,
        subject,
        "CREATE",
        Resource.TEMPLATE,
        template.id,
        at,
        details={"name": name, "language": language, "version": template.version},
    )
    session.flush()
    return template
