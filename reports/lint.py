"""What the vocabulary alone cannot say of a spec: whether its metrics can be asked that way.

The form of a spec is checked when it is read, in `reports.spec`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from reports.errors import SpecInvalid
from reports.spec import BridgeSpec, ReconciliationSpec, ReportSpec, StackedSpec
from transforms.metrics.catalogue import Catalogue, Metric, catalogue
from transforms.metrics.errors import UnknownMetric
from transforms.metrics.period import Grain


@dataclass(frozen=True)
class Linted:
    """What was looked at, and what is wrong with it."""

    reports: int
    metrics: int
    problems: tuple[str, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """The outcome for people."""
        return (*self.problems, f"{self.reports} reports over {self.metrics} metrics,"
                f" {len(self.problems)} problems")  # fmt: skip

    def require_clean(self) -> None:
        """Raises `SpecInvalid` when anything is wrong."""
        if self.problems:
            raise SpecInvalid(f"{len(self.problems)} problems in the specs, listed above")


def lint_reports(specs: Iterable[ReportSpec], known: Catalogue | None = None) -> Linted:
    """Every widget's metrics, dimensions, grains and additivity, against the metric definitions."""
    known = known or catalogue()
    seen = list(specs)
    problems = [line for spec in seen for line in _problems(spec, known)]
    names = {name for spec in seen for w in spec.widgets for name in getattr(w, "metrics", ())}
    return Linted(len(seen), len(names), tuple(problems))


def _problems(spec: ReportSpec, known: Catalogue) -> Iterator[str]:
    for widget in spec.widgets:
        where = f"{spec.name}.{widget.name}"
        metrics: list[Metric] = []
        for name in getattr(widget, "metrics", ()):
            try:
                metrics.append(known.get(name))
            except UnknownMetric as error:
                yield f"{where}: {error.line}"
        by = getattr(widget, "by", ())
        for metric in metrics:
            for dimension in (by,) if isinstance(by, str) else by:
                if dimension not in metric.dimensions:
                    yield f"{where}: {metric.name} has no dimension {dimension!r}"
            grain = getattr(widget, "grain", None)
            if grain and metric.finest.order > Grain(grain).order:
                yield f"{where}: {metric.name} is known by {metric.finest}, not by {grain}"
            adds = metric.additivity != "non_additive"
            layered = isinstance(widget, StackedSpec) and bool(widget.by)
            if not adds and (layered or isinstance(widget, ReconciliationSpec | BridgeSpec)):
                yield f"{where}: the parts of {metric.name} do not add up to its whole"
