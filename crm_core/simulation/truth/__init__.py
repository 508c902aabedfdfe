"""The true figures of a simulated company, from its rows alone, as the KPI catalogue defines them.

It shares nothing with the warehouse, its models or its metrics.
"""

from crm_core.simulation.truth.catalogue import CATALOGUE_NAME, READ, kpi_catalogue, write_truth
from crm_core.simulation.truth.monthly import FILE_NAME, kpi_truth
from crm_core.simulation.truth.reading import Figures, fitted, shape

__all__ = [
    "CATALOGUE_NAME",
    "FILE_NAME",
    "READ",
    "Figures",
    "fitted",
    "kpi_catalogue",
    "kpi_truth",
    "shape",
    "write_truth",
]
