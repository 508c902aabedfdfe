"""Steps of a longer command: shown while they run, timed, kept for the closing summary.

What a step does is not known here.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Step:
    """One finished or running step."""

    name: str
    seconds: float = 0.0
    detail: str = ""


@dataclass
class Steps:
    """The steps of one command; prints them to standard error unless quiet."""

    quiet: bool = False
    done: list[Step] = field(default_factory=list)

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Time a step; the caller may set `detail` on what it is handed."""
        made = Step(name)
        self._show(f"  {name} …", end="\r" if sys.stderr.isatty() else None)
        started = time.perf_counter()
        try:
            yield made
        finally:
            made.seconds = time.perf_counter() - started
        self.done.append(made)
        self._show(f"  {name:<34} {made.seconds:7.1f} s  {made.detail}", end="\n")

    def add(self, name: str, seconds: float, detail: str = "") -> None:
        """A step that somebody else has timed."""
        self.done.append(Step(name, seconds, detail))
        self._show(f"  {name:<34} {seconds:7.1f} s  {detail}", end="\n")

    @property
    def seconds(self) -> float:
        return sum(step.seconds for step in self.done)

    def _show(self, line: str, end: str | None) -> None:
        if not self.quiet and end is not None:
            print(line, end=end, file=sys.stderr, flush=True)  # noqa: T201
