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
    spoils: bool = True
    """Whether the lake must be filled anew afterwards; not when the product itself refuses."""

    def must_be_found(self, suite: Suite) -> None:
        """The suite fails with the fault."""
        mine, next_run = ((), (self.name,)) if self.is_in_the_next else ((self.name,), ())
        suite.heal()  # from the fault before
        suite.change()
        suite.is_spoiled = self.spoils
        with pytest.raises(Disagreement, match=self.finding):
            assert suite.kill(kill_at=self.kill_at, broken=mine).was_killed
            suite.settle(broken=next_run)


FAULTS = (
    Fault(
        "merge_without_key",
        "extract.merged#1",
        "did not arrive in the lake",
        is_in_the_next=True,
        is_quick=True,
        spoils=False,
    ),
    Fault("fence_first", "merge.read#2", r"core__leads: .*lacks \[\"", is_quick=True),
    Fault("pointer_early", "publish.written#1", "cannot be read"),
    Fault("door_in_place", "door.attached#1", "a door of publication"),
    Fault("no_tombstones", "merge.gone#1", "none of the core's states", is_in_the_next=True),
)
