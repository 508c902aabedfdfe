"""What can go wrong when a metric is asked for, each error named for the event.

Every message is one line for people; reading rights and publications keep their own errors.
"""

from collections.abc import Iterable
from difflib import get_close_matches

from crm_core.errors import CrmError
from transforms.lake.access import right_for


class MetricError(CrmError):
    """Base of this package's errors."""


class DefinitionsMissing(MetricError):
    """The metric definitions of a publication, or of the project, cannot be found or read."""


class DefinitionsInvalid(MetricError):
    """The semantic YAML says something the metric layer cannot answer; names the metric."""


class UnknownMetric(MetricError):
    """No metric of that name or id; the message has the nearest ones."""


class UnknownPeriod(MetricError):
    """Words or dates that name no period; the message shows what is understood."""


class PeriodMissing(MetricError):
    """A query without a period."""


class DimensionUnknown(MetricError):
    """A dimension, or a branch, that the metric cannot be split or filtered by."""


class GrainImpossible(MetricError):
    """A time grain finer than the metric's own."""


class CannotBeAdded(MetricError):
    """A figure that would need adding numbers which do not add up."""


class MetricNotAllowed(MetricError):
    """The metric needs a mart that is not in the person's door; names the missing right."""

    @classmethod
    def of(cls, metric: str, needed: str) -> "MetricNotAllowed":
        """For a relation, or a guarded column, that is not there."""
        right = right_for(needed)
        return cls(
            f"{metric} needs {needed}, which your role may not read:"
            f" ask your administrator for the right to read {right}"
        )


class MetricNotLive(MetricError):
    """The metric needs a mart that is not kept live on the core."""


class MoneyInexact(MetricError):
    """The engine returned money as a binary fraction: a mart lost its decimal type."""


def nearest(word: str, known: Iterable[str]) -> str:
    """A clause with the known words closest to `word`, or with all of them when few."""
    names = sorted(known)
    if close := closest(word, names):
        return f"did you mean {close}?"
    if len(names) <= 12:
        return "known: " + (", ".join(names) or "none")
    return f"{len(names)} are known; list them with `crm metric list`"


def closest(word: str, known: Iterable[str]) -> str:
    """The known words closest to `word`, best first, or nothing."""
    lowered = {name.lower(): name for name in known}
    close = get_close_matches(word.lower(), lowered, n=3, cutoff=0.5)
    return ", ".join(lowered[name] for name in close)
