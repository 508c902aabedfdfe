"""What is offered for a job: crew, hours and extras, the lines of an offer or a bill, and totals.

When offers are made and bills issued is decided by the modules that call this one.
"""

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crm_core.enums import ItemCategory, TaxCategory
from crm_core.services.finance.pricing import tax_category_of
from crm_core.simulation import market
from crm_core.simulation.demand import Prospects
from crm_core.simulation.frames import Cents, Days, Mask, draw
from crm_core.simulation.market import SERVICE_NUMBER, SERVICES, SIZES
from crm_core.simulation.organisation import World
from crm_core.simulation.zones import Index

Hundredths = NDArray[np.int64]
"""A quantity with two places, times a hundred."""

HOURS_SIGMA = 0.16
KIT_SHARE, KIT_SHARE_WITH_PACKING = 0.14, 0.55
HEAVY_SHARE, VALUATION_SHARE, STORAGE_SHARE, OPTIONAL_SHARE = 0.045, 0.13, 0.09, 0.06
DISCOUNTS = ((0, 0.85), (5, 0.09), (10, 0.04), (15, 0.02))
"""Per cent off, and the share of offers with it."""
DEPOSIT_SHARE, DEPOSIT_PCT = 0.35, 15
TWO_DAYS_HOURS = 850
"""Hundredths of an hour from which a job takes two days."""


@dataclass(frozen=True)
class Kind:
    """A kind of line, in the order in which lines stand on an offer."""

    category: ItemCategory
    description: str
    is_optional: bool = False

    @property
    def is_goods(self) -> bool:
        return tax_category_of(self.category) is TaxCategory.GOODS


LABOUR, TRAVEL, PACKING, KIT, HEAVY, VALUATION, STORAGE, OPTION, PACK_LABOUR, RENT = range(10)
KINDS = (
    Kind(ItemCategory.MOVING_SERVICES, "Crew and truck, per hour"),
    Kind(ItemCategory.MOVING_SERVICES, "Travel, per hour"),
    Kind(ItemCategory.PACKING_SERVICES, "Packing, per hour"),
    Kind(ItemCategory.EQUIPMENT_RENTAL, "Boxes and packing material"),
    Kind(ItemCategory.SPECIALTY_SERVICES, "Heavy item"),
    Kind(ItemCategory.INSURANCE, "Extended valuation"),
    Kind(ItemCategory.STORAGE_SERVICES, "Storage, first month"),
    Kind(ItemCategory.PACKING_SERVICES, "Unpacking, if wished", is_optional=True),
    Kind(ItemCategory.PACKING_SERVICES, "Packing crew, per hour"),
    Kind(ItemCategory.STORAGE_SERVICES, "Storage rent, one month"),
)


@dataclass(frozen=True)
class Offers:
    """One row per offer or bill: quantities in hundredths, amounts in cents."""

    crew: Index
    trucks: Index
    rate: Cents
    """Per hour of the crew."""
    quantities: Hundredths
    """By row and kind; 0 where the line is absent."""
    units: Cents
    """By row and kind."""
    discount_pct: Index
    deposit_pct: Index

    def take(self, rows: Mask | Index) -> "Offers":
        """The chosen rows."""
        return Offers(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})

    def and_then(self, other: "Offers") -> "Offers":
        """These, followed by others."""
        pairs = {f.name: (getattr(self, f.name), getattr(other, f.name)) for f in fields(self)}
        return Offers(**{name: np.concatenate(pair) for name, pair in pairs.items()})

    @property
    def amounts(self) -> Cents:
        """By row and kind: quantity times unit, rounded half up."""
        result: Cents = (self.quantities * self.units + 50) // 100
        return result

    @property
    def minutes(self) -> NDArray[np.int64]:
        """Planned or worked time, from leaving the yard to the last signature."""
        working = (LABOUR, TRAVEL, PACK_LABOUR)
        result: NDArray[np.int64] = self.quantities[:, working].sum(axis=1) * 60 // 100
        return result

    def with_hours(self, labour: Hundredths) -> "Offers":
        """The same offer for other hours of the crew (whichever kind the crew works as)."""
        quantities = self.quantities.copy()
        packs = quantities[:, PACK_LABOUR] > 0
        quantities[:, LABOUR] = np.where(packs, 0, labour)
        quantities[:, PACK_LABOUR] = np.where(packs, labour, 0)
        return replace(self, quantities=quantities)

    @property
    def hours(self) -> Hundredths:
        """Hours of the crew without travel."""
        result: Hundredths = self.quantities[:, LABOUR] + self.quantities[:, PACK_LABOUR]
        return result


