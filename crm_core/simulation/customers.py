"""The people and firms who ask: one row per customer, with invented names and addresses.

Which lead belongs to which customer follows from the channel: repeat customers come again.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from crm_core.simulation.demand import CUSTOMER_TYPES, Prospects
from crm_core.simulation.dirt import with_dirt
from crm_core.simulation.frames import Days, Mask, choice, days, instants, only
from crm_core.simulation.identifiers import new_ids
from crm_core.simulation.market import REPEAT
from crm_core.simulation.organisation import World
from crm_core.simulation.outcomes import Fate, Outcomes
from crm_core.simulation.words import (
    AREA_CODES,
    FAMILY_ENDS,
    FAMILY_STARTS,
    FIRM_KINDS,
    GIVEN_NAMES,
    POSTAL_ENDS,
    STREETS,
)
from crm_core.simulation.zones import DAY, Index

MAIL_SHARE, PHONE_SHARE = 0.90, 0.95
FRENCH_SHARE = 0.7
"""Share of customers in Québec who are written to in French."""


@dataclass(frozen=True)
class Customers:
    """Customers by number, and the number of each lead's customer."""

    of_lead: Index
    ids: pl.Series
    frame: pl.DataFrame


def customers(world: World, leads: Prospects, fates: Outcomes) -> Customers:
    """One customer per lead, but repeat leads come from an earlier customer of the branch."""
    rng = world.rng("customers")
    root = _first_leads(rng, leads, fates)
    firsts = np.flatnonzero(root == np.arange(len(leads)))
    of_lead = np.searchsorted(firsts, root)
    seen = leads.take(firsts)
    ids = new_ids(seen.created_at * 1000, rng)
    booked = (fates.fate[firsts] == Fate.WON) & (fates.decided_at[firsts] <= world.as_of)
    frame = _frame(world, rng, seen, ids, booked)
    return Customers(of_lead, ids, with_dirt(world, frame, seen.branch))


def _first_leads(rng: np.random.Generator, leads: Prospects, fates: Outcomes) -> Index:
    """For each lead the number of its customer's first lead; leads are in order of creation."""
    root = np.arange(len(leads))
    chance = rng.random(len(leads))
    for branch in np.unique(leads.branch):
        here = np.flatnonzero(leads.branch == branch)
        served = here[(fates.fate[here] == Fate.WON) & (leads.channel[here] != REPEAT)]
        order = served[np.argsort(fates.move_on[served], kind="stable")]
        again = here[leads.channel[here] == REPEAT]
        asked_on = leads.created_at[again] // DAY
        earlier = np.searchsorted(fates.move_on[order], asked_on)
        known = again[earlier > 0]
        pick = (chance[known] * earlier[earlier > 0]).astype(np.intp)
        root[known] = order[pick]
    return root


def _frame(
    world: World, rng: np.random.Generator, seen: Prospects, ids: pl.Series, booked: Mask
) -> pl.DataFrame:
    """The rows; an address is asked for when somebody books."""
    count = len(seen)
    branches = world.company.branches
    first = choice(GIVEN_NAMES, rng.integers(0, len(GIVEN_NAMES), count))
    last = choice(FAMILY_STARTS, rng.integers(0, len(FAMILY_STARTS), count)) + choice(
        FAMILY_ENDS, rng.integers(0, len(FAMILY_ENDS), count)
    )
    firm = last + choice([f" {k}" for k in FIRM_KINDS], rng.integers(0, len(FIRM_KINDS), count))
    number = pl.Series(np.arange(1, count + 1)).cast(pl.String)
    mail = first.str.to_lowercase() + "." + last.str.to_lowercase() + number + "@example.com"
    city = choice([b.city for b in branches], seen.branch)
    province = choice([b.province for b in branches], seen.branch)
    is_firm = seen.customer_type > 0
    is_french = choice([b.province == "QC" for b in branches], seen.branch).to_numpy()
    created = instants(seen.created_at)
    return pl.DataFrame(
        {
            "client_id": pl.repeat(world.client_id, count, eager=True),
            "id": ids,
            "location_id": world.location_ids.gather(seen.branch),
            "owner_id": world.user_ids.gather(seen.owner),
            "type": choice([t.value for t in CUSTOMER_TYPES], seen.customer_type),
            "first_name": first,
            "last_name": last,
            "company_name": only(firm, is_firm),
            "email": only(mail, rng.random(count) < MAIL_SHARE),
            "phone": only(_phones(world, rng, seen), rng.random(count) < PHONE_SHARE),
            "address": only(_addresses(rng, city, province), booked),
            "postal_area": _postal_areas(world, rng, seen),
            "city": city,
            "province": province,
            "language": choice(["en", "fr"], (is_french & (rng.random(count) < FRENCH_SHARE)) * 1),
            "created_on": days(_created_on(world, seen)),
            "created_at": created,
            "updated_at": created,
        }
    )


def _created_on(world: World, seen: Prospects) -> Days:
    return world.zones.local(seen.created_at, seen.branch) // DAY


def _phones(world: World, rng: np.random.Generator, seen: Prospects) -> pl.Series:
    """Numbers of the range kept for fiction."""
    areas = choice(
        [f"{AREA_CODES[b.province]}-555-01" for b in world.company.branches], seen.branch
    )
    ends = [f"{n:02d}" for n in range(100)]
    return areas + choice(ends, rng.integers(0, 100, len(seen)))


def _postal_areas(world: World, rng: np.random.Generator, seen: Prospects) -> pl.Series:
    starts = choice([branch.postal for branch in world.company.branches], seen.branch)
    return starts + choice(list(POSTAL_ENDS), rng.integers(0, len(POSTAL_ENDS), len(seen)))


def _addresses(rng: np.random.Generator, city: pl.Series, province: pl.Series) -> pl.Series:
    """Addresses as JSON text."""
    count = len(city)
    number = pl.Series(rng.integers(1, 3000, count)).cast(pl.String)
    street = number + " " + choice(STREETS, rng.integers(0, len(STREETS), count))
    frame = pl.DataFrame({"street": street, "city": city, "province": province})
    opening = ['{"street": "', '", "city": "', '", "province": "']
    parts = [part for text, name in zip(opening, frame.columns, strict=True)
             for part in (pl.lit(text), pl.col(name))]  # fmt: skip
    return frame.select(pl.concat_str(*parts, pl.lit('"}'))).to_series()
