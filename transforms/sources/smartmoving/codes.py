"""The vendor's integer codes, as names; a code we never met becomes UNKNOWN_<n>, never an error.

What a status means for our own rows belongs to `apply`.
"""

from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType


class OpportunityStatus(IntEnum):
    """Where an opportunity stands."""

    NEW_LEAD = 0
    LEAD_IN_PROGRESS = 1
    OPPORTUNITY = 3
    BOOKED = 4
    COMPLETED = 10
    CLOSED = 11
    CANCELLED = 20
    LOST = 30
    BAD_LEAD = 50


Codes = Mapping[int, str]

OPPORTUNITY_STATUS: Codes = MappingProxyType({s.value: s.name for s in OpportunityStatus})

BOOKED_STATUSES = frozenset(
    {
        OpportunityStatus.BOOKED,
        OpportunityStatus.COMPLETED,
        OpportunityStatus.CLOSED,
        OpportunityStatus.CANCELLED,
    }
)
"""Statuses of an opportunity that was booked, whatever became of it."""

DONE_STATUSES = frozenset({OpportunityStatus.COMPLETED, OpportunityStatus.CLOSED})

OPPORTUNITY_TYPE: Codes = MappingProxyType({0: "LOCAL", 1: "INTRASTATE", 2: "INTERSTATE"})

JOB_TYPE: Codes = MappingProxyType(
    {
        1: "MOVING",
        3: "PACKING",
        4: "MOVING_AND_PACKING",
        5: "LOAD_ONLY",
        6: "UNLOAD_ONLY",
        7: "COMMERCIAL",
        8: "STORAGE_IN_BOUND",
        9: "STORAGE_OUT_BOUND",
        10: "INNER_HOUSE",
        11: "JUNK_REMOVAL",
        12: "LABOR_ONLY",
        101: "STORAGE_INBOUND_AND_PACKING",
        102: "CLEANING",
        103: "UNPACKING",
        104: "MATERIAL_PICKUP",
        105: "BOX_DELIVERY",
        106: "FERRY_LOAD_ONLY",
        107: "FERRY_UNLOAD_ONLY",
        108: "BIN_RENTAL_PICK_UP",
        109: "BIN_RENTAL_DROP_OFF",
        110: "MATERIAL_PICKUP",
        111: "DRIVING",
        112: "LOAD_ONLY_AND_PACKING",
        113: "FERRY_SAME_DAY_MOVING",
        114: "LABOUR_AND_PACKING_ONLY",
        116: "LONG_DISTANCE",
    }
)
"""Codes above 100 are customs of the account (domain reference 5.6)."""

CHARGE_CATEGORY: Codes = MappingProxyType(
    {
        1: "MOVING_LABOR",
        2: "TRANSPORTATION",
        3: "PACKING",
        4: "ADDITIONAL_SERVICES",
        5: "TRIP_AND_TRAVEL",
        6: "FUEL_SURCHARGE",
        7: "VALUATION",
        8: "BULKY_ITEM",
        9: "STORAGE",
        10: "SHUTTLE_FEES",
        11: "STORAGE_IN_TRANSIT",
        12: "INSURANCE",
    }
)

PAYMENT_TYPE: Codes = MappingProxyType(
    {
        0: "CASH",
        1: "CHECK",
        2: "CREDIT_CARD",
        3: "CC_GATEWAY",
        6: "BILL_TO_ACCOUNT",
        7: "STORAGE_CREDIT",
        8: "ACH",
        **{custom: f"CUSTOM_{custom}" for custom in range(101, 121)},
    }
)

PAYMENT_CATEGORY: Codes = MappingProxyType({0: "DEPOSIT", 1: "BALANCE_DUE", 2: "OTHER"})


def decode(codes: Codes, code: int) -> str:
    """The name of a code, or UNKNOWN_<n>."""
    return codes.get(code, f"UNKNOWN_{code}")
