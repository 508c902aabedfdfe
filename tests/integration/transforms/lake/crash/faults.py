"""The deliberate faults as scenes: where the run is killed, and how the next one goes.

What each fault does is in `broken`.
"""

from dataclasses import dataclass

import pytest

from tests.integration.transforms.lake.crash.suite import Suite
from tests.integration.transforms.lake.crash.twins import Disagreement


@dataclass(frozen=True)
class Fault:
    """A fault and the kill that brings it to light; `finding` is what the suite then says."""

    name: str
    kill_at: str
    finding: str
    is_in_the_next: bool = False
    """It is the run after the kill that is at fault."""
    is_quick: bool = False

    def must_be_found(self, suite: Suite) -> None:
        """The suite fails with the fault."""
        mine, next_run = ((), (self.name,)) if self.is_in_the_next else ((self.name,), ())
        suite.heal()  # from the fault before
        suite.change()
        suite.is_spoiled = True
        with pytest.raises(Disagreement, match=self.finding):
            assert suite.kill(kill_at=self.kill_at, broken=mine).was_killed
            suite.settle(broken=next_run)


FAULTS = (
    Fault("fence_first", "merge.read#2", 'core__leads: .*lacks \\["', is_quick=True),
    Fault("pointer_early", "publish.written#1", "cannot be read"),
    Fault("door_in_place", "door.attached#1", "a door of publication"),
    Fault("no_tombstones", "merge.gone#1", "core__leads: .*too many", is_in_the_next=True),
    Fault("merge_without_key", "extract.merged#1", "too many", is_in_the_next=True, is_quick=True),
)
