"""What dbt compiled, as data: models and checks in order, and which of them a change concerns.

Pure. dbt is asked in `dbt_plan`; the SQL is run by `run_plan`.
"""

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass
from functools import cached_property

PUBLISHED = frozenset({"marts", "reporting"})
"""Schemas whose relations leave the lake."""


@dataclass(frozen=True)
class Column:
    """A column as a contract promises it."""

    name: str
    kind: str
    is_required: bool


@dataclass(frozen=True)
class Model:
    """A relation to be made; `columns` is empty without a contract."""

    name: str
    schema: str
    is_view: bool
    sql: str
    parents: tuple[str, ...]
    """Names of models, and of sources as "raw.core__leads"."""
    columns: tuple[Column, ...] = ()

    @property
    def relation(self) -> str:
        """Schema and name, as publications list it."""
        return f"{self.schema}.{self.name}"

    @property
    def is_published(self) -> bool:
        """Whether it leaves the lake."""
        return self.schema in PUBLISHED


@dataclass(frozen=True)
class Check:
    """A query that finds what is wrong: it must return no row."""

    name: str
    sql: str
    parents: tuple[str, ...]


@dataclass(frozen=True)
class Work:
    """The part of a plan that one build does, each list with parents first."""

    touched: frozenset[str]
    """Names of the models that a change concerns: made anew, checked, published."""
    before: tuple[Model, ...]
    """What is made before the transform, read-only helpers among it."""
    after: tuple[Model, ...]
    """What is made of the transform's tables."""
    held: tuple[Model, ...]
    """What stands in the lake as it should; checks and doors read it there."""
    checks: tuple[Check, ...]

    @property
    def models(self) -> tuple[Model, ...]:
        """All that is made."""
        return (*self.before, *self.after)


@dataclass(frozen=True)
class Plan:
    """A dbt project, compiled; models stand after their parents."""

    models: tuple[Model, ...]
    checks: tuple[Check, ...]
    made: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Sources that the transform makes in the same run, with the models it makes them of."""

    @cached_property
    def relations(self) -> frozenset[str]:
        """All that leaves the lake."""
        return frozenset(model.relation for model in self.models if model.is_published)

    def work(self, changed: Collection[str] | None = None) -> Work:
        """What is to be done when these sources ("raw.core__leads") changed; None: everything."""
        late = self._below({source for source, _ in self.made})
        touched = self._touched(changed)
        needed, checks = self._needed(touched)
        if changed is not None and any(
            m.name in late & needed - touched and not m.is_published for m in self.models
        ):
            # What the transform made is nowhere but in the memory of the run that made it.
            return self.work({*changed, *(source for source, _ in self.made)})
        making = [
            m for m in self.models if m.name in needed and (m.name in touched or not m.is_published)
        ]
        return Work(
            touched=frozenset(touched),
            before=tuple(model for model in making if model.name not in late),
            after=tuple(model for model in making if model.name in late),
            held=tuple(m for m in self.models if m.is_published and m.name not in touched),
            checks=checks,
        )

    def _touched(self, changed: Collection[str] | None) -> set[str]:
        if changed is None:
            return {model.name for model in self.models}
        touched = self._below(changed)
        # A transform that does not say what it reads may read anything.
        again = {source for source, of in self.made if touched & set(of) or (touched and not of)}
        return touched | self._below(again)

    def _below(self, sources: Collection[str]) -> set[str]:
        """The names of the models made of these sources, near or far."""
        found: set[str] = set()
        for model in self.models:
            if any(parent in sources or parent in found for parent in model.parents):
                found.add(model.name)
        return found

    def _needed(self, touched: Collection[str]) -> tuple[set[str], tuple[Check, ...]]:
        """The models that the touched ones and their checks read, and these checks."""
        checks = tuple(check for check in self.checks if set(touched) & set(check.parents))
        needed = {*touched, *(parent for check in checks for parent in check.parents)}
        for model in reversed(self.models):
            # A published model that is not touched is read from the lake: nothing above it is.
            if model.name in needed and (model.name in touched or not model.is_published):
                needed.update(model.parents)
        return needed, checks

    def to_json(self) -> str:
        """The plan as text, to be kept with the definitions."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Plan":
        """The inverse of `to_json`."""
        held = json.loads(text)
        return cls(
            models=tuple(
                Model(
                    **{
                        **model,
                        "parents": tuple(model["parents"]),
                        "columns": tuple(Column(**column) for column in model["columns"]),
                    }
                )
                for model in held["models"]
            ),
            checks=tuple(
                Check(**{**check, "parents": tuple(check["parents"])}) for check in held["checks"]
            ),
            made=tuple((source, tuple(of)) for source, of in held["made"]),
        )
