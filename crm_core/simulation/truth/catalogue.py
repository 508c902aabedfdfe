"""All figures of the KPI catalogue that the core's rows know, and the files of the truth.

Each figure is declared in the module of its letter; how facts become values is in `kernel`.
"""

from collections.abc import Iterable
from pathlib import Path

import polars as pl

from crm_core.simulation.truth import (
    business,
    capacity,
    claims,
    devices,
    equipment,
    finance,
    integrations,
    inventory,
    ledger,
    messages,
    monthly,
    operations,
    platform,
    receivables,
    sales,
    sales_booked,
    sales_return,
    scheduling,
    security,
    storage,
)
from crm_core.simulation.truth.kernel import COLUMNS, Kpi, by_metric, mark
from crm_core.simulation.truth.reading import Figures, Rows, fit, together

CATALOGUE_NAME = "kpi_catalogue.csv"

MODULES = (
    sales, sales_booked, sales_return, finance, receivables, ledger, operations, capacity, devices,
    claims, storage, equipment, inventory, scheduling, messages, integrations, security, platform,
)  # fmt: skip

KPIS: tuple[Kpi, ...] = tuple(kpi for module in MODULES for kpi in module.KPIS)

READ = together([business.READ, monthly.READ, *(module.READ for module in MODULES)])
"""Every table and column that the truth reads."""

UNKNOWN = {
    "S32": "a lifetime value is a forecast, with a horizon that nobody set",
    "S33": "needs S32",
    "Q03": "the insurance premium is in no table",
    "A08": "which fields are declared sensitive is not in a table",
    "P04": "the store of published figures is in the warehouse",
    "P05": "the store of forecasts is in the warehouse",
    "P06": "the store of forecasts is in the warehouse",
}
"""Figures of the catalogue that cannot be known from the core's rows, and why."""


def kpi_catalogue(figures: Figures) -> pl.DataFrame:
    """The values of one company: per branch and month, and of the company by each dimension.

    The branch `*` is the company; a row without dimension is the figure itself. Value, numerator
    and denominator are exact text, quotients rounded half up at six places.
    """
    rows = Rows(fit(figures, READ))
    found = by_metric(KPIS, rows)
    lines = [
        (rows.client, kpi.id, kpi.metric, *row, mark(kpi, row[1], rows.until))
        for kpi in KPIS
        for row in found[kpi.metric]
    ]
    kinds = dict.fromkeys(COLUMNS, pl.String()) | {"month": pl.Date()}
    return pl.DataFrame(lines, schema=kinds, orient="row").sort(
        "client", "kpi", "metric", "branch", "month", "dimension", "member"
    )


def write_truth(companies: Iterable[Figures], folder: Path) -> Path:
    """Both files of all companies in a folder; the same rows give the same bytes.

    Returns the file of the components; the catalogue lies beside it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path, known = folder / monthly.FILE_NAME, list(companies)
    pl.concat([monthly.kpi_truth(figures) for figures in known]).write_csv(path)
    pl.concat([kpi_catalogue(figures) for figures in known]).write_csv(folder / CATALOGUE_NAME)
    return path
