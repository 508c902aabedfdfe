"""Reports made up from a seed: random widgets over the metrics of a door.

What their renderings are held against is in `orchestration.surfaces`.
"""

import random
from typing import Any

from reports.spec import BridgeSpec, ReportSpec, catalogue
from transforms.lake.door import Door
from transforms.metrics.catalogue import Catalogue, Metric

PERIODS = ("last_week", "last_month", "last_quarter", "yesterday", "trailing_4_weeks", "this_month")
WIDE = frozenset({"job_id", "sku", "truck", "owner", "crew_lead"})
"""Dimensions of many values: never split twice by them."""


ASKED_AGAIN = 0.8
"""Of the widgets, once every metric was shown: a question asked before, of another person's door,
about another period and set otherwise. A new one costs a compilation of the metric layer."""

Raw = dict[str, Any]


class Maker:
    """Makes one report after the other; metrics that none of them has shown yet come first."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._shown: set[str] = set()
        self._questions: list[Raw] = []

    def make(self, known: Catalogue, door: Door, number: int) -> ReportSpec:
        """A report of random widgets over metrics of the door."""
        rng = self._rng
        offered = [m for m in known.offered if known.needs_of(m) <= door.relations]
        offered = [m for m in offered if "forecast" not in m.name and "today" not in m.name]
        widgets = [self._widget(f"w{n}", offered) for n in range(rng.randint(3, 6))]
        bridges = [w for spec in catalogue() for w in spec.widgets if isinstance(w, BridgeSpec)]
        if rng.random() < 0.2:
            bridge = rng.choice(bridges).model_dump(mode="json")
            widgets.append(bridge | {"name": "bridge"})
        raw = {
            "name": f"generated_{number}", "title_en": "Generated", "title_fr": "Généré",
            "description_en": "A generated report.", "description_fr": "Un rapport généré.",
            "period": rng.choice(PERIODS), "paper": rng.choice(["letter", "a4"]),
            "sections": [
                {"name": "all", "title_en": "All", "title_fr": "Tout", "widgets": widgets},
            ],
        }  # fmt: skip
        return ReportSpec.model_validate(raw)

    def _widget(self, name: str, offered: list[Metric]) -> Raw:
        rng = self._rng
        names = {metric.name for metric in offered}
        fresh = [metric for metric in offered if metric.name not in self._shown]
        asked = [each for each in self._questions if names.issuperset(each["metrics"])]
        if asked and not fresh and rng.random() < ASKED_AGAIN:
            raw = rng.choice(asked)
        else:
            first = rng.choice(fresh or offered)
            like = [m for m in offered if m.unit == first.unit and m.dimensions == first.dimensions]
            others = [metric for metric in like if metric is not first]
            raw = _question(rng, first, [first, *rng.sample(others, min(len(others), 2))])
            self._questions.append(raw)
        self._shown.update(raw["metrics"])
        return raw | _setting(rng, raw) | {"name": name, "title_en": name, "title_fr": name}


def _question(rng: random.Random, first: Metric, several: list[Metric]) -> Raw:
    """What a widget asks: a kind, metrics, and how they are split."""
    narrow = [d for d in first.dimensions if d not in WIDE]
    by = rng.choice(first.dimensions)
    base: Raw = {"metrics": [m.name for m in several]}
    one: Raw = {"metrics": [first.name]}
    options: list[Raw] = [
        base | {"kind": "tiles"},
        base | {"kind": "gauge", "targets": {first.name: "1"}},
        base | {"kind": "table", "by": [by], "sort": first.name},
        one | {"kind": "bar", "by": [by], "sort": first.name, "limit": 12},
        base | {"kind": "line", "grain": "month"},
        one | {"kind": "histogram", "by": [rng.choice(narrow)]},
        one | {"kind": "heat", "by": [rng.choice(narrow)], "grain": "month"},
        base | {"kind": "narrative"},
    ]
    if first.additivity != "non_additive":
        options.append(one | {"kind": "stacked", "by": [rng.choice(narrow)], "grain": "month"})
        if "branch" in first.dimensions:
            options.append(one | {"kind": "reconciliation", "by": "branch"})
    if len(several) > 1:
        options.append(base | {"kind": "ageing", "by": [by]})
    if len(narrow) > 1:
        options.append(one | {"kind": "heat", "by": rng.sample(narrow, 2)})
    return rng.choice(options)


def _setting(rng: random.Random, raw: Raw) -> Raw:
    """How it is shown: beside which periods, over which window, to the cent or not."""
    setting: Raw = {"cents": rng.random() < 0.5}
    beside = rng.choice([[], ["previous"], ["last_year"], ["previous", "last_year"]])
    match raw["kind"]:
        case "tiles":
            setting["compare"] = beside
        case "table":
            setting |= {"compare": beside[:1], "limit": rng.choice([None, 5, 1000])}
        case "narrative":
            setting["compare"] = ["previous"]
    if "grain" in raw:
        setting["period"] = {"trailing": rng.randint(2, 8), "unit": "month"}
    return setting
