"""Addresses as one line of text, taken apart as far as that can be done without guessing.

Nothing here is looked up: a part that the text does not show is None.
"""

import re
from dataclasses import dataclass

from crm_core.services.finance.tax import ABROAD, PROVINCES

_CODES = {
    "alberta": "AB",
    "british columbia": "BC",
    "manitoba": "MB",
    "new brunswick": "NB",
    "newfoundland and labrador": "NL",
    "northwest territories": "NT",
    "nova scotia": "NS",
    "nunavut": "NU",
    "ontario": "ON",
    "prince edward island": "PE",
    "quebec": "QC",
    "québec": "QC",
    "saskatchewan": "SK",
    "yukon": "YT",
}
_POSTAL = re.compile(r"\b([ABCEGHJ-NPRSTVXY]\d[A-Z])[ -]?(\d[A-Z]\d)?\b", re.IGNORECASE)
_ZIP = re.compile(r"\b[A-Z]{2} \d{5}(-\d{4})?\b")


@dataclass(frozen=True, slots=True)
class Address:
    """The parts of an address; `province` is a code of ours, or that for outside Canada."""

    street: str | None
    city: str | None
    province: str | None
    postal_code: str | None

    def as_json(self) -> dict[str, str]:
        """As the core stores it, parts that are not known left out."""
        parts = {
            "street": self.street,
            "city": self.city,
            "province": self.province,
            "postalCode": self.postal_code,
        }
        return {name: part for name, part in parts.items() if part}


def parse_address(text: str) -> Address:
    """Read `"12 Mill Road, Vaughan, Ontario L4K 1A1"`."""
    postal = _POSTAL.search(text)
    plain = _POSTAL.sub("", text) if postal else text
    parts = [part.strip() for part in plain.split(",") if part.strip()]
    if parts and parts[-1].casefold() in ("canada", "ca"):
        parts.pop()
    province = _province(parts[-1]) if parts else None
    if province and len(parts) > 1:
        parts.pop()
    code = "".join(part.upper() for part in postal.groups() if part) if postal else None
    return Address(
        street=parts[0] if parts else None,
        city=parts[1] if len(parts) > 1 else None,
        province=province,
        postal_code=code,
    )


def _province(text: str) -> str | None:
    if text.upper() in PROVINCES:
        return text.upper()
    if _ZIP.search(text):
        return ABROAD
    return _CODES.get(text.casefold())
