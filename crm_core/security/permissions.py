"""Who may do what: one pure function over role defaults and the overrides on top of them.

The defaults are in `matrix`. The database holds the same line: `Subject.context` is what row-level
security reads, and `crm_core.migrations.derived` turns it into policies. Sign-in is in
`services.tenancy.access`, giving and taking rights in `services.tenancy.permissions`.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from crm_core.enums import Action, ActorType, PermissionScope, Resource, UserRole
from crm_core.errors import CrmError
from crm_core.models.base import Scope
from crm_core.security.matrix import DEFAULTS, PLATFORM_ROLES, SCOPES

__all__ = [
    "CREW", "Action", "ActionRefused", "Decision", "Grant", "Override", "Resource", "Subject",
    "can", "effective", "require", "scope_of", "system_subject",
]  # fmt: skip

Conditions = tuple[tuple[str, tuple[str, ...]], ...]
"""A predicate over a row: every named text column holds one of its values."""

VERBS: Final = MappingProxyType(
    {"R": Action.READ, "C": Action.CREATE, "U": Action.UPDATE, "D": Action.DELETE}
)
"""What the database knows of the actions."""

SYSTEM_CONTEXT: Final = '{"*":"c"}'
"""The grants of the platform itself: every row of the tenant that the transaction acts in."""

UNCHANGEABLE: Final = frozenset(
    (Resource.AUDIT_ENTRY, action) for action in (Action.UPDATE, Action.DELETE)
)
"""Nobody edits the trail, the platform neither."""

NEVER: Final = UNCHANGEABLE | {(Resource.AUDIT_ENTRY, Action.CREATE)}
"""No override gives these: everybody writes the trail, in their own name only."""

BOTH: Final = Scope(location="location_id", owner="owner_id")

CREW: Final = "crew_ids"
"""Among the facts of a row: the people who stand on the crew of its journey."""


@dataclass(frozen=True)
class Grant:
    """Over which rows an action is allowed."""

    scope: PermissionScope
    conditions: Conditions = ()

    @classmethod
    def of(cls, role: UserRole, scope: object, conditions: object = None) -> "Grant | None":
        """A grant from stored values; None for what cannot be understood or may not be given."""
        if scope not in PermissionScope.__members__.values():
            return None
        wide = PermissionScope(str(scope))
        if wide is PermissionScope.ALL and role not in PLATFORM_ROLES:
            return None
        understood = conditions_of(conditions)
        return None if understood is None else cls(wide, understood)


@dataclass(frozen=True)
class Override:
    """One row of a tenant or of a person on top of the role defaults."""

    resource: str
    action: str
    is_allowed: bool
    scope: str | None = None
    conditions: object = None
    expires_at: datetime | None = None


Grants = Mapping[tuple[Resource, Action], Grant]
_OF_ROLE: Final[Grants] = MappingProxyType({})
"""Stands for the defaults of the role."""


@dataclass(frozen=True)
class Subject:
    """Who acts: one tenant, one role, its branches, and what all of that allows.

    `grants` is worked out once, at sign-in; without it the defaults of the role hold, over `scope`
    where the matrix names no other. ALL means every row of `client_id`: a platform user acts in
    one chosen tenant.
    """

    client_id: UUID
    user_id: UUID | None
    role: UserRole
    scope: PermissionScope
    location_ids: frozenset[UUID]
    actor_type: ActorType = ActorType.USER
    grants: Grants = field(default_factory=lambda: _OF_ROLE, hash=False, repr=False)
    is_system: bool = False

    def __post_init__(self) -> None:
        is_default = self.grants is _OF_ROLE
        held = defaults_of(self.role, self.scope) if is_default else self.grants
        object.__setattr__(self, "grants", dict(held))  # a plain copy: subjects travel to workers

    @cached_property
    def context(self) -> str:
        """The grants as row-level security reads them; see `crm_core.migrations.derived`."""
        if self.is_system:
            return SYSTEM_CONTEXT
        said: dict[str, Any] = {}
        for letter, action in VERBS.items():
            for resource in Resource:
                grant = self.grants.get((resource, action))
                if grant is None or not _is_readable(self, resource, action):
                    continue
                # Every other tenant is out of reach: ALL is CLIENT there.
                scope = "c" if grant.scope is PermissionScope.ALL else grant.scope[0].lower()
                if grant.conditions:
                    said[f"{resource}.{letter}"] = {"scope": scope, "if": dict(grant.conditions)}
                    scope = "?"
                said[resource] = said.get(resource, "") + letter + scope
        return json.dumps(said, separators=(",", ":"))


@dataclass(frozen=True)
class Decision:
    """The answer, and the one line that says why."""

    allowed: bool
    reason: str

    def __bool__(self) -> bool:
        return self.allowed


class ActionRefused(CrmError):
    """A subject asked for something that it is not permitted."""


def scope_of(role: UserRole) -> PermissionScope:
    """The rows a role works on by default."""
    return SCOPES[role]


def defaults_of(role: UserRole, scope: PermissionScope) -> dict[tuple[Resource, Action], Grant]:
    """The row of the matrix for a role that works on `scope`."""
    return {
        (resource, action): Grant(cell or scope)
        for (each, resource, action), cell in DEFAULTS.items()
        if each == role
    }


def effective(
    role: UserRole, tenant: Iterable[Override], personal: Iterable[Override], at: datetime
) -> Grants:
    """What holds at `at`: personal overrides before the tenant's, those before the defaults.

    At one level DENY wins, and rows that contradict each other or make no sense allow nothing.
    """
    held = defaults_of(role, scope_of(role))
    for level in (tenant, personal):
        rows: dict[tuple[Resource, Action], list[Override]] = {}
        for override in level:
            key = _key(override.resource, override.action)
            is_over = override.expires_at is not None and override.expires_at <= at
            if key is not None and not is_over:
                rows.setdefault(key, []).append(override)
        for key, found in rows.items():
            grant = _decided(role, key, found)
            if grant is None:
                held.pop(key, None)
            else:
                held[key] = grant
    return held


def conditions_of(stored: object) -> Conditions | None:
    """{"status": ["DRAFT"]} as a sorted tuple; nothing is no condition, None is not understood."""
    if stored is None or stored == {}:
        return ()
    if not isinstance(stored, Mapping):
        return None
    for name, values in stored.items():
        if not isinstance(name, str) or not isinstance(values, Sequence) or isinstance(values, str):
            return None
        if not all(isinstance(value, str) for value in values):
            return None
    return tuple(sorted((name, tuple(sorted(values))) for name, values in stored.items()))


def can(
    subject: Subject,
    resource: Resource | str,
    action: Action | str,
    row: Mapping[str, object] | None = None,
    scope: Scope = BOTH,
) -> Decision:
    """Whether the subject may act: on some row without `row`, else on a row with these columns.

    `scope` names the columns that LOCATION and OWN look at, as the row's table declares them.
    Whatever is unknown is refused; what one may not read, one may not change either.
    """
    who = subject.role
    key = _key(resource, action)
    if key is None:
        return Decision(False, f"{who} may not {action} {resource}: no such thing is known")
    grant = subject.grants.get(key)
    if subject.is_system:
        grant = None if key in UNCHANGEABLE else Grant(PermissionScope.CLIENT)
    if grant is None or not _is_readable(subject, *key):
        return Decision(False, f"{who} may not {key[1]} {key[0]}")
    reason = f"{who} may {key[1]} {key[0]}"
    if row is None:
        return Decision(True, reason)
    if not subject.is_system and key[1] not in (Action.READ, Action.CREATE):
        seen = can(subject, key[0], Action.READ, row, scope)
        if not seen:
            return seen
    outside = _outside(subject, grant, row, scope)
    if outside:
        return Decision(False, f"{who} may not {key[1]} this {key[0]}: {outside}")
    return Decision(True, reason)


def require(
    subject: Subject,
    resource: Resource,
    action: Action,
    row: Mapping[str, object] | None = None,
    scope: Scope = BOTH,
) -> None:
    """Raises `ActionRefused` where `can` says no."""
    decision = can(subject, resource, action, row, scope)
    if not decision:
        raise ActionRefused(decision.reason)


def system_subject(client_id: UUID, actor_type: ActorType = ActorType.SYSTEM) -> Subject:
    """The platform itself at work in one tenant: scheduled jobs, imports, the simulation."""
    return Subject(
        client_id=client_id,
        user_id=None,
        role=UserRole.ADMIN,
        scope=PermissionScope.CLIENT,
        location_ids=frozenset(),
        actor_type=actor_type,
        is_system=True,
    )


def _key(resource: object, action: object) -> tuple[Resource, Action] | None:
    try:
        return Resource(str(resource)), Action(str(action))
    except ValueError:
        return None


def _is_readable(subject: Subject, resource: Resource, action: Action) -> bool:
    """Whether the action stands alone, or some row of the resource may be read."""
    if action in (Action.READ, Action.CREATE) or subject.is_system:
        return True
    return (resource, Action.READ) in subject.grants


def _decided(role: UserRole, key: tuple[Resource, Action], found: list[Override]) -> Grant | None:
    """What the overrides of one level for one action come to; None where they take it away."""
    if key in NEVER or key[0] is Resource.MACHINERY or not all(row.is_allowed for row in found):
        return None
    grants = {Grant.of(role, row.scope, row.conditions) for row in found}
    return grants.pop() if len(grants) == 1 else None


def _outside(subject: Subject, grant: Grant, row: Mapping[str, object], scope: Scope) -> str | None:
    """Why the grant does not reach the row; None when it does."""
    if row.get("client_id") != subject.client_id:
        return "it belongs to another company"
    is_own = grant.scope is PermissionScope.OWN
    by_branch = grant.scope is PermissionScope.LOCATION or (is_own and scope.owner is None)
    if is_own and scope.owner is not None:
        if subject.user_id is None or not _owns(subject.user_id, row, scope):
            return "it belongs to somebody else"
    elif (
        by_branch
        and scope.location is not None
        and row.get(scope.location) not in subject.location_ids
    ):
        return "it belongs to another branch"
    for name, values in grant.conditions:
        value = row.get(name)
        if not isinstance(value, str) or value not in values:
            return f"its {name} is not {' or '.join(values) or 'allowed at all'}"
    return None


def _owns(user_id: UUID, row: Mapping[str, object], scope: Scope) -> bool:
    crew = row.get(CREW, ()) if scope.journey is not None else ()
    return row.get(scope.owner or "") == user_id or (
        isinstance(crew, Collection) and user_id in crew
    )
