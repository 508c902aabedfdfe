"""A round of a scheduler: what is due is opened, drawn, sent once, and put on record.

Every step commits before the next begins, and each may be the last: the ledger says what a dead
scheduler left, the next one goes on from there.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from crm_core.database import tenant_session
from crm_core.enums import AuditSeverity, DeliveryState, OccasionState
from crm_core.errors import CrmError
from crm_core.models import ReportOccasion
from crm_core.security import audit
from crm_core.security.permissions import ActionRefused, Resource, Subject
from crm_core.services.reporting import occasions
from reports.delivery import drawing, ledger
from reports.delivery.drawing import Commission, Kept, Press
from reports.delivery.lateness import Verdict, Way, judge
from reports.delivery.message import message_id
from reports.delivery.people import (
    Person,
    Resolved,
    again,
    exceeds,
    resolve,
    timezone_of_company,
)
from reports.delivery.plan import Plan, only_for, plan_of, scheduled_plans
from reports.delivery.tell import tell
from reports.delivery.transport import Transport
from reports.delivery.worker import Worker
from reports.errors import NothingToSay, Refused, ScopeExceeded, Uncertain
from transforms.metrics.period import Period, parse_period

LIFE: Final = timedelta(hours=24)
"""A letter that could not be handed over for so long is given up."""
LEFT: Final = "is no longer an active member of staff"
NOT_NAMED: Final = "is no longer a recipient"
_S = DeliveryState


@dataclass(frozen=True)
class Delivery:
    """What became of one recipient's copy."""

    recipient: str
    state: DeliveryState
    is_new: bool
    """Whether this round sent it."""
    detail: str | None = None


@dataclass(frozen=True)
class Desk:
    """What every step of a round needs."""

    system: Subject
    worker: Worker
    press: Press
    way_out: Transport
    at: datetime
    publication_id: int | None = None
    is_asked: bool = False
    """A person waits for it: no pause is kept."""


def run_round(desk: Desk) -> list[Delivery]:
    """Everything that is to be done for a tenant now; raises the first error after the rest."""
    done: list[Delivery] = []
    problems: list[Exception] = []
    ledger.recover(desk.system, desk.worker)
    open_due(desk.system, desk.at)
    with tenant_session(desk.system) as session:
        open_now = occasions.open_ones(session, desk.system)
    for occasion in open_now:
        try:
            plan = plan_of(
                desk.system, occasions.Report(occasion.report_name, occasion.definition_id)
            )
            done += work(desk, plan, occasion)
        except Exception as problem:  # noqa: BLE001 - one report's trouble must not stop the others
            problems.append(problem)
            _explain(desk, occasion, problem)
    tell(desk.system, desk.at)
    if problems:
        raise problems[0]
    return done


def open_due(system: Subject, at: datetime) -> None:
    """Open the occasions of every schedule."""
    timezone = timezone_of_company(system)
    with tenant_session(system) as session:
        for plan in scheduled_plans(session, system, at):
            if plan.schedule is None:
                continue
            due_at = occasions.due(session, system, plan.report, plan.schedule, as_of=at)
            if due_at is not None:
                window = str(plan.window(due_at, timezone))
                occasions.open_due(session, system, plan.report, due_at=due_at, window=window)


def work(desk: Desk, plan: Plan, occasion: ReportOccasion) -> list[Delivery]:
    """Bring an occasion as far as it goes now: every recipient by themselves."""
    if occasion.only_user_id is not None:
        plan = only_for(plan, occasion.only_user_id)
    timezone = timezone_of_company(desk.system)
    window = parse_period(occasion.window_key or "", occasion.due_at.date())
    until = desk.press.data_until(desk.system, desk.publication_id)
    verdict = judge(
        plan, window, until, occasion.due_at, desk.at, timezone,
        is_released=occasion.released_at is not None or occasion.only_user_id is not None,
    )  # fmt: skip
    if verdict.way is Way.HOLD:
        _end(desk, occasion, OccasionState.HELD, verdict.reason)
        return []
    if verdict.way is Way.WAIT and verdict.is_late:
        with tenant_session(desk.system) as session:
            occasions.note(session, desk.system, occasion.id, verdict.reason)
    found = resolve(desk.system, plan, desk.at)
    _close_absent(desk, plan, occasion, found)
    for person in found.people:  # everybody is on record before anybody is written to
        _entry(desk, plan, occasion, person)
    done = [_deliver(desk, plan, occasion, window, person, verdict) for person in found.people]
    if not found.people and not found.gone:
        _end(desk, occasion, OccasionState.DONE, "there is nobody to send it to")
    elif ledger.is_settled(desk.system, occasion.id):
        _end(desk, occasion, OccasionState.DONE)
    return done


