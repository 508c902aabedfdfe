"""Source keys: under which name a row of an export is known in the core, and which ones are there.

They are what makes a second import find everything in place.
"""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from crm_core.enums import DataSource
from crm_core.importing.records import Record
from crm_core.models import Customer, Invoice, Lead, Payment, Quote, TruckJourney
from crm_core.models.base import Owned
from crm_core.security.permissions import Subject
from crm_core.security.secrets import secret

SOURCE = DataSource.IMPORTED
_SECRET = "import-keys"
_NAMED = frozenset({"accounts", "contacts"})
"""Entities whose keys may be somebody's name: their source keys leave the core, names do not."""

MODELS: tuple[type[Owned], ...] = (Customer, Lead, Quote, TruckJourney, Invoice, Payment)


def source_key(format_name: str, record: Record) -> str:
    """The same for the same row each time; a keyed hash where the row is known by a name."""
    key = record.key
    if record.place.entity in _NAMED:
        told = hmac.digest(bytes.fromhex(secret(_SECRET)), key.encode(), hashlib.sha256)
        key = told.hex()[:32]
    return f"{format_name}/{record.place.entity}/{key}"


@dataclass
class Stored:
    """A row that an import made: its id, and its status where it has one."""

    id: UUID
    status: str | None


Known = dict[type[Owned], dict[str, Stored]]


def known_rows(session: Session, subject: Subject, format_name: str) -> Known:
    """Everything of one format that is in the tenant, by model and source key."""
    found: Known = {}
    for model in MODELS:
        table: Any = inspect(model).local_table.c
        status = table.get("status")
        query = select(
            table["external_id"], table["id"], table["id"] if status is None else status
        ).where(
            table["client_id"] == subject.client_id,
            table["data_source"] == SOURCE.value,
            table["external_id"].startswith(f"{format_name}/", autoescape=True),
        )
        stored: list[Any] = list(session.execute(query))
        found[model] = {
            name: Stored(row_id, None if model is Customer else str(said))
            for name, row_id, said in stored
        }
    return found
