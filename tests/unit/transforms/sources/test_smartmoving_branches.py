"""Branch names: dirt is removed, strangers are not guessed."""

from uuid import UUID

import pytest

from crm_core.enums import IntegrationMode
from tests.unit.transforms.sources.conftest import SPECS, Ours
from transforms.sources.smartmoving.branches import BranchUse, directory, normalise_branch
from transforms.sources.smartmoving.fake import FakeSmartMoving


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("Northway Moving Vaughan", "vaughan"),
        ("Northway Moving Vaughan  ", "vaughan"),
        ("Northway Moving Vaughan 🇨🇦", "vaughan"),
        ("Northway Moving Vaughan🇨🇦", "vaughan"),
        ("Northway's Moving Vaughan", "vaughan"),
        ("Northway\u2019s Moving Vaughan", "vaughan"),
        ("Northways Moving - VAUGHAN", "vaughan"),
        ("Northway Moving - Corporate - MONTRÈAL", "montreal"),
        ("Montréal", "montreal"),
        ("Northway Moving St. Catharines", "stcatharines"),
        ("ST CATHERINES", "stcatherines"),
        ("Northway Moving - Corporate - Downtown Toronto", "downtowntoronto"),
        ("Northway Moving", ""),
        ("🇨🇦", ""),
    ],
)
def test_normalised(typed: str, wanted: str) -> None:
    assert normalise_branch(typed) == wanted


def test_every_network_branch_of_the_fake_is_found_and_no_other(
    account: FakeSmartMoving, ours: Ours
) -> None:
    found = [normalise_branch(str(row["name"])) for row in account.account.branches()]
    known = [name in ours.branches for name in found]
    assert known == [True] * len(SPECS) + [False] * (len(found) - len(SPECS))


def test_a_name_that_two_branches_share_belongs_to_neither() -> None:
    uses = [BranchUse(UUID(int=n), IntegrationMode.SOURCE, "America/Toronto", "ON") for n in (1, 2)]
    assert directory({uses[0]: "Vaughan", uses[1]: " VAUGHAN"}) == {}
    assert directory({uses[0]: "Vaughan", uses[1]: ""}) == {"vaughan": uses[0]}
