"""The hash of the dbt project decides whether a publication is still what would be built."""

from pathlib import Path

import pytest

from crm_core import config
from transforms.lake.definitions import definitions_hash, definitions_path, keep_definitions


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "models").mkdir()
    (tmp_path / "dbt_project.yml").write_text("name: crm\n")
    (tmp_path / "models" / "a.sql").write_text("select 1")
    return tmp_path


def test_the_same_project_has_the_same_hash(project: Path) -> None:
    assert definitions_hash(project) == definitions_hash(project)


def test_content_names_and_new_files_count(project: Path) -> None:
    seen = {definitions_hash(project)}
    (project / "models" / "a.sql").write_text("select 2")
    seen.add(definitions_hash(project))
    (project / "models" / "a.sql").rename(project / "models" / "b.sql")
    seen.add(definitions_hash(project))
    (project / "models" / "c.sql").touch()
    seen.add(definitions_hash(project))
    assert len(seen) == 4


def test_what_dbt_writes_does_not_count(project: Path) -> None:
    before = definitions_hash(project)
    (project / "target").mkdir()
    (project / "target" / "compiled.sql").write_text("select 1")
    (project / "notes.md").write_text("x")
    assert definitions_hash(project) == before


def test_manifests_are_kept_as_a_whole(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_VAR", str(project / "var"))
    config.settings.cache_clear()
    target = project / "target"
    target.mkdir()
    for name in ("semantic_manifest.json", "manifest.json"):
        (target / name).write_text(name)
    try:
        kept = keep_definitions("abc", target)
        keep_definitions("abc", target)  # a second build of the same definitions
        assert kept == definitions_path("abc")
        assert (kept / "semantic_manifest.json").read_text() == "semantic_manifest.json"
        assert {p.name for p in kept.parent.iterdir()} == {"abc"}
    finally:
        config.settings.cache_clear()
