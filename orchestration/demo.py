"""The demo: everything, from nothing; run again, it only does what is missing.

What the demo company is, is in `crm_core.simulation`.
"""

from dataclasses import dataclass
from pathlib import Path

DEMO_USERS = (
    ("exec@northway.example", "executive: the whole company"),
    ("manager.vanc@northway.example", "branch manager: Vancouver only"),
    ("sales.vanc@northway.example", "sales: their own leads and quotes"),
    ("finance@northway.example", "finance: the whole company"),
    ("analyst@northway.example", "analyst: SQL on the warehouse"),
    ("exec@riverbend.example", "executive of another company"),
)
FIRST_REPORTS = ("exec@northway.example", "manager.vanc@northway.example")


@dataclass(frozen=True)
class Demo:
    """Where to look once the demo stands."""

    passwords: tuple[tuple[str, str, str | None], ...]
    """E-mail, who that is, and the one-time password (None once they have chosen their own)."""
    reports: tuple[Path, ...]
