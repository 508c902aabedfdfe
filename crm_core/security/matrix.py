"""The role defaults: which role may do what, and over which rows.

Overrides of a tenant or a person, and the decision itself, stand in `permissions`.
"""

from collections.abc import Iterator
from types import MappingProxyType

from crm_core.enums import Action, PermissionScope, Resource, UserRole

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

_SCOPE_LETTERS = {
    "o": PermissionScope.OWN,
    "l": PermissionScope.LOCATION,
    "c": PermissionScope.CLIENT,
}

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
"""The rows each role works on; a cell of the matrix may say otherwise."""

PLATFORM_ROLES = frozenset(role for role, scope in SCOPES.items() if scope is PermissionScope.ALL)
"""Only they may hold ALL, and even they act in one chosen tenant at a time."""

_MATRIX = """
-               SA    ADMIN  OM   EX   MAN       DISP   SALES FIN    DR   MO   STOR   FLEET  AN        AU   DB
CLIENT          CRUD  RU     R    R    R/c       R/c    R/c   R      -    -    R/c    R/c    R         R    -
LOCATION        CRUD  CRU    R    R    RU        R      R/l   R      R    R    R      R      R         R    -
USER            CRUD  CRUD   R    R    RU        R      R/l   R      RU   RU   R      R      -         R    -
PERMISSION      CRUD  CRUD   -    -    R         -      -     -      -    -    -      -      -         R    -
CUSTOMER        CRUDX CRUDX  R    R    CRUX      CRU    CRU   RU     R    R    CRU    -      R         R    -
PERSONAL_DATA   RDX   RDX    -    R    RX        R      R     R      R    R    R      -      -         R    -
LEAD            CRUD  CRUDX  R    R    CRUDSX    CRU    CRUDX R      -    -    C      -      R         R    -
QUOTE           CRUDA CRUDAX R    R    CRUDAX    CRU    CRUDX R      -    -    CRU    -      R         R    -
INVOICE         CRUDA CRUDAX R    R    CRUAX     CR     R     CRUDAX -    -    CRU    -      R         RX   -
PAYMENT         CRUDA CRUAX  R    R    CRA       CR     R     CRUDAX C    -    CR     -      R         RX   -
LEDGER          CRUD  CRUX   R    R    RX        -      -     CRUX   -    -    R      -      R         RX   -
JOURNEY         CRUD  CRUDX  R    R    CRUDAX    CRUDSX R     R      R    R    R      R      R         RX   -
JOURNEY_STEP    CRUDA CRUDA  R    R    RUA       RU     -     -      RU   RU   -      -      R         R    -
CREW            CRUDS CRUDS  R    R    CRUDS     CRUDS  -     -      RU   RU   -      -      R         R    -
POSITION        CR    CR     R    R    CR        CR     -     -      CR   CR   -      -      -         R    -
MEDIA           CRD   CRD    R    R    CRD       CR     -     R      CR   CR   CR     -      -         R    -
MOBILE          RD    RD     -    R    R         R      -     -      CRU  CRU  -      -      -         R    -
CLAIM           CRUDA CRUDAX R    R    CRUAX     CRU    R     RU     CR   CR   CRU    R      R         RX   -
STORAGE_UNIT    CRUD  CRUD   R    R    RU        R      R/l   R      R    -    CRUD   -      R         R    -
STORAGE_BOOKING CRUD  CRUDX  R    R    CRUDX     CRU    CRU   RU     -    -    CRUDX  -      R         R    -
EQUIPMENT       CRUD  CRUDX  R    R    CRUDX     RUS    -     R      R    R    R      CRUDX  R         R    -
MAINTENANCE     CRUDA CRUDAX R    R    CRUAX     CR     -     R      C    C    CR     CRUAX  R         R    -
INVENTORY       CRUD  CRUDX  R    R    CRUAX     CRU    R/l   R      C    C    CRU    R      R         R    -
PURCHASE        CRUD  CRUDA  -    R    CRUA      R      -     CRUA   -    -    CR     CR     R         R    -
SCHEDULE        CRUD  CRUD   R    R    CRUDA     CRUDS  R/l   -      R    R    CRU    R      R         R    -
AVAILABILITY    CRUDA CRUDA  -    R    CRUDA     R      CRUD  CRUD/o CRUD CRUD CRUD/o CRUD/o CRUD/o    R    -
REPORT          CRUDX CRUDX  CRX  CRX  CRUDX     CRX    CRX   CRUDX  R    R    CRX    CRX    CRX       CRX  -
DASHBOARD       CRUD  CRUD   RU   R    CUD/o,R/l CRUD/o CRUD  CRUD/o R    R    CRUD/o CRUD/o CUD/o,R/c R    -
WAREHOUSE       RX    RX     R    RX   RX        R      R     RX     -    -    R      R      RX        RX   -
COMMUNICATION   CR    CRX    -    R    CRX       CR     CR    CR     C    -    CR     -      -         R    -
TEMPLATE        CRUD  CRUD   -    R    CRU       R/c    R/c   R      -    -    R/c    R/c    -         R    -
NOTIFICATION    CRUD  CRUD   RU/o RU/o RU/o      RU/o   RU    RU/o   RU   RU   RU/o   RU/o   RU/o      RU/o RU
INTEGRATION     CRUD  CRUD   R    R    R         -      -     R      -    -    -      -      R         R    -
WEBHOOK         CRUD  CRUD   -    -    -         -      -     -      -    -    -      -      -         R    -
ENCRYPTED_DATA  CRUD  CRUD   -    -    -         -      -     -      -    -    CRU    -      -         -    -
HISTORY         R     R      R    R    R         R      R     R      R    R    R      R      R         R    -
AUDIT_ENTRY     RX    RX     R    R    R         -      -     R      -    -    -      -      -         RX   R
"""  # noqa: E501 - a table is read by its columns
"""Letters as in `LETTERS`, "-" for nothing; after a slash the scope where it is not the role's.

A driver and a mover also read the steps they may change: nobody changes what they may not see.
"""

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


def _cells() -> Iterator[tuple[tuple[UserRole, Resource, Action], PermissionScope | None]]:
    header, *rows = [line.split() for line in _MATRIX.strip().splitlines()]
    roles = [_COLUMNS[name] for name in header[1:]]
    for resource, *cells in rows:
        for role, cell in zip(roles, cells, strict=True):
            for part in cell.split(","):
                letters, _, scope = part.strip("-").partition("/")
                for letter in letters:
                    key = (role, Resource(resource), LETTERS[letter])
                    yield key, _SCOPE_LETTERS[scope] if scope else None


DEFAULTS = MappingProxyType(dict(_cells()))
"""(role, resource, action) to the scope of the cell; None for the scope of the subject."""
