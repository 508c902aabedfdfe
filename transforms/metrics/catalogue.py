"""What metrics there are and what they mean, read from the semantic manifest.

Turning a metric into SQL belongs to `compiler`, arithmetic over its components to `arithmetic`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, Literal, cast, get_args

from transforms.lake.access import COLUMN_RESOURCES
from transforms.metrics.definitions import Manifest, manifest_path, read_manifest
from transforms.metrics.errors import DefinitionsInvalid, UnknownMetric, nearest
from transforms.metrics.period import Grain

Unit = Literal["count", "money", "percent", "days", "hours", "minutes", "seconds", "ratio"]
Direction = Literal["up", "down", "none"]
Additivity = Literal["additive", "semi_additive", "non_additive"]

BRANCH = "branch"
LOCATION = "location"
LOCATION_MART = "marts.dim_locations"
LOCATION_DIMENSIONS = {
    BRANCH: LOCATION,
    "province": f"{LOCATION}__province",
    "is_corporate": f"{LOCATION}__is_corporate",
}
"""Dimensions of a branch, available wherever a fact carries one, as MetricFlow names them."""

COMPONENT = {
    "component": True, "unit": "count", "basis": "any", "additivity": "additive", "owner": "none",
}  # fmt: skip
"""What is said of a metric that only serves others."""

LEVEL = "level"
"""Dimension of a mart that holds company rows beside branch rows; not offered to people."""


@dataclass(frozen=True)
class Component:
    """A metric that is one aggregate of one column of one mart: what the compiler answers."""

    name: str
    model: str
    mart: str
    """Schema and table, e.g. marts.fct_leads."""
    time_column: str
    finest: Grain
    semi_additive: bool
    sums: bool
    """Whether a group without rows is zero (a sum or count) rather than unknown."""
    dimensions: Mapping[str, str]
    """Dimension as people name it: as MetricFlow names it on this mart."""
    guarded: frozenset[str] = frozenset()
    """Columns of the mart that it is made of and that need more than the mart does."""


Terms = tuple[tuple[int, str], ...]
"""Components with their signs: what is added up, and what is taken off."""


@dataclass(frozen=True)
class Metric:
    """A number of the catalogue; labels and formula are for people."""

    name: str
    id: str | None
    label: str
    label_fr: str
    unit: Unit
    direction: Direction
    basis: str
    additivity: Additivity
    owner: str
    formula: str
    numerator: Terms
    denominator: Terms
    """Empty unless it is a ratio."""
    dimensions: tuple[str, ...]
    finest: Grain
    is_component: bool
    single_row: str | None
    """For a bound of an interval: the component that counts the rows behind a figure."""
    less: tuple[Terms, Terms] | None = None
    """Numerator and denominator of the ratio that is taken off, for a difference of two."""
    per: int = 1
    """Units of the measure in one of the metric's: 60 for seconds shown as minutes."""
    share_of: str | None = None
    """The dimension whose members are shown as shares of them all."""
    matures_days: int = 0
    """Days after the end of a bucket until its cohort no longer changes."""

    @property
    def components(self) -> tuple[str, ...]:
        """Names of all components that it is made of."""
        terms = (*self.numerator, *self.denominator, *chain.from_iterable(self.less or ()))
        return tuple(dict.fromkeys(name for _, name in terms))

    @property
    def is_ratio(self) -> bool:
        """Whether it is numerator over denominator."""
        return bool(self.denominator)

    def label_in(self, locale: str) -> str:
        """The label in the language of `locale`."""
        return self.label_fr if locale.startswith("fr") else self.label


