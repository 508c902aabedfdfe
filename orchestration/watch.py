"""The pipeline, again and again: looks at the core every few seconds and runs when it must.

What a run does is in `orchestration.pipeline`.
"""

import time
from collections.abc import Iterator
from datetime import timedelta

from crm_core import clock
from orchestration.loop import PASSING
from orchestration.pipeline import PipelineRun, prepare, run_pipeline
from transforms.lake.probe import core_changed

SELDOM = timedelta(minutes=1)
"""Between two looks at the clock of the branches and at what is due; and after a failure."""


def watch(every: float) -> Iterator[PipelineRun | str]:
    """Runs that looked at something, and the one line of each that failed, for ever.

    Everything is imported and compiled once: what a change costs is the change.
    """
    fence: int | None = None
    looked = clock.now()
    while True:
        try:
            at = clock.now()
            is_time = at - looked >= SELDOM
            if is_time:
                looked = at
            if fence is None or core_changed(fence) or (is_time and prepare(at)):
                done = run_pipeline(at=at)
                fence = done.extracted.fence
                yield done
        except PASSING as error:
            yield " ".join(f"{type(error).__name__}: {error}".split())
            time.sleep(SELDOM.total_seconds())
        time.sleep(every)
