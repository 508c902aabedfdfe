"""Who may do what: one pure function over one table of role defaults.

Which rows a member of staff sees is held by row-level security; sign-in is in `services.access`.
"""

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from crm_core.enums import ActorType, PermissionScope, UserRole
from crm_core.errors import CrmError


class Action(StrEnum):
    """The verbs of the permission matrix."""

    CREATE = "CREATE"
    READ = "READ"
    UPDATE = "UPDATE"
    DELETE = "DELETE"
    APPROVE = "APPROVE"
    EXPORT = "EXPORT"
    ASSIGN = "ASSIGN"


class Resource(StrEnum):
    """The things the matrix speaks of; lines of a quote or an invoice go with their head."""

    CLIENT = "CLIENT"
    LOCATION = "LOCATION"
    USER = "USER"
    PERMISSION = "PERMISSION"
    CUSTOMER = "CUSTOMER"
    PERSONAL_DATA = "PERSONAL_DATA"
    """Names and contact data of customers, wherever they are shown; DELETE is their erasure."""
    LEAD = "LEAD"
    QUOTE = "QUOTE"
    INVOICE = "INVOICE"
    PAYMENT = "PAYMENT"
    LEDGER = "LEDGER"
    """Financial transactions and job costs."""
    JOURNEY = "JOURNEY"
    JOURNEY_STEP = "JOURNEY_STEP"
    EQUIPMENT = "EQUIPMENT"
    REPORT = "REPORT"
    DASHBOARD = "DASHBOARD"
    WAREHOUSE = "WAREHOUSE"
    """SQL of one's own on the door, and the metrics behind every page."""
    INTEGRATION = "INTEGRATION"
    AUDIT_ENTRY = "AUDIT_ENTRY"
    ENCRYPTED_DATA = "ENCRYPTED_DATA"
    """Secrets and sensitive values in clear: access codes, document numbers, keys of others."""


@dataclass(frozen=True)
class Subject:
    """Who acts: one tenant, one role, and the branches that LOCATION scope opens."""

    client_id: UUID
    user_id: UUID | None
    role: UserRole
    scope: PermissionScope
    location_ids: frozenset[UUID]
    actor_type: ActorType = ActorType.USER


@dataclass(frozen=True)
class Decision:
    """The answer, and the one line that says why."""

    allowed: bool
    reason: str

    def __bool__(self) -> bool:
        return self.allowed


class ActionRefused(CrmError):
    """A subject asked for something that its role does not permit."""


LETTERS = MappingProxyType(
    {
        "C": Action.CREATE,
        "R": Action.READ,
        "U": Action.UPDATE,
        "D": Action.DELETE,
        "A": Action.APPROVE,
        "X": Action.EXPORT,
        "S": Action.ASSIGN,
    }
)

SCOPES = MappingProxyType(
    {
        UserRole.SUPER_ADMIN: PermissionScope.ALL,
        UserRole.OPERATIONAL_MANAGER: PermissionScope.ALL,
        UserRole.ADMIN: PermissionScope.CLIENT,
        UserRole.EXECUTIVE: PermissionScope.CLIENT,
        UserRole.FINANCE: PermissionScope.CLIENT,
        UserRole.ANALYST: PermissionScope.CLIENT,
        UserRole.AUDITOR: PermissionScope.CLIENT,
        UserRole.MANAGER: PermissionScope.LOCATION,
        UserRole.DISPATCHER: PermissionScope.LOCATION,
        UserRole.STORAGE_MANAGER: PermissionScope.LOCATION,
        UserRole.FLEET_MANAGER: PermissionScope.LOCATION,
        UserRole.SALES_REP: PermissionScope.OWN,
        UserRole.DRIVER: PermissionScope.OWN,
        UserRole.MOVER: PermissionScope.OWN,
        UserRole.DB_ADMIN: PermissionScope.OWN,
    }
)

