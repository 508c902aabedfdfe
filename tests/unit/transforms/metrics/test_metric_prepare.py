"""What is read before the first question: only definitions that were compiled already."""

from pathlib import Path

import pytest

from crm_core import config
from transforms.lake.definitions import definitions_hash, definitions_path
from transforms.metrics.compiler import Dialect
from transforms.metrics.definitions import MANIFEST, own_manifest
from transforms.metrics.errors import DefinitionsMissing
from transforms.metrics.flow import prepare


def test_nothing_is_compiled_ahead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_VAR", str(tmp_path))
    config.settings.cache_clear()
    try:
        assert own_manifest() is None and not prepare(Dialect.DOOR)
        folder = definitions_path(definitions_hash(config.settings().dbt_project_dir))
        assert not folder.exists()
        folder.mkdir(parents=True)
        (folder / MANIFEST).write_text("{")
        assert own_manifest() == folder / MANIFEST
        with pytest.raises(DefinitionsMissing):
            prepare(Dialect.DOOR)
    finally:
        config.settings.cache_clear()
