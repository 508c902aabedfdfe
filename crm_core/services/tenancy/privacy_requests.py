"""Requests of customers about their data, whole: the core, the landing, and the files beside them.

This is an edge: each request is a transaction of its own. The parts are in `tenancy.privacy` and
`tenancy.leftovers`.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from crm_core.database import loader_session, tenant_session
from crm_core.security.permissions import Subject, system_subject
from crm_core.services import rows
from crm_core.services.tenancy import leftovers, privacy
from crm_core.services.tenancy.access import subject_of
from crm_core.services.tenancy.leftovers import Scrubbed
from crm_core.services.tenancy.privacy import Erased


@dataclass(frozen=True)
class ErasedCustomer:
    """What an erasure did, in the database and in files; names nobody."""

    erased: Erased
    files: Scrubbed

    @property
    def changed(self) -> int:
        return self.erased.changed + len(self.files.removed) + len(self.files.rewritten)

    @property
    def payload(self) -> dict[str, Any]:
        return {
            "customer_id": self.erased.customer_id,
            "rows": self.erased.rows,
            "landing": self.erased.payloads,
            "encrypted_values": self.erased.values,
            "keys": self.erased.keys,
            "files_removed": list(self.files.removed),
            "files_rewritten": list(self.files.rewritten),
        }

    @property
    def text(self) -> str:
        done = self.erased
        if not self.changed:
            return f"Customer {done.customer_id}: nothing personal was left."
        return (
            f"Customer {done.customer_id}: {sum(done.rows.values())} rows in"
            f" {len(done.rows)} tables erased, {done.payloads} records as received and"
            f" {done.values} encrypted values removed, {done.keys} keys destroyed,"
            f" {len(self.files.removed)} files removed, {len(self.files.rewritten)} logs cleaned."
        )


def export_customer(
    customer_id: UUID, email: str | None, out: Path | None, at: datetime
) -> tuple[Path, dict[str, Any]]:
    """Write all that is kept about a customer to a file; the file and its content."""
    subject = _who(customer_id, email)
    with tenant_session(subject) as session:
        content = privacy.export(session, subject, customer_id=customer_id, at=at)
    path = out or leftovers.export_path(customer_id)
    leftovers.write_export(path, content)
    return path, content


def erase_customer(customer_id: UUID, email: str | None, at: datetime) -> ErasedCustomer:
    """Erase a customer everywhere; killed at any point, it can be done again."""
    return _erase(_who(customer_id, email), customer_id, at)


def replay_erasures(at: datetime) -> list[ErasedCustomer]:
    """Erase again everybody on the list outside of the database; it outlives a restore.

    Customers that the restored database does not know are passed over.
    """
    done = []
    for client_id, customer_id in leftovers.erasures():
        try:
            privacy.client_of(customer_id)
        except rows.NotFound:
            continue
        done.append(_erase(system_subject(client_id), customer_id, at))
    return done


def _erase(subject: Subject, customer_id: UUID, at: datetime) -> ErasedCustomer:
    with loader_session(subject) as session:
        erased = privacy.erase(session, subject, customer_id=customer_id, at=at)
        # Before the commit: afterwards nobody knows what to look for in files.
        files = leftovers.scrub(customer_id, erased.traces)
        leftovers.list_erasure(subject.client_id, customer_id)
    return ErasedCustomer(erased, files)


def _who(customer_id: UUID, email: str | None) -> Subject:
    """Who acts: the user of an address, or the platform in the customer's company."""
    if email is not None:
        return subject_of(email)
    return system_subject(privacy.client_of(customer_id))
