"""The catalogue lint: runs every rule on the live catalogue, and says what is allowed and why.

It reads the catalogue, not the models, so that what was made by hand is found too. The rules are
data in `crm_core.migrations.lint_rules`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from types import MappingProxyType

import psycopg

from crm_core.database import DatabaseRole, conninfo
from crm_core.migrations.derived import PLATFORM
from crm_core.migrations.lint_rules import RULES, Rule
from crm_core.security.resources import REFERENCE

NO_TENANT = "has no tenant"
NOT_FORCED = "has row-level security that is not enabled and forced"
TENANT_FIRST = "is an index that does not begin with the tenant"
LOOSE_KEY = "is a foreign key without the tenant"
ONLY_READS = "may be written by a role that only reads"
READ_FOR_LAKE = "may be read for the lake though no raw view shows it"

ALLOWED: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        (rule, f"core.{table}"): reason
        for rule in (NO_TENANT, NOT_FORCED)
        for table, reason in {
            "alembic_version": "holds the revision; no role but the owner may read it",
            "derived_state": "holds a digest; no role but the owner may read it",
        }.items()
    }
    | {(NO_TENANT, f"core.{table}"): "reference data, the same for all" for table in REFERENCE}
    | {(NO_TENANT, f"core.{table}"): "above the tenants; the owner's alone" for table in PLATFORM}
    | {
        (LOOSE_KEY, "core.clients.fk_clients_parent_client_id"): "names the franchisor's tenant",
        (
            LOOSE_KEY,
            "core.platform_sessions.fk_platform_sessions_current_client_id",
        ): "names the tenant a platform user has chosen",
        (ONLY_READS, "core.audit_*s INSERT crm_audit"): "the sealer writes seals and heads as it",
        (TENANT_FIRST, "core.ix_audit_heads_sealed_at"): "the sealer asks for the last head of all",
        (TENANT_FIRST, "core.uq_users_api_key_hash"): "a key's hash is looked for over all tenants",
        (TENANT_FIRST, "core.uq_quotes_public_token_hash"): "so is the token of a customer's link",
        (TENANT_FIRST, "core.uq_mobile_sessions_token_hash"): "and the token of a device",
        (TENANT_FIRST, "*.ix_*_changed_xid"): "the extract reads all tenants in fence order",
        (TENANT_FIRST, "core.ix_users_email"): "find_user looks for an address over all tenants",
        (TENANT_FIRST, "core.uq_sessions_token_hash"): "find_session looks for a token's hash",
        (READ_FOR_LAKE, "landing.payloads.*"): "the pipeline decrypts what was landed",
        (READ_FOR_LAKE, "core.tombstones.*"): "what was deleted is deleted from the lake too",
        (READ_FOR_LAKE, "core.encryption_keys.*"): "wrapped keys, to decrypt what was landed",
    }
)
"""(rule, pattern of the offender's name): the reason why it may stand."""


@dataclass(frozen=True)
class Offence:
    """Something in the catalogue that breaks a rule; allowed when there is a reason."""

    offender: str
    rule: str
    reason: str | None = None

    def __str__(self) -> str:
        return f"{self.offender} {self.rule}" + (f": {self.reason}" if self.reason else "")


def offences(connection: psycopg.Connection) -> list[Offence]:
    """Everything that breaks a rule, the allowed with their reason."""
    return [
        Offence(name, rule.name, _reason(rule, name))
        for rule in RULES
        for (name,) in connection.execute(rule.query.encode()).fetchall()
    ]


def checked() -> list[Offence]:
    """`offences` of this installation's core."""
    with psycopg.connect(conninfo(DatabaseRole.OWNER)) as connection:
        return offences(connection)


def findings() -> list[str]:
    """One line per offender without a reason: its name and the rule it breaks."""
    return [str(offence) for offence in checked() if offence.reason is None]


def _reason(rule: Rule, name: str) -> str | None:
    for (allowed_rule, pattern), reason in ALLOWED.items():
        if allowed_rule == rule.name and fnmatchcase(name, pattern):
            return reason
    return None
