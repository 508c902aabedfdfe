"""Where a customer stands as a whole, from the leads."""

import pytest

from crm_core.enums import LeadStatus
from crm_core.services.sales.customers import lead_status


@pytest.mark.parametrize(
    ("leads", "whole"),
    [
        ("", "NEW"),
        ("NEW", "NEW"),
        ("LOST", "LOST"),
        ("ARCHIVED", "LOST"),
        ("LOST NEW", "NEW"),
        ("CONTACTED NEGOTIATION PROPOSAL_SENT", "NEGOTIATION"),
        ("NEGOTIATION WON LOST", "WON"),
    ],
)
def test_a_win_comes_first_then_the_furthest_open_lead(leads: str, whole: str) -> None:
    assert lead_status(LeadStatus(each) for each in leads.split()) == whole