def offers(world: World, leads: Prospects, move_on: Days) -> Offers:
    """The final offer for each lead, were it quoted."""
    rng = world.rng("offers")
    count = len(leads)
    service, size = leads.service, leads.size
    crew = np.array([s.crew for s in SIZES])[size]
    trucks = np.array([s.trucks for s in SIZES])[size]
    usual = np.array([s.hours for s in SIZES])[size]
    factor = np.array([s.hours_factor for s in SERVICES])[service]
    spread = np.exp(HOURS_SIGMA * rng.standard_normal(count))
    hours = quarter_hours(np.maximum(usual * factor * spread, market.LEAST_HOURS))
    rate = _rates(crew, trucks, service, move_on)
    quantities = np.zeros((count, len(KINDS)), dtype=np.int64)
    units = np.zeros_like(quantities)
    only_packs = service == SERVICE_NUMBER["PACKING"]
    packs = service == SERVICE_NUMBER["MOVING_AND_PACKING"]
    travels = np.array([s.travels for s in SERVICES])[service]
    quantities[:, LABOUR] = np.where(only_packs, 0, hours)
    quantities[:, PACK_LABOUR] = np.where(only_packs, hours, 0)
    quantities[:, TRAVEL] = np.where(travels, rng.choice([50, 75, 100], count), 0)
    quantities[:, PACKING] = np.where(packs, quarter_hours(hours * 0.0045), 0)
    for kind in (LABOUR, TRAVEL, PACK_LABOUR):
        units[:, kind] = rate
    units[:, PACKING] = market.CREW_RATE[2]
    _add_extras(rng, quantities, units, packs, _has_storage(world)[leads.branch])
    percents, weights = zip(*DISCOUNTS, strict=True)
    discount = np.array(percents)[draw(rng, market.shares(list(weights)), count)]
    deposit = np.where(rng.random(count) < DEPOSIT_SHARE, DEPOSIT_PCT, 0)
    return Offers(crew, trucks, rate, quantities, units, discount, deposit)


def quarter_hours(hours: NDArray[np.floating[Any]]) -> Hundredths:
    """Hours in hundredths, to the nearest quarter of an hour."""
    result: Hundredths = np.floor(hours * 4 + 0.5).astype(np.int64) * 25
    return result


def _rates(crew: Index, trucks: Index, service: Index, move_on: Days) -> Cents:
    """The rate card, with the surcharge of weekends and month ends, in whole dollars."""
    card = np.array([market.CREW_RATE.get(n, 0) for n in range(6)])
    rate = card[crew] + (trucks - 1) * market.FURTHER_TRUCK_RATE
    rate = rate - np.where(service == SERVICE_NUMBER["LABOR_ONLY"], market.LABOR_ONLY_REBATE, 0)
    dates = move_on.astype("datetime64[D]")
    is_weekend = (move_on + 3) % 7 >= 5  # day 0 of the epoch was a Thursday
    months = dates.astype("datetime64[M]")
    is_edge = (months != (dates + 2).astype("datetime64[M]")) | (dates == months)
    raised = rate * (100 + market.PEAK_SURCHARGE_PCT) // 10_000 * 100
    return np.where(is_weekend | is_edge, raised, rate)


def _has_storage(world: World) -> Mask:
    return np.array([b.storage.value != "NO_STORAGE" for b in world.company.branches])


def _add_extras(
    rng: np.random.Generator, quantities: Hundredths, units: Cents, packs: Mask, stores: Mask
) -> None:
    """Fill in the lines that not every offer has, each once."""
    count = len(quantities)
    extras = (
        (KIT, np.where(packs, KIT_SHARE_WITH_PACKING, KIT_SHARE), market.MATERIAL_KIT_CENTS),
        (HEAVY, HEAVY_SHARE, market.HEAVY_ITEM_CENTS),
        (VALUATION, VALUATION_SHARE, market.VALUATION_CENTS),
        (STORAGE, np.where(stores, STORAGE_SHARE, 0.0), market.STORAGE_MONTH_CENTS),
        (OPTION, OPTIONAL_SHARE, (market.CREW_RATE[2],)),
    )
    for kind, chance, prices in extras:
        quantities[:, kind] = np.where(rng.random(count) < chance, 100, 0)
        units[:, kind] = rng.choice(prices, count)
    quantities[:, OPTION] *= 2
