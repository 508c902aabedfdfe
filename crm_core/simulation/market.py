"""What the demo company sells, to whom, at which price and cost: tables of the domain reference.

How often and when each is drawn is decided in `demand`, `outcomes` and `offers`.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

LEADS_PER_JOB: Final = 3.5
QUOTE_BOOKING_RATE: Final = 0.375
CANCELLATION_RATE: Final = 0.06


@dataclass(frozen=True)
class Channel:
    """A marketing channel: its share of leads, and the share of its leads that book."""

    name: str
    share: float
    win_rate: float


CHANNELS: Final = (
    Channel("organic", 0.22, 0.38),
    Channel("pay_per_click", 0.18, 0.27),
    Channel("local_services", 0.12, 0.27),
    Channel("repeat", 0.09, 0.62),
    Channel("referral", 0.11, 0.55),
    Channel("homestars", 0.07, 0.30),
    Channel("lead_broker", 0.09, 0.14),
    Channel("map_listing", 0.06, 0.38),
    Channel("saw_truck", 0.03, 0.38),
    Channel("other", 0.03, 0.30),
)
REPEAT: Final = [channel.name for channel in CHANNELS].index("repeat")


@dataclass(frozen=True)
class ServiceType:
    """A kind of job: its share of leads and the share of a full move's hours it takes."""

    name: str
    share: float
    hours_factor: float = 1.0
    travels: bool = True


SERVICES: Final = (
    ServiceType("MOVING", 0.62),
    ServiceType("MOVING_AND_PACKING", 0.09),
    ServiceType("LOAD_ONLY", 0.04, 0.65),
    ServiceType("UNLOAD_ONLY", 0.04, 0.35),
    ServiceType("LABOR_ONLY", 0.06, 0.60, travels=False),
    ServiceType("COMMERCIAL", 0.04),
    ServiceType("STORAGE_IN_BOUND", 0.03, 0.80),
    ServiceType("STORAGE_OUT_BOUND", 0.03, 0.80),
    ServiceType("PACKING", 0.02, 0.60),
    ServiceType("BOX_DELIVERY", 0.015, 0.50),
    ServiceType("JUNK_REMOVAL", 0.007, 0.60),
    ServiceType("LONG_DISTANCE", 0.008, 1.60),
)
SERVICE_NUMBER: Final = {service.name: n for n, service in enumerate(SERVICES)}


@dataclass(frozen=True)
class MoveSize:
    """A size of home or premises: its share of leads, and the usual crew, hours and trucks."""

    name: str
    share: float
    crew: int
    hours: float
    trucks: int = 1
    is_commercial: bool = False


SIZES: Final = (
    MoveSize("Single item (2 h minimum)", 0.06, 2, 2.0),
    MoveSize("One room, up to 5 items (2 h minimum)", 0.05, 2, 2.0),
    MoveSize("Studio under 600 sq ft", 0.105, 2, 3.0),
    MoveSize("1-bedroom apartment", 0.245, 2, 4.0),
    MoveSize("2-bedroom apartment", 0.20, 3, 4.5),
    MoveSize("3-bedroom apartment", 0.05, 3, 6.0),
    MoveSize("Townhouse 2 bedrooms", 0.04, 3, 5.0),
    MoveSize("Townhouse 3 bedrooms", 0.04, 3, 5.0),
    MoveSize("Townhouse 4 bedrooms", 0.02, 3, 5.0),
    MoveSize("House 2 bedrooms", 0.07, 3, 5.5),
    MoveSize("House 3 bedrooms", 0.075, 4, 6.5),
    MoveSize("House 4 bedrooms", 0.035, 4, 8.0),
    MoveSize("House 5 bedrooms", 0.01, 5, 10.0, trucks=2),
    MoveSize("Office small", 0.55, 3, 4.0, is_commercial=True),
    MoveSize("Office medium", 0.35, 4, 6.0, is_commercial=True),
    MoveSize("Office large", 0.10, 5, 10.0, trucks=2, is_commercial=True),
)

# Rate card in cents per hour: by crew size, and what changes it.
CREW_RATE: Final = {2: 13_900, 3: 18_900, 4: 25_900, 5: 34_900}
FURTHER_TRUCK_RATE: Final = 7_000
LABOR_ONLY_REBATE: Final = 2_000
PEAK_SURCHARGE_PCT: Final = 10
LEAST_HOURS: Final = 2.0
HEAVY_ITEM_CENTS: Final = (32_500, 42_500)
VALUATION_CENTS: Final = (4_900, 8_900, 14_900)
MATERIAL_KIT_CENTS: Final = (10_999, 12_076, 14_999, 22_999, 45_499)
STORAGE_MONTH_CENTS: Final = (9_900, 12_500, 17_500, 22_500, 29_900, 39_900)

# Cost card.
CREW_COST_CENTS_PER_HOUR: Final = 3_100
FUEL_CENTS_PER_KM: Final = 77
"""48 litres per 100 km at 1.60 a litre, rounded."""
TRUCK_CENTS_PER_DAY: Final = 9_500
MATERIAL_COST_PCT: Final = 55
ROYALTY_PCT: Final = 6

# Three lists of the same length: a lead carries the number of its reason.
LOST_REASONS: Final = ("no answer", "price", "moving another day", "chose another mover")
BAD_REASONS: Final = ("wrong number", "duplicate", "spam", "outside our area")
REJECTION_REASONS: Final = ("price", "chose another mover", "moving on their own", "date not free")
CANCELLATION_REASONS: Final = (
    "date changed", "closing fell through", "chose another mover", "moving on their own", "illness",
)  # fmt: skip

Chances = NDArray[np.float64]


def shares(weights: list[float]) -> Chances:
    """Weights as probabilities that add up to one."""
    array = np.array(weights, dtype=np.float64)
    chances: Chances = array / array.sum()
    return chances
