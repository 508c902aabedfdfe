"""What the derived objects of the database must not do to each other."""

import re
from collections import Counter

from crm_core.migrations.derived import steps

NAMED = re.compile(
    r"create (?:or replace )?(?:constraint )?"
    r"(?:function ([\w.]+)\(([^)]*)\)|trigger (\w+) .*? on (\S+))"
)


def test_no_function_and_no_trigger_is_made_twice() -> None:
    """The second of two of one name would take the place of the first without a word."""
    made = Counter(
        found.groups()
        for step in steps()
        for statement in step
        for found in NAMED.finditer(statement)
    )
    assert len(made) > 100
    assert [name for name, count in made.items() if count > 1] == []
