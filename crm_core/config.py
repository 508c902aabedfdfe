"""Where the product keeps its state and how it is told so: environment variables, read once.

Nothing here opens a connection or creates a file; business settings live in the database.
"""

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, cast

from crm_core.errors import CrmError

PROJECT = Path(__file__).resolve().parent.parent

PostgresSource = Literal["auto", "url", "system", "wheel"]


class SettingInvalid(CrmError):
    """An environment variable holds a value the product cannot use."""


@dataclass(frozen=True)
class Settings:
    """Everything the environment may say; every path below `var` is ours to create."""

    var: Path
    database_url: str | None
    postgres_source: PostgresSource
    smtp_url: str | None
    port: int
    database_suffix: str = ""
    """Appended to the names of our databases, so that one server can hold several installations."""

    @property
    def dbt_project_dir(self) -> Path:
        return PROJECT / "dbt_project"

    @property
    def lake_dir(self) -> Path:
        return self.var / "lake"

    @property
    def doors_dir(self) -> Path:
        return self.var / "doors"

    @property
    def keys_dir(self) -> Path:
        return self.var / "keys"

    @property
    def outbox_dir(self) -> Path:
        return self.var / "outbox"

    @property
    def reports_dir(self) -> Path:
        return self.var / "reports"

    @property
    def definitions_dir(self) -> Path:
        return self.var / "definitions"

    @property
    def log_dir(self) -> Path:
        return self.var / "log"


def read_settings(environment: dict[str, str]) -> Settings:
    """Settings from a mapping of environment variables; raises `SettingInvalid`."""
    source = environment.get("CRM_POSTGRES", "auto")
    if source not in ("auto", "url", "system", "wheel"):
        raise SettingInvalid(f"CRM_POSTGRES is {source!r}: use url, system or wheel, or unset it")
    port = environment.get("CRM_PORT", "8501")
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise SettingInvalid(f"CRM_PORT is {port!r}: use a port number such as 8501")
    suffix = environment.get("CRM_DATABASE_SUFFIX", "")
    if suffix and not suffix.replace("_", "").isalnum():
        raise SettingInvalid(f"CRM_DATABASE_SUFFIX is {suffix!r}: use letters, digits and _ only")
    return Settings(
        var=Path(environment.get("CRM_VAR") or PROJECT / "var").resolve(),
        database_url=environment.get("CRM_DATABASE_URL") or None,
        postgres_source=cast(PostgresSource, source),
        smtp_url=environment.get("CRM_SMTP_URL") or None,
        port=int(port),
        database_suffix=suffix,
    )


@cache
def settings() -> Settings:
    """The settings of this process (tests clear the cache after changing the environment)."""
    return read_settings(dict(os.environ))