@dataclass(frozen=True)
class Catalogue:
    """Every metric of one set of definitions, by name."""

    path: Path
    metrics: Mapping[str, Metric]
    parts: Mapping[str, Component]
    live_marts: frozenset[str]
    """Marts that are also kept as views on the core."""

    def get(self, name_or_id: str) -> Metric:
        """The metric of that name or KPI id; raises `UnknownMetric` with the nearest names."""
        wanted = name_or_id.strip().lower()
        if wanted in self.metrics:
            return self.metrics[wanted]
        for metric in self.metrics.values():
            if metric.id is not None and metric.id.lower() == wanted:
                return metric
        raise UnknownMetric(
            f"no metric {name_or_id!r}: {nearest(name_or_id, (m.name for m in self.offered))}"
        )

    @property
    def offered(self) -> tuple[Metric, ...]:
        """The metrics people ask for, by name; components are left out."""
        return tuple(m for _, m in sorted(self.metrics.items()) if not m.is_component)

    def components_of(self, metric: Metric) -> tuple[Component, ...]:
        """What must be compiled to answer a metric, the row counter of an interval included."""
        names = (*metric.components, *((metric.single_row,) if metric.single_row else ()))
        return tuple(self.parts[name] for name in names)

    def marts_of(self, metric: Metric) -> tuple[str, ...]:
        """The marts a metric is made of."""
        return tuple(sorted({part.mart for part in self.components_of(metric)}))

    def needs_of(self, metric: Metric) -> frozenset[str]:
        """What must be open at a door: the marts of a metric, and its guarded columns."""
        columns = (
            f"{part.mart}.{column}" for part in self.components_of(metric)
            for column in part.guarded
        )  # fmt: skip
        return frozenset((*self.marts_of(metric), *columns))


def catalogue(definitions: str | None = None) -> Catalogue:
    """The catalogue of a publication's definitions, or of the project as it is now."""
    path = manifest_path(definitions)
    return _catalogue(path, path.stat().st_mtime_ns)


@cache
def _catalogue(path: Path, _changed: int) -> Catalogue:
    return build(path, read_manifest(path))


def build(path: Path, manifest: Manifest) -> Catalogue:
    """The catalogue in a parsed manifest; raises `DefinitionsInvalid`."""
    measures = dict(_measures(manifest["semantic_models"]))
    parts: dict[str, Component] = {}
    for metric in manifest["metrics"]:
        if metric["type"] == "simple":
            parts[metric["name"]] = _component(metric, measures)
    written = {metric["name"]: metric for metric in manifest["metrics"]}
    metrics = {metric["name"]: _metric(metric, parts, written) for metric in manifest["metrics"]}
    live = {
        mart_of(model["node_relation"]["alias"])
        for model in manifest["semantic_models"]
        if model["config"]["meta"].get("live")
    }
    return Catalogue(path, metrics, parts, frozenset(live))


def mart_of(alias: str) -> str:
    """Schema and table of a model in the lake and in every door."""
    return f"{'reporting' if alias.startswith('rpt_') else 'marts'}.{alias}"


def _measures(models: list[Any]) -> Iterator[tuple[str, tuple[Any, Any]]]:
    for model in models:
        for measure in model["measures"]:
            yield measure["name"], (model, measure)


def _component(metric: Any, measures: Mapping[str, tuple[Any, Any]]) -> Component:
    name = metric["name"]
    if metric["filter"] or metric["type_params"]["measure"]["filter"]:
        # Two filters on one mart would become two scans joined on keys that may be null.
        raise DefinitionsInvalid(f"metric {name}: filter in the measure's expr, not in the metric")
    model, measure = measures[metric["type_params"]["measure"]["name"]]
    time = measure["agg_time_dimension"] or model["defaults"]["agg_time_dimension"]
    times = {d["name"]: d for d in model["dimensions"] if d["type"] == "time"}
    return Component(
        name=name,
        model=model["name"],
        mart=mart_of(model["node_relation"]["alias"]),
        time_column=time,
        finest=Grain(times[time]["type_params"]["time_granularity"]),
        semi_additive=measure["non_additive_dimension"] is not None,
        sums=measure["agg"] in ("sum", "sum_boolean", "count", "count_distinct")
        and measure["non_additive_dimension"] is None,
        dimensions=_dimensions(model),
        guarded=frozenset(re.findall(r"\w+", measure["expr"] or measure["name"]))
        & COLUMN_RESOURCES.keys(),
    )


def _dimensions(model: Any) -> dict[str, str]:
    own = model["primary_entity"]
    found = {}
    for entity in model["entities"]:
        if entity["type"] == "primary":
            own = entity["name"]
        if entity["name"] == LOCATION:
            found.update(LOCATION_DIMENSIONS)
    for dimension in model["dimensions"]:
        if dimension["type"] == "categorical":
            found[dimension["name"]] = f"{own}__{dimension['name']}"
    return found


