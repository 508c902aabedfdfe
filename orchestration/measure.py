"""Measuring side by side: turns A B A B, the median of the rounds, and how fast the machine is.

What is measured stands in `orchestration.bench_<area>`.
"""

import hashlib
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROUNDS = 5
CPU_REFERENCE, DISK_REFERENCE = 0.25, 0.25
"""Seconds the two tasks take on the machine that the absolute goals were written for."""

Act = Callable[[], None]


@dataclass(frozen=True)
class Calibration:
    """How fast this machine is against the reference; 2.0 is twice as fast."""

    cpu: float
    disk: float


@dataclass(frozen=True)
class Sample:
    """Times of one act in milliseconds; each the median of the rounds."""

    p50: float
    p99: float


@dataclass(frozen=True)
class Figure:
    """One measured figure beside its peer; `limit` is the most the ratio may be."""

    figure: str
    unit: str
    measured: float
    peer: float | None = None
    ratio: float | None = None
    limit: float | None = None
    is_met: bool | None = None
    calibration: Calibration | None = None


def calibrate() -> Calibration:
    """A fixed task for the processor and one for the disk; the best of three."""
    return Calibration(
        round(CPU_REFERENCE / min(_timed(_hash) for _ in range(3)), 2),
        round(DISK_REFERENCE / min(_timed(_write) for _ in range(3)), 2),
    )


def side_by_side(ours: Act, peer: Act, count: int) -> tuple[Sample, Sample]:
    """`count` acts of each, one by one in turns, after a warm-up, for each of the rounds.

    Turn by turn, so that what else the machine does falls on both alike.
    """
    _turns(ours, peer, max(count // 5, 3))
    rounds = [_turns(ours, peer, count) for _ in range(ROUNDS)]
    return _sample([mine for mine, _ in rounds]), _sample([theirs for _, theirs in rounds])


def compare(
    name: str, ours: Sample, peer: Sample, limit: float, machine: Calibration
) -> list[Figure]:
    """The figures of one comparison; the limit holds for the median."""
    made = []
    for at in ("p50", "p99"):
        mine, theirs = getattr(ours, at), getattr(peer, at)
        ratio = round(mine / theirs, 2)
        goal = limit if at == "p50" else None
        met = ratio <= limit if goal else None
        made.append(
            Figure(
                f"{name} {at}", "ms", round(mine, 3), round(theirs, 3), ratio, goal, met, machine
            )
        )
    return made


def _turns(ours: Act, peer: Act, count: int) -> tuple[list[float], list[float]]:
    turns = [(_timed(ours) * 1000, _timed(peer) * 1000) for _ in range(count)]
    return [mine for mine, _ in turns], [theirs for _, theirs in turns]


def _timed(act: Act) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def _sample(rounds: list[list[float]]) -> Sample:
    def at(share: float) -> float:
        return statistics.median(sorted(r)[min(int(len(r) * share), len(r) - 1)] for r in rounds)

    return Sample(at(0.5), at(0.99))


def _hash() -> None:
    content = b""
    for _ in range(200_000):
        content = hashlib.sha256(content).digest()


def _write() -> None:
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "calibration").open("wb") as file:
        for _ in range(64):
            file.write(os.urandom(64 * 1024))
            file.flush()
            os.fsync(file.fileno())
