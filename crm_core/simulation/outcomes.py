"""What becomes of each lead: contacted, quoted, revised, won or lost, and the instant of each.

Times run on beyond the end of the history; what has not happened by then is cut when rows are made.
"""

from dataclasses import dataclass, fields
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from crm_core.simulation import market
from crm_core.simulation.demand import BAD_SHARE, Prospects
from crm_core.simulation.frames import NEVER, Days, Mask
from crm_core.simulation.market import CHANNELS
from crm_core.simulation.organisation import World
from crm_core.simulation.zones import DAY, Index, Seconds

VALID_DAYS = 30
GRACE_DAYS = 7
"""A quote expires at the latest this many days after the move would have been."""
REVISED_SHARE = 0.07
HOUR = 3600


class Fate(IntEnum):
    """How a lead ends, if time allows."""

    WON = 0
    REJECTED = 1
    EXPIRED = 2
    UNQUOTED = 3


@dataclass(frozen=True)
class Outcomes:
    """One row per lead, beside `Prospects`; instants that never come are NEVER."""

    fate: Index
    contacted_at: Seconds
    quoted_at: Seconds
    """The first quote is drawn up."""
    sent_at: Seconds
    revised_at: Seconds
    """The second version is drawn up; NEVER for nearly all."""
    resent_at: Seconds
    viewed_at: Seconds
    decided_at: Seconds
    """The customer books or refuses, the quote expires, or the branch gives up."""
    decided_on: Days
    converted_at: Seconds
    move_on: Days
    reason: Index
    """Which of the reasons of its kind a customer gives who does not book."""

    def take(self, rows: Mask | Index) -> "Outcomes":
        """The chosen rows."""
        return Outcomes(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})


class _Desk:
    """The opening hours of the branches, and the random numbers of the people in them."""

    def __init__(self, world: World, branch: Index) -> None:
        self.rng = world.rng("outcomes")
        self._zones = world.zones
        self._branch = branch

    def after(self, start: Seconds, median: float, sigma: float, most: float = 1e9) -> Seconds:
        """Log-normal delays in seconds after `start`, at least a minute, at most `most`."""
        delay = median * np.exp(sigma * self.rng.standard_normal(len(start)))
        return start + np.clip(delay, 60, most).astype(np.int64)

    def within(self, instants: Seconds, opens: int = 8, closes: int = 20) -> Seconds:
        """The instants themselves in opening hours, else soon after the next opening."""
        local = self._zones.local(instants, self._branch)
        day, second = local // DAY, local % DAY
        is_late = second >= closes * HOUR
        opening = (day + is_late) * DAY + opens * HOUR
        soon = opening + self.rng.integers(60, 90 * 60, len(local))
        shut = is_late | (second < opens * HOUR)
        return np.where(shut, self._zones.instants(soon, self._branch), instants)

    def day(self, instants: Seconds) -> Days:
        """The branch's calendar day."""
        return self._zones.local(instants, self._branch) // DAY

    def at(self, day: Days, second: int) -> Seconds:
        """A wall-clock time of a day at the branch."""
        return self._zones.instants(day * DAY + second, self._branch)


