"""The catalogue lint: runs every rule on the live catalogue, and says what is allowed and why.

It reads the catalogue, not the models, so that what was made by hand is found too. The rules are
data in `crm_core.migrations.lint_rules`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from types import MappingProxyType

import psycopg

from crm_core.database import DatabaseRole, connect, conninfo
from crm_core.migrations.access import PLATFORM
from crm_core.migrations.lint_rules import RULES, Rule
from crm_core.security.resources import REFERENCE

NO_TENANT = "has no tenant"
NOT_FORCED = "has row-level security that is not enabled and forced"
TENANT_FIRST = "is an index that does not begin with the tenant"
LOOSE_KEY = "is a foreign key without the tenant"
ONLY_READS = "may be written by a role that only reads"
READ_FOR_LAKE = "may be read for the lake though no raw view shows it"
_NOTES = ["core.alembic_version", "core.derived_state"]

_ALLOWANCES = (
    (NO_TENANT, "the owner's note; no other role may read it", _NOTES),
    (NOT_FORCED, "the owner's note; no other role may read it", _NOTES),
    (NO_TENANT, "reference data, the same for all", [f"core.{table}" for table in REFERENCE]),
    (NO_TENANT, "above the tenants; the owner's alone", [f"core.{table}" for table in PLATFORM]),
    (LOOSE_KEY, "names the franchisor's tenant", ["core.clients.fk_clients_parent_client_id"]),
    (
        LOOSE_KEY,
        "names the tenant a platform user has chosen",
        ["core.platform_sessions.fk_platform_sessions_current_client_id"],
    ),
    (
        TENANT_FIRST,
        "who shows a secret, or an address, is looked for over all tenants",
        [
            "core.uq_users_api_key_hash",
            "core.uq_quotes_public_token_hash",
            "core.uq_mobile_sessions_token_hash",
            "core.uq_sessions_token_hash",
            "core.ix_users_email",
        ],
    ),
    (TENANT_FIRST, "the sealer asks for the last head of all", ["core.ix_audit_heads_sealed_at"]),
    (TENANT_FIRST, "the extract reads all tenants in fence order", ["*.ix_*_changed_xid"]),
    (ONLY_READS, "the sealer writes seals and heads as it", ["core.audit_*s INSERT crm_audit"]),
    (
        READ_FOR_LAKE,
        "the pipeline decrypts what was landed, with wrapped keys",
        ["landing.payloads.*", "core.encryption_keys.*"],
    ),
    (READ_FOR_LAKE, "what was deleted leaves the lake too", ["core.tombstones.*"]),
)
ALLOWED: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        (rule, pattern): reason
        for rule, reason, patterns in _ALLOWANCES
        for pattern in sorted(patterns)
    }
)
"""(rule, pattern of the offender's name): the reason why it may stand."""


@dataclass(frozen=True)
class Offence:
    """Something in the catalogue that breaks a rule; allowed when a pattern with a reason fits."""

    offender: str
    rule: str
    pattern: str | None = None

    @property
    def reason(self) -> str | None:
        """Why it may stand; None when it may not."""
        return None if self.pattern is None else ALLOWED[self.rule, self.pattern]

    def __str__(self) -> str:
        return f"{self.offender} {self.rule}"


def offences(connection: psycopg.Connection) -> list[Offence]:
    """Everything that breaks a rule, the allowed with the pattern that allows them."""
    return [
        Offence(name, rule.name, _pattern(rule, name))
        for rule in RULES
        for (name,) in connection.execute(rule.query.encode()).fetchall()
    ]


def checked() -> list[Offence]:
    """`offences` of this installation's core."""
    with connect(conninfo(DatabaseRole.OWNER)) as connection:
        return offences(connection)


def findings() -> list[str]:
    """One line per offender without a reason: its name and the rule it breaks."""
    return [str(offence) for offence in checked() if offence.reason is None]


def allowances(found: Iterable[Offence]) -> list[str]:
    """One line per rule and reason: the patterns that were needed, the rule, the reason."""
    grouped: dict[tuple[str, str], list[str]] = {}
    for offence in found:
        if offence.pattern is not None:
            patterns = grouped.setdefault(
                (offence.rule, ALLOWED[offence.rule, offence.pattern]), []
            )
            if offence.pattern not in patterns:
                patterns.append(offence.pattern)
    return [
        f"{', '.join(patterns)} {rule}: {reason}" for (rule, reason), patterns in grouped.items()
    ]


def _pattern(rule: Rule, name: str) -> str | None:
    for allowed_rule, pattern in ALLOWED:
        if allowed_rule == rule.name and fnmatchcase(name, pattern):
            return pattern
    return None
