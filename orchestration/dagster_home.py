"""Dagster's home directory: its storage in our Postgres, no telemetry, in-process runs.

What Dagster runs is in `orchestration.definitions`.
"""

from pathlib import Path
from urllib.parse import quote, urlencode

import yaml

from crm_core.config import settings
from crm_core.database import DatabaseRole, database_name, server
from crm_core.security.secrets import database_password


def storage_url() -> str:
    """The storage's address; the driver is named, since SQLAlchemy 2.1 would choose another."""
    at = server()
    role = DatabaseRole.DAGSTER.value
    place = urlencode({"host": at.host, "port": at.port, **dict(at.options)})
    password = quote(database_password(role))
    return f"postgresql+psycopg2://{role}:{password}@/{database_name('dagster')}?{place}"


def prepare_dagster_home(code_port: int) -> Path:
    """Write dagster.yaml and workspace.yaml under `var/dagster`; returns the directory."""
    home = settings().var / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    _write(
        home / "dagster.yaml",
        {
            "telemetry": {"enabled": False},
            "storage": {"postgres": {"postgres_url": storage_url()}},
            "concurrency": {"runs": {"max_concurrent_runs": 1}},
            "local_artifact_storage": {
                "module": "dagster._core.storage.root",
                "class": "LocalArtifactStorage",
                "config": {"base_dir": str(home)},
            },
        },
    )
    _write(
        home / "workspace.yaml",
        {
            "load_from": [
                {
                    "grpc_server": {
                        "host": "127.0.0.1",
                        "port": code_port,
                        "location_name": "crm",
                    }
                }
            ]
        },
    )
    return home


def _write(path: Path, content: dict[str, object]) -> None:
    path.touch(mode=0o600)
    path.write_text(yaml.safe_dump(content, sort_keys=False))
