"""Where metric definitions come from: the semantic manifest of a publication or of the project.

Keeping the manifests of publications belongs to `transforms.lake.definitions`; what they mean is
read by `catalogue` and `compiler`.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from crm_core.config import settings
from transforms.lake.definitions import definitions_hash, definitions_path, keep_definitions
from transforms.metrics.errors import DefinitionsMissing

MANIFEST = "semantic_manifest.json"

Manifest = dict[str, Any]


def manifest_path(definitions: str | None = None) -> Path:
    """The semantic manifest of a publication's definitions, or of the project as it is now.

    The project's own is made by `dbt parse` when it is not there yet (some seconds, once). Raises
    `DefinitionsMissing`.
    """
    project = settings().dbt_project_dir
    wanted = definitions or definitions_hash(project)
    path = definitions_path(wanted) / MANIFEST
    if path.exists():
        return path
    if definitions is not None and definitions != definitions_hash(project):
        raise DefinitionsMissing(
            f"the metric definitions {definitions} are not in {settings().definitions_dir}:"
            " publish again with `crm pipeline run --full`"
        )
    _parse(project, wanted)
    return path


def read_manifest(path: Path) -> Manifest:
    """The parsed manifest; raises `DefinitionsMissing` when it cannot be read."""
    return _read(path, path.stat().st_mtime_ns)


@cache
def _read(path: Path, _changed: int) -> Manifest:
    try:
        manifest: Manifest = json.loads(path.read_text())
    except ValueError as error:
        raise DefinitionsMissing(f"{path} is not a semantic manifest ({error})") from error
    return manifest


def _parse(project: Path, definitions: str) -> None:
    """Let dbt write the project's manifests, with a profile that needs no database."""
    found = re.search(r"^profile:\s*(\S+)", (project / "dbt_project.yml").read_text(), re.MULTILINE)
    settings().definitions_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".parse-", dir=settings().definitions_dir) as folder:
        target = Path(folder)
        output = {"type": "duckdb", "path": ":memory:"}
        profile = {found[1] if found else "crm": {"target": "build", "outputs": {"build": output}}}
        (target / "profiles.yml").write_text(json.dumps(profile))
        dbt = [sys.executable, "-W", "ignore", "-m", "dbt.cli.main", "--no-use-colors", "parse"]
        folders = ["--target-path", folder, "--log-path", folder, "--profiles-dir", folder]
        done = subprocess.run(
            [*dbt, *folders, "--project-dir", str(project), "--no-partial-parse"],
            capture_output=True,
            text=True,
            env={**os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"},
        )
        if done.returncode != 0:
            said = re.sub(r"(?m)^\d\d:\d\d:\d\d\s+", "", done.stdout or done.stderr)
            reason = said.partition("Encountered an error:")[2].strip() or said
            raise DefinitionsMissing(f"dbt cannot parse the project {project}: {reason}")
        keep_definitions(definitions, target)
