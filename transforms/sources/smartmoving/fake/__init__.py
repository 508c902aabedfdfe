"""A local stand-in for a SmartMoving account: ships as a test tool, feeds the demo.

The connector does not know it: only its address differs from the vendor's.
"""

from transforms.sources.smartmoving.fake.faults import Faults
from transforms.sources.smartmoving.fake.server import FakeSmartMoving
from transforms.sources.smartmoving.fake.world import BranchSpec

__all__ = ["BranchSpec", "FakeSmartMoving", "Faults"]
