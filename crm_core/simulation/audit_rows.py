"""The audit entries of a bulk load: one per tenant and table, with the number of rows.

What services do is audited by the services themselves.
"""

import json
from collections.abc import Mapping
from uuid import UUID

import numpy as np
import polars as pl

from crm_core.enums import ActorType, AuditSeverity
from crm_core.models import AuditEntry
from crm_core.security.audit import content_hash
from crm_core.simulation.identifiers import new_ids
from crm_core.simulation.organisation import World

ACTION = "simulated"


def audit_entries(world: World, rows: Mapping[str, int]) -> pl.DataFrame:
    """Entries for `rows` by table, as they stand in `core.audit_entries`."""
    stamps = np.full(len(rows), world.as_of * 1000, dtype=np.int64)
    ids = new_ids(stamps, world.rng("audit"))
    entries = [
        _entry(world, UUID(entry_id), table, count)
        for entry_id, (table, count) in zip(ids, rows.items(), strict=True)
    ]
    return pl.DataFrame(
        [
            {
                "client_id": str(entry.client_id),
                "id": str(entry.id),
                "actor_type": entry.actor_type,
                "action": entry.action,
                "resource": entry.resource,
                "severity": entry.severity,
                "occurred_at": entry.occurred_at.replace(tzinfo=None),
                "details": json.dumps(entry.details),
                "content_hash": entry.content_hash,
                "created_at": entry.occurred_at.replace(tzinfo=None),
                "updated_at": entry.occurred_at.replace(tzinfo=None),
            }
            for entry in entries
        ]
    )


def _entry(world: World, entry_id: UUID, table: str, count: int) -> AuditEntry:
    entry = AuditEntry(
        client_id=UUID(world.client_id),
        id=entry_id,
        actor_type=ActorType.SYSTEM.value,
        action=ACTION,
        resource=table,
        severity=AuditSeverity.INFO.value,
        occurred_at=world.plan.as_of,
        details={"count": count, "scale": world.plan.scale.name, "seed": world.plan.seed},
    )
    entry.content_hash = content_hash(entry)
    return entry
