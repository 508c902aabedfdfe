"""dbt inside this process, on a DuckDB instance of ours: the only module that knows dbt.

What is built and in which order is decided by `build`; the models are in dbt_project.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dbt.adapters import factory
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.adapters.duckdb.environments.local import LocalEnvironment
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest
from duckdb import DuckDBPyConnection

from transforms.lake.errors import BuildFailed

get_adapter_by_type: Callable[[str], Any] = factory.get_adapter_by_type
_MANAGER: Any = DuckDBConnectionManager

TARGET = "build"
FAILED = frozenset({"error", "fail", "runtime error", "partial success"})
CHECKS = frozenset({"test", "unit_test"})


@dataclass(frozen=True)
class Outcome:
    """How one model or check of dbt ended."""

    name: str
    is_check: bool
    status: str
    message: str

    @property
    def failed(self) -> bool:
        """Whether it must not be published."""
        return self.status in FAILED

    @property
    def line(self) -> str:
        """One line for people."""
        return f"{self.name}: {' '.join(self.message.split()) or self.status}"


class DbtMemory:
    """The dbt project, its models built into an instance of DuckDB in memory.

    `connection` must have the lake attached; its in-memory database receives the models.
    """

    def __init__(self, connection: DuckDBPyConnection, project_dir: Path, work_dir: Path) -> None:
        self._options = [
            *("--project-dir", str(project_dir), "--profiles-dir", str(project_dir)),
            *("--target", TARGET, "--target-path", str(work_dir / "target")),
        ]
        self._global = [
            *("--log-path", str(work_dir / "logs"), "--log-level", "none"),
            *("--no-use-colors", "--no-send-anonymous-usage-stats", "--no-version-check"),
        ]
        self.target_dir = work_dir / "target"
        self._manifest = self._parse()
        self._environment = self._adopt(connection)

    def build(self, *selection: str) -> list[Outcome]:
        """Builds and tests what the arguments select; failed checks are in the outcomes.

        Raises `BuildFailed` when dbt itself could not run.
        """
        done = self._invoke("build", *selection, manifest=self._manifest)
        return [_outcome(result) for result in done.results]

    def let_go(self) -> None:
        """Takes the connection away from dbt again; it stays open."""
        self._environment.conn = None
        _MANAGER._ENV = None

    def _parse(self) -> Manifest:
        manifest = self._invoke("parse")
        assert isinstance(manifest, Manifest)
        return manifest

    def _adopt(self, connection: DuckDBPyConnection) -> Any:
        # The adapter makes its instance from the profile when it first needs one. It finds ours
        # instead: no password in a profile, and the marts are at hand when dbt is done.
        credentials = get_adapter_by_type("duckdb").config.credentials
        environment: Any = LocalEnvironment(credentials)
        environment.conn = connection
        _MANAGER._ENV = environment
        return environment

    def _invoke(self, *command: str, manifest: Manifest | None = None) -> Any:
        done = dbtRunner(manifest=manifest).invoke([*self._global, *command, *self._options])
        if done.exception is not None or done.result is None:
            reason = " ".join(str(done.exception).split())
            raise BuildFailed(f"dbt {command[0]} could not run: {reason}") from done.exception
        return done.result


def _outcome(result: Any) -> Outcome:
    return Outcome(
        name=result.node.name,
        is_check=result.node.resource_type.value in CHECKS,
        status=result.status.value,
        message=result.message or "",
    )
