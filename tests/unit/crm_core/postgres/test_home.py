"""The folder of an embedded cluster, without a server in it."""

import json
import os
from pathlib import Path

import pytest

from crm_core.postgres import PostgresDidNotStart, PostgresPinned, cluster, is_running, stop
from crm_core.postgres.binaries import Binaries
from crm_core.postgres.home import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home.below(tmp_path)
    home.data.mkdir(parents=True)
    return home


def test_nothing_is_running_and_nothing_is_made_where_nothing_was_started(tmp_path: Path) -> None:
    assert not is_running(tmp_path)
    assert not stop(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_socket_path_stays_short_however_deep_the_data(tmp_path: Path) -> None:
    deep = Home.below(tmp_path.joinpath(*["deep" * 10] * 6))
    deep.data.mkdir(parents=True)
    assert len(str(deep.data)) > 240
    assert len(str(deep.socket_dir / ".s.PGSQL.5432.lock")) < 100


def test_a_link_to_the_state_folder_names_the_same_socket(home: Home, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(tmp_path)
    assert Home.below(link).socket_dir == home.socket_dir


def test_data_made_anew_listens_elsewhere(home: Home) -> None:
    before = home.socket_dir
    home.data.rename(home.path / "old")
    home.data.mkdir()
    assert home.socket_dir != before


def test_a_foreign_thing_at_the_socket_path_is_not_followed(home: Home, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").touch()
    home.socket_dir.symlink_to(precious)
    try:
        with pytest.raises(PostgresDidNotStart, match="is in the way"):
            home.make_socket_dir(os.geteuid(), os.getegid())
    finally:
        home.socket_dir.unlink()
    assert (precious / "file").exists()


def test_the_socket_folder_is_emptied_and_closed_to_others(home: Home) -> None:
    home.make_socket_dir(os.geteuid(), os.getegid())
    try:
        (home.socket_dir / ".s.PGSQL.5432").touch()
        home.socket_dir.chmod(0o755)
        home.make_socket_dir(os.geteuid(), os.getegid())
        assert list(home.socket_dir.iterdir()) == []
        assert home.socket_dir.stat().st_mode & 0o777 == 0o700
    finally:
        home.socket_dir.rmdir()


def test_the_pin_comes_back_as_written(home: Home) -> None:
    made_with = Binaries("wheel", 18, Path("/somewhere/bin"))
    home.pin(made_with)
    assert home.pinned() == made_with


def test_a_pin_without_data_does_not_count(tmp_path: Path) -> None:
    home = Home.below(tmp_path)
    home.path.mkdir()
    home.pin(Binaries("wheel", 18, Path("/somewhere/bin")))
    assert home.pinned() is None


@pytest.mark.parametrize("text", ["", "[]", json.dumps({"source": "wheel", "major": "x"})])
def test_data_with_an_unreadable_pin_is_refused(home: Home, text: str) -> None:
    (home.path / "cluster.json").write_text(text)
    with pytest.raises(PostgresPinned, match=r"cluster\.json does not say"):
        home.pinned()


def test_only_one_holds_the_data(home: Home) -> None:
    first = home.claim()
    assert first is not None
    assert home.claim() is None
    os.close(first)
    second = home.claim()
    assert second is not None
    os.close(second)


@pytest.mark.parametrize(("fast", "word"), [(False, "on"), (True, "off")])
def test_durability_is_given_up_only_on_request(home: Home, fast: bool, word: str) -> None:
    home.write_settings(fast=fast)
    lines = (home.path / "crm.conf").read_text().splitlines()
    for name in ("fsync", "full_page_writes", "synchronous_commit"):
        assert f"{name} = {word}" in lines


def test_a_long_log_is_put_aside(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crm_core.postgres.home.LOG_LIMIT", 10)
    home.log.parent.mkdir()
    home.log.write_text("eleven and more")
    home.put_long_log_aside()
    assert not home.log.exists()
    assert home.log.with_name("server.log.1").read_text() == "eleven and more"


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("a\nx FATAL:  no room\nHINT:  more\nshut down\n", "x FATAL:  no room"),
        ("a\nb\n\n", "b"),
        ("", "it said nothing"),
    ],
)
def test_the_line_that_says_why_is_shown(text: str, last: str) -> None:
    assert cluster._last_words(text) == last


@pytest.mark.parametrize(
    "text",
    ["", "not a number\n", f"{os.getpid()}\n", "4194304\n"],
    ids=["empty", "no number", "somebody else", "nobody"],
)
def test_a_pid_file_of_no_server_is_not_believed(home: Home, text: str) -> None:
    home.pid_file.write_text(text)
    assert not is_running(home.path.parent)
