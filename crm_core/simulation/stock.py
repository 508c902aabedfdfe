"""Packing material: what jobs use, what is counted, lost, ordered and received; an exact ledger.

What a customer is charged for it is on the offer, in `crm_core.simulation.offers`.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from crm_core.simulation.frames import Cents, Days, Mask, draw
from crm_core.simulation.jobs import HOUR, MINUTE, Jobs
from crm_core.simulation.offers import KIT
from crm_core.simulation.organisation import World
from crm_core.simulation.span import first_day, opened_days, wall_clock
from crm_core.simulation.zones import DAY, Index, Seconds


@dataclass(frozen=True)
class Material:
    """An article: price in cents, and the part of a kit's value that it makes up."""

    sku: str
    name: str
    category: str
    price: int
    share: float
    reorder: int
    pack: int


MATERIALS: Final = (
    Material("BOX-S", "Box, small", "BOX", 299, 0.14, 200, 25),
    Material("BOX-M", "Box, medium", "BOX", 399, 0.20, 200, 25),
    Material("BOX-L", "Box, large", "BOX", 499, 0.14, 150, 25),
    Material("BOX-W", "Wardrobe box", "BOX", 2499, 0.12, 40, 5),
    Material("PAPER", "Paper, 10 lb", "PAPER", 1999, 0.12, 60, 10),
    Material("WRAP", "Shrink wrap", "WRAP", 1599, 0.10, 50, 10),
    Material("TAPE", "Tape", "TAPE", 399, 0.06, 150, 36),
    Material("BAG-M", "Mattress bag", "BAG", 1499, 0.12, 60, 10),
)
COST_PCT = 55
ADJUSTMENT, PURCHASE, USAGE, DAMAGE = range(4)
SHRINKS = (0.10, 0.12)
"""Chance per article and month that some is damaged, and that a count finds some missing."""
FIRST_COUNT = 7 * HOUR


@dataclass(frozen=True)
class Orders:
    """One row per line of a purchase order; the lines of one order stand together."""

    order: Index
    """Number of the order that the line stands on."""
    item: Index
    quantity: Cents
    branch: Index
    """By order, like what follows."""
    ordered_on: Days
    expected_on: Days
    received_at: Seconds


@dataclass(frozen=True)
class Stock:
    """One row per movement, oldest first within its article; articles are branch × material."""

    item: Index
    kind: Index
    quantity: Cents
    at: Seconds
    job: Index
    line: Index
    """Line of the purchase order that came in, -1 for all others."""
    sequence: Index
    balance: Cents
    is_count: Mask
    """The opening count, or a later one that found something missing."""
    orders: Orders
    items: int

    def last(self) -> tuple[Cents, Index]:
        """By article: what is on hand, and the number of movements."""
        count = np.bincount(self.item, minlength=self.items)
        hand = np.zeros(self.items, dtype=np.int64)
        np.add.at(hand, self.item, self.quantity)
        return hand, count


def unit_costs() -> Cents:
    """Cost of one, in hundredths of a cent, by material."""
    return np.array([m.price * COST_PCT for m in MATERIALS])


