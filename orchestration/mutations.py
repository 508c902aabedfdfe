"""`crm verify mutations`: small mistakes in the marts' SQL, and who notices them.

How a mistake is made is in `mutants`, what it is held against in `mutation_ground`.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any

from crm_core.errors import CrmError
from crm_core.security.permissions import Subject
from orchestration.mutants import RULES, Mutant, drawn, mutants, mutated, rewritten
from orchestration.mutation_ground import Ground, Judgement, ground
from transforms.lake.plan import Model

LEAST_PCT = 90.0
DATES = ("_on", "_at")
TOLD_EVERY = 25


class MutationsSurvive(CrmError):
    """Too many mistakes in the marts' SQL would go unnoticed."""


@dataclass(frozen=True)
class Judged:
    """One mistake that could be made, and what became of it."""

    mutant: Mutant
    judgement: Judgement


@dataclass(frozen=True)
class Mutated:
    """All mistakes made, and the models that cannot be spoiled."""

    made: tuple[Judged, ...]
    left_out: tuple[str, ...] = field(default=())
    """Models whose SQL gives other rows when it is only read and written again."""

    @property
    def caught(self) -> list[Judged]:
        return [each for each in self.made if each.judgement.by]

    @property
    def equivalent(self) -> list[Judged]:
        return [each for each in self.made if each.judgement.is_equal]

    @property
    def survivors(self) -> list[Judged]:
        return [e for e in self.made if not e.judgement.by and not e.judgement.is_equal]

    @property
    def caught_pct(self) -> float:
        """Of those that change a figure at all."""
        changing = len(self.made) - len(self.equivalent)
        return round(100 * len(self.caught) / changing, 1) if changing else 100.0

    @property
    def by_rule(self) -> list[list[Any]]:
        """Rule, made, caught, equivalent, survived."""
        kinds = (self.made, self.caught, self.equivalent, self.survivors)
        counts = [Counter(each.mutant.rule for each in kind) for kind in kinds]
        return [[rule, *(count[rule] for count in counts)] for rule in RULES]

    @property
    def payload(self) -> dict[str, Any]:
        """For scripts."""
        heads = ("rule", "made", "caught", "equivalent", "survived")
        return {
            "caught_pct": self.caught_pct,
            "rules": [dict(zip(heads, row, strict=True)) for row in self.by_rule],
            "survivors": [each.mutant.name for each in self.survivors],
            "caught_by": {each.mutant.name: each.judgement.by for each in self.caught},
            "left_out": self.left_out,
        }


def verify_mutations(
    subject: Subject, count: int, seed: int, tell: Callable[[str], None], truth: Path | None = None
) -> Mutated:
    """Makes `count` mistakes one after the other; nothing of the installation is changed."""
    with ground(subject, truth, tell) as where:
        where.prove(tell)
        models = {m.name: m for m in where.plan.models if m.schema == "marts"}
        sound = {name: m for name, m in models.items() if _is_sound(where, m)}
        dates = {name: _dates(where, model) for name, model in sound.items()}
        found = [m for name in sorted(sound) for m in mutants(name, sound[name].sql, dates[name])]
        tell(f"{len(found):,} places for a mistake in {len(sound)} marts")
        made = []
        orders = [_judged(where, sound, dates, order) for order in drawn(found, seed).values()]
        for judged in islice(in_turns(orders), count):
            made.append(judged)
            if len(made) % TOLD_EVERY == 0:
                tell(f"{len(made)} mistakes: {Mutated(tuple(made)).caught_pct} % noticed")
    return Mutated(tuple(made), tuple(sorted(models.keys() - sound.keys())))


def in_turns(orders: Iterable[Iterator[Judged]]) -> Iterator[Judged]:
    """One of each rule after the other, as long as any has more."""
    for row in zip_longest(*orders):
        yield from (each for each in row if each is not None)


def _judged(
    where: Ground, models: dict[str, Model], dates: dict[str, list[str]], order: list[Mutant]
) -> Iterator[Judged]:
    for mutant in order:
        model = models[mutant.model]
        judgement = where.judge(model, mutated(model.sql, mutant, dates[mutant.model]))
        if judgement.is_valid:
            yield Judged(mutant, judgement)


def _is_sound(where: Ground, model: Model) -> bool:
    return where.judge(model, rewritten(model.sql)).is_equal


def _dates(where: Ground, model: Model) -> list[str]:
    names = {name for parent in model.parents for name in where.columns(parent)}
    return sorted(name for name in names if name.endswith(DATES))
