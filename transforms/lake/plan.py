"""What dbt compiled, as data: models and checks in order, and which of them a change concerns.

Pure. dbt is asked in `dbt_plan`; the SQL is run by `run_plan`.
"""

import json
from collections.abc import Collection, Iterable
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
class Merge:
    """Rows of a large fact are replaced by `key`, which holds the id of a row of `of`."""

    key: str
    of: str
    """A raw table with links ("core__leads")."""


@dataclass(frozen=True)
class Link:
    """A column of a raw table that holds the id of a row of another, or of the same."""

    table: str
    column: str
    to: str
    is_shared: bool
    """Whether rows of the two make figures together; else the row named is only looked up."""


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
    merge: Merge | None = None

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
    merged: frozenset[str] = frozenset()
    """Those of the touched models of which only the changed rows are made, in a slice."""
    slice_models: tuple[Model, ...] = ()
    """What is made in the slice."""
    slice_checks: tuple[Check, ...] = ()
    """Checks that hold of every slice if they hold of the whole."""


@dataclass(frozen=True)
class Plan:
    """A dbt project, compiled; models stand after their parents."""

    models: tuple[Model, ...]
    checks: tuple[Check, ...]
    made: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Sources that the transform makes in the same run, with the models it makes them of."""
    linked: tuple[str, ...] = ()
    """Raw tables of which a slice can be cut: with a row go all it is linked to."""
    links: tuple[Link, ...] = ()

    @cached_property
    def relations(self) -> frozenset[str]:
        """All that leaves the lake."""
        return frozenset(model.relation for model in self.models if model.is_published)

    def work(self, changed: Collection[str] | None = None, *, may_merge: bool = True) -> Work:
        """What is to be done when these sources ("raw.core__leads") changed; None: everything."""
        late = self._below({source for source, _ in self.made})
        touched = self._touched(changed)
        merged = self._merged(touched, changed) if may_merge else set()
        sliced = self._sliced(merged)
        concerned = [check for check in self.checks if touched & set(check.parents)]
        in_slice = [c for c in concerned if set(c.parents) <= sliced and merged & set(c.parents)]
        checks = [check for check in concerned if check not in in_slice]
        anew = touched - merged
        goals = anew if changed is None else {m.name for m in self.models if m.is_published} & anew
        needed = self._needed(goals, checks)
        if changed is not None and any(
            m.name in late & needed - touched and not m.is_published for m in self.models
        ):
            # What the transform made is nowhere but in the memory of the run that made it.
            return self.work({*changed, *(source for source, _ in self.made)}, may_merge=may_merge)
        making = [
            m for m in self.models if m.name in needed and (m.name in anew or not m.is_published)
        ]
        in_need = self._above({*merged, *(p for check in in_slice for p in check.parents)})
        return Work(
            touched=frozenset(touched),
            before=tuple(model for model in making if model.name not in late),
            after=tuple(model for model in making if model.name in late),
            held=tuple(m for m in self.models if m.is_published and m.name not in touched),
            checks=tuple(checks),
            merged=frozenset(merged),
            slice_models=tuple(m for m in self.models if m.name in in_need & sliced),
            slice_checks=tuple(in_slice),
        )

    def _merged(self, touched: set[str], changed: Collection[str] | None) -> set[str]:
        """The touched models that declare it, if nothing they are made of changed but in slices."""
        if changed is None:
            return set()
        whole = self._below(
            {each for each in changed if each.removeprefix("raw.") not in self.linked}
        )
        return {m.name for m in self.models if m.merge and m.name in touched - whole}

    def _sliced(self, merged: set[str]) -> set[str]:
        """What can be made in a slice and is right there: the merged models, all they are made
        of, and models of tables that a slice holds whole."""
        if not merged:
            return set()
        above = self._above(merged)
        partly = self._below({f"raw.{table}" for table in self.linked})
        late = self._below({source for source, _ in self.made})
        return {m.name for m in self.models if m.name in above or m.name not in partly | late}

    def _touched(self, changed: Collection[str] | None) -> set[str]:
        if changed is None:
            return {model.name for model in self.models}
        touched = self._below(changed)
        # A transform that does not say what it reads may read anything.
        again = {source for source, of in self.made if touched & set(of) or (touched and not of)}
        return touched | self._below(again)

    def _above(self, names: Collection[str]) -> set[str]:
        """These models and all that they are made of."""
        above = set(names)
        for model in reversed(self.models):
            if model.name in above:
                above.update(model.parents)
        return above

    def _below(self, sources: Collection[str]) -> set[str]:
        """The names of the models made of these sources, near or far."""
        found: set[str] = set()
        for model in self.models:
            if any(parent in sources or parent in found for parent in model.parents):
                found.add(model.name)
        return found

    def _needed(self, touched: Collection[str], checks: Iterable[Check]) -> set[str]:
        """The models that these and the checks need to be there, those made in full among them."""
        needed = {*touched, *(parent for check in checks for parent in check.parents)}
        for model in reversed(self.models):
            # A published model that is not touched is read from the lake: nothing above it is.
            if model.name in needed and (model.name in touched or not model.is_published):
                needed.update(model.parents)
        return needed

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
                        "merge": Merge(**model["merge"]) if model["merge"] else None,
                    }
                )
                for model in held["models"]
            ),
            checks=tuple(
                Check(**{**check, "parents": tuple(check["parents"])}) for check in held["checks"]
            ),
            made=tuple((source, tuple(of)) for source, of in held["made"]),
            linked=tuple(held["linked"]),
            links=tuple(Link(**link) for link in held["links"]),
        )
