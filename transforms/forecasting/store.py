"""Fits kept by the content of their series, so that an unchanged series is not fitted again.

One small file per series; anything unreadable counts as not kept.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from transforms.forecasting.models import VERSION, Fit, Held, Task

HELD = ("combined", "naive", "actual", "is_mature")

KEPT_DAYS = 90
"""Files not used for so long are removed."""


def key(task: Task) -> str:
    """A hash of everything the fit of a task depends on."""
    digest = hashlib.sha256(
        f"{VERSION}|{task.season}|{task.horizon}|{task.windows}|{len(task.y)}|".encode()
    )
    digest.update(np.ascontiguousarray(task.y, dtype=np.float64).tobytes())
    if task.index is not None:
        digest.update(np.ascontiguousarray(task.index, dtype=np.float64).tobytes())
    return digest.hexdigest()[:40]


@dataclass(frozen=True)
class FitStore:
    """Fits in files below `folder`."""

    folder: Path

    def get(self, task: Task) -> Fit | None:
        """The fit of an equal task, if it was kept."""
        path = self._path(task)
        try:
            with np.load(path, allow_pickle=False) as kept:
                fit = Fit(
                    str(kept["model"]),
                    kept["band"],
                    tuple(
                        Held(combined, naive, actual, bool(is_mature))
                        for combined, naive, actual, is_mature in zip(
                            *(kept[name] for name in HELD), strict=True
                        )
                    ),
                )
        except (OSError, EOFError, KeyError, ValueError, BadZipFile):
            return None
        path.touch()
        return fit

    def put(self, task: Task, fit: Fit) -> None:
        """Keep a fit, whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self._path(task)
        draft = path.with_suffix(f".{os.getpid()}.draft")
        with draft.open("wb") as file:
            arrays: dict[str, Any] = {
                name: np.array([getattr(held, name) for held in fit.held]) for name in HELD
            }
            np.savez(file, model=np.array(fit.model), band=fit.band, **arrays)
        draft.replace(path)

    def sweep(self, now: float) -> None:
        """Remove what was not used for long; `now` in seconds since the epoch."""
        for path in self.folder.glob("*"):
            if now - path.stat().st_mtime > KEPT_DAYS * 86400:
                path.unlink(missing_ok=True)

    def _path(self, task: Task) -> Path:
        return self.folder / f"{key(task)}.npz"