def outcomes(world: World, leads: Prospects) -> Outcomes:
    """The life of every lead, in the order of its stages."""
    desk = _Desk(world, leads.branch)
    rng, count = desk.rng, len(leads)
    fate = _fates(rng, leads)
    answered = desk.within(desk.after(leads.created_at, 38 * 60, 1.4, 5 * DAY))
    is_reached = (fate != Fate.UNQUOTED) | (rng.random(count) < np.where(leads.is_bad, 0.7, 0.9))
    is_quoted = fate != Fate.UNQUOTED
    quoted_at = desk.within(desk.after(answered, 2.5 * HOUR, 1.1, 4 * DAY))
    sent_at = desk.after(quoted_at, 15 * 60, 0.5, 2 * HOUR)
    is_revised = is_quoted & (rng.random(count) < REVISED_SHARE)
    revised_at = desk.within(desk.after(sent_at, 1.2 * DAY, 0.6, 6 * DAY))
    resent_at = desk.after(revised_at, 12 * 60, 0.5, 2 * HOUR)
    last_sent_at = np.where(is_revised, resent_at, sent_at)
    decided_at = _decisions(desk, leads, fate, answered, last_sent_at)
    decided_on = desk.day(decided_at)
    is_won = fate == Fate.WON
    move_on = np.maximum(leads.wanted_on, np.where(is_won, decided_on, desk.day(sent_at)) + 1)
    by_hand = desk.within(desk.after(decided_at, 1.5 * HOUR, 1.0, DAY), 8, 18)
    is_viewed = rng.random(count) < np.where(is_won, 0.92, 0.72)
    opened = desk.after(last_sent_at, 3 * HOUR, 1.2)
    latest = last_sent_at + (decided_at - last_sent_at) * 4 // 5
    return Outcomes(
        fate=fate,
        contacted_at=np.where(is_reached, answered, NEVER),
        quoted_at=np.where(is_quoted, quoted_at, NEVER),
        sent_at=np.where(is_quoted, sent_at, NEVER),
        revised_at=np.where(is_revised, revised_at, NEVER),
        resent_at=np.where(is_revised, resent_at, NEVER),
        viewed_at=np.where(is_quoted & is_viewed, np.minimum(opened, latest), NEVER),
        decided_at=decided_at,
        decided_on=decided_on,
        converted_at=np.where(is_won, np.minimum(by_hand, desk.at(move_on, 6 * HOUR)), NEVER),
        move_on=move_on,
        reason=rng.integers(0, len(market.REJECTION_REASONS), count),
    )


def _fates(rng: np.random.Generator, leads: Prospects) -> Index:
    """Won by channel; the rest refused, expired or never quoted, so that both rates hold."""
    count = len(leads)
    wins = win_chances()[leads.channel] * ~leads.is_bad
    quoted_losses = (
        1 / (market.LEADS_PER_JOB * market.QUOTE_BOOKING_RATE) - 1 / market.LEADS_PER_JOB
    )
    losses = 1 - BAD_SHARE - 1 / market.LEADS_PER_JOB
    is_won = rng.random(count) < wins
    is_quoted = is_won | (~leads.is_bad & (rng.random(count) < quoted_losses / losses))
    lost = np.where(rng.random(count) < 0.62, Fate.REJECTED, Fate.EXPIRED)
    fate = np.where(is_won, Fate.WON, np.where(is_quoted, lost, Fate.UNQUOTED))
    return fate.astype(np.intp)


def win_chances() -> NDArray[np.float64]:
    """The chance to book by channel number, scaled to the network's leads per job."""
    rates = np.array([channel.win_rate for channel in CHANNELS])
    share = market.shares([channel.share for channel in CHANNELS])
    is_ever_bad = np.arange(len(CHANNELS)) != market.REPEAT
    mean = float(np.sum(share * rates * (1 - BAD_SHARE * is_ever_bad)))
    return rates / (market.LEADS_PER_JOB * mean)


def _decisions(
    desk: _Desk, leads: Prospects, fate: Index, answered: Seconds, last_sent_at: Seconds
) -> Seconds:
    """The instant of booking, refusal, expiry or giving up."""
    thought = np.maximum(
        leads.created_at + leads.decision_seconds, desk.after(last_sent_at, 5 * HOUR, 0.9, 2 * DAY)
    )
    booked = desk.within(thought, 7, 22)
    refused = desk.within(desk.after(last_sent_at, 3.5 * DAY, 0.9, 28 * DAY), 8, 21)
    given_up = desk.within(desk.after(answered, 4 * DAY, 1.0, 40 * DAY))
    sent_on = desk.day(last_sent_at)
    last_day = np.minimum(
        sent_on + VALID_DAYS, np.maximum(leads.wanted_on + GRACE_DAYS, sent_on + 1)
    )
    expired = desk.at(last_day + 1, 2 * HOUR)
    return np.select(
        [fate == Fate.WON, fate == Fate.REJECTED, fate == Fate.EXPIRED],
        [booked, refused, expired],
        given_up,
    )
