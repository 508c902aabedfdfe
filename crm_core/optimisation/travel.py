"""How long a drive takes: great-circle distance, times a factor for streets, at a mean speed.

Where the crew is or which road it takes is not known here.
"""

from dataclasses import dataclass
from math import asin, ceil, cos, radians, sin, sqrt
from typing import NamedTuple

EARTH_KM = 6371.0088


class Place(NamedTuple):
    """A point on the map, in degrees."""

    latitude: float
    longitude: float


def great_circle_km(start: Place, end: Place) -> float:
    """Kilometres between two places along the earth's surface (haversine)."""
    north, south = radians(start.latitude), radians(end.latitude)
    half_north = sin((south - north) / 2)
    half_east = sin(radians(end.longitude - start.longitude) / 2)
    chord = half_north**2 + cos(north) * cos(south) * half_east**2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(chord)))


@dataclass(frozen=True)
class Travel:
    """Turns a distance into driving minutes."""

    factor: float = 1.3
    """Street kilometres per kilometre of great circle."""
    km_per_hour: float = 40.0

    def minutes(self, start: Place, end: Place) -> int:
        """Whole minutes, rounded up; 0 only where both places are the same."""
        if start == end:
            return 0
        hours = great_circle_km(start, end) * self.factor / self.km_per_hour
        return max(1, ceil(hours * 60))
