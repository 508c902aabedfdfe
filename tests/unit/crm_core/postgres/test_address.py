"""Connection strings, and the server an operator names by URL when it cannot be used."""

from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from crm_core.postgres import (
    PostgresNotFound,
    PostgresUnreachable,
    ServerAddress,
    ensure_running,
)

ADDRESS = ServerAddress(
    host="db.example",
    port=5433,
    superuser="boss",
    password="it's a secret",
    source="url",
    major=17,
    bin_dir=None,
    data_dir=None,
    options=(("sslmode", "require"),),
)


def test_the_superuser_connects_with_everything_the_url_said() -> None:
    assert conninfo_to_dict(ADDRESS.conninfo("crm")) == {
        "host": "db.example",
        "port": "5433",
        "dbname": "crm",
        "user": "boss",
        "password": "it's a secret",
        "sslmode": "require",
    }


def test_another_role_does_not_get_the_superusers_password() -> None:
    given = conninfo_to_dict(ADDRESS.conninfo("crm", "crm_app"))
    assert given["user"] == "crm_app"
    assert "password" not in given


def test_forcing_the_url_without_one_says_which_variable(tmp_path: Path) -> None:
    with pytest.raises(PostgresNotFound, match="CRM_DATABASE_URL is not set"):
        ensure_running(tmp_path, source="url")


@pytest.mark.parametrize("url", ["postgresql://boss:hush@127.0.0.1:1/crm", "what:is this"])
def test_a_useless_url_gives_one_line_without_the_password(tmp_path: Path, url: str) -> None:
    with pytest.raises(PostgresUnreachable) as caught:
        ensure_running(tmp_path, database_url=url)
    assert "CRM_DATABASE_URL" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "hush" not in str(caught.value)
