"""Fixtures shared by all tests: a real Postgres, a migrated database, a small tenant, the demo.

Factories of single rows stand in `tests/factories.py`.
"""

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import count
from pathlib import Path

import hypothesis
import psycopg
import pytest
from psycopg import sql
from xdist.scheduler import LoadScopeScheduling

from crm_core import config, database
from crm_core.config import PROJECT
from crm_core.postgres import ServerAddress, ensure_running, stop
from tests.factories import Tenant, create_tenant

TEST_NOW = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
"""The fixed instant of tests that need one: a Friday, midday in Toronto."""

# What lands is judged by the same cases each time; `make soak` draws new ones.
hypothesis.settings.register_profile("same", derandomize=True)
if "CRM_WALKS" not in os.environ:
    hypothesis.settings.load_profile("same")

_numbers = count(1)
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
"""The name of this process among those that share the tests, and perhaps a server."""
ENVIRONMENT = (
    "CRM_VAR", "CRM_DATABASE_URL", "CRM_DATABASE_SUFFIX", "CRM_POSTGRES", "CRM_SMTP_URL", "CRM_PORT"
)  # fmt: skip


class TogetherScheduling(LoadScopeScheduling):  # type: ignore[misc]
    """Files stay whole; those that read the demo company share one, those that change it another.

    One demo for both would keep its process at work long after all others: making a second one
    costs a minute, and saves several.
    """

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        return _demo_of(path) or path


@cache
def _demo_of(path: str) -> str | None:
    text = (PROJECT / path).read_text()
    if "changing_demo" in text:
        return "changing demo"
    return "demo" if path.startswith("tests/browser/") or "Demo" in text else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The demos first, which take longest and stay in one process each; small unit tests last.

    With `--no-loadscope-reorder` files are handed out in this order: the other way round a single
    process would work on a demo after all others have ended. Of the demo's tests those that
    change it come last, so that all others see it as it was published.
    """
    items.sort(key=lambda item: (_place(item.nodeid.partition("::")[0]), _changes_demo(item)))


def _place(path: str) -> int:
    return 0 if _demo_of(path) else 1 if path.startswith("tests/integration/") else 2


def _changes_demo(item: pytest.Item) -> bool:
    return "changing_demo" in getattr(item, "fixturenames", ())


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> TogetherScheduling:
    """How processes share the tests: `--dist loadgroup` is deaf to marks under this pytest."""
    return TogetherScheduling(config, log)


_compiled: list[Path] = []
"""Where all processes of this run keep the compiled dbt project."""


@pytest.fixture(scope="session", autouse=True)
def compiled_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Compiling costs a quarter of a minute: whoever needs the project first does it for all."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if WORKER else own) / "definitions"
    folder.mkdir(exist_ok=True)
    _compiled.append(folder)


@contextmanager
def installation(var: Path, server: ServerAddress | None, suffix: str) -> Iterator[Path]:
    """Point the product at its own state directory and databases, and back again."""
    var.mkdir(parents=True, exist_ok=True)
    if not (var / "definitions").exists():
        (var / "definitions").symlink_to(_compiled[0])
    before = {name: os.environ.pop(name, None) for name in ENVIRONMENT}
    os.environ["CRM_VAR"] = str(var)
    os.environ["CRM_DATABASE_SUFFIX"] = suffix
    if server is not None:
        os.environ["CRM_DATABASE_URL"] = (
            f"postgresql://{server.superuser}@/postgres?host={server.host}&port={server.port}"
        )
    config.settings.cache_clear()
    database.forget_connections()
    try:
        yield var
    finally:
        database.forget_connections()
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
        config.settings.cache_clear()


SCRATCH = "crm-tests-"
MEMORY = Path("/dev/shm")
LEAST_MEMORY = 8 * 2**30


def _scratch_folder() -> Path | None:
    """Memory, if there is plenty: copying a database, a thousand files, costs a tenth there.

    What a killed run left there is removed; None is the usual folder for such files.
    """
    if not os.access(MEMORY, os.W_OK) or shutil.disk_usage(MEMORY).free < LEAST_MEMORY:
        return None
    for left in MEMORY.glob(f"{SCRATCH}*"):
        if not Path("/proc", left.name.removeprefix(SCRATCH).partition("-")[0]).exists():
            shutil.rmtree(left, ignore_errors=True)
    return MEMORY


@pytest.fixture(scope="session")
def cluster() -> Iterator[ServerAddress]:
    """One Postgres for the whole test run: CRM_DATABASE_URL, or an embedded one."""
    # Not pytest's own folder: that is closed to others, and the server is not root when we are.
    var = Path(tempfile.mkdtemp(prefix=f"{SCRATCH}{os.getpid()}-", dir=_scratch_folder()))
    var.chmod(0o755)
    yield ensure_running(
        var,
        source=os.environ.get("CRM_POSTGRES", "auto"),
        database_url=os.environ.get("CRM_DATABASE_URL"),
        fast=True,
    )
    stop(var)
    shutil.rmtree(var, ignore_errors=True)


@pytest.fixture(scope="session")
def template(cluster: ServerAddress, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The state directory beside the migrated template databases; its keys are copied to tests."""
    from crm_core.migrations.run import migrate

    var = tmp_path_factory.mktemp("template")
    with installation(var, cluster, f"{WORKER}_template"):
        migrate()
    yield var


