"""Totals in bulk are to the cent those that the services compute for one document."""

import json
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from crm_core.services.finance.pricing import Line, price
from crm_core.services.finance.tax import rates_of_move
from crm_core.simulation.demand import PROVINCES
from crm_core.simulation.offers import KINDS, Offers
from crm_core.simulation.totals import seeded_rates, tax_lines, totals
from crm_core.simulation.zones import day_number

COUNT = 400


def random_offers(rng: np.random.Generator) -> Offers:
    shape = (COUNT, len(KINDS))
    some = np.ones(COUNT, dtype=np.int64)
    return Offers(
        crew=some * 2,
        trucks=some,
        rate=some * 13_900,
        quantities=rng.integers(0, 9, shape) * rng.integers(0, 2, shape) * 25,
        units=rng.integers(1, 60_000, shape),
        discount_pct=rng.integers(0, 16, COUNT),
        deposit_pct=some * 0,
    )


def decimals(cents: int) -> Decimal:
    return Decimal(int(cents)) / 100


def test_bulk_totals_and_tax_lines_agree_with_the_services() -> None:
    rng = np.random.default_rng(3)
    offers, rates = random_offers(rng), seeded_rates()
    origin = rng.integers(0, len(PROVINCES), COUNT)
    destination = rng.integers(0, len(PROVINCES), COUNT)
    days = [date(2024, 11, 1) + timedelta(days=int(n)) for n in rng.integers(0, 300, COUNT)]
    bulk = totals(offers, origin, destination, np.array([day_number(day) for day in days]))
    stored = tax_lines(bulk)
    for row, day in enumerate(days):
        lines = [
            Line(
                kind.category,
                kind.description,
                decimals(offers.quantities[row, n]),
                decimals(offers.units[row, n]),
                is_selected=not kind.is_optional,
            )
            for n, kind in enumerate(KINDS)
            if offers.quantities[row, n] > 0
        ]
        taxes = rates_of_move(
            rates, origin=PROVINCES[origin[row]], destination=PROVINCES[destination[row]], on=day
        )
        single = price(lines, decimals(bulk.discount[row]), taxes)
        assert decimals(bulk.subtotal[row]) == single.subtotal_amount
        assert decimals(bulk.tax[row]) == single.tax_amount
        assert decimals(bulk.total[row]) == single.total_amount
        found = [
            (line["code"], Decimal(line["rate"]), Decimal(line["base"]), Decimal(line["amount"]))
            for line in json.loads(stored[row])
        ]
        assert found == [
            (line.code, line.rate, line.base_amount, line.tax_amount) for line in single.tax_lines
        ]


def test_a_credit_note_carries_the_taxes_with_the_other_sign() -> None:
    offers = random_offers(np.random.default_rng(4))
    ontario = np.full(COUNT, PROVINCES.index("ON"))
    bulk = totals(offers, ontario, ontario, np.full(COUNT, day_number(date(2026, 5, 1))))
    charged, credited = tax_lines(bulk), tax_lines(bulk, sign=-1)
    for plus, minus in zip(charged, credited, strict=True):
        amounts = [Decimal(line["amount"]) for line in json.loads(plus)]
        assert [-Decimal(line["amount"]) for line in json.loads(minus)] == amounts
