"""Mutations of a model's SQL: small mistakes that a person might make, by rule, from a seed.

Pure. What finds them, and what of a warehouse they spoil, is in `mutations`.
"""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlglot import exp, parse_one

DIALECT = "duckdb"
DAY, INSTANTS = "_on", ("_local_at", "_at")
NUMBERS = ("_amount", "_count", "_minutes", "_seconds", "quantity")
SHOWN = 70


@dataclass(frozen=True)
class Mutant:
    """One mistake in one model: the `variant`-th of a rule at a node of its tree."""

    model: str
    rule: str
    node: int
    variant: int
    before: str
    after: str

    @property
    def name(self) -> str:
        """Model, rule and change, for people."""
        return f"{self.model}, {self.rule}: {_short(self.before)} -> {_short(self.after)}"


Changes = Iterator[exp.Expr]


def joins(node: exp.Expr, dates: Sequence[str]) -> Changes:
    """An outer join for an inner one, and the other way round."""
    if isinstance(node, exp.Join) and node.args.get("on"):
        if node.side == "LEFT":
            yield _with(node, side=None, kind="INNER")
        elif not node.side and node.kind in ("", "INNER"):
            yield _with(node, side="LEFT", kind=None)


def filters(node: exp.Expr, dates: Sequence[str]) -> Changes:
    """A condition that is dropped, turned round, or wrong at its edge; a value left out."""
    edges: dict[type[exp.Expr], type[exp.Binary]]
    edges = {exp.GT: exp.GTE, exp.GTE: exp.GT, exp.LT: exp.LTE, exp.LTE: exp.LT}
    if isinstance(node, exp.And | exp.Or):
        yield node.left.copy()
        yield node.right.copy()
    elif isinstance(node, exp.Binary) and type(node) in edges:
        yield edges[type(node)](this=node.left.copy(), expression=node.right.copy())
    elif isinstance(node, exp.EQ) and not node.find_ancestor(exp.Join):
        yield exp.NEQ(this=node.left.copy(), expression=node.right.copy())
    elif isinstance(node, exp.NEQ):
        yield exp.EQ(this=node.left.copy(), expression=node.right.copy())
    elif isinstance(node, exp.In) and len(node.expressions) > 1:
        for left_out in range(len(node.expressions)):
            yield _without(node, "expressions", left_out)
    elif isinstance(node, exp.Is | exp.Exists) and not isinstance(node.parent, exp.Not):
        yield exp.Not(this=node.copy())
    elif isinstance(node, exp.Not):
        yield node.this.copy()
    elif isinstance(node, exp.Where) and not isinstance(node.this, exp.And):
        yield exp.Where(this=exp.true())


def date_bases(node: exp.Expr, dates: Sequence[str]) -> Changes:
    """Another date of the same row, the day after, a coarser or finer bucket."""
    if isinstance(node, exp.Column):
        for name in dates:
            if name != node.name and _suffix(name) == _suffix(node.name):
                yield _with(node, this=exp.to_identifier(name))
        if _suffix(node.name) == DAY:
            yield exp.paren(exp.Add(this=node.copy(), expression=exp.Literal.number(1)))
    elif (
        isinstance(node, exp.Literal) and node.is_int and isinstance(node.parent, exp.Add | exp.Sub)
    ):
        if any(_suffix(each.name) == DAY for each in node.parent.find_all(exp.Column)):
            yield exp.Literal.number(int(node.name) + 1)
    elif isinstance(node, exp.TimestampTrunc | exp.DateTrunc):
        unit = "YEAR" if node.text("unit").upper() == "MONTH" else "MONTH"
        yield _with(node, unit=exp.var(unit))


def signs(node: exp.Expr, dates: Sequence[str]) -> Changes:
    """Plus for minus, and a number with the wrong sign."""
    if isinstance(node, exp.Sub):
        yield exp.Add(this=node.left.copy(), expression=node.right.copy())
    elif isinstance(node, exp.Add):
        yield exp.Sub(this=node.left.copy(), expression=node.right.copy())
    elif isinstance(node, exp.Neg):
        yield node.this.copy()
    elif isinstance(node, exp.Column) and node.name.endswith(NUMBERS) and _is_value(node):
        yield exp.Neg(this=node.copy())


def roundings(node: exp.Expr, dates: Sequence[str]) -> Changes:
    """Too few digits, or cut off instead of rounded."""
    if isinstance(node, exp.Cast) and node.to.sql(DIALECT) == "DECIMAL(18, 2)":
        for rounded in (_call("round", node.this, 0), _call("floor", node.this)):
            yield _with(node, this=rounded)
    elif isinstance(node, exp.Round):
        digits = node.args.get("decimals")
        less = int(digits.name) - 1 if isinstance(digits, exp.Literal) else 0
        yield _call("round", node.this, less)
        yield _call("floor", node.this)
    elif isinstance(node, exp.IntDiv):
        yield exp.cast(
            _call("round", exp.Div(this=node.left.copy(), expression=node.right.copy()), 0),
            "bigint",
        )
    elif isinstance(node, exp.Column) and node.name.endswith("_amount") and _is_value(node):
        yield exp.cast(_call("round", node, 0), "decimal(18, 2)")