_MATRIX = """
-             SA    ADMIN  OM  EX  MAN    DISP   SALES FIN    DR MO STOR FLEET AN   AU  DB
CLIENT        CRUD  RU     R   R   R      R      R     R      -  -  R    R     R    R   -
LOCATION      CRUD  CRU    R   R   RU     R      R     R      R  R  R    R     R    R   -
USER          CRUD  CRUD   R   R   RU     R      R     R      RU RU R    R     -    R   -
PERMISSION    CRUD  CRUD   -   -   R      -      -     -      -  -  -    -     -    R   -
CUSTOMER      CRUDX CRUDX  R   R   CRUX   CRU    CRU   RU     R  R  CRU  -     R    R   -
PERSONAL_DATA RDX   RDX    -   R   RX     R      R     R      R  R  R    -     -    R   -
LEAD          CRUD  CRUDX  R   R   CRUDSX CRU    CRUDX R      -  -  C    -     R    R   -
QUOTE         CRUDA CRUDAX R   R   CRUDAX CRU    CRUDX R      -  -  CRU  -     R    R   -
INVOICE       CRUDA CRUDAX R   R   CRUAX  CR     R     CRUDAX -  -  CRU  -     R    RX  -
PAYMENT       CRUDA CRUAX  R   R   CRA    CR     R     CRUDAX C  -  CR   -     R    RX  -
LEDGER        CRUD  CRUX   R   R   RX     -      -     CRUX   -  -  R    -     R    RX  -
JOURNEY       CRUD  CRUDX  R   R   CRUDAX CRUDSX R     R      R  R  R    R     R    RX  -
JOURNEY_STEP  CRUDA CRUDA  R   R   RUA    RU     -     -      U  U  -    -     R    R   -
EQUIPMENT     CRUD  CRUDX  R   R   CRUDX  RUS    -     R      R  R  R    CRUDX R    R   -
REPORT        CRUDX CRUDX  CRX CRX CRUDX  CRX    CRX   CRUDX  R  R  CRX  CRX   CRX  CRX -
DASHBOARD     CRUD  CRUD   RU  R   CRUD   CRUD   CRUD  CRUD   R  R  CRUD CRUD  CRUD R   -
WAREHOUSE     RX    RX     R   RX  RX     R      R     RX     -  -  R    R     RX   RX  -
INTEGRATION   CRUD  CRUD   R   R   R      -      -     R      -  -  -    -     R    R   -
AUDIT_ENTRY   RX    RX     R   R   R      -      -     R      -  -  -    -     -    RX  R
ENCRYPTED_DATA CRUD CRUD   -   -   -      -      -     -      -  -  CRU  -     -    -   -
"""
"""Role defaults: letters as in `LETTERS`, "-" for nothing. Nobody changes an audit entry."""

_COLUMNS = {
    "SA": UserRole.SUPER_ADMIN,
    "ADMIN": UserRole.ADMIN,
    "OM": UserRole.OPERATIONAL_MANAGER,
    "EX": UserRole.EXECUTIVE,
    "MAN": UserRole.MANAGER,
    "DISP": UserRole.DISPATCHER,
    "SALES": UserRole.SALES_REP,
    "FIN": UserRole.FINANCE,
    "DR": UserRole.DRIVER,
    "MO": UserRole.MOVER,
    "STOR": UserRole.STORAGE_MANAGER,
    "FLEET": UserRole.FLEET_MANAGER,
    "AN": UserRole.ANALYST,
    "AU": UserRole.AUDITOR,
    "DB": UserRole.DB_ADMIN,
}


def _granted() -> frozenset[tuple[UserRole, Resource, Action]]:
    """The matrix as a set of (role, resource, action)."""
    header, *rows = [line.split() for line in _MATRIX.strip().splitlines()]
    roles = [_COLUMNS[name] for name in header[1:]]
    return frozenset(
        (role, Resource(resource), LETTERS[letter])
        for resource, *cells in rows
        for role, cell in zip(roles, cells, strict=True)
        for letter in cell.strip("-")
    )


GRANTED = _granted()


def scope_of(role: UserRole) -> PermissionScope:
    """The rows a role sees by default."""
    return SCOPES[role]


def can(subject: Subject, resource: Resource, action: Action) -> Decision:
    """Whether the role permits the action on the resource; rows are not looked at here."""
    if (subject.role, resource, action) in GRANTED:
        return Decision(True, f"{subject.role} may {action} {resource}")
    return Decision(False, f"{subject.role} may not {action} {resource}")


def require(subject: Subject, resource: Resource, action: Action) -> None:
    """Raises `ActionRefused` where `can` says no."""
    decision = can(subject, resource, action)
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
    )
