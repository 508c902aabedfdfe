"""Every figure of the KPI catalogue is a metric, or is said to be open or unknowable.

What the metrics answer is held against the simulation's truth in `tests/integration`.
"""

import re

import yaml

from crm_core.config import PROJECT

CATALOGUE = {
    "S": 33, "F": 26, "O": 20, "Q": 6, "T": 12, "E": 13, "I": 8, "C": 7, "M": 6, "G": 7, "A": 9,
    "P": 7,
}  # fmt: skip
"""How many figures each area of the catalogue has, numbered from 01: 154 in all."""
UNKNOWABLE = {
    "Q03": "the premium that the insurer asks is in no system the product reads",
}
"""Figures that need a source outside the product; five at most."""
OPEN = {"A08", "P04"}
"""Figures without a metric so far; the list only shrinks."""


def ids_of_metrics() -> set[str]:
    """The catalogue's numbers that the semantic YAML answers, without their variants."""
    found = set()
    for file in (PROJECT / "dbt_project/models/semantic").glob("*.yml"):
        for metric in yaml.safe_load(file.read_text()).get("metrics", []):
            said = str(metric["config"]["meta"].get("id", ""))
            if re.fullmatch(r"[A-Z]\d\d(_\w+)?", said):
                found.add(said[:3])
    return found


def test_every_figure_is_a_metric_or_said_not_to_be() -> None:
    page = {f"{letter}{n:02}" for letter, count in CATALOGUE.items() for n in range(1, count + 1)}
    known = ids_of_metrics()
    assert len(page) == 154
    assert known <= page
    assert page - known == OPEN | UNKNOWABLE.keys()
    assert not OPEN & UNKNOWABLE.keys()
    assert len(UNKNOWABLE) <= 5
