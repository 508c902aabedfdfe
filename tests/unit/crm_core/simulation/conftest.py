"""One small company and one year of the whole network, generated once for the tests of this folder.

Loading them into a database is tested in `tests/integration`.
"""

from dataclasses import dataclass
from datetime import date

import pytest

from crm_core.simulation.generate import gathered, northway_parts
from crm_core.simulation.network import Plan, Scale, northway, plan, plan_of
from crm_core.simulation.organisation import Frames, World, found

UNTIL = date(2026, 11, 22)
YEAR = Scale("YEAR", (), 12, 6, ("BURL", "STCA", "WIND"))


@dataclass(frozen=True)
class Company:
    """A generated company."""

    world: World
    frames: Frames


def generated(wanted: Plan) -> Company:
    world = found(wanted, northway(wanted))
    return Company(world, gathered(northway_parts(world)))


@pytest.fixture(scope="session")
def small() -> Company:
    """Scale S."""
    return generated(plan("S", 7, UNTIL))


@pytest.fixture(scope="session")
def year() -> Company:
    """All branches for twelve months: enough rows for narrow bands."""
    return generated(plan_of(YEAR, 11, UNTIL))
