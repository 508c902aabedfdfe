"""The reader behind a subject, read from the core under row-level security."""

import pytest

from crm_core.security.permissions import system_subject
from reports.reader import PLATFORM, reader_of
from tests.factories import Tenant


@pytest.mark.parametrize(
    ("role", "english", "french"),
    [
        ("executive", "Whole company", "Toute l’entreprise"),
        ("manager", "Branch: Vancouver", "Succursale : Vancouver"),
        ("sales_rep", "Own records, Vancouver", "Ses propres dossiers, Vancouver"),
    ],
)
def test_the_scope_is_said_in_words(tenant: Tenant, role: str, english: str, french: str) -> None:
    reader = reader_of(tenant.subjects[role])
    assert reader.scope_text("en-CA") == english
    assert reader.scope_text("fr-CA") == french
    assert reader.sign_in == f"{role}@acme.example"
    assert (reader.company, reader.timezone, reader.currency) == (
        "Acme Movers", "America/Toronto", "CAD",
    )  # fmt: skip


def test_the_platform_has_no_sign_in(tenant: Tenant) -> None:
    reader = reader_of(system_subject(tenant.client_id))
    assert (reader.sign_in, reader.branches) == (PLATFORM, ())
