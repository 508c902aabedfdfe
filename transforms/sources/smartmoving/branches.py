"""Branch names as people type them, made comparable; no hit is a refusal, never a guess.

Which branch carries which name is declared in the core (`IntegrationLocation.external_name`).
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from crm_core.enums import IntegrationMode

_BRAND_WORDS = ("northway", "moving")
# The possessive comes and goes: "Northway Moving", "Northway's Moving", "Northways Moving".
_BRAND = re.compile(r"[^a-z0-9]*".join(f"{word}s?" for word in _BRAND_WORDS))
_APOSTROPHES = re.compile(r"['\u2019\u2018`]")


def normalise_branch(name: str) -> str:
    """A branch name without case, accents, emoji, blanks, punctuation, brand and "corporate".

    `"Northway Moving - Corporate - MONTRÈAL "` gives `"montreal"`.
    """
    decomposed = unicodedata.normalize("NFKD", name)
    plain = "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()
    plain = _BRAND.sub(" ", _APOSTROPHES.sub("", plain))
    words = re.findall(r"[a-z0-9]+", plain)
    return "".join(word for word in words if word != "corporate")


@dataclass(frozen=True, slots=True)
class BranchUse:
    """A branch of ours that an integration serves, and how."""

    location_id: UUID
    mode: IntegrationMode
    timezone: str
    province: str


def directory(named: Mapping[BranchUse, str]) -> dict[str, BranchUse]:
    """Branches by normalised name; a name that two branches share belongs to neither."""
    found: dict[str, BranchUse] = {}
    doubled: set[str] = set()
    for use, name in named.items():
        key = normalise_branch(name)
        if not key or key in found:
            doubled.add(key)
        found[key] = use
    return {key: use for key, use in found.items() if key not in doubled}
