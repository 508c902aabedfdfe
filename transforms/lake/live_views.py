"""The live marts as views on the core: the same definitions, fresh at the next read.

Their SQL is dbt's (models tagged `live`); who may read which rows is the core's own security.
"""

import os
import subprocess
import sys

from sqlalchemy import text

from crm_core.config import settings
from crm_core.database import DatabaseRole, database_name, engine, server
from crm_core.security.secrets import database_password
from transforms.lake.errors import BuildFailed


def ensure_live_views() -> bool:
    """Deploy the live views where there are none; a migration takes them away with the raw views.

    Returns whether they were deployed now. Raises `BuildFailed`.
    """
    query = text("select count(*) from pg_views where schemaname = 'live'")
    with engine(DatabaseRole.OWNER).connect() as connection:
        if connection.scalar(query):
            return False
    deploy_live_views()
    return True


def deploy_live_views() -> None:
    """Run dbt's target `live` as the owner of the core."""
    at, project, scratch = server(), settings().dbt_project_dir, settings().var / "dbt" / "live"
    environment = {
        "CRM_LIVE_HOST": at.host,
        "CRM_LIVE_PORT": str(at.port),
        "CRM_LIVE_USER": DatabaseRole.OWNER.value,
        "CRM_LIVE_PASSWORD": database_password(DatabaseRole.OWNER.value),
        "CRM_LIVE_DBNAME": database_name("crm"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    places = ["--project-dir", project, "--profiles-dir", project]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "dbt.cli.main", "--no-use-colors", "run",
         "--selector", "live", "--target", "live", *map(str, places),
         "--target-path", str(scratch / "target"), "--log-path", str(scratch / "logs")],
        capture_output=True, text=True, check=False, env={**os.environ, **environment},
    )  # fmt: skip
    if done.returncode != 0:
        said = " ".join((done.stdout or done.stderr).split())[-300:]
        raise BuildFailed(f"the live views could not be deployed on the core: {said}")
