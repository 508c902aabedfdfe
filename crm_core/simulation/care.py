"""After the job: claims and damage, what customers say, what auditors find.

What a claim costs the job is in `crm_core.simulation.costs`.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from crm_core.enums import (
    AuditReviewStatus,
    ClaimStatus,
    ClaimType,
    DamageSeverity,
    DamageType,
    SurveyStatus,
)
from crm_core.simulation.frames import (
    NEVER,
    Cents,
    choice,
    days,
    draw,
    instants,
    money,
    numbered,
    only,
)
from crm_core.simulation.identifiers import new_ids
from crm_core.simulation.jobs import HOUR, MINUTE, Jobs
from crm_core.simulation.organisation import Frames, World
from crm_core.simulation.status_log import ABOUT, Lives
from crm_core.simulation.zones import DAY, Index, Seconds

CLAIM_SHARE, FALLING_CLAIM_SHARE = 0.012, 0.028
TYPES = (ClaimType.DAMAGE, ClaimType.LOSS, ClaimType.DELAY, ClaimType.SERVICE)
TYPE_SHARES = np.array([0.68, 0.12, 0.12, 0.08])
SETTLED_SHARE = 0.78
QUIET_DAMAGE_SHARE = 0.006
"""Jobs with a damage that nobody claims."""
ASKED_SHARE, ANSWER_SHARE = 0.72, 0.31
SURVEY_DAYS = 30


@dataclass(frozen=True)
class Claims:
    """One row per claim, oldest first; NEVER where it is not closed."""

    job: Index
    kind: Index
    opened_at: Seconds
    reviewed_at: Seconds
    closed_at: Seconds
    is_settled: np.ndarray[tuple[int], np.dtype[np.bool_]]
    claimed: Cents
    settled: Cents
    """0 where nothing is paid, or not yet."""
    ids: pl.Series


def claims(world: World, work: Jobs) -> Claims:
    """Claims opened by the end of the history."""
    rng = world.rng("claims")
    count = len(work)
    falls = np.array([b.yearly_growth is not None for b in world.company.branches])[work.branch]
    chance = np.where(falls, FALLING_CLAIM_SHARE, CLAIM_SHARE)
    happens = rng.random(count) < chance
    wait = rng.integers(10 * HOUR, 9 * DAY, count)
    opened = np.where(work.completed_at < NEVER, work.completed_at + wait, NEVER)
    job = np.flatnonzero(happens & (opened <= world.as_of))
    job = job[np.argsort(opened[job], kind="stable")]
    opened = opened[job]
    reviewed = opened + rng.integers(DAY // 2, 3 * DAY, len(job))
    closed = reviewed + (11 * DAY * np.exp(0.7 * rng.standard_normal(len(job)))).astype(np.int64)
    claimed = (35_000 * np.exp(0.8 * rng.standard_normal(len(job)))).astype(np.int64) // 500 * 500
    claimed = np.maximum(claimed, 2_500)
    settles = rng.random(len(job)) < SETTLED_SHARE
    paid = claimed * rng.integers(40, 101, len(job)) // 100
    is_over = closed <= world.as_of
    return Claims(
        job=job,
        kind=draw(rng, TYPE_SHARES, len(job)),
        opened_at=opened,
        reviewed_at=reviewed,
        closed_at=np.where(is_over, closed, NEVER),
        is_settled=settles & is_over,
        claimed=claimed,
        settled=np.where(settles & is_over, paid, 0),
        ids=new_ids(opened * 1000, rng),
    )


def claim_frames(
    world: World, work: Jobs, made: Claims, journeys: pl.DataFrame
) -> tuple[Frames, Lives]:
    """Claims, and the reports of the damage behind them."""
    rng = world.rng("claim rows")
    end = world.as_of
    about = journeys[made.job]
    branch = work.branch[made.job]
    opened_on = world.zones.local(made.opened_at, branch) // DAY
    closed = made.closed_at < NEVER
    closed_on = world.zones.local(np.where(closed, made.closed_at, end), branch) // DAY
    reviewed = made.reviewed_at <= end
    status = np.select([made.is_settled, closed, reviewed], [2, 3, 1], default=0)
    statuses = [ClaimStatus.OPEN, ClaimStatus.IN_REVIEW, ClaimStatus.SETTLED, ClaimStatus.DENIED]
    numbers, _ = numbered("CLM", opened_on, made.opened_at)
    kinds = choice([t.value for t in TYPES], made.kind)
    last = np.where(closed, made.closed_at, np.where(reviewed, made.reviewed_at, made.opened_at))
    frame = pl.DataFrame(
        {
            "client_id": about["client_id"],
            "id": made.ids,
            "location_id": about["location_id"],
            "owner_id": about["owner_id"],
            "journey_id": about["id"],
            "customer_id": about["customer_id"],
            "claim_number": numbers,
            "claim_type": kinds,
            "status": choice([s.value for s in statuses], status),
            "opened_at": instants(made.opened_at),
            "opened_on": days(opened_on),
            "closed_on": days(closed_on, closed),
            "claimed_amount": money(made.claimed),
            "settled_amount": money(made.settled, made.is_settled),
            "denial_reason": only(
                pl.repeat("not caused by the move", len(made.job), eager=True),
                closed & ~made.is_settled,
            ),
            "description": "Reported after " + about["title"],
            "created_at": instants(made.opened_at),
            "updated_at": instants(last),
        }
    )
    steps = [
        (ClaimStatus.OPEN, frame["created_at"]),
        (ClaimStatus.IN_REVIEW, instants(made.reviewed_at, reviewed)),
        (ClaimStatus.SETTLED, instants(made.closed_at, made.is_settled)),
        (ClaimStatus.DENIED, instants(made.closed_at, closed & ~made.is_settled)),
    ]
    life = Lives("claims", frame.select(ABOUT), steps)
    return {"claims": frame, "damage_reports": _damage(world, rng, work, made, journeys)}, life


def _damage(
    world: World, rng: np.random.Generator, work: Jobs, made: Claims, journeys: pl.DataFrame
) -> pl.DataFrame:
    """A report for each claim of damage, and a few that nobody claims."""
    done = work.completed_at <= world.as_of
    claimed = np.zeros(len(work), dtype=bool)
    claimed[made.job] = True
    quiet = np.flatnonzero(done & ~claimed & (rng.random(len(work)) < QUIET_DAMAGE_SHARE))
    of = np.flatnonzero(made.kind == 0)
    job = np.concatenate([made.job[of], quiet])
    at = work.completed_at[job]
    about = journeys[job]
    amount = np.concatenate([made.claimed[of], rng.integers(30, 200, len(quiet)) * 100])
    severity = np.searchsorted([20_000, 80_000], amount)
    claim = np.concatenate([of, np.full(len(quiet), -1)])
    grades = [DamageSeverity.MINOR, DamageSeverity.MODERATE, DamageSeverity.MAJOR]
    kinds = [DamageType.GOODS.value, DamageType.PROPERTY.value]
    stamp = instants(at)
    return pl.DataFrame(
        {
            "client_id": about["client_id"],
            "id": new_ids(at * 1000, rng),
            "location_id": about["location_id"],
            "owner_id": about["owner_id"],
            "journey_id": about["id"],
            "claim_id": only(made.ids.gather(np.maximum(claim, 0)), claim >= 0)
            if len(made.ids)
            else pl.Series([None] * len(job), dtype=pl.String),
            "damage_type": choice(kinds, (rng.random(len(job)) < 0.25) * 1),
            "severity": choice([g.value for g in grades], severity),
            "estimated_amount": money(amount),
            "reported_at": stamp,
            "reported_on": days(world.zones.local(at, work.branch[job]) // DAY),
            "description": pl.repeat("Noted by the crew", len(job), eager=True),
            "created_at": stamp,
            "updated_at": stamp,
        }
    )


def survey_frame(
    world: World, work: Jobs, made: Claims, journeys: pl.DataFrame
) -> tuple[pl.DataFrame, Lives]:
    """Customers are asked the day after, and like it less when late or damaged."""
    rng = world.rng("surveys")
    count = len(work)
    noon = world.zones.local(np.minimum(work.completed_at, world.as_of), work.branch) // DAY + 1
    sent = world.zones.instants(noon * DAY + 12 * HOUR, work.branch)
    asked = (work.completed_at <= world.as_of) & (sent <= world.as_of)
    job = np.flatnonzero(asked & (rng.random(count) < ASKED_SHARE))
    sent = sent[job]
    late = work.arrived_at[job] > work.planned_start_at[job] + HOUR
    hurt = np.isin(job, made.job)
    mood = 9.1 - 1.9 * late - 4.0 * hurt + 1.4 * rng.standard_normal(len(job))
    score = np.clip(np.rint(mood), 0, 10).astype(np.int64)
    stars = np.clip(np.rint(mood / 2), 1, 5).astype(np.int64)
    answer = sent + (DAY * np.exp(1.1 * rng.standard_normal(len(job)))).astype(np.int64)
    answers = (rng.random(len(job)) < ANSWER_SHARE) & (answer <= sent + SURVEY_DAYS * DAY)
    answered = answers & (answer <= world.as_of)
    expired = ~answered & (sent + SURVEY_DAYS * DAY <= world.as_of)
    status = np.select([answered, expired], [1, 2], default=0)
    statuses = [SurveyStatus.SENT, SurveyStatus.ANSWERED, SurveyStatus.EXPIRED]
    about, branch = journeys[job], work.branch[job]
    answered_on = world.zones.local(np.where(answered, answer, world.as_of), branch) // DAY
    lapse = sent + SURVEY_DAYS * DAY
    frame = pl.DataFrame(
        {
            "client_id": about["client_id"],
            "id": new_ids(sent * 1000, rng),
            "location_id": about["location_id"],
            "owner_id": about["owner_id"],
            "customer_id": about["customer_id"],
            "journey_id": about["id"],
            "status": choice([s.value for s in statuses], status),
            "sent_at": instants(sent),
            "sent_on": days(world.zones.local(sent, branch) // DAY),
            "answered_at": instants(answer, answered),
            "answered_on": days(answered_on, answered),
            "recommend_score": only(pl.Series(score), answered),
            "satisfaction_score": only(pl.Series(stars), answered),
            "created_at": instants(sent),
            "updated_at": instants(np.select([answered, expired], [answer, lapse], default=sent)),
        }
    )
    steps = [
        (SurveyStatus.SENT, frame["sent_at"]),
        (SurveyStatus.ANSWERED, frame["answered_at"]),
        (SurveyStatus.EXPIRED, instants(lapse, expired)),
    ]
    return frame, Lives("surveys", frame.select(ABOUT), steps)


def review_frame(world: World, work: Jobs, journeys: pl.DataFrame) -> pl.DataFrame:
    """One row per audited journey."""
    rng = world.rng("reviews")
    job = np.flatnonzero(work.audited_at <= world.as_of)
    at = work.audited_at[job]
    about = journeys[job]
    compliance = np.clip(9_650 + 260 * rng.standard_normal(len(job)), 6_000, 10_000)
    quality = np.clip(9_200 + 500 * rng.standard_normal(len(job)), 5_000, 10_000)
    stamp = instants(at)
    return pl.DataFrame(
        {
            "client_id": about["client_id"],
            "id": new_ids(at * 1000, rng),
            "location_id": about["location_id"],
            "owner_id": about["owner_id"],
            "journey_id": about["id"],
            "status": pl.repeat(AuditReviewStatus.COMPLETED.value, len(job), eager=True),
            "compliance_pct": money(compliance.astype(np.int64)),
            "quality_pct": money(quality.astype(np.int64)),
            "started_at": instants(at - 20 * MINUTE),
            "completed_at": stamp,
            "created_at": stamp,
            "updated_at": stamp,
        }
    )
