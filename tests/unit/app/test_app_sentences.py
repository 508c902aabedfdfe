"""What services say, in French: every conflict of the calendar, and the refusals people meet."""

import ast
import inspect

import pytest
import yaml

from app.sentences import FILE, conflict_text, sentence
from crm_core.services.scheduling import conflicts
from crm_core.simulation import slots


def said_of_conflicts() -> list[str]:
    """Every sentence of a conflict, with a figure in each blank."""
    tree = ast.parse(inspect.getsource(conflicts))
    found = [slots.RENTED, slots.HIRED]
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Conflict":
            text = node.args[1]
            if isinstance(text, ast.Constant):
                found.append(str(text.value))
            elif isinstance(text, ast.JoinedStr):
                found.append("".join(str(part.value) if isinstance(part, ast.Constant) else "7"
                                     for part in text.values))  # fmt: skip
    return found


def test_every_conflict_is_told_in_french() -> None:
    said = said_of_conflicts()
    assert len(said) >= 12
    for english in said:
        assert sentence(english, "fr-CA") != english, english
        assert sentence(english, "en-CA") == english


@pytest.mark.parametrize(
    ("english", "french"),
    [
        ("2 of 3 people are on the crew", "2 personnes sur 3 sont dans l’équipe"),
        ("12.00 is more than the 10.00 left to return",
         "12.00 dépasse les 10.00 qui restent à rembourser"),
        ("must be after starts_on", "doit être après starts_on"),
        ("quote is DRAFT: ACCEPT refused, not allowed while DRAFT",
         "quote est DRAFT : ACCEPT refusé, impossible tant que DRAFT"),
        ("something nobody has put into French", "something nobody has put into French"),
    ],
)  # fmt: skip
def test_refusals_keep_their_figures(english: str, french: str) -> None:
    assert sentence(english, "fr-CA") == french


def test_a_note_marks_what_cannot_stand() -> None:
    note = "HARD: T-7 is booked elsewhere; SOFT: it is outside business hours"
    assert conflict_text(note, "en-CA", "Cannot stand") == (
        "Cannot stand: T-7 is booked elsewhere; it is outside business hours"
    )
    assert conflict_text(note, "fr-CA", "Impossible") == (
        "Impossible: T-7 est réservé ailleurs; hors des heures d’ouverture"
    )


def test_both_languages_have_the_same_blanks() -> None:
    for english, french in yaml.safe_load(FILE.read_text("utf-8")):
        assert english.count("{}") == french.count("{}"), english
