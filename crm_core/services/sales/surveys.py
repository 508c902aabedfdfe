"""Surveys: a customer is asked once, a day after the job, and answers once or never.

The message that asks is drafted by `communication.reminders`.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from crm_core.database import as_system, set_moment
from crm_core.enums import DataSource, JourneyStage, SurveyStatus
from crm_core.errors import InvalidInput
from crm_core.ids import new_id
from crm_core.models import Survey, TruckJourney
from crm_core.security import audit
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services import checks, rows
from crm_core.services.communication import reminders
from crm_core.services.machines.communication import SURVEY, SurveyEvent
from crm_core.services.moves import move

ASKED_AFTER = timedelta(hours=24)
ASKED_WITHIN = timedelta(days=7)
"""Nobody is asked about an older job."""
OPEN_FOR = timedelta(days=30)


def send_due(session: Session, subject: Subject, *, as_of: datetime) -> list[Survey]:
    """Ask about every job that ended a day ago; a second run asks nobody again."""
    require(subject, Resource.CUSTOMER, Action.CREATE)
    asked = exists().where(
        Survey.client_id == TruckJourney.client_id, Survey.journey_id == TruckJourney.id
    )
    done = [JourneyStage.COMPLETED.value, JourneyStage.AUDITED.value]
    journeys = session.scalars(
        select(TruckJourney)
        .where(
            TruckJourney.client_id == subject.client_id,
            TruckJourney.status.in_(done),
            TruckJourney.data_source == DataSource.MANUAL.value,
            TruckJourney.completed_at.between(as_of - ASKED_WITHIN, as_of - ASKED_AFTER),
            ~asked,
        )
        .order_by(TruckJourney.id)
        .with_for_update(of=TruckJourney)
    ).all()
    return [
        _send(session, subject, journey, as_of)
        for journey in journeys
        if reminders.ask_for_feedback(session, subject, journey, at=as_of)
    ]


def answer(
    session: Session,
    subject: Subject,
    *,
    survey_id: UUID,
    at: datetime,
    recommend_score: int | None = None,
    satisfaction_score: int | None = None,
    comment: str | None = None,
) -> Survey:
    """What the customer says: 0 to 10 for recommending us, 1 to 5 for the job; once."""
    require(subject, Resource.CUSTOMER, Action.UPDATE)
    survey = rows.get(session, subject, Survey, survey_id)
    if recommend_score is None and satisfaction_score is None:
        raise InvalidInput("recommend_score", "an answer holds at least one score")
    _within("recommend_score", recommend_score, 0, 10)
    _within("satisfaction_score", satisfaction_score, 1, 5)
    if at < survey.sent_at:
        raise InvalidInput("at", "nobody answers before the question was sent")
    today = rows.day_at(session, subject, survey.location_id, at)
    move(session, subject, SURVEY, survey, SurveyEvent.ANSWER, at)
    survey.answered_at, survey.answered_on = at, today
    survey.recommend_score, survey.satisfaction_score = recommend_score, satisfaction_score
    survey.comment = checks.optional_text("comment", comment, 2000)
    session.flush()
    return survey


def expire_due(session: Session, subject: Subject, *, as_of: datetime) -> int:
    """Close what nobody answered in 30 days; says how many."""
    require(subject, Resource.CUSTOMER, Action.UPDATE)
    silent = session.scalars(
        select(Survey)
        .where(
            Survey.client_id == subject.client_id,
            Survey.status == SurveyStatus.SENT.value,
            Survey.sent_at <= as_of - OPEN_FOR,
        )
        .order_by(Survey.id)
        .with_for_update(skip_locked=True)
    ).all()
    for survey in silent:
        move(session, subject, SURVEY, survey, SurveyEvent.EXPIRE, as_of)
    session.flush()
    return len(silent)


def _send(session: Session, subject: Subject, journey: TruckJourney, at: datetime) -> Survey:
    survey = Survey(
        client_id=subject.client_id,
        id=new_id(at),
        location_id=journey.location_id,
        owner_id=journey.owner_id,
        customer_id=journey.customer_id,
        journey_id=journey.id,
        status=SurveyStatus.SENT.value,
        sent_at=at,
        sent_on=rows.day_at(session, subject, journey.location_id, at),
    )
    set_moment(session, at)
    with as_system(session):
        session.add(survey)
        audit.record(
            session, subject, "CREATE", Resource.CUSTOMER, survey.id, at, survey.location_id,
            details={"journey_id": journey.id},
        )  # fmt: skip
        session.flush()
    return survey


def _within(field: str, score: int | None, least: int, most: int) -> None:
    if score is not None and not least <= score <= most:
        raise InvalidInput(field, f"{score} is not between {least} and {most}")
