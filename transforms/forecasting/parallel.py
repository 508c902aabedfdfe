"""Many series fitted at once, within a time limit; what is not ready then falls back.

What is done with one series is in `models`.
"""

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator, Sequence

from transforms.forecasting.models import Fit, Task, fit

WORTH_A_POOL = 24
"""Fewer series are fitted here: starting workers costs more than it saves."""

LONGEST = 20.0
"""Seconds for one series in a worker; it falls back when they are over."""

PATIENCE = 120.0
"""Seconds for all series of one call."""


def fit_all(tasks: Sequence[Task], patience: float = PATIENCE) -> list[Fit | None]:
    """The fit of every task, in order; None for those not ready when patience ran out."""
    deadline = time.monotonic() + patience
    workers = min(len(os.sched_getaffinity(0)), len(tasks) // (WORTH_A_POOL // 2))
    if workers < 2:
        return [fit(task) if time.monotonic() < deadline else None for task in tasks]
    return list(_pooled(tasks, workers, deadline))


def _pooled(tasks: Sequence[Task], workers: int, deadline: float) -> Iterator[Fit | None]:
    # A fork server, not a fork: this process may hold threads (DuckDB, Polars) that do not survive
    # one, and the server imports the library once for all workers.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["transforms.forecasting.models", "statsforecast.models"])
    with context.Pool(workers) as pool:
        pending = [pool.apply_async(fit_in_time, (task,)) for task in tasks]
        for result in pending:
            try:
                yield result.get(timeout=max(0.0, deadline - time.monotonic()))
            except multiprocessing.TimeoutError:
                yield None


def fit_in_time(task: Task) -> Fit | None:
    """The fit of a task, or None after `LONGEST` seconds; for the main thread of a worker."""
    signal.signal(signal.SIGALRM, _out_of_time)
    signal.setitimer(signal.ITIMER_REAL, LONGEST)
    try:
        return fit(task)
    except TimeoutError:
        return None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _out_of_time(number: int, frame: object) -> None:
    raise TimeoutError
