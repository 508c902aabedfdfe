"""The hash of an audit entry: the same content gives the same hash, any change another."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest

from crm_core.models import AuditEntry
from crm_core.security.audit import content_hash

AT = datetime(2026, 11, 20, 18, 0, 0, 123456, tzinfo=UTC)


def entry(**change: Any) -> AuditEntry:
    content: dict[str, Any] = {
        "client_id": UUID(int=1),
        "id": UUID(int=2),
        "location_id": UUID(int=3),
        "owner_id": None,
        "actor_type": "USER",
        "action": "SEND",
        "resource": "QUOTE",
        "resource_id": UUID(int=4),
        "severity": "INFO",
        "occurred_at": AT,
        "details": {"from": "DRAFT", "to": "SENT"},
    }
    return AuditEntry(**content | change)


def test_the_same_content_gives_the_same_hash() -> None:
    elsewhere = AT.astimezone(timezone(timedelta(hours=-8)))
    swapped = {"to": "SENT", "from": "DRAFT"}
    assert content_hash(entry()) == content_hash(entry(occurred_at=elsewhere, details=swapped))


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": UUID(int=9)},
        {"id": UUID(int=9)},
        {"location_id": None},
        {"owner_id": UUID(int=3), "location_id": None},
        {"action": "SENDQ", "resource": "UOTE"},
        {"severity": "DEBUG"},
        {"occurred_at": AT + timedelta(microseconds=1)},
        {"details": {}},
        {"details": {"from": "DRAFT", "to": "sent"}},
    ],
)
def test_any_change_gives_another(change: dict[str, Any]) -> None:
    assert content_hash(entry(**change)) != content_hash(entry())
