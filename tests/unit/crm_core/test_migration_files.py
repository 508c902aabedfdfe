"""Migration files after the first do nothing that stops people who are at work.

An exception is a comment on the call: `# live-safe: why`.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from crm_core.migrations import run

VERSIONS = Path(run.__file__).parent / "versions"
FIRST = "0001_core.py"
EXCUSE = "# live-safe: "
SECOND = (
    "create_index", "drop_index", "create_foreign_key", "create_check_constraint",
    "create_unique_constraint", "create_exclude_constraint",
)  # fmt: skip
FIRST_OF = ("add_column", "alter_column", "drop_column", "drop_table", "rename_table")
TABLE_AT = dict.fromkeys(SECOND, 1) | dict.fromkeys(FIRST_OF, 0)
"""Operations that name a table, and where in their arguments."""
OF_TABLES = re.compile(r"\b(alter|drop|truncate|lock|cluster|reindex)\s+table|\bindex\b", re.I)


POINTED_AT = re.compile(r"(?:^|references )core\.(\w+)(?:\.\w+$| \()")


def _literal(node: ast.AST | None) -> object:
    return node.value if isinstance(node, ast.Constant) else None


def _calls(body: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(body):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "op"
        ):
            yield node.func.attr, node


def _problem(name: str, call: ast.Call) -> str | None:
    """What makes an operation on a table that people use unsafe."""
    options = {word.arg: _literal(word.value) for word in call.keywords}
    source = ast.unparse(call)
    if name in ("create_index", "drop_index") and not options.get("postgresql_concurrently"):
        return "stops writers: use online.create_index or online.drop_index"
    if name in SECOND[2:4] and not options.get("postgresql_not_valid"):
        return "reads the whole table under a lock: use online.add_constraint"
    if name in ("create_unique_constraint", "create_exclude_constraint"):
        return "builds an index under a lock: build it beside, or say why the table is small"
    if name == "add_column" and "nullable=False" in source and "server_default" not in source:
        return "fails on rows that are there: give a default, or fill it before"
    if name == "alter_column" and ("type_=" in source or options.get("nullable") is False):
        return "rewrites or reads the whole table under a lock"
    if name in ("drop_column", "drop_table", "rename_table"):
        return "takes away what the running version reads: one release later, and say so"
    return None


def _constants(tree: ast.Module) -> dict[str, str]:
    """What the file's names of text stand for."""
    return {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name) and isinstance(node.value.value, str)
    }


def unsafe(source: str) -> list[str]:
    """The unsafe operations of a migration's upgrade, by line; its own new tables are free.

    Tables are not changed by SQL of one's own, where nothing would look at it.
    """
    tree, lines = ast.parse(source), source.splitlines()
    constants = _constants(tree)
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    upgrade = next((node for node in functions if node.name == "upgrade"), None)
    assert upgrade is not None, "a migration without upgrade()"
    calls = list(_calls(upgrade))
    made = {_literal(call.args[0]) for name, call in calls if name == "create_table"}
    found = []
    for name, call in calls:
        excused = any(EXCUSE in line for line in lines[call.lineno - 1 : call.end_lineno])
        at = TABLE_AT.get(name)
        if name == "execute" and not excused:
            words = ast.unparse(call) + " ".join(
                constants.get(node.id, "") for node in ast.walk(call) if isinstance(node, ast.Name)
            )
            if OF_TABLES.search(words):
                found.append(f"line {call.lineno}: SQL on tables: use op or online")
        if at is None or excused:
            continue
        table = _literal(call.args[at]) if len(call.args) > at else None
        if table not in made and (problem := _problem(name, call)):
            found.append(f"line {call.lineno}: {name} on {table} {problem}")
    return found


def unheld(source: str) -> set[str]:
    """Tables in use that a migration in one transaction touches, and did not take first."""
    tree = ast.parse(source)
    upgrade = next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "upgrade")
    made = {_literal(call.args[0]) for name, call in _calls(upgrade) if name == "create_table"}
    if not made:
        return set()
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    touched = {
        _literal(call.args[at])
        for name, call in _calls(upgrade)
        if (at := TABLE_AT.get(name)) is not None
    }
    for text in texts:
        touched |= set(POINTED_AT.findall(str(text)))
    first = upgrade.body[0]
    held = {node.value for node in ast.walk(first) if isinstance(node, ast.Constant)}
    return {str(name) for name in touched - made - held}


@pytest.mark.parametrize(
    "path", [p for p in sorted(VERSIONS.glob("*.py")) if p.name != FIRST], ids=lambda p: p.name
)
def test_a_migration_is_safe_on_live_tables(path: Path) -> None:
    assert unsafe(path.read_text()) == []
    assert unheld(path.read_text()) == set(), "begin with online.hold"


@pytest.mark.parametrize(
    "statement",
    [
        "op.create_index('i', 'leads', ['a'], schema='core')",
        "op.create_check_constraint('c', 'leads', 'a > 0', schema='core')",
        "op.create_foreign_key('f', 'leads', 'users', ['a'], ['b'])",
        "op.create_unique_constraint('u', 'leads', ['a'])",
        "op.add_column('leads', sa.Column('a', sa.Text(), nullable=False))",
        "op.alter_column('leads', 'a', type_=sa.Text())",
        "op.alter_column('leads', 'a', nullable=False)",
        "op.drop_column('leads', 'a')",
        "op.drop_table('leads')",
    ],
)
def test_an_unsafe_statement_is_found(statement: str) -> None:
    source = f"def upgrade():\n    {statement}\n"
    assert len(unsafe(source)) == 1
    assert unsafe(source.replace(")\n", ")  # live-safe: an empty table\n")) == []
    assert (
        unsafe(source.replace("upgrade():\n", "upgrade():\n    op.create_table('leads')\n")) == []
    )


def test_a_safe_statement_is_let_through() -> None:
    for statement in (
        "op.create_index('i', 'leads', ['a'], postgresql_concurrently=True)",
        "op.create_check_constraint('c', 'leads', 'a > 0', postgresql_not_valid=True)",
        "op.add_column('leads', sa.Column('a', sa.Text(), nullable=True))",
        "op.add_column('leads', sa.Column('a', sa.Text(), server_default='x', nullable=False))",
    ):
        assert unsafe(f"def upgrade():\n    {statement}\n") == []


@pytest.mark.parametrize(
    "statement",
    ["op.execute('alter table core.leads add a int')", "op.execute(STATEMENT)"],
)
def test_sql_on_tables_is_found(statement: str) -> None:
    source = f"STATEMENT = 'create index i on core.leads (a)'\ndef upgrade():\n    {statement}\n"
    assert len(unsafe(source)) == 1
    assert unsafe(source.replace(")\n", ")  # live-safe: an empty table\n")) == []
    assert unsafe("def upgrade():\n    op.execute('update core.leads set a = 1')\n") == []


def test_a_table_that_is_not_held_is_found() -> None:
    source = (
        "def upgrade():\n"
        "    hold(['leads'])\n"
        "    op.create_table('ours', sa.ForeignKeyConstraint(['user_id'], ['core.users.id']))\n"
        "    op.add_column('leads', sa.Column('ours_id', sa.Uuid()))\n"
    )
    assert unheld(source) == {"users"}
    assert unheld(source.replace("['leads']", "['leads'], pointed_at=['users']")) == set()
