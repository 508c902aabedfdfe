"""The rules of the house that a machine can check.

Rules over the dbt manifest stand in `tests/unit/dbt_project`.
"""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("crm_core", "transforms", "reports", "app", "orchestration")
LONGEST = 420
GENERATED = {"crm_core/migrations/versions"}


def tracked(*patterns: str) -> list[Path]:
    """Files git knows or would add, so that the rules hold before a commit too."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    return [ROOT / name for name in listed if (ROOT / name).is_file()]


def product_modules() -> list[Path]:
    return [
        path
        for path in tracked("*.py")
        if path.relative_to(ROOT).parts[0] in PACKAGES
        and not any(str(path.relative_to(ROOT)).startswith(part) for part in GENERATED)
    ]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_imports_point_one_way() -> None:
    run = subprocess.run(
        [ROOT / ".venv" / "bin" / "lint-imports", "--no-cache"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("path", product_modules(), ids=name_of)
def test_every_module_says_what_belongs_in_it(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text()))
    assert docstring, f"{name_of(path)} has no docstring"


def test_files_stay_short() -> None:
    long = {
        name_of(path): lines
        for path in tracked("*.py", "*.sql")
        if not any(name_of(path).startswith(part) for part in GENERATED)
        and (lines := len(path.read_text().splitlines())) > LONGEST
    }
    assert long == {}


def test_only_the_clock_reads_the_clock() -> None:
    reading = re.compile(r"datetime\.(now|utcnow|today)\(|date\.today\(|time\.time\(")
    readers = [name_of(path) for path in product_modules() if reading.search(path.read_text())]
    assert readers == ["crm_core/clock.py"]


def test_pages_hold_no_sql() -> None:
    sql = re.compile(r"^\s*(select|with|insert into|update|delete from)\s", re.IGNORECASE)
    found = [
        f"{name_of(path)}: {node.value[:60]}"
        for path in product_modules()
        if path.relative_to(ROOT).parts[:2] == ("app", "app_pages")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and sql.match(node.value)
    ]
    assert found == []


def test_no_tracked_file_names_a_package_index_or_this_machine() -> None:
    forbidden = re.compile(
        r"https?://[^\s\"']*(pypi|pythonhosted|registry\.npmjs|deb\.debian)"
        r"|--(extra-)?index-url|/simple/|\bfiles\.pythonhosted\b"
        r"|/work/(main|shared)|/root/|/home/[a-z]+/"
    )
    binary = {".png", ".ttf", ".woff2", ".ico", ".pdf", ".xlsx", ".parquet"}
    found = [
        f"{name_of(path)}:{number}"
        for path in tracked()
        if path.suffix not in binary and path.name != "test_architecture.py"
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if forbidden.search(line)
    ]
    assert found == []


def test_the_lock_carries_versions_and_hashes_only() -> None:
    for line in (ROOT / "requirements.lock").read_text().splitlines():
        assert re.match(
            r"^(\s*#.*|[A-Za-z0-9._-]+==\S+( ; .+)? \\|\s+--hash=sha256:[0-9a-f]{64}( \\)?|)$", line
        ), line


def test_every_area_of_the_layout_is_there() -> None:
    for folder in (*PACKAGES, "dbt_project", "tests"):
        assert (ROOT / folder).is_dir(), folder
