"""The ways the fake misbehaves on demand, and how a well-formed answer is spoilt.

When a fault strikes is decided by `server`; what is right is decided by `answers`.
"""

import copy
from dataclasses import dataclass

from transforms.sources.base import Json
from transforms.sources.fake import ServerFaults

UNKNOWN_CODE = 99


@dataclass(frozen=True, slots=True)
class Faults(ServerFaults):
    """Fault switches: what any server does, and what this vendor is known for."""

    bare_arrays: bool = False
    duplicate_across_pages: bool = False
    null_volume: bool = False
    unknown_code: bool = False
    wrong_encoding: bool = False
    broken_opportunities: int = 0
    """How many opportunities break their contract, each in another way."""


def spoil(detail: Json, faults: Faults) -> Json:
    """An opportunity's details as a milder fault leaves them: odd, but not against the contract."""
    spoilt = dict(detail)
    if faults.null_volume:
        spoilt["volume"] = None
        spoilt["moveSize"] = _with(spoilt["moveSize"], volume=None)
    if faults.unknown_code:
        spoilt["opportunityType"] = UNKNOWN_CODE
        spoilt["jobs"] = [_with(job, type=UNKNOWN_CODE) for job in _rows(spoilt["jobs"])]
    if faults.wrong_encoding:
        spoilt["customer"] = _with(spoilt["customer"], name="\u00c3\u2030lodie Birchfield")
    return spoilt


def break_contract(detail: Json, way: int) -> Json:
    """An opportunity's details that no connector may load; `way` picks the damage."""
    broken = copy.deepcopy(detail)
    if way % 4 == 0:
        broken["branch"] = None
    elif way % 4 == 1:
        broken["estimatedTotal"] = _with(broken["estimatedTotal"], finalTotal="about 900")
    elif way % 4 == 2:
        broken["serviceDate"] = 20261341
        broken["jobs"] = [_with(job, jobDate=20261341) for job in _rows(broken["jobs"])]
    else:
        broken["status"] = "booked"
    return broken


def _rows(value: object) -> list[Json]:
    return value if isinstance(value, list) else []


def _with(row: object, **changes: object) -> Json:
    return {**row, **changes} if isinstance(row, dict) else changes
