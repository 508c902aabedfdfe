"""The processes of an installation: started in the background, found again, stopped together.

What they serve is in `app` and `orchestration.definitions`; Postgres has its own keeper.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import httpx

from crm_core.config import PROJECT, settings
from crm_core.errors import CrmError
from orchestration.dagster_home import prepare_dagster_home

HOST = "127.0.0.1"


class ServiceDidNotStart(CrmError):
    """A process ended or stayed silent after its start."""


class PortTaken(CrmError):
    """Another program listens where ours should."""


@dataclass(frozen=True)
class Service:
    """One process: its command, its port, and the address that answers once it is ready."""

    name: str
    command: tuple[str, ...]
    port: int | None = None
    health: str = ""

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"


@dataclass(frozen=True)
class Running:
    """What is known of a service now."""

    name: str
    is_running: bool
    url: str | None


def services() -> list[Service]:
    """The app, sealer, relay, postman, Dagster's code server, daemon and page; all on loopback."""
    port = settings().port
    python = sys.executable
    home = str(prepare_dagster_home(code_port=port + 1))
    workspace = str(Path(home) / "workspace.yaml")
    return [
        Service(
            "app",
            (python, "-m", "uvicorn", "app.main:app", "--host", HOST, "--port", str(port),
             "--no-access-log", "--log-level", "warning"),
            port,
            "/_stcore/health",
        ),
        Service(
            "dagster-code",
            (python, "-m", "dagster", "api", "grpc", "--host", HOST, "--port", str(port + 1),
             "--module-name", "orchestration.definitions", "--working-directory", str(PROJECT)),
            port + 1,
        ),
        Service("audit-sealer", (python, "-m", "orchestration.sealer")),
        Service("relay", (python, "-m", "orchestration.relay")),
        Service("postman", (python, "-m", "orchestration.delivery")),
        Service("dagster-daemon", (python, "-m", "dagster._daemon", "run", "-w", workspace)),
        Service(
            "dagster-web",
            (python, "-m", "dagster_webserver", "--host", HOST, "--port", str(port + 2),
             "-w", workspace),
            port + 2,
            "/server_info",
        ),
    ]  # fmt: skip


def start_all(wait: float = 90.0) -> list[Running]:
    """Start what does not run yet and wait until it answers."""
    for service in services():
        if not _alive(service):
            _start(service)
    deadline = time.monotonic() + wait
    for service in services():
        _await(service, deadline)
    return status()


def stop_all(grace: float = 15.0) -> list[str]:
    """Stop every process this installation started; returns their names."""
    stopped = []
    for service in reversed(services()):
        pid = _alive(service)
        if pid:
            _signal(pid, signal.SIGTERM)
            deadline = time.monotonic() + grace
            while _alive(service) and time.monotonic() < deadline:
                time.sleep(0.1)
            if _alive(service):
                _signal(pid, signal.SIGKILL)
            stopped.append(service.name)
        _pid_file(service).unlink(missing_ok=True)
    return stopped


def status() -> list[Running]:
    """Every service, running or not."""
    return [
        Running(s.name, bool(_alive(s)), s.url if s.health and _alive(s) else None)
        for s in services()
    ]


def _start(service: Service) -> None:
    if service.port is not None and _listens(service.port):
        raise PortTaken(
            f"port {service.port} is in use by another program: stop it, or set CRM_PORT"
        )
    log = settings().log_dir / f"{service.name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(
            service.command,
            cwd=PROJECT,
            env={**os.environ, **_environment()},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    path = _pid_file(service)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"pid": process.pid, "born": _born(process.pid)}))


def _environment() -> dict[str, str]:
    return {
        "CRM_VAR": str(settings().var),
        "DAGSTER_HOME": str(settings().var / "dagster"),
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "PYTHONUNBUFFERED": "1",
    }


def _await(service: Service, deadline: float) -> None:
    log = settings().log_dir / f"{service.name}.log"
    while time.monotonic() < deadline:
        if not _alive(service):
            break
        if service.port is None or (
            _answers(service) if service.health else _listens(service.port)
        ):
            return
        time.sleep(0.2)
    raise ServiceDidNotStart(f"{service.name} did not start: see {log}")


def _answers(service: Service) -> bool:
    try:
        return httpx.get(service.url + service.health, timeout=2.0).status_code < 500
    except httpx.HTTPError:
        return False


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def _pid_file(service: Service) -> Path:
    return settings().var / "run" / f"{service.name}.json"


def _alive(service: Service) -> int | None:
    """The process id, when the process of the file still is the one we started."""
    try:
        kept = json.loads(_pid_file(service).read_text())
    except (FileNotFoundError, ValueError):
        return None
    pid = int(kept["pid"])
    born = _born(pid)
    return pid if born is not None and born == kept["born"] else None


def _born(pid: int) -> str | None:
    """Start time of a living process: tells a reused process id from ours."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError, IndexError):
        return None
    return None if fields[0] == "Z" else fields[19]


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        return