def _close_absent(desk: Desk, plan: Plan, occasion: ReportOccasion, found: Resolved) -> None:
    """Who left, or is named no more, gets nothing; their row says so."""
    formats = "+".join(plan.attach)
    for user_id, _ in found.gone:
        entry = ledger.open_entry(
            desk.system, occasion, user_id, _identifier(desk, occasion, str(user_id), formats),
            formats, at=desk.at,
        )  # fmt: skip
        ledger.refuse(desk.system, entry.id, LEFT)
    present = {person.key for person in found.people} | {str(user_id) for user_id, _ in found.gone}
    for row in ledger.entries(desk.system, occasion.id):
        if str(row.recipient_user_id or row.recipient_address) not in present:
            ledger.refuse(desk.system, row.id, NOT_NAMED)


def _deliver(
    desk: Desk,
    plan: Plan,
    occasion: ReportOccasion,
    window: Period,
    person: Person,
    verdict: Verdict,
) -> Delivery:
    entry, identifier = _entry(desk, plan, occasion, person)
    if entry.state is not _S.DUE:
        return Delivery(person.email, entry.state, is_new=False, detail=entry.detail)
    if entry.attempts and desk.at > occasion.due_at + LIFE and not desk.is_asked:
        detail = f"given up after {entry.attempts} tries: {entry.detail or ''}"
        ledger.refuse(desk.system, entry.id, detail)
        return Delivery(person.email, _S.REFUSED, is_new=False, detail=detail)
    if verdict.way is Way.WAIT:
        ledger.note(desk.system, entry.id, verdict.reason)
        return Delivery(person.email, _S.DUE, is_new=False, detail=verdict.reason)
    desk.worker.passing("due")
    if not ledger.claim(desk.system, entry.id, desk.worker, at=desk.at, is_asked=desk.is_asked):
        return Delivery(person.email, entry.state, is_new=False, detail=entry.detail)
    desk.worker.passing("claimed")
    stamps = (
        *(["test"] if occasion.only_user_id else []),
        *(["stale"] if verdict.way is Way.GO_STAMPED else []),
    )
    commission = Commission(plan, window, person, identifier, desk.at, desk.publication_id, stamps)
    return _hand_over(desk, occasion, entry, commission)


def _hand_over(
    desk: Desk, occasion: ReportOccasion, entry: ledger.Entry, commission: Commission
) -> Delivery:
    """A claimed row: draw or take up the kept letter, look once more who it is for, send."""
    person = commission.person
    try:
        key, letter = _letter(desk, commission, entry)
        desk.worker.passing("kept")
        now = again(desk.system, person, desk.at)
        if now is None:
            raise Refused(LEFT)
        if now.scope_hash != person.scope_hash:
            return _later(desk, entry, person, "the recipient's rights changed: drawn anew", True)
    except (Refused, ActionRefused, ScopeExceeded) as error:
        return _settle(desk, entry, person, _S.REFUSED, error.line)
    except NothingToSay as error:
        return _settle(desk, entry, person, _S.SKIPPED, error.line)
    except CrmError as error:
        return _later(desk, entry, person, error.line)
    except Exception as error:  # noqa: BLE001 - a fault in one report must not stop the others
        return _later(desk, entry, person, _words(error))
    if not ledger.begin_sending(desk.system, entry.id, desk.worker, at=desk.at):
        return Delivery(person.email, _S.DUE, is_new=False, detail="taken over by another")
    desk.worker.passing("sending")
    delivery = _send(desk, entry, person, letter)
    if delivery.state in (_S.SENT, _S.REFUSED):
        drawing.forget(key)
    return delivery


