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
import polars as pl

from transforms.forecasting.models import VERSION, Fit, Held, Task

HELD = ("combined", "naive", "actual", "scale", "is_mature")

KEPT_DAYS = 90
"""Files not used for so long are removed."""


def key(task: Task) -> str:
    """A hash of everything the fit of a task depends on."""
    digest = hashlib.sha256(
        f"{VERSION}|{task.season}|{task.horizon}|{task.windows}|{task.with_arima}".encode()
    )
    for array in (task.y, task.index, task.design):
        digest.update(f"|{None if array is None else array.shape}|".encode())
        if array is not None:
            digest.update(np.ascontiguousarray(array, dtype=np.float64).tobytes())
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
                        Held(combined, naive, actual, float(scale), bool(is_mature))
                        for combined, naive, actual, scale, is_mature in zip(
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


@dataclass(frozen=True)
class ResultStore:
    """Rows that were made of whole sets of series, in files below `folder`; swept with the fits."""

    folder: Path

    def key(self, *parts: str | pl.DataFrame | None) -> str:
        """A hash of names and frames."""
        digest = hashlib.sha256(f"{VERSION}".encode())
        for part in parts:
            if part is None or isinstance(part, str):
                digest.update(f"|{part}".encode())
            else:
                digest.update(f"|{part.schema}|{part.height}|".encode())
                digest.update(part.hash_rows().to_numpy().tobytes())
        return digest.hexdigest()[:40]

    def get(self, key: str) -> pl.DataFrame | None:
        """The rows kept under this key."""
        path = self.folder / f"{key}.parquet"
        try:
            rows = pl.read_parquet(path)
        except (OSError, pl.exceptions.PolarsError):
            return None
        path.touch()
        return rows

    def put(self, key: str, rows: pl.DataFrame) -> None:
        """Keep rows, whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        draft = self.folder / f"{key}.{os.getpid()}.draft"
        rows.write_parquet(draft)
        draft.replace(self.folder / f"{key}.parquet")
