"""The lists people page through, as data: what they sort and filter by, and the indexes for that.

Running one is `crm_core.services.listing`; a test explains each and asks for an index.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Index, Table

from crm_core.models.finance import Invoice, Payment
from crm_core.models.operations import TruckJourney
from crm_core.models.sales import Customer, Lead, Quote
from crm_core.security.permissions import Resource

NEWEST = "newest"
SCOPES = ("location_id", "owner_id")


@dataclass(frozen=True)
class ListSpec:
    """One list. `dates` are sort orders beside the newest first; rows without the date are left
    out of such an order. Every list can be filtered by branch and owner."""

    name: str
    model: type[Any]
    resource: Resource
    filters: tuple[str, ...]
    dates: tuple[str, ...] = ()

    @property
    def sorts(self) -> dict[str, str]:
        """Column by name of the sort order; ids are in order of time."""
        return {NEWEST: "id", **{name.removesuffix("_on"): name for name in self.dates}}

    @property
    def columns(self) -> tuple[str, ...]:
        """Everything that rows can be filtered by."""
        return (*SCOPES, *self.filters)

    @property
    def table(self) -> Table:
        table: Table = self.model.__table__
        return table


LISTS = {
    spec.name: spec
    for spec in (
        ListSpec("leads", Lead, Resource.LEAD, ("status", "customer_id")),
        ListSpec("quotes", Quote, Resource.QUOTE, ("status", "customer_id", "lead_id")),
        ListSpec(
            "journeys", TruckJourney, Resource.JOURNEY, ("status", "customer_id"), ("service_on",)
        ),
        ListSpec("invoices", Invoice, Resource.INVOICE, ("status", "customer_id"), ("due_on",)),
        ListSpec("payments", Payment, Resource.PAYMENT, ("invoice_id",), ("received_on",)),
        ListSpec("customers", Customer, Resource.CUSTOMER, ()),
    )
}


def keys_of(spec: ListSpec) -> list[tuple[str, ...]]:
    """The columns of each index of a list: the primary key does for the newest of a tenant."""
    newest = [("client_id", column, "id") for column in spec.columns]
    dated = [("client_id", date, "id") for date in spec.dates]
    return newest + dated + [("client_id", "location_id", date, "id") for date in spec.dates]


def _declare(spec: ListSpec) -> None:
    """Add the indexes of a list; a shorter one that a new one begins with goes."""
    for key in keys_of(spec):
        for index in [index for index in spec.table.indexes if _begins(index, key)]:
            spec.table.indexes.discard(index)
        Index(f"ix_{spec.table.name}_{'_'.join(key)}", *(spec.table.c[name] for name in key))


def _begins(index: Index, key: Sequence[str]) -> bool:
    names = tuple(column.name for column in index.columns)
    partial = index.dialect_options["postgresql"]["where"] is not None
    return not index.unique and not partial and names == tuple(key[: len(names)])


for _spec in LISTS.values():
    _declare(_spec)