def _sides(
    metric: Any, written: Mapping[str, Any]
) -> tuple[Terms, Terms, tuple[Terms, Terms] | None]:
    """Numerator and denominator, and those of a second ratio that is taken off."""
    two = re.fullmatch(r"(\w+)\s*-\s*(\w+)", metric["type_params"].get("expr") or "")
    if metric["type"] == "derived" and two is not None:
        first, second = (written[name] for name in two.groups())
        if first["type"] == second["type"] == "ratio":
            return (*_terms_of(first, written), _terms_of(second, written))
    return (*_terms_of(metric, written), None)


def _terms_of(metric: Any, written: Mapping[str, Any]) -> tuple[Terms, Terms]:
    if metric["type"] != "ratio":
        return _terms(metric, written), ()
    params = metric["type_params"]
    over, under = (written[params[side]["name"]] for side in ("numerator", "denominator"))
    return _terms(over, written), _terms(under, written)


def _terms(metric: Any, written: Mapping[str, Any]) -> Terms:
    """A component, or the sum and difference of several."""
    if metric["type"] == "simple":
        return ((1, metric["name"]),)
    text = metric["type_params"].get("expr") or ""
    if metric["type"] != "derived" or not re.fullmatch(r"\w+(\s*[+-]\s*\w+)*", text):
        raise DefinitionsInvalid(
            f"metric {metric['name']}: a {metric['type']} {text!r} is not answered;"
            " use a ratio, or names with + and -"
        )
    found = re.findall(r"([+-]?)\s*(\w+)", text)
    return tuple(
        ((-1 if sign == "-" else 1) * inner, name)
        for sign, part in found
        for inner, name in _terms(written[part], written)
    )


def _metric(metric: Any, parts: Mapping[str, Component], written: Mapping[str, Any]) -> Metric:
    name, meta = metric["name"], (metric["config"] or {}).get("meta") or {}
    numerator, denominator, less = _sides(metric, written)
    components = [p for _, p in (*numerator, *denominator, *chain.from_iterable(less or ()))]
    shared = [parts[part].dimensions for part in components]
    dimensions = [d for d in shared[0] if all(d in other for other in shared) and d != LEVEL]
    if not meta:
        # A measure with `create_metric`: it only serves others.
        meta = COMPONENT | {"label_fr": name}
    is_component = bool(meta.get("component"))
    share_of = meta.get("share_of")
    if share_of is not None and share_of not in dimensions:
        raise DefinitionsInvalid(f"metric {name}: a share of {share_of}, which is no dimension")
    return Metric(
        name=name,
        id=None if is_component else str(_needed(name, meta, "id")),
        label=metric["label"] or name,
        label_fr=str(_needed(name, meta, "label_fr")),
        unit=cast(Unit, _one_of(name, meta, "unit", get_args(Unit))),
        direction=cast(Direction, _one_of(name, meta, "direction", get_args(Direction), "none")),
        basis=str(_needed(name, meta, "basis")),
        additivity=cast(Additivity, _one_of(name, meta, "additivity", get_args(Additivity))),
        owner=str(_needed(name, meta, "owner")),
        formula=" ".join(str(metric["description"] or "").split()),
        numerator=numerator,
        denominator=denominator,
        less=less,
        dimensions=tuple(sorted(dimensions)),
        finest=max((parts[part].finest for part in components), key=lambda grain: grain.order),
        is_component=is_component,
        single_row=meta.get("single_row"),
        per=int(meta.get("per", 1)),
        share_of=share_of,
        matures_days=int(meta.get("matures_days", 0)),
    )


def _needed(metric: str, meta: Mapping[str, Any], key: str) -> Any:
    if meta.get(key) in (None, ""):
        raise DefinitionsInvalid(f"metric {metric}: its meta has no {key}")
    return meta[key]


def _one_of(
    metric: str, meta: Mapping[str, Any], key: str, known: tuple[str, ...], otherwise: str = ""
) -> str:
    value = meta.get(key, otherwise)
    if value not in known:
        raise DefinitionsInvalid(f"metric {metric}: {key} is {value!r}, not {' or '.join(known)}")
    return str(value)
