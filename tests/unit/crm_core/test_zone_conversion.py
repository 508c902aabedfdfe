"""No SQL of the core, the metrics or the warehouse turns an instant into a local time.

What is in the database is held to it by `crm db lint`, dbt models by `tests/unit/dbt_project`.
"""

import re

import pytest

from crm_core.config import PROJECT

CONVERTS = re.compile(
    r"\bat\s+time\s+zone\s+['a-z{%(]|(?<![\w.])timezone\s*\(\s*['a-z{]|\bconvert_timezone\s*\("
    r"|\bmake_timestamptz\s*\(|\bset\s+(local\s+|session\s+)?time\s*zone\s(?!=?\s*'UTC')",
    re.IGNORECASE,
)
PLACES = {
    "crm_core": ("*.py", "*.sql"),
    "transforms/metrics": ("*.py",),
    "transforms/lake": ("*.py",),
    "dbt_project": ("*.sql", "*.yml"),
}
RULES = "lint_rules.py"
"""Names what it forbids."""


def _files() -> list[str]:
    return sorted(
        str(path.relative_to(PROJECT))
        for place, patterns in PLACES.items()
        for pattern in patterns
        for path in (PROJECT / place).rglob(pattern)
        if path.name != RULES and "target" not in path.parts
    )


def test_no_sql_converts_time_zones() -> None:
    found = [
        f"{name}:{number}: {line.strip()[:80]}"
        for name in _files()
        for number, line in enumerate((PROJECT / name).read_text().splitlines(), 1)
        if CONVERTS.search(line)
    ]
    assert len(_files()) > 100
    assert found == []


@pytest.mark.parametrize(
    "sql",
    [
        "select sent_at at time zone 'America/Vancouver'",
        "select sent_at AT TIME ZONE zone",
        "select timezone('UTC', sent_at)",
        "set local time zone 'America/Toronto'",
        "select convert_timezone('UTC', sent_at)",
    ],
)
def test_a_conversion_is_seen(sql: str) -> None:
    assert CONVERTS.search(sql)
