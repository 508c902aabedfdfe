"""Who hears of an alert: its owner all of it, everyone else what their own door shows too.

What is to be said is decided in `watch`.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from crm_core.enums import NotificationChannel, NotificationPriority, NotificationType
from crm_core.errors import CrmError
from crm_core.models import AlertRule
from crm_core.security.permissions import Subject
from crm_core.services.communication import notifications
from crm_core.services.communication.notifications import Note
from crm_core.services.tenancy.staff import recipients_among
from reports.alerts.figures import complete_until, figures
from reports.alerts.rule import Event, Rule, Said

FOUR = Decimal("0.0001")


def tell(
    session: Session, system: Subject, row: AlertRule, rule: Rule, said: Sequence[Said],
    at: datetime,
) -> int:  # fmt: skip
    """A note to each person for all that a rule has to say now; 1 when there was something."""
    session.flush()
    if not said:
        return 0
    assert row.owner_id is not None
    notifications.tell(session, system, _note(row, said), [row.owner_id], at=at)
    others = [each for each in row.recipient_user_ids if each != row.owner_id]
    people, _ = recipients_among(session, system, at, ids=others)
    for person in people:
        if seen := _seen_by(person.subject, rule, said):
            assert person.subject.user_id is not None
            notifications.tell(session, system, _note(row, seen), [person.subject.user_id], at=at)
    return 1


def _seen_by(subject: Subject, rule: Rule, said: Sequence[Said]) -> list[Said]:
    """What of it stands at this person's own door with the same figure."""
    try:
        found = figures(subject, rule, min(each.point.on for each in said),
                        complete_until(subject, rule))  # fmt: skip
    except CrmError:  # a metric out of their reach: they hear nothing
        return []
    known = {(branch, p.on): p.value for branch, row in found.items() for p in row}
    return [each for each in said if _same(known.get((each.branch, each.point.on)), each)]


def _same(value: Decimal | None, said: Said) -> bool:
    # A figure told after a silence comes from the row, which keeps four places.
    return value is not None and said.point.value in (value, value.quantize(FOUR))


def _note(row: AlertRule, said: Sequence[Said]) -> Note:
    lines = [
        f"{each.branch or 'In all'}: {each.event.lower()}, {row.metric} is {each.point.value}"
        + (f" against {each.point.base.quantize(FOUR)}" if each.point.base is not None else "")
        + f" ({each.point.on})"
        for each in said
    ]
    is_raised = any(each.event is Event.RAISED for each in said)
    return Note(
        NotificationType.PERFORMANCE_ALERT,
        f"{'Alert' if is_raised else 'Over'}: {row.name}",
        "\n".join(lines)[:2000],
        NotificationPriority.HIGH if is_raised else NotificationPriority.NORMAL,
        channels=(NotificationChannel.IN_APP, NotificationChannel.EMAIL),
        entity="alert_rules",
        entity_id=row.id,
    )