OWNERS = {"crm": "crm_owner", "lake": "crm_lake", "dagster": "crm_dagster"}
CORE_AND_LAKE = ("crm", "lake")
"""What nearly all tests need; Dagster's storage is for those that run its jobs."""


def _create_databases(
    cluster: ServerAddress,
    suffix: str,
    template: str = f"{WORKER}_template",
    names: Iterable[str] = CORE_AND_LAKE,
) -> None:
    with psycopg.connect(cluster.conninfo("postgres"), autocommit=True) as connection:
        for name in names:
            # A server of another test may hold idle connections; its pool opens new ones.
            connection.execute(
                "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = %s",
                [name + template],
            )
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(
                    sql.Identifier(name + suffix),
                    sql.Identifier(name + template),
                    sql.Identifier(OWNERS[name]),
                )
            )
        # A copy of a database does not carry the rights on the database itself.
        copy = sql.Identifier(f"crm{suffix}")
        roles = sql.SQL(", ").join(sql.Identifier(role.value) for role in database.DatabaseRole)
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(copy))
        connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(copy, roles))


def _drop_databases(cluster: ServerAddress, suffix: str) -> None:
    with psycopg.connect(cluster.conninfo("postgres"), autocommit=True) as connection:
        for name in OWNERS:
            connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(
                    sql.Identifier(name + suffix)
                )
            )


@pytest.fixture
def crm_database(cluster: ServerAddress, template: Path, tmp_path: Path) -> Iterator[Path]:
    """Fresh databases of one test; `settings()` and every connection point at them.

    Yields the test's state directory.
    """
    suffix = f"{WORKER}_t{next(_numbers)}"
    var = tmp_path / "var"
    shutil.copytree(template / "keys", var / "keys")
    _create_databases(cluster, suffix)
    with installation(var, cluster, suffix):
        yield var
    _drop_databases(cluster, suffix)


@pytest.fixture
def tenant(crm_database: Path) -> Tenant:
    """A small tenant with two branches and one user per role; see `tests/factories.py`."""
    return create_tenant(at=TEST_NOW)


@dataclass(frozen=True)
class Demo:
    """The demo company at scale S, simulated and published once per test run; read only."""

    var: Path
    as_of: datetime
    suffix: str


@pytest.fixture(scope="session")
def demo_installation(
    cluster: ServerAddress, template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Demo]:
    """Simulates scale S with a fixed seed and date, runs the pipeline, keeps the result."""
    from orchestration.demo import build_demo

    var = tmp_path_factory.mktemp("demo") / "var"
    shutil.copytree(template / "keys", var / "keys")
    suffix = f"{WORKER}_demo"
    _create_databases(cluster, suffix, names=OWNERS)
    with installation(var, cluster, suffix):
        build_demo(scale="S", seed=7, at=TEST_NOW)
    yield Demo(var, TEST_NOW, suffix)
    _drop_databases(cluster, suffix)


@pytest.fixture
def demo(cluster: ServerAddress, demo_installation: Demo) -> Iterator[Demo]:
    """The demo company, with `settings()` pointing at it for this test."""
    with installation(demo_installation.var, cluster, demo_installation.suffix):
        yield demo_installation


@pytest.fixture
def changing_demo(demo: Demo) -> Demo:
    """The demo for tests that change it: they run after all others, compare before and after."""
    return demo
