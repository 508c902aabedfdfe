"""A small SmartMoving account of three branches for the tests of sources; one server per module."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from crm_core.enums import IntegrationMode
from transforms.sources.http import Manners, SourceClient
from transforms.sources.smartmoving.branches import BranchUse, directory
from transforms.sources.smartmoving.fake import BranchSpec, FakeSmartMoving, Faults

AS_OF = datetime(2026, 11, 20, 18, tzinfo=UTC)
SPECS = (
    BranchSpec("VANC", "Vancouver", "BC", is_corporate=True),
    BranchSpec("MONT", "Montreal", "QC", is_corporate=True),
    BranchSpec("VAUG", "Vaughan", "ON"),
)
FAST = Manners(first_wait=0.001, longest_wait=5.0, requests_per_second=None)


@dataclass(frozen=True)
class Ours:
    """Our side of the account."""

    today: date
    uses: dict[str, BranchUse]
    branches: dict[str, BranchUse]


@pytest.fixture(scope="session")
def ours() -> Ours:
    """The three branches as the core declares them; VANC is a source, the others for reference."""
    uses = {
        "VANC": BranchUse(UUID(int=1), IntegrationMode.SOURCE, "America/Vancouver", "BC"),
        "MONT": BranchUse(UUID(int=2), IntegrationMode.REFERENCE, "America/Toronto", "QC"),
        "VAUG": BranchUse(UUID(int=3), IntegrationMode.REFERENCE, "America/Toronto", "ON"),
    }
    names = {spec.code: spec.name for spec in SPECS}
    branches = directory({use: names[code] for code, use in uses.items()})
    return Ours(AS_OF.date(), uses, branches)


def serve(faults: Faults | None = None, *, per_branch: int = 60, seed: int = 7) -> FakeSmartMoving:
    """The account, ready to be entered."""
    branches = [replace(spec, customers=per_branch) for spec in SPECS]
    return FakeSmartMoving(seed=seed, as_of=AS_OF, branches=branches, faults=faults)


def client_of(server: FakeSmartMoving, *, key: str | None = None) -> SourceClient:
    """A client of the account that neither paces itself nor waits long."""
    headers = {"x-api-key": server.api_key if key is None else key}
    return SourceClient("SmartMoving", server.base_url, headers=headers, manners=FAST)


@pytest.fixture(scope="module")
def account() -> Iterator[FakeSmartMoving]:
    """The account without any fault."""
    with serve() as server:
        yield server


@pytest.fixture
def client(account: FakeSmartMoving) -> Iterator[SourceClient]:
    """A client of the account without any fault."""
    with client_of(account) as made:
        yield made