def stock(world: World, work: Jobs) -> Stock:
    """All movements by the end of the history; the balance is never below zero."""
    rng = world.rng("stock")
    kinds = len(MATERIALS)
    items = len(world.company.branches) * kinds
    used = _used(world, work)
    lost = _lost(world, rng, items)
    orders, line_item, line_at, quantity = _ordered(world, used, items)
    arrived = np.flatnonzero(line_at <= world.as_of)
    parts = [
        (used[0], np.full(len(used[0]), USAGE), -used[1], used[2], used[3]),
        (lost[0], lost[1], -lost[2], lost[3], np.full(len(lost[0]), -1)),
        (line_item[arrived], np.full(len(arrived), PURCHASE), quantity[arrived],
         line_at[arrived], np.full(len(arrived), -1)),
    ]  # fmt: skip
    item, kind, amount, at, job = (np.concatenate(p) for p in zip(*parts, strict=True))
    line = np.concatenate([np.full(len(used[0]) + len(lost[0]), -1), arrived])
    order = np.lexsort((at, item))
    item, kind, amount, at, job, line = (a[order] for a in (item, kind, amount, at, job, line))
    opening = _openings(rng, items, item, amount)
    branch = np.arange(items) // kinds
    opened = wall_clock(world, opened_days(world), FIRST_COUNT, np.arange(items // kinds))[branch]
    item = np.concatenate([np.arange(items), item])
    kind = np.concatenate([np.full(items, ADJUSTMENT), kind])
    amount = np.concatenate([opening, amount])
    at = np.concatenate([opened, at])
    job = np.concatenate([np.full(items, -1), job])
    line = np.concatenate([np.full(items, -1), line])
    order = np.lexsort((np.arange(len(item)), item))
    item, kind, amount, at, job, line = (a[order] for a in (item, kind, amount, at, job, line))
    first = np.flatnonzero(np.diff(item, prepend=-1))
    total = np.cumsum(amount)
    sequence = np.arange(len(item)) - first[item] + 1
    balance = total - (total[first] - amount[first])[item]
    return Stock(
        item, kind, amount, at, job, line, sequence, balance, kind == ADJUSTMENT, orders, items
    )


Moves = tuple[Index, Cents, Seconds, Index]
"""Article, quantity, instant, job."""


def _used(world: World, work: Jobs) -> Moves:
    """What goes into the kits of the jobs that are done."""
    kit = work.offer.amounts[:, KIT]
    done = np.flatnonzero((kit > 0) & (work.completed_at <= world.as_of))
    prices = np.array([m.price for m in MATERIALS])
    shares = np.array([m.share for m in MATERIALS])
    wanted = (kit[done][:, None] * shares / prices + 0.5).astype(np.int64)
    row, material = np.nonzero(wanted)
    job = done[row]
    item = work.branch[job] * len(MATERIALS) + material
    return item, wanted[row, material], work.completed_at[job] - 10 * MINUTE, job


def _lost(
    world: World, rng: np.random.Generator, items: int
) -> tuple[Index, Index, Cents, Seconds]:
    """What is damaged or found missing: article, kind, quantity, instant."""
    months = max((world.as_of // DAY - first_day(world)) // 30, 1)
    item, month = (part.reshape(-1) for part in np.indices((items, months)))
    kind = draw(rng, np.array([*SHRINKS, 1 - sum(SHRINKS)]), len(item))
    branch = item // len(MATERIALS)
    day = first_day(world) + month * 30 + rng.integers(1, 29, len(item))
    at = wall_clock(world, day, 17 * HOUR + rng.integers(0, HOUR, len(item)), branch)
    there = (kind < 2) & (day > opened_days(world)[branch]) & (at <= world.as_of)
    quantity = rng.integers(1, 9, len(item))
    return item[there], np.where(kind == 0, DAMAGE, ADJUSTMENT)[there], quantity[there], at[there]


def _ordered(world: World, used: Moves, items: int) -> tuple[Orders, Index, Seconds, Cents]:
    """An order of each article whenever as much has been used as one brings.

    Returns the orders, and by line the article, the instant of its arrival and the quantity.
    """
    size = np.array([m.reorder for m in MATERIALS])
    order = np.lexsort((used[2], used[0]))
    item, quantity, at = used[0][order], used[1][order], used[2][order]
    total = np.cumsum(quantity)
    is_first = np.diff(item, prepend=-1) != 0
    before = np.maximum.accumulate(np.where(is_first, total - quantity, 0))
    worth = size[item % len(MATERIALS)]
    reached = (total - before) // worth
    earlier = np.where(is_first, 0, np.roll(reached, 1))
    hit = np.flatnonzero(reached > earlier)
    brings = (reached - earlier)[hit] * worth[hit]
    branch = item[hit] // len(MATERIALS)
    ordered_on = world.zones.local(at[hit], branch) // DAY + 1
    keep = ordered_on * DAY <= world.as_of - DAY
    hit, brings, branch, ordered_on = hit[keep], brings[keep], branch[keep], ordered_on[keep]
    sort = np.lexsort((item[hit], branch, ordered_on))
    hit, brings, branch, ordered_on = hit[sort], brings[sort], branch[sort], ordered_on[sort]
    key = ordered_on * 10_000 + branch
    same = np.concatenate([[True], (key[1:] == key[:-1])]) if len(key) else np.zeros(0, bool)
    number = np.cumsum(~same) if len(key) else np.zeros(0, np.int64)
    line_key = number * items + item[hit]
    _, first_line, of_line = np.unique(line_key, return_index=True, return_inverse=True)
    amounts = np.zeros(len(first_line), dtype=np.int64)
    np.add.at(amounts, of_line, brings)
    head = np.flatnonzero(np.diff(number, prepend=-1)) if len(key) else np.zeros(0, np.intp)
    place, day = branch[head], ordered_on[head]
    lead = 3 + (day + place) % 6
    late = np.where((day + place * 3) % 7 == 0, 3, 0)
    received = wall_clock(world, day + lead + late, 10 * HOUR, place)
    orders = Orders(
        number[first_line], item[hit][first_line], amounts, place, day, day + lead, received
    )
    return orders, orders.item, received[orders.order], amounts


def _openings(rng: np.random.Generator, items: int, item: Index, amount: Cents) -> Cents:
    """What the first count of each article must have found, so that it never runs below zero."""
    total = np.cumsum(amount)
    first = np.flatnonzero(np.diff(item, prepend=-1))
    base = np.zeros(items, dtype=np.int64)
    if len(item):
        running = total - np.repeat(total[first] - amount[first], np.diff([*first, len(item)]))
        base[item[first]] = -np.minimum(np.minimum.reduceat(running, first), 0)
    spare = np.where(rng.random(items) < 0.3, 0, rng.integers(5, 60, items))
    return np.maximum(base + spare, 1)
