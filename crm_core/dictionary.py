"""The data dictionary: every table and column as the models declare them, as one Markdown page.

Meanings are docstrings beside the columns in `crm_core.models`; nothing is said here a second time.
"""

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from functools import cache

from sqlalchemy import CheckConstraint, Column, Table, UniqueConstraint
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.schema import AddConstraint

from crm_core.migrations.history import status_columns
from crm_core.models import Base
from crm_core.models.base import LakePolicy, Scope, Stamped

LEAVES = {
    LakePolicy.KEEP: "kept",
    LakePolicy.DROP: "private",
    LakePolicy.HASH: "hashed",
    LakePolicy.TRUNCATE: "truncated",
}
AREAS = {
    "tenancy": "Tenancy and access",
    "platform": "Platform",
    "sales": "Sales",
    "sales_work": "Sales: touches, templates, marketing, surveys",
    "finance": "Finance",
    "ledger": "Finance: ledger, credit, royalties, budgets, exchange rates",
    "operations": "Operations",
    "phases": "Operations: phases of a journey",
    "storage": "Storage",
    "communication": "Communication",
    "integration": "Integration",
    "webhooks": "Integration: webhooks and events",
    "reporting": "Reporting",
    "alerts": "Reporting: alerts",
    "history": "History",
    "audit": "Audit",
}
"""Title by module of `crm_core.models`, in the order of the page; others follow by their name."""

HEAD = """# Data dictionary

Written by `crm db dictionary` from `crm_core/models`; a test keeps it true. Do not edit.

Every table is under row-level security: the tenant always, branch and person where "Seen by" names
their columns; tables of the platform are no tenant's. *Lake* says whether a column may leave the
core: `kept`, or `private` for personal data, secrets and free text, or only a keyed hash of it
(`hashed`) or its first characters (`truncated`). A reference is the table whose
row the value names, of the same tenant. Every row also carries {stamps}.
"""

ROW = "| column | type | null | default | values or reference | lake | meaning |"


def page() -> str:
    """The whole page."""
    models = sorted(
        (mapper.class_ for mapper in Base.registry.mappers),
        key=lambda model: (_place(model), model.__tablename__),
    )
    stamps = ", ".join(
        f"`{name}` ({_flat(text).rstrip('.').lower()})"
        for name, text in _docstrings(Stamped).items()
    )
    parts, area = [HEAD.format(stamps=stamps)], ""
    for model in models:
        if (title := _area(model)) != area:
            parts.append(f"## {title}\n")
            area = title
        parts.append(_section(model))
    return "\n".join(parts)


def _module(model: type[Base]) -> str:
    return model.__module__.rsplit(".", 1)[-1]


def _area(model: type[Base]) -> str:
    name = _module(model)
    return AREAS.get(name, name.replace("_", " ").capitalize())


def _place(model: type[Base]) -> tuple[int, str]:
    names = list(AREAS)
    name = _module(model)
    return (names.index(name) if name in names else len(names), name)


def _section(model: type[Base]) -> str:
    """One table: what a row is, who sees it, its columns, its rules."""
    table = model.__table__
    assert isinstance(table, Table)
    lines = [f"### {table.fullname}\n", f"{_flat(model.__doc__ or '')}\n"]
    scope: Scope = getattr(model, "__scope__", Scope())
    seen = [f"`{name}`" for name in (scope.location, scope.owner) if name]
    kept = [f"`{column.name}`" for column in status_columns(table)]
    seen += [f"the crew of `{scope.journey}`"] if scope.journey else []
    notes = [f"Seen by: {', '.join(seen)}."] if seen else []
    notes += [f"History kept of: {', '.join(kept)}."] if kept else []
    lines += [f"{' '.join(notes)}\n"] if notes else []
    lines += [ROW, "|---" * 7 + "|"]
    meanings = _meanings(model)
    columns = sorted(
        (column for column in table.columns if column.name not in Stamped.__annotations__),
        key=lambda column: not column.primary_key,
    )
    lines += [_row(table, column, meanings.get(column.name, "")) for column in columns]
    if rules := sorted(_rules(table)):
        lines += ["", "Rules:", "", *rules]
    return "\n".join(lines) + "\n"


def _row(table: Table, column: Column[object], meaning: str) -> str:
    cells = [
        f"`{column.name}`" + (" (key)" if column.primary_key else ""),
        column.type.compile(dialect=postgresql.dialect()).lower(),  # type: ignore[no-untyped-call]
        "yes" if column.nullable else "",
        _default(column),
        _values(table, column) or _reference(column),
        LEAVES[column.info["lake"]],
        _flat(meaning),
    ]
    return "| " + " | ".join(cells) + " |"


def _default(column: Column[object]) -> str:
    if column.server_default is None:
        return ""
    return f"`{column.server_default.arg}`"  # type: ignore[attr-defined]


def _values(table: Table, column: Column[object]) -> str:
    """The closed set that a check holds the column to."""
    name = f"ck_{table.name}_{column.name}_known"
    found = [c for c in table.constraints if str(c.name) == name and isinstance(c, CheckConstraint)]
    return ", ".join(re.findall(r"'([^']*)'", str(found[0].sqltext))) if found else ""


def _reference(column: Column[object]) -> str:
    """The table that the column, with the tenant, is a key of."""
    if column.name == "client_id" and column.primary_key:
        return "clients"
    return ", ".join(sorted({key.column.table.name for key in column.foreign_keys}))


def _rules(table: Table) -> Iterator[str]:
    """What the database refuses, beside keys and closed sets, by the name it says."""
    for constraint in table.constraints:
        name = str(constraint.name)
        if isinstance(constraint, CheckConstraint) and not name.endswith("_known"):
            yield f"- `{name}`: `{_flat(str(constraint.sqltext))}`"
        elif isinstance(constraint, UniqueConstraint):
            yield f"- `{name}`: one row per {', '.join(c.name for c in constraint.columns)}"
        elif isinstance(constraint, ExcludeConstraint):
            made = str(AddConstraint(constraint).compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]
            yield f"- `{name}`: no two rows for which `{_flat(made.split('USING gist', 1)[1])}`"
    for index in table.indexes:
        if index.unique:
            columns = ", ".join(column.name for column in index.columns)
            where = index.dialect_options["postgresql"].get("where")
            yield f"- `{index.name}`: one row per {columns}{_where(where)}"


def _where(condition: object) -> str:
    return "" if condition is None else f", where `{_flat(str(condition))}`"


def _meanings(model: type[Base]) -> dict[str, str]:
    """Docstrings beside the columns of a model and of what it inherits; the nearest one counts."""
    found: dict[str, str] = {}
    for source in reversed(model.__mro__):
        if source.__module__.startswith("crm_core.models") and source is not Base:
            found |= _docstrings(source)
    return found


@cache
def _docstrings(source: type) -> dict[str, str]:
    """Attribute name to the string that stands right below it."""
    body = ast.parse(textwrap.dedent(inspect.getsource(source))).body[0]
    assert isinstance(body, ast.ClassDef)
    return {
        above.target.id: below.value.value
        for above, below in zip(body.body, body.body[1:], strict=False)
        if isinstance(above, ast.AnnAssign)
        and isinstance(above.target, ast.Name)
        and isinstance(below, ast.Expr)
        and isinstance(below.value, ast.Constant)
        and isinstance(below.value.value, str)
    }


def _flat(text: str) -> str:
    """On one line, and safe in a cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")
