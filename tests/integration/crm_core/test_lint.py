"""The catalogue lint: silent on what we migrate, and each rule finds its seeded defect alone."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from crm_core.database import database_name
from crm_core.migrations.lint import ALLOWED, checked, findings, offences
from crm_core.migrations.lint_rules import RULES, Rule
from crm_core.postgres import ServerAddress
from orchestration.cli import crm


@pytest.fixture
def scratch(cluster: ServerAddress, shared_database: Path) -> Iterator[psycopg.Connection]:
    """The superuser on the migrated core; nothing that is done here stays."""
    with psycopg.connect(cluster.conninfo(database_name("crm"))) as connection:
        yield connection
        connection.rollback()


def test_the_catalogue_has_no_finding(shared_database: Path) -> None:
    assert findings() == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_seeded_defect_is_found_by_its_rule_alone(
    scratch: psycopg.Connection, rule: Rule
) -> None:
    if not rule.needs_superuser:
        scratch.execute("set local role crm_owner")
    scratch.execute(rule.defect.encode())
    scratch.execute("reset role")
    found = [offence for offence in offences(scratch) if offence.reason is None]
    assert [(offence.offender, offence.rule) for offence in found] == [(rule.offender, rule.name)]


def test_every_rule_has_a_name_of_its_own() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)


def test_every_allowance_has_a_reason_and_is_still_needed(shared_database: Path) -> None:
    names = {rule.name for rule in RULES}
    assert all(reason and rule in names for (rule, _), reason in ALLOWED.items())
    used = {(offence.rule, offence.pattern) for offence in checked() if offence.pattern}
    assert used == set(ALLOWED)


def test_the_command_prints_the_count_and_each_allowance_once(shared_database: Path) -> None:
    ran = CliRunner().invoke(crm, ["db", "lint"])
    assert ran.exit_code == 0, ran.output
    *allowed, count = ran.output.splitlines()
    assert count == "0 findings"
    assert len(allowed) == len({(rule, reason) for (rule, _), reason in ALLOWED.items()})
    for (rule, pattern), reason in ALLOWED.items():
        lines = [line for line in allowed if line.endswith(f"{rule}: {reason}")]
        assert len(lines) == 1 and lines[0].count(pattern) == 1, (pattern, lines)


def test_the_command_fails_on_a_finding(cluster: ServerAddress, crm_database: Path) -> None:
    with psycopg.connect(cluster.conninfo(database_name("crm"))) as connection:
        connection.execute("drop policy tenant_only on core.leads")
    ran = CliRunner().invoke(crm, ["db", "lint"])
    assert ran.exit_code != 0
    assert "1 findings" in ran.output
    assert "core.leads has no restrictive tenant policy" in ran.output
