"""From the first question to the accepted quote: who asked, what was offered, how it ended.

The work that follows from a booking is made in `crm_core.simulation.jobs`.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from crm_core.simulation.customers import Customers, customers
from crm_core.simulation.demand import Prospects, prospects
from crm_core.simulation.frames import Mask
from crm_core.simulation.identifiers import new_ids
from crm_core.simulation.leads import lead_frame, lead_lives
from crm_core.simulation.offers import Offers, offers
from crm_core.simulation.organisation import Frames, World
from crm_core.simulation.outcomes import Fate, Outcomes, outcomes
from crm_core.simulation.quotes import Quotes, quote_lives, quotes
from crm_core.simulation.status_log import Lives
from crm_core.simulation.totals import Totals, totals
from crm_core.simulation.zones import day_number


@dataclass(frozen=True)
class Sales:
    """Every lead of the history, and what the later stages need to know of it."""

    leads: Prospects
    outcomes: Outcomes
    customers: Customers
    offers: Offers
    priced: Totals
    is_carried: Mask
    """Booked before the detail begins: no lead and no quote is kept, only the work."""
    columns: pl.DataFrame
    """Tenant, id, branch, owner and customer of every lead."""
    quotes: Quotes
    frames: Frames
    lives: list[Lives]


def sales(world: World) -> Sales:
    """All leads that were open on the first day or came later, with their quotes."""
    everyone = prospects(world)
    ends = outcomes(world, everyone)
    start = day_number(world.plan.start_on)
    was_open = ends.decided_on >= start
    is_carried = ~was_open & (ends.fate == Fate.WON) & (ends.move_on >= start)
    rows = np.flatnonzero(was_open | is_carried)
    leads, ends, is_carried = everyone.take(rows), ends.take(rows), is_carried[rows]
    offered = offers(world, leads, ends.move_on)
    priced = totals(offered, leads.origin, leads.destination, ends.move_on)
    people = customers(world, leads, ends)
    ids = new_ids(leads.created_at * 1000, world.rng("sales"))
    frame = lead_frame(world, leads, ends, priced, people, ids)
    columns = frame.select("client_id", "id", "location_id", "owner_id", "customer_id")
    is_kept = ~is_carried
    kept = frame.filter(pl.Series(is_kept))
    made = quotes(world, leads, ends, offered, is_kept, columns)
    return Sales(
        leads=leads,
        outcomes=ends,
        customers=people,
        offers=offered,
        priced=priced,
        is_carried=is_carried,
        columns=columns,
        quotes=made,
        frames={
            "customers": people.frame,
            "leads": kept,
            "quotes": made.frame,
            "quote_items": made.items,
        },
        lives=[lead_lives(world, kept, ends.take(is_kept)), *quote_lives(made.frame)],
    )
