"""Which door files stay on disk: those of the last publications, within a limit, the used first.

Making and opening them belongs to `door`.
"""

import shutil
from pathlib import Path

from crm_core import clock
from crm_core.config import settings
from transforms.lake import crash, publication

KEPT = 2
"""Publications whose door files stay on disk."""

DISK = 20 << 30
"""Bytes that all door files may take; a door that is needed again is made again."""

ABANDONED = 3600.0
"""Seconds after which a draft belongs to a process that was killed."""


def sweep_doors(disk: int = DISK) -> None:
    """Removes the files of all but the last publications, and the longest unused above `disk`.

    Files that are open live until they are closed.
    """
    kept = {str(each.id) for each in publication.recent(KEPT)}
    for folder in settings().doors_dir.glob("*"):
        if folder.name not in kept:
            shutil.rmtree(folder, ignore_errors=True)
            crash.point("door.swept")
    for draft in settings().doors_dir.glob("*/*.draft*"):
        if _age(draft) > ABANDONED:
            draft.unlink(missing_ok=True)
    doors = sorted(settings().doors_dir.glob("*/*.duckdb"), key=_age)
    total = 0
    for door in doors:
        total += door.stat().st_size
        if total > disk:
            door.unlink(missing_ok=True)
            crash.point("door.dropped")


def _age(path: Path) -> float:
    """Seconds since a door was last used, or a draft last written."""
    note = path.with_suffix(".json")
    return clock.now().timestamp() - (note if note.exists() else path).stat().st_mtime
