"""`crm` as people and scripts use it: one clear line when something is wrong."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command_line import crm
from tests.conftest import Demo

EXEC = "exec@northway.example"


WRONG = {
    "user": ("metric", "query", "bookings", "--period", "last_month", "--as", "nobody@x.example"),
    "metric": ("metric", "query", "bokings", "--period", "last_month", "--as", EXEC),
    "dimension": (
        "metric", "query", "bookings", "--period", "last_month", "--by", "brnch", "--as", EXEC
    ),
    "period": ("metric", "query", "bookings", "--period", "yesteryear", "--as", EXEC),
    "report": ("report", "run", "executive_daily", "--as", EXEC, "--out", "unused"),
    "report period": (
        "report", "run", "executive_weekly", "--period", "2026-W99", "--as", EXEC, "--out", "unused"
    ),
    "scale": ("simulate", "--scale", "XXL"),
    "tenant": ("report", "deliver", "executive_weekly", "--tenant", "nobody"),
    "publication": (
        "metric", "query", "bookings", "--period", "last_month", "--publication", "99", "--as", EXEC
    ),
    "command": ("nonsense",),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_wrong_input_gives_one_line_and_a_code(demo: Demo, case: str) -> None:
    done = crm(*WRONG[case])
    assert done.returncode not in (0, 70), done.stderr
    assert done.stderr.startswith("crm: ")
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr + done.stdout


def test_the_console_script_is_the_command(demo: Demo) -> None:
    script = Path(sys.executable).with_name("crm")
    done = subprocess.run(
        [script, *WRONG["user"]],
        capture_output=True, text=True, check=False, env=dict(os.environ), timeout=120,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == crm(*WRONG["user"]).stderr


def test_a_manager_sees_one_branch(demo: Demo) -> None:
    done = crm(
        "sql", "--as", "manager.vanc@northway.example", "--json",
        "select count(distinct location_id) as n from marts.dim_locations",
    )  # fmt: skip
    assert json.loads(done.stdout) == [{"n": 1}], done.stderr


@pytest.mark.parametrize(
    "statement",
    [
        "select * from read_csv('/etc/passwd')",
        "select * from '/etc/passwd'",
        "attach '/tmp/x.duckdb' as other",
        "install httpfs",
        "load httpfs",
        "set enable_external_access = true",
        "copy marts.dim_locations to '/tmp/out.csv'",
        "select 1; select 2",
    ],
)
def test_the_workbench_refuses_what_is_not_a_query(demo: Demo, statement: str) -> None:
    done = crm("sql", "--as", "analyst@northway.example", statement)
    assert done.returncode == 1
    assert done.stderr.startswith("crm: ")
    assert len(done.stderr.strip().splitlines()) == 1


def test_status_and_doctor_speak_json(demo: Demo) -> None:
    status = json.loads(crm("status", "--json").stdout)
    assert status["publication"]["id"] == 1
    doctor = json.loads(crm("doctor", "--json").stdout)
    assert [finding["check"] for finding in doctor if not finding["is_well"]] == []


def test_every_word_has_help() -> None:
    from orchestration.cli import WORDS

    for word in WORDS:
        done = crm(word, "--help")
        assert done.returncode == 0 and done.stdout.startswith("Usage: crm"), word


def test_a_live_metric_is_answered_by_the_core(demo: Demo) -> None:
    done = crm(
        "metric", "query", "jobs_today", "--period", "2026-11-20..2026-11-20", "--live", "--json",
        "--as", EXEC,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["totals"]["jobs_today"] is not None
