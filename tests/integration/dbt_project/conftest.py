"""Builds that several tests of the dbt project look at."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from crm_core.postgres import ServerAddress
from tests.integration.dbt_project.builds import Built, build_in_memory
from tests.integration.dbt_project.companies import story
from tests.integration.dbt_project.crowd import crowd
from tests.integration.dbt_project.engines import BuiltOnPostgres, build_on_postgres


@pytest.fixture(scope="session")
def dbt_scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where dbt keeps its parsed project for all these tests."""
    return tmp_path_factory.mktemp("dbt")


@pytest.fixture(scope="session")
def story_built(dbt_scratch: Path) -> Built:
    """The story of November 2026, built in memory."""
    return build_in_memory(story(), dbt_scratch, "story")


@pytest.fixture(scope="session")
def both_engines(
    cluster: ServerAddress, dbt_scratch: Path
) -> Iterator[tuple[Built, BuiltOnPostgres]]:
    """One crowd, built by both engines, the project's own tests included."""
    lake = crowd(seed=20)
    in_memory = build_in_memory(lake, dbt_scratch, "crowd")
    with build_on_postgres(lake, cluster, dbt_scratch) as on_postgres:
        yield in_memory, on_postgres
