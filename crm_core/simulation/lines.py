"""Lines of offers and bills as rows.

What is on an offer is decided in `crm_core.simulation.offers`.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from crm_core.services.finance.pricing import tax_category_of
from crm_core.simulation.frames import choice, money
from crm_core.simulation.identifiers import new_ids
from crm_core.simulation.offers import KINDS, Offers
from crm_core.simulation.totals import IS_OPTIONAL
from crm_core.simulation.zones import Index, Seconds

Table = NDArray[np.intp]


@dataclass(frozen=True)
class Lines:
    """The lines of many documents, in the order of the documents."""

    document: Index
    """Row of the document that each line stands on."""
    kind: Index
    ids: pl.Series
    columns: dict[str, pl.Series]
    """What the lines of quotes and of invoices have in common."""

    def by_document(self, documents: int) -> Table:
        """By document and kind: row of the line, -1 where there is none."""
        table = np.full((documents, len(KINDS)), -1, dtype=np.intp)
        table[self.document, self.kind] = np.arange(len(self.document))
        return table

    @property
    def tax_categories(self) -> pl.Series:
        return choice([tax_category_of(kind.category).value for kind in KINDS], self.kind)

    @property
    def is_optional(self) -> pl.Series:
        return pl.Series(IS_OPTIONAL[self.kind])


def lines(
    offers: Offers, made_at: Seconds, rng: np.random.Generator, *, with_optional: bool
) -> Lines:
    """One line per kind that a document has; `made_at` stamps the documents."""
    present = offers.quantities > 0
    if not with_optional:
        present = present & ~IS_OPTIONAL
    document, kind = np.nonzero(present)
    ids = new_ids(made_at[document] * 1000, rng)
    position = (np.cumsum(present, axis=1) - 1)[document, kind]
    return Lines(
        document=document,
        kind=kind,
        ids=ids,
        columns={
            "category": choice([k.category.value for k in KINDS], kind),
            "description": choice([k.description for k in KINDS], kind),
            "quantity": money(offers.quantities[document, kind]),
            "unit_amount": money(offers.units[document, kind]),
            "total_amount": money(offers.amounts[document, kind]),
            "sort_order": pl.Series(position),
        },
    )
