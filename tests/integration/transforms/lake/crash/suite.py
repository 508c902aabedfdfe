"""Change, kill, look, start again, compare: what every kill must leave behind, and where it fell.

How a run is killed is in `runs`; the tests say how often.
"""

import shutil
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from crm_core.errors import CrmError
from tests.integration.transforms.lake.crash import digests
from tests.integration.transforms.lake.crash.company import WATCHED
from tests.integration.transforms.lake.crash.digests import Marts, State
from tests.integration.transforms.lake.crash.ground import Ground
from tests.integration.transforms.lake.crash.reader import Reader
from tests.integration.transforms.lake.crash.runs import Order, Passed, Ran, Runs
from tests.integration.transforms.lake.crash.twins import Disagreement, require_equal
from transforms.lake import publication
from transforms.lake.catalogue import catalogue_session
from transforms.lake.door import open_door
from transforms.lake.engine import attach_lake, connect_memory
from transforms.lake.publication import Publication

EVERY = 3
"""So many kills may follow one another before a run comes through and is compared."""

AREAS = ("extract", "merge", "build", "audit", "publish", "door")


@dataclass
class Suite:
    """Kills on one ground; `reader` looks on all the while."""

    ground: Ground
    runs: Runs
    reader: Reader | None = None
    random: Random = field(default_factory=lambda: Random(7))
    kills: list[Ran] = field(default_factory=list)
    last: Ran | None = None
    """The last run that nobody disturbed."""
    _states: list[State] = field(default_factory=list)
    """What the core was since the last comparison."""
    _raw: set[tuple[str, ...]] = field(default_factory=set)
    _contents: dict[int, Marts] = field(default_factory=dict)
    is_spoiled: bool = False
    """Whether a deliberate fault has been at work."""
    looks: int = 0
    """How often the reader has looked, each time at something that was right."""

    @property
    def histogram(self) -> dict[str, int]:
        """Kills by the area they fell in."""
        counted = Counter(ran.area for ran in self.kills)
        return {area: counted[area] for area in ("start", *AREAS) if counted[area]}

    @property
    def order(self) -> Order:
        return self.ground.main.order(self.ground.project)

    def begin(self, *kills: str) -> Ran:
        """The first load of both sides, killed at these points before it comes through.

        Returns the run, with every point that it passed.
        """
        for point in kills:
            ran = self.runs.run(replace(self.order, kill_at=point))
            assert ran.was_killed, (point, ran.error, ran.trace)
            self.kills.append(ran)
        ran = self._undisturbed(self.order)
        # Both mask with the same keys, and what dbt compiled for one is not compiled again.
        for folder in ("keys", "definitions"):
            main, twin = (side.var / folder for side in (self.ground.main, self.ground.twin))
            shutil.copytree(main, twin, dirs_exist_ok=True)
        self._undisturbed(self.ground.twin.order(self.ground.project))
        open_door(self.ground.company.acme.subjects["manager"]).close()  # a door in use
        self._note_state()
        self.compare()
        return ran

    def change(self) -> None:
        """The core changes."""
        self.ground.company.change(self.random)
        self._note_state()

    def grow(self, count: int) -> None:
        """The core gets so many new rows in each tenant."""
        self.ground.company.grow(count)
        self._note_state()

    def kill_at_each(self, points: Iterable[str], **how: Any) -> list[str]:
        """A change and a kill at each named point; returns those that were not reached."""
        missed = []
        for number, name in enumerate(points, 1):
            self.change()
            if not self.kill(kill_at=name, **how).was_killed:
                missed.append(name)
            if number % EVERY == 0:
                self.settle()
        self.settle()
        return missed

    def kill(self, **how: Any) -> Ran:
        """A run that is killed (or, for a random kill that came too late, ends by itself)."""
        ran = self.runs.run(replace(self.order, **how))
        if ran.error:
            raise Disagreement(f"a run failed by itself: {ran.error}\n{ran.trace}")
        if ran.was_killed:
            self.kills.append(ran)
        self.look()
        return ran

    def random_kills(self, count: int) -> None:
        """So many, each after a change of the core; about every third time the twin is asked."""
        wanted = len(self.kills) + count
        while len(self.kills) < wanted:
            self.change()
            self.random_kill()
            if self.random.random() < 1 / EVERY:
                self.settle()
        self.settle()

    def random_kill(self) -> Ran:
        """At a moment of the whole run, or of an area that has had too few kills."""
        assert self.last is not None
        if self.random.random() < 0.5:
            return self.kill(kill_in="start", kill_after=self.random.uniform(0, self.last.seconds))
        counted = self.histogram
        return self.aimed_kill(
            min(AREAS, key=lambda area: (counted.get(area, 0), self.random.random()))
        )

    def aimed_kill(self, area: str) -> Ran:
        """At a moment of one area, as long as that took the last time."""
        assert self.last is not None
        span = _span(self.last.points, area, self.last.seconds)
        return self.kill(kill_in=area, kill_after=self.random.uniform(0, span))

    def settle(self, **how: Any) -> None:
        """Start again, to the end, and compare with the twin."""
        self._undisturbed(replace(self.order, **how))
        self.compare()

    def fail(self, **how: Any) -> str:
        """A run that must fail by itself; returns what it says, which is one line for people."""
        ran = self.runs.run(replace(self.order, **how))
        assert ran.error, "the run came through"
        assert not ran.trace, ran.trace
        self.look()
        return ran.error

    def heal(self) -> None:
        """After a deliberate fault: all loaded and published anew, what was seen forgotten."""
        if not self.is_spoiled:
            return
        self.is_spoiled = False
        shutil.rmtree(self.ground.main.var / "doors", ignore_errors=True)
        known = sorted(self._contents)
        with catalogue_session() as session:
            session.execute("delete from platform.publications where id <> all(%s)", [known])
        self._undisturbed(replace(self.order, full=True))
        if self.reader is not None:
            self.looks = self.reader.look_again()
        self.compare()

    def look(self) -> None:
        """What is published now must be the whole of one state of the core."""
        made = publication.current()
        if made is None:
            return
        self._look_at(made)
        try:
            found = []
            for reader in digests.readers(self.ground.company):
                with open_door(reader, made.id) as door:
                    found.append(digests.of_views(door.sql, door.views))
        except CrmError as error:
            raise Disagreement(f"a door of publication {made.id}: {error}") from error
        if tuple(found) != self._contents[made.id].doors:
            raise Disagreement(f"a door of publication {made.id} holds something else")

    def compare(self) -> None:
        """Main and twin, the state of the core, and all that the reader has seen."""
        self.look()
        twin = self.runs.run(self.ground.twin.order(self.ground.project))
        if twin.error:
            raise Disagreement(f"the twin failed: {twin.error}\n{twin.trace}")
        require_equal(self.ground)
        made = publication.get()
        state = self._states[-1]
        if self._contents[made.id] != state.marts:
            raise Disagreement(f"publication {made.id} is not what the core is")
        if self.ground.project is not None:
            with connect_memory() as connection:
                attach_lake(connection)
                if digests.of_raw(connection, WATCHED) != state.raw:
                    raise Disagreement("the raw rows are not those of the core")
        for each in publication.recent(10):
            self._look_at(each)
        self._judge()
        self._states = [state]

    def _undisturbed(self, order: Order) -> Ran:
        ran = self.runs.run(order)
        if ran.error:
            raise Disagreement(f"a run failed by itself: {ran.error}\n{ran.trace}")
        if order.var == str(self.ground.main.var) and ran.publication is not None:
            self.last = ran
        return ran

    def _note_state(self) -> None:
        made = publication.get()
        if self.ground.project is None:
            state = self._twins_state()
        else:
            state = self.ground.company.state(made)
        self._states.append(state)
        self._raw.add(state.raw)

    def _twins_state(self) -> State:
        """The real project: what its marts must be, only the twin can tell."""
        self._undisturbed(self.ground.twin.order(self.ground.project))
        with self.ground.twin.at_hand():
            return State((), self._marts(publication.get()))

    def _marts(self, made: Publication) -> Marts:
        with connect_memory() as connection:
            attach_lake(connection, made.lake_snapshot)
            return digests.of_marts(connection.execute, self.ground.company, made.relations)

    def _look_at(self, made: Publication) -> None:
        if made.id in self._contents:
            return
        try:
            marts = self._marts(made)
        except Exception as error:
            raise Disagreement(f"publication {made.id} cannot be read: {error}") from error
        if marts not in [state.marts for state in self._states]:
            raise Disagreement(f"publication {made.id} is none of the core's states")
        self._contents[made.id] = marts

    def _judge(self) -> None:
        """Every look of the reader, since the last comparison."""
        if self.reader is None:
            return
        looks = self.reader.looks()
        for seen in looks[self.looks :]:
            if seen.what == "raw":
                is_right = tuple(seen.content) in self._raw
            else:
                marts = self._contents.get(seen.publication or 0)
                is_right = marts is not None and tuple(seen.content) == (
                    marts.doors if seen.what == "doors" else marts.lake
                )
            if not is_right:
                raise Disagreement(f"the reader saw what never was: {seen}")
        self.looks = len(looks)


def _span(points: tuple[Passed, ...], area: str, end: float) -> float:
    """Seconds from entering an area to leaving it for good; half a second where it is unknown."""
    inside = [number for number, passed in enumerate(points) if passed.area == area]
    if not inside:
        return 0.5
    after = points[inside[-1] + 1].at if inside[-1] + 1 < len(points) else end
    return after - points[inside[0]].at
