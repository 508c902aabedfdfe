"""The staff of a simulated company: who works where, in which role, and which branches they see.

Passwords are given out by `services.tenancy.access`, never here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from crm_core.enums import StorageType, UserRole
from crm_core.simulation.network import Branch, Company, own_trucks
from crm_core.simulation.words import FAMILY_ENDS, FAMILY_STARTS, GIVEN_NAMES

HEAD_OFFICE = (
    ("exec", UserRole.EXECUTIVE),
    ("finance", UserRole.FINANCE),
    ("storage", UserRole.STORAGE_MANAGER),
    ("fleet", UserRole.FLEET_MANAGER),
    ("analyst", UserRole.ANALYST),
    ("auditor", UserRole.AUDITOR),
    ("admin", UserRole.ADMIN),
)

HOURLY_COST = {
    UserRole.EXECUTIVE: Decimal("95.00"),
    UserRole.FINANCE: Decimal("48.00"),
    UserRole.STORAGE_MANAGER: Decimal("36.00"),
    UserRole.FLEET_MANAGER: Decimal("42.00"),
    UserRole.ANALYST: Decimal("46.00"),
    UserRole.AUDITOR: Decimal("50.00"),
    UserRole.ADMIN: Decimal("55.00"),
    UserRole.MANAGER: Decimal("44.00"),
    UserRole.SALES_REP: Decimal("29.00"),
    UserRole.DISPATCHER: Decimal("31.00"),
    UserRole.DRIVER: Decimal("33.32"),
    UserRole.MOVER: Decimal("28.56"),
}
MOVERS_PER_TRUCK = 1.8


@dataclass(frozen=True)
class StaffMember:
    """One member of staff."""

    email: str
    name: str
    role: UserRole
    home: str | None
    """Code of the home branch; none for head office."""
    sees: tuple[str, ...]
    """Codes of the branches that LOCATION scope opens."""
    language: str

    @property
    def hourly_cost_amount(self) -> Decimal:
        return HOURLY_COST[self.role]


def staff(company: Company, rng: np.random.Generator) -> list[StaffMember]:
    """Everybody of a company: head office first, then branch by branch."""
    posts = [*_head_office(company), *_branch_posts(company), *_field_posts(company)]
    return [
        StaffMember(
            email=f"{mailbox}@{company.domain}",
            name=_name(rng),
            role=role,
            home=home,
            sees=sees,
            language="fr" if home == "MONT" else "en",
        )
        for mailbox, role, home, sees in posts
    ]


Post = tuple[str, UserRole, str | None, tuple[str, ...]]


def _head_office(company: Company) -> Iterator[Post]:
    everywhere = tuple(branch.code for branch in company.branches)
    with_storage = tuple(
        branch.code for branch in company.branches if branch.storage is not StorageType.NO_STORAGE
    )
    for mailbox, role in HEAD_OFFICE:
        sees = {UserRole.STORAGE_MANAGER: with_storage, UserRole.FLEET_MANAGER: everywhere}
        yield mailbox, role, None, sees.get(role, ())


def _branch_posts(company: Company) -> Iterator[Post]:
    for branch in company.branches:
        place = branch.code.lower()
        yield f"manager.{place}", UserRole.MANAGER, branch.code, (branch.code,)
        for number in range(1, sales_reps(branch) + 1):
            mailbox = f"sales{number if number > 1 else ''}.{place}"
            yield mailbox, UserRole.SALES_REP, branch.code, (branch.code,)
        yield f"dispatch.{place}", UserRole.DISPATCHER, branch.code, (branch.code,)


def _field_posts(company: Company) -> Iterator[Post]:
    """Drivers and movers, by the trucks that a branch has to itself."""
    trucks = own_trucks(company.branches)
    for role, per_truck in ((UserRole.DRIVER, 1.0), (UserRole.MOVER, MOVERS_PER_TRUCK)):
        for branch in company.branches:
            for number in range(1, max(1, round(per_truck * trucks[branch.code])) + 1):
                mailbox = f"{role.value.lower()}{number}.{branch.code.lower()}"
                yield mailbox, role, branch.code, (branch.code,)


def sales_reps(branch: Branch) -> int:
    """One to three, by the number of trucks."""
    return 1 if branch.trucks < 4 else 2 if branch.trucks < 8 else 3


def _name(rng: np.random.Generator) -> str:
    given = GIVEN_NAMES[rng.integers(len(GIVEN_NAMES))]
    start = FAMILY_STARTS[rng.integers(len(FAMILY_STARTS))]
    return f"{given} {start}{FAMILY_ENDS[rng.integers(len(FAMILY_ENDS))]}"
