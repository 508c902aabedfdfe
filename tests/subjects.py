"""Subjects that tests act as: the one place that knows how a `Subject` is put together.

Whole tenants with a user per role are made by `tests.factories`.
"""

from collections.abc import Iterable
from uuid import UUID

from crm_core.enums import Action, PermissionScope, Resource, UserRole
from crm_core.security.permissions import Grant, Subject

SCOPES = tuple(PermissionScope)


def subject_with(
    client_id: UUID,
    user_id: UUID | None,
    scope: PermissionScope,
    location_ids: Iterable[UUID] = (),
    role: UserRole = UserRole.ADMIN,
) -> Subject:
    """Somebody who may do everything, to the rows of one scope: what is left is isolation."""
    everything = {(resource, action): Grant(scope) for resource in Resource for action in Action}
    return Subject(client_id, user_id, role, scope, frozenset(location_ids), grants=everything)