def groupings(node: exp.Expr, dates: Sequence[str]) -> Changes:
    """A key left out of a group or a window, another aggregate, duplicates kept or lost."""
    others: dict[type[exp.Expr], type[exp.AggFunc]]
    others = {exp.Sum: exp.Max, exp.Max: exp.Min, exp.Min: exp.Max}
    if isinstance(node, exp.Select):
        group = node.args.get("group")
        for number, key in enumerate(group.expressions if group else ()):
            yield _ungrouped(node, number, key)
        if node.args.get("distinct"):
            yield _with(node, distinct=None)
    elif isinstance(node, exp.Union):
        yield _with(node, distinct=not node.args.get("distinct"))
    elif isinstance(node, exp.Window):
        for number in range(len(node.args.get("partition_by") or ())):
            yield _without(node, "partition_by", number)
    elif isinstance(node, exp.Ordered) and node.find_ancestor(exp.Window):
        yield _with(node, desc=not node.args.get("desc"))
    elif type(node) in others:
        yield others[type(node)](this=node.this.copy())


RULES: dict[str, Callable[[exp.Expr, Sequence[str]], Changes]] = {
    "join type": joins,
    "filter": filters,
    "date basis": date_bases,
    "sign": signs,
    "rounding": roundings,
    "grouping": groupings,
}


def mutants(model: str, sql: str, dates: Sequence[str]) -> list[Mutant]:
    """Every mutation of a model that a rule knows; not each of them can be run.

    `dates` are the names of columns, dates and instants, that its parents have.
    """
    return [
        Mutant(model, rule, number, variant, node.sql(DIALECT), changed.sql(DIALECT))
        for number, node in enumerate(_tree(sql).walk())
        for rule, changes in RULES.items()
        for variant, changed in enumerate(changes(node, dates))
    ]


def mutated(sql: str, mutant: Mutant, dates: Sequence[str]) -> str:
    """The SQL of the model with the mistake."""
    tree = _tree(sql)
    node = next(each for number, each in enumerate(tree.walk()) if number == mutant.node)
    changed = list(RULES[mutant.rule](node, dates))[mutant.variant]
    if isinstance(node.parent, exp.Select) and node.arg_key == "expressions":
        changed = exp.alias_(changed, node.alias_or_name, copy=False)
    if node is tree:
        return changed.sql(DIALECT)
    node.replace(changed)
    return tree.sql(DIALECT)


def rewritten(sql: str) -> str:
    """The SQL without a mistake, read and written as the mutated one is."""
    return _tree(sql).sql(DIALECT)


def drawn(found: Iterable[Mutant], seed: int) -> dict[str, list[Mutant]]:
    """The mutants of each rule, in the order of a seed."""
    chance = random.Random(seed)
    by_rule: dict[str, list[Mutant]] = {rule: [] for rule in RULES}
    for mutant in found:
        by_rule[mutant.rule].append(mutant)
    for each in by_rule.values():
        chance.shuffle(each)
    return by_rule


def _tree(sql: str) -> exp.Expr:
    return parse_one(sql, read=DIALECT)


def _with(node: exp.Expr, **args: object) -> exp.Expr:
    changed = node.copy()
    for name, value in args.items():
        changed.set(name, value)
    return changed


def _without(node: exp.Expr, part: str, number: int) -> exp.Expr:
    kept = [each.copy() for n, each in enumerate(node.args[part]) if n != number]
    return _with(node, **{part: kept or None})


def _ungrouped(select: exp.Select, number: int, key: exp.Expr) -> exp.Expr:
    """Without one key; where it is shown, its least value stands for it."""
    changed = select.copy()
    group = _without(select.args["group"], "expressions", number)
    changed.set("group", group if group.expressions else None)
    for place, shown in enumerate(changed.expressions):
        if shown.unalias() == key:
            least = exp.alias_(exp.Min(this=key.copy()), shown.alias_or_name)
            changed.expressions[place].replace(least)
    return changed


def _call(name: str, value: exp.Expr, *more: int) -> exp.Expr:
    return exp.func(name, value.copy(), *map(exp.Literal.number, more), dialect=DIALECT)


def _is_value(column: exp.Column) -> bool:
    """Whether it is a number that the model gives, not one that rows are chosen or sorted by."""
    return not column.find_ancestor(exp.Where, exp.Join, exp.Group, exp.Order, exp.Having)


def _suffix(name: str) -> str | None:
    return next((suffix for suffix in (DAY, *INSTANTS) if name.endswith(suffix)), None)


def _short(sql: str) -> str:
    line = " ".join(sql.split())
    return line if len(line) <= SHOWN else f"{line[: SHOWN - 1]}…"
