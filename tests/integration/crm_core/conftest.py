"""A database shared by the tests of one module: each test gets a tenant of its own in it.

Row-level security keeps the tests apart, as it keeps companies apart.
"""

import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from crm_core.postgres import ServerAddress
from tests.conftest import TEST_NOW, WORKER, _create_databases, _drop_databases, installation
from tests.factories import Tenant, create_tenant

_numbers = count(1)


@pytest.fixture(scope="module")
def shared_database(
    cluster: ServerAddress, template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """Databases of one test module; yields its state directory."""
    suffix = f"{WORKER}_m{next(_numbers)}"
    var = tmp_path_factory.mktemp("module") / "var"
    shutil.copytree(template / "keys", var / "keys")
    _create_databases(cluster, suffix)
    with installation(var, cluster, suffix):
        yield var
    _drop_databases(cluster, suffix)


@pytest.fixture
def company(shared_database: Path) -> Tenant:
    """A tenant with two branches and one user per role, all its own."""
    return create_tenant(slug=f"company{next(_numbers)}", at=TEST_NOW)
