"""Connections to databases that are not there yet."""

from collections.abc import Callable
from pathlib import Path

import pytest

from crm_core.database import DatabaseNotReady, DatabaseRole, conninfo, engine, loader_connection
from crm_core.postgres import ServerAddress
from tests.conftest import installation
from transforms.lake.catalogue import catalogue_session


def by_engine() -> None:
    engine(DatabaseRole.APP).connect()


def by_loader() -> None:
    with loader_connection():
        pass


def by_lake() -> None:
    with catalogue_session():
        pass


@pytest.mark.parametrize("reach", [by_engine, by_loader, by_lake])
def test_a_server_that_was_never_set_up_says_what_to_do(
    cluster: ServerAddress, template: Path, tmp_path: Path, reach: Callable[[], None]
) -> None:
    with installation(tmp_path, cluster, "_nowhere"):
        assert "_nowhere" in conninfo(DatabaseRole.APP)
        with pytest.raises(DatabaseNotReady, match="run `crm demo` or `crm db migrate`"):
            reach()