def _letter(desk: Desk, commission: Commission, entry: ledger.Entry) -> tuple[str, Kept]:
    """The letter as it was first drawn while the recipient sees the same; else a new one."""
    person = commission.person
    if entry.file_key and entry.content_hash and entry.scope_hash == person.scope_hash:
        letter = drawing.kept(entry.file_key, entry.content_hash, person.email)
        if letter is not None:
            return entry.file_key, letter
    drawn = desk.press.draw(commission)
    if drawn.is_empty and commission.plan.spec.when_empty == "skip":
        raise NothingToSay("there is nothing to report")
    if beyond := exceeds(desk.system, person, drawn.branches):
        with tenant_session(desk.system) as session:
            audit.record(
                session, desk.system, "SCOPE_EXCEEDED", Resource.REPORT, entry.id, desk.at,
                severity=AuditSeverity.CRITICAL, details={"branches": len(beyond)},
            )  # fmt: skip
        raise ScopeExceeded(
            f"the drawn report names {', '.join(beyond)}, beyond the reach of its recipient:"
            " it was not sent; tell whoever looks after the warehouse"
        )
    key, digest = drawing.keep(drawn.letter)
    desk.worker.passing("drawn")
    is_mine = ledger.keep_drawn(
        desk.system, entry.id, desk.worker, file_key=key, digest=digest,
        publication_id=drawn.publication_id, scope_hash=person.scope_hash, at=desk.at,
    )  # fmt: skip
    letter = drawing.kept(key, digest, person.email)
    if not is_mine or letter is None:
        raise CrmError("the letter was taken over by another scheduler")
    return key, letter


def _send(desk: Desk, entry: ledger.Entry, person: Person, letter: Kept) -> Delivery:
    """Hand the letter over and put on record what is known of it."""
    try:
        detail = desk.way_out.send(letter)
    except Refused as error:
        return _settle(desk, entry, person, _S.REFUSED, error.line)
    except Uncertain as error:
        return _settle(desk, entry, person, _S.UNKNOWN, error.line)
    except CrmError as error:  # surely not sent
        return _later(desk, entry, person, error.line)
    except Exception as error:  # noqa: BLE001 - nobody knows how far it came
        return _settle(desk, entry, person, _S.UNKNOWN, _words(error))
    desk.worker.passing("sent")
    return _settle(desk, entry, person, _S.SENT, detail)


def _settle(
    desk: Desk, entry: ledger.Entry, person: Person, state: DeliveryState, detail: str
) -> Delivery:
    counts = ledger.settle(desk.system, entry.id, desk.worker, state, detail=detail, at=desk.at)
    desk.worker.passing("settled")
    if not counts:
        return Delivery(person.email, _S.UNKNOWN, is_new=False, detail=ledger.STOPPED)
    return Delivery(person.email, state, is_new=state is _S.SENT, detail=detail)


def _later(
    desk: Desk, entry: ledger.Entry, person: Person, reason: str, at_once: bool = False
) -> Delivery:
    retry_at = None if at_once else desk.at + ledger.pause_after(entry.attempts + 1)
    ledger.settle(
        desk.system, entry.id, desk.worker, _S.DUE, detail=reason, at=desk.at, retry_at=retry_at
    )
    return Delivery(person.email, _S.DUE, is_new=False, detail=reason)


def _end(
    desk: Desk, occasion: ReportOccasion, state: OccasionState, detail: str | None = None
) -> None:
    with tenant_session(desk.system) as session:
        occasions.end(session, desk.system, occasion.id, state, at=desk.at, detail=detail)


def _explain(desk: Desk, occasion: ReportOccasion, problem: Exception) -> None:
    with tenant_session(desk.system) as session:
        occasions.note(session, desk.system, occasion.id, _words(problem))


def _entry(
    desk: Desk, plan: Plan, occasion: ReportOccasion, person: Person
) -> tuple[ledger.Entry, str]:
    formats = "+".join(plan.attach)
    identifier = _identifier(desk, occasion, person.key, formats)
    entry = ledger.open_entry(desk.system, occasion, person, identifier, formats, at=desk.at)
    return entry, identifier


def _identifier(desk: Desk, occasion: ReportOccasion, recipient: str, formats: str) -> str:
    report = str(occasion.definition_id or occasion.report_name)
    return message_id(
        desk.system.client_id, report, occasion.window_key or "", recipient, formats,
        occasion.revision,
    )  # fmt: skip


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
