"""The embedded server, real: started, killed, moved away from, asked by six at once."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from crm_core.errors import CrmError
from crm_core.postgres import (
    PostgresDidNotStart,
    PostgresNotAllowed,
    PostgresPinned,
    ServerAddress,
    binaries,
    cluster,
    ensure_running,
    is_running,
    process,
    server_user,
    stop,
)
from crm_core.postgres.binaries import SOURCES, Binaries, BinarySource

pytestmark = pytest.mark.long

KNOWN = 1  # the user id every system calls daemon
NOBODY_KNOWS = 12345  # a user id without an entry in the password file

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has a choice of users")


def usable(source: BinarySource) -> Binaries | None:
    return next((b for b in binaries.installed(source) if b.major >= 15), None)


@pytest.fixture
def source() -> BinarySource:
    """The kind of server that this machine would be given."""
    return next(name for name in SOURCES if usable(name) is not None)


@pytest.fixture(params=SOURCES)
def each_source(request: pytest.FixtureRequest) -> BinarySource:
    """Each kind of server in turn: the machine's, where it has one, and the wheel's."""
    name: BinarySource = request.param
    if usable(name) is None:
        pytest.skip("this machine has no Postgres server of its own")
    return name


@pytest.fixture
def var() -> Iterator[Path]:
    """A state folder anyone may enter (pytest's own temporary folders are closed)."""
    folder = Path(tempfile.mkdtemp(prefix="crm-test-"))
    folder.chmod(0o755)
    yield folder
    stop(folder)
    shutil.rmtree(folder)


def need_reachable(source: BinarySource, uid: int) -> None:
    """A wheel below a closed folder is of no use to other users: nothing to test then."""
    program = usable(source)
    assert program is not None
    user = server_user.ServerUser(uid, uid, namespaced=uid == NOBODY_KNOWS)
    if not user.reaches(Path("/"), program.program("postgres")):
        pytest.skip(f"{program.bin_dir} is closed to other users")


def connect(address: ServerAddress) -> psycopg.Connection:
    return psycopg.connect(address.conninfo("postgres"), autocommit=True)


def value(address: ServerAddress, query: str) -> object:
    with connect(address) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def source_of(address: ServerAddress) -> BinarySource:
    assert address.source != "url"
    return address.source


def postmaster(address: ServerAddress) -> int:
    assert address.data_dir is not None
    return int((address.data_dir / "postmaster.pid").read_text().split()[0])


def owner_of(address: ServerAddress) -> int:
    return Path(f"/proc/{postmaster(address)}").stat().st_uid


def test_what_was_written_is_there_after_stop_and_start(var: Path, source: BinarySource) -> None:
    address = ensure_running(var, source=source)
    with connect(address) as connection:
        connection.execute("create table kept as select 42 as answer")
    assert is_running(var)
    assert stop(var)
    assert not is_running(var)
    assert not stop(var)
    assert not Path(address.host).exists()
    again = ensure_running(var, source=source)
    assert again == address
    assert value(again, "select answer from kept") == 42


def test_it_is_the_server_that_was_asked_for(var: Path, each_source: BinarySource) -> None:
    address = ensure_running(var, source=each_source)
    expected = usable(each_source)
    assert expected is not None
    assert (address.source, address.major, address.bin_dir) == (
        each_source,
        expected.major,
        expected.bin_dir,
    )
    version = value(address, "select current_setting('server_version_num')::int / 10000")
    assert version == address.major
    assert value(address, "select rolsuper from pg_roles where rolname = current_user") is True


SETTINGS = {
    "data_checksums": "on",
    "full_page_writes": "on",
    "fsync": "on",
    "listen_addresses": "",
    "max_connections": "100",
    "server_encoding": "UTF8",
    "synchronous_commit": "on",
    "TimeZone": "UTC",
}


def test_settings_are_those_of_a_system_of_record(var: Path, source: BinarySource) -> None:
    address = ensure_running(var, source=source)
    found = {name: value(address, f"select current_setting('{name}')") for name in SETTINGS}
    assert found == SETTINGS


def test_capital_letters_beyond_ascii_are_known(var: Path, source: BinarySource) -> None:
    assert value(ensure_running(var, source=source), "select lower('MONTRÉAL')") == "montréal"


def test_fast_gives_up_durability_for_this_run_only(var: Path) -> None:
    assert value(ensure_running(var, fast=True), "select current_setting('fsync')") == "off"
    stop(var)
    assert value(ensure_running(var), "select current_setting('fsync')") == "on"


def test_a_killed_server_comes_back_with_what_was_committed(
    var: Path, each_source: BinarySource
) -> None:
    address = ensure_running(var, source=each_source)
    with connect(address) as connection:
        connection.execute("create table kept (n int)")
        connection.execute("insert into kept values (1)")
    writer = psycopg.connect(address.conninfo("postgres"))
    writer.execute("insert into kept select generate_series(2, 1000)")
    os.kill(postmaster(address), signal.SIGKILL)
    again = ensure_running(var, source=each_source)
    assert again == address
    assert value(again, "select array_agg(n) from kept") == [1]
    with pytest.raises(psycopg.OperationalError):
        writer.commit()
    writer.close()


def test_a_killed_server_comes_back_although_a_backend_did_not_notice(var: Path) -> None:
    address = ensure_running(var)
    busy = psycopg.connect(address.conninfo("postgres"))
    busy.pgconn.send_query(b"select count(*) from generate_series(1, 1000000000)")
    at_work = (
        f"select count(*) from pg_stat_activity "
        f"where pid = {busy.info.backend_pid} and state = 'active'"
    )
    while value(address, at_work) != 1:
        pass
    os.kill(postmaster(address), signal.SIGKILL)
    assert value(ensure_running(var), "select 1") == 1
    busy.close()


def test_a_pid_file_that_names_a_stranger_is_not_believed(var: Path) -> None:
    address = ensure_running(var)
    assert address.data_dir is not None
    pid_file = address.data_dir / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    assert stop(var)
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    assert not is_running(var)
    assert not stop(var)
    assert value(ensure_running(var), "select 1") == 1


def test_a_server_whose_socket_was_swept_away_is_started_anew(
    var: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "SILENCE", 0.2)
    address = ensure_running(var)
    before = postmaster(address)
    shutil.rmtree(address.host)
    again = ensure_running(var)
    assert value(again, "select 1") == 1
    assert postmaster(again) != before


def test_a_state_folder_deleted_under_its_server_can_be_made_again(var: Path) -> None:
    old = ensure_running(var)
    abandoned = postmaster(old)
    shutil.rmtree(var / "postgres")
    new = ensure_running(var)
    with connect(new) as connection:
        os.kill(abandoned, signal.SIGINT)
        while Path(old.host, ".s.PGSQL.5432").exists():
            connection.execute("select pg_sleep(0.05)")
        assert value(new, "select 1") == 1
    assert is_running(var)
    shutil.rmtree(old.host)


def test_data_may_lie_deeper_than_a_socket_path_may_be_long(
    var: Path, source: BinarySource
) -> None:
    deep = var.joinpath(*["a folder's name, rather long; with blanks"] * 5)
    try:
        address = ensure_running(deep, source=source)
        assert len(str(address.data_dir)) > 200
        assert value(address, "select current_setting('data_directory')") == str(address.data_dir)
    finally:
        stop(deep)


def ask_elsewhere(var: Path, source: BinarySource, uid: int | None = None) -> Callable[[], str]:
    """What another process gets, perhaps another user's: the connection string, or the error's
    name and line. To be called when the answer is wanted.

    By fork, because that user may not be allowed to read the interpreter we run in.
    """
    answer, child_end = os.pipe()
    child = os.fork()
    if child == 0:
        said = "nothing"
        try:
            os.close(answer)
            if uid is not None:
                os.setgroups([])
                os.setresgid(uid, uid, uid)
                os.setresuid(uid, uid, uid)
            said = ensure_running(var, source=source).conninfo("postgres")
        except CrmError as error:
            said = f"{type(error).__name__}: {error}"
        finally:
            os.write(child_end, said.encode())
            os._exit(0)
    os.close(child_end)

    def wait() -> str:
        os.waitpid(child, 0)
        with os.fdopen(answer) as pipe:
            return pipe.read()

    return wait


def test_of_six_processes_one_starts_and_five_find_it(var: Path, source: BinarySource) -> None:
    asking = [ask_elsewhere(var, source) for _ in range(6)]
    said = {wait() for wait in asking}
    address = ensure_running(var, source=source)
    assert said == {address.conninfo("postgres")}
    log = (var / "postgres/log/server.log").read_text()
    assert log.count("ready to accept connections") == 1


def test_data_made_by_one_source_is_not_opened_by_the_other(var: Path) -> None:
    made_with = ensure_running(var).source
    other = next(name for name in SOURCES if name != made_with)
    with pytest.raises(PostgresPinned, match=f"CRM_POSTGRES={other}"):
        ensure_running(var, source=other)
    stop(var)
    with pytest.raises(PostgresPinned, match=f"CRM_POSTGRES={other}"):
        ensure_running(var, source=other)
    assert not is_running(var)


def test_a_failed_start_says_what_the_log_said_last_and_can_be_mended(var: Path) -> None:
    address = ensure_running(var)
    assert address.data_dir is not None
    stop(var)
    control = address.data_dir / "global/pg_control"
    control.rename(control.with_suffix(".away"))
    with pytest.raises(PostgresDidNotStart, match=r"pg_control.*server\.log\)$"):
        ensure_running(var)
    control.with_suffix(".away").rename(control)
    assert value(ensure_running(var), "select 1") == 1


def test_an_operators_server_is_used_and_left_alone(var: Path, tmp_path: Path) -> None:
    ours = ensure_running(var)
    url = f"postgresql://crm_admin@/postgres?host={ours.host}&application_name=crm"
    named = ensure_running(tmp_path, database_url=url)
    assert (named.source, named.major, named.data_dir) == ("url", ours.major, None)
    assert value(named, "select current_setting('application_name')") == "crm"
    assert list(tmp_path.iterdir()) == []
    assert not stop(tmp_path)
    assert is_running(var)


def test_without_proc_a_server_is_recognised_by_ps(var: Path) -> None:
    if shutil.which("ps") is None:
        pytest.skip("this machine has no ps")
    pid = postmaster(ensure_running(var))
    assert process.command_by_ps(pid) == process.command_of(pid)


def namespaces_allowed() -> bool:
    answer = subprocess.run([*server_user.NAMESPACE, "true"], check=False, capture_output=True)
    return answer.returncode == 0


@as_root
@pytest.mark.skipif(not namespaces_allowed(), reason="user namespaces are refused here")
def test_root_below_a_closed_folder(var: Path, source: BinarySource) -> None:
    var.chmod(0o700)
    address = ensure_running(var, source=source)
    assert address.data_dir is not None
    assert address.data_dir.stat().st_uid == 0
    assert value(address, "select 1") == 1


@as_root
def test_root_below_a_closed_folder_is_told_what_to_do_where_namespaces_are_refused(
    var: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    var.chmod(0o700)
    monkeypatch.setattr(server_user, "NAMESPACE", ("false",))
    with pytest.raises(PostgresNotAllowed, match=r"CRM_DATABASE_URL.*CRM_VAR"):
        ensure_running(var)
    assert not is_running(var)


@as_root
def test_root_gives_up_its_rights_where_it_can(var: Path, each_source: BinarySource) -> None:
    need_reachable(each_source, KNOWN)
    address = ensure_running(var, source=each_source)
    assert owner_of(address) != 0


@as_root
def test_root_in_somebodys_closed_home_runs_the_server_as_that_person(
    var: Path, source: BinarySource
) -> None:
    need_reachable(source, KNOWN)
    os.chown(var, KNOWN, KNOWN)
    var.chmod(0o700)
    assert owner_of(ensure_running(var, source=source)) == KNOWN


@as_root
@pytest.mark.skipif(not namespaces_allowed(), reason="user namespaces are refused here")
@pytest.mark.parametrize("uid", [KNOWN, NOBODY_KNOWS])
def test_an_ordinary_user_has_a_server_and_root_may_use_it(
    var: Path, source: BinarySource, uid: int
) -> None:
    need_reachable(source, uid)
    os.chown(var, uid, uid)
    var.chmod(0o700)
    said = ask_elsewhere(var, source, uid)()
    address = ensure_running(var, source=source)
    assert said == address.conninfo("postgres")
    assert owner_of(address) == uid
    assert stop(var)
    assert owner_of(ensure_running(var, source=source)) == uid


@as_root
def test_a_stranger_is_told_that_the_data_is_not_theirs(var: Path) -> None:
    source = source_of(ensure_running(var))
    said = ask_elsewhere(var, source, NOBODY_KNOWS)()
    assert said.startswith(f"{PostgresNotAllowed.__name__}: the Postgres data in {var}")
    assert "belongs to another user" in said
