"""How a script run holds on to a door, and what stands for a publication where there is none.

What is asked at doors is said in `app.source`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from transforms.lake.door import Door
from transforms.metrics.live import LivePublication


@dataclass(frozen=True)
class LiveState:
    """The core as it is now, in the place of a publication: nothing was checked before it."""

    now: LivePublication

    @property
    def id(self) -> int:
        """No publication."""
        return self.now.id

    @property
    def definitions(self) -> str:
        """Hash of the definitions."""
        return self.now.definitions

    @property
    def as_of(self) -> datetime:
        """The business clock."""
        return self.now.as_of

    @property
    def checks(self) -> dict[str, Any]:
        """None."""
        return {}


@dataclass
class SharedDoor:
    """The door of one script run: opened when it is first needed, closed when the run is over."""

    door: Door | None = None
    is_over: bool = False

    def close(self) -> None:
        """Lets go of the door; what is asked later opens one of its own."""
        self.is_over = True
        if self.door is not None:
            self.door.close()
