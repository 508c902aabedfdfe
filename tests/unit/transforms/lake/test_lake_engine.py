"""DuckDB, its extension wheels and the behaviour of it that the lake counts on."""

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from crm_core import config
from transforms.lake import engine
from transforms.lake.errors import ExtensionMissing


@pytest.fixture
def var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CRM_VAR", str(tmp_path))
    config.settings.cache_clear()
    yield tmp_path
    config.settings.cache_clear()


@pytest.mark.parametrize("name", engine.EXTENSIONS)
def test_each_wheel_loads_without_network(name: str) -> None:
    with duckdb.connect(
        config={"autoinstall_known_extensions": False, "autoload_known_extensions": False}
    ) as connection:
        connection.execute(f"load {engine.quoted(str(engine.extension_file(name)))}")
        loaded = connection.execute(
            "select loaded from duckdb_extensions() where extension_name = ?", [name]
        ).fetchone()
    assert loaded == (True,)


def test_a_missing_wheel_is_named() -> None:
    with pytest.raises(ExtensionMissing, match="duckdb-extension-no-such"):
        engine.extension_file("no_such")


def test_an_instance_has_limits_and_a_zone(var: Path) -> None:
    with engine.connect_memory() as connection:
        held = dict(
            connection.execute(
                "select name, value from duckdb_settings() where name in"
                " ('TimeZone', 'temp_directory', 'memory_limit')"
            ).fetchall()
        )
    assert held["TimeZone"] == "UTC"
    assert held["temp_directory"].startswith(str(var / "tmp"))
    assert held["memory_limit"] != "0 bytes"


def test_spilled_data_of_killed_processes_is_removed(var: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", "pass"])
    ended.wait()
    left, ours = var / "tmp" / f"duckdb-{ended.pid}-1", engine.scratch_dir()
    left.mkdir(parents=True)
    ours.mkdir()
    engine.forget_scratch()
    assert not left.exists()
    assert ours.exists()


def test_names_and_texts_are_quoted() -> None:
    text, name = "it's", 'a"b'
    with duckdb.connect() as connection:
        found = connection.execute(f"select {engine.quoted(text)} as {engine.identifier(name)}")
        assert found.fetchone() == (text,)


def test_no_password_is_repeated() -> None:
    secret = "host=/s dbname=lake user=u password=hush"
    for text in (
        f'Existing DuckLake at metadata catalog "postgres:{secret}" does not exist',
        f'Failed to attach "m" at path + "postgres:{secret}"Unable to connect at "{secret}": no',
        f"could not connect with {secret} (twice)\nsecond line",
    ):
        line = engine.said(duckdb.IOException(text))
        assert "hush" not in line
        assert "\n" not in line


def test_decimals_do_not_become_floats_on_the_way() -> None:
    # DuckDB divides decimals into DOUBLE; sums and products stay exact.
    with duckdb.connect() as connection:
        kinds = connection.execute(
            "select typeof(sum(a)), typeof(sum(a) * 2) from (select 1.10::decimal(18,2) as a)"
        ).fetchone()
    assert kinds == ("DECIMAL(38,2)", "DECIMAL(38,2)")
