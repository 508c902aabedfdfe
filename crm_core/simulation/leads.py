"""Leads as rows, with the status each has at the end of the history.

When a lead is reached, quoted or lost is decided in `crm_core.simulation.outcomes`.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from crm_core.enums import LeadPriority, LeadStatus
from crm_core.simulation import market
from crm_core.simulation.customers import Customers
from crm_core.simulation.demand import PROVINCES, Prospects
from crm_core.simulation.frames import Days, Mask, choice, days, instants, latest, money, only
from crm_core.simulation.market import CHANNELS, SERVICES, SIZES
from crm_core.simulation.organisation import World
from crm_core.simulation.outcomes import Fate, Outcomes
from crm_core.simulation.status_log import ABOUT, Lives
from crm_core.simulation.totals import Totals
from crm_core.simulation.zones import DAY, Index, Seconds

ESTIMATE_STEP = 5_000
"""Estimates are given in steps of fifty dollars."""
URGENT_DAYS, HIGH_DAYS, MEDIUM_DAYS = 3, 7, 30
PRIORITIES = (LeadPriority.URGENT, LeadPriority.HIGH, LeadPriority.MEDIUM, LeadPriority.LOW)
STATUSES = (
    LeadStatus.WON,
    LeadStatus.LOST,
    LeadStatus.NEGOTIATION,
    LeadStatus.PROPOSAL_SENT,
    LeadStatus.QUALIFIED,
    LeadStatus.CONTACTED,
    LeadStatus.NEW,
)


def lead_frame(
    world: World,
    leads: Prospects,
    fates: Outcomes,
    priced: Totals,
    people: Customers,
    ids: pl.Series,
) -> pl.DataFrame:
    """One row per lead."""
    end, count = world.as_of, len(leads)
    rng = world.rng("leads")
    is_over = fates.decided_at <= end
    is_won, is_lost = is_over & (fates.fate == Fate.WON), is_over & (fates.fate != Fate.WON)
    contacted = fates.contacted_at <= end
    notice = leads.wanted_on - leads.created_at // DAY
    guess = priced.net * rng.integers(85, 116, count) // 100 // ESTIMATE_STEP * ESTIMATE_STEP
    moves = [fates.contacted_at, fates.sent_at, fates.resent_at, fates.decided_at]
    return pl.DataFrame(
        {
            "client_id": pl.repeat(world.client_id, count, eager=True),
            "id": ids,
            "location_id": world.location_ids.gather(leads.branch),
            "owner_id": world.user_ids.gather(leads.owner),
            "customer_id": people.ids.gather(people.of_lead),
            "source": choice([channel.name for channel in CHANNELS], leads.channel),
            "status": choice([s.value for s in STATUSES], _statuses(end, fates, is_won, is_lost)),
            "priority": choice([p.value for p in PRIORITIES], _priorities(notice)),
            "service_type": choice([service.name for service in SERVICES], leads.service),
            "move_size": choice([size.name for size in SIZES], leads.size),
            "estimated_move_on": days(leads.wanted_on),
            "estimated_amount": money(guess, contacted),
            "origin_province": choice(PROVINCES, leads.origin),
            "destination_province": choice(PROVINCES, leads.destination),
            "score": _scores(leads, priced, notice, contacted),
            "is_bad": leads.is_bad,
            "created_on": days(world.zones.local(leads.created_at, leads.branch) // DAY),
            "received_at": instants(leads.created_at),
            "received_local_at": instants(world.zones.local(leads.created_at, leads.branch)),
            "first_contacted_at": instants(fates.contacted_at, contacted),
            "first_contacted_local_at": _local(world, leads, fates.contacted_at, contacted),
            "last_contacted_at": instants(latest(end, fates.contacted_at, moves[1:]), contacted),
            "won_at": instants(fates.decided_at, is_won),
            "won_on": days(fates.decided_on, is_won),
            "lost_at": instants(fates.decided_at, is_lost),
            "lost_on": days(fates.decided_on, is_lost),
            "lost_reason": only(_lost_reasons(leads, fates), is_lost),
            "created_at": instants(leads.created_at),
            "updated_at": instants(latest(end, leads.created_at, moves)),
        }
    )


def lead_lives(world: World, frame: pl.DataFrame, fates: Outcomes) -> Lives:
    """What became of the leads; `fates` stands beside the rows of `frame`."""

    def reached(at: Seconds) -> pl.Series:
        return instants(at, at <= world.as_of)

    return Lives(
        "leads",
        frame.select(ABOUT),
        [
            (LeadStatus.NEW, frame["created_at"]),
            (LeadStatus.CONTACTED, reached(fates.contacted_at)),
            (LeadStatus.QUALIFIED, reached(fates.quoted_at)),
            (LeadStatus.PROPOSAL_SENT, reached(fates.sent_at)),
            (LeadStatus.NEGOTIATION, reached(fates.resent_at)),
            (LeadStatus.WON, frame["won_at"]),
            (LeadStatus.LOST, frame["lost_at"]),
        ],
    )


def _local(world: World, leads: Prospects, at: Seconds, happened: Mask) -> pl.Series:
    """Wall-clock time at the branch; null where it did not happen."""
    known = np.where(happened, at, world.as_of)
    return instants(world.zones.local(known, leads.branch), happened)


def _statuses(end: int, fates: Outcomes, is_won: Mask, is_lost: Mask) -> Index:
    """The furthest stage reached, as a number in `STATUSES`."""
    reached = [is_won, is_lost] + [
        instant <= end
        for instant in (fates.resent_at, fates.sent_at, fates.quoted_at, fates.contacted_at)
    ]
    return np.select(reached, list(range(len(reached))), default=len(reached))


def _priorities(notice: Days) -> Index:
    return np.searchsorted([URGENT_DAYS, HIGH_DAYS, MEDIUM_DAYS], notice, side="left")


def _scores(leads: Prospects, priced: Totals, notice: Days, contacted: Mask) -> NDArray[np.int64]:
    """0 to 100: completeness 25, value 25, source 20, urgency 20, responsiveness 10."""
    completeness = 20 + 5 * contacted
    value = np.clip(priced.net // 10_000, 0, 25)
    source = np.array([round(20 * channel.win_rate) for channel in CHANNELS])[leads.channel]
    urgency = np.clip(20 - notice // 3, 0, 20)
    return np.where(leads.is_bad, 0, completeness + value + source + urgency + 10 * contacted)


def _lost_reasons(leads: Prospects, fates: Outcomes) -> pl.Series:
    """What the customer said who refused; expired quotes were never answered."""
    reasons = (*market.BAD_REASONS, *market.LOST_REASONS, *market.REJECTION_REASONS)
    silent = np.where(fates.fate == Fate.EXPIRED, 0, fates.reason) + len(market.BAD_REASONS)
    refused = fates.reason + len(market.BAD_REASONS) + len(market.LOST_REASONS)
    lost = np.where(fates.fate == Fate.REJECTED, refused, silent)
    return choice(reasons, np.where(leads.is_bad, fates.reason, lost))
