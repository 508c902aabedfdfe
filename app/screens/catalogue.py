"""Which screens there are, in the order of the menu.

Each is declared in the module of its area.
"""

from typing import Final

from app.screens import assets, money, office, operations, sales
from app.screens.spec import Screen
from crm_core.security.permissions import Subject

SCREENS: Final[dict[str, Screen]] = {
    screen.name: screen
    for area in (sales, operations, money, assets, office)
    for screen in area.SCREENS
}


def screens_for(subject: Subject) -> list[Screen]:
    """The screens a subject may open."""
    return [screen for screen in SCREENS.values() if screen.is_open_to(subject)]
