"""The definitions behind a publication: a hash of the dbt project, and its manifests kept by it.

What the manifests say is read by `transforms.metrics`.
"""

import hashlib
import shutil
from pathlib import Path

from crm_core.config import settings

SOURCES = frozenset({".sql", ".yml", ".yaml", ".csv"})
PRODUCTS = frozenset({"target", "logs", "dbt_packages"})
MANIFESTS = ("semantic_manifest.json", "manifest.json")


def definitions_hash(project_dir: Path) -> str:
    """SHA-256, shortened, over names and contents of everything that defines the models."""
    digest = hashlib.sha256()
    for path in sorted(project_dir.rglob("*")):
        name = path.relative_to(project_dir)
        if path.suffix in SOURCES and not PRODUCTS & set(name.parts):
            digest.update(f"{name.as_posix()}\0{path.stat().st_size}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def definitions_path(definitions: str) -> Path:
    """The folder with the manifests of a publication's definitions."""
    return settings().definitions_dir / definitions


def keep_definitions(definitions: str, target_dir: Path) -> Path:
    """Copies the manifests that dbt wrote to where publications find them, as a whole.

    What is there already was made from the same definitions, and may be open: it stays.
    """
    kept = definitions_path(definitions)
    if not kept.exists():
        draft = kept.with_name(f".{definitions}.draft")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        for name in MANIFESTS:
            shutil.copyfile(target_dir / name, draft / name)
        draft.rename(kept)
    return kept
