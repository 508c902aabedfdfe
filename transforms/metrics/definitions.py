"""Where metric definitions come from: the semantic manifest of a publication or of the project.

Keeping the manifests of publications belongs to `transforms.lake.definitions`; what they mean is
read by `catalogue` and `compiler`.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

from crm_core.config import settings
from transforms.lake.dbt_plan import plan_of
from transforms.lake.definitions import definitions_hash, definitions_path
from transforms.lake.errors import BuildFailed
from transforms.metrics.errors import DefinitionsMissing

MANIFEST = "semantic_manifest.json"

Manifest = dict[str, Any]


def manifest_path(definitions: str | None = None) -> Path:
    """The semantic manifest of a publication's definitions, or of the project as it is now.

    The project's own is compiled when it is not there yet (some seconds, once). Raises
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
    try:
        plan_of(project, wanted)
    except BuildFailed as error:
        raise DefinitionsMissing(str(error)) from error
    return path


def own_manifest() -> Path | None:
    """The semantic manifest of the project as it is now, if it was compiled already."""
    path = definitions_path(definitions_hash(settings().dbt_project_dir)) / MANIFEST
    return path if path.exists() else None


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
