"""Invoices and bills by the query language, with a token that is renewed as it runs out.

The account's number is the option `realm`, the address of the token endpoint `token_url`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from crm_core.security.permissions import Subject
from transforms.sources.access import Access, renew_key
from transforms.sources.contracts import Row
from transforms.sources.declared import Declared, Stream, client_ask
from transforms.sources.http import Manners, SourceClient
from transforms.sources.oauth import Grant, RefreshedToken
from transforms.sources.paging import Positions
from transforms.sources.provider import Provider
from transforms.sources.quickbooks import contract


def _stream(name: str, entity: str, row: type[Row]) -> Stream:
    return Stream(
        name,
        "/v3/company/{realm}/query",
        row,
        Positions(entity),
        key="Id",
        moment="modified_at",
        overlap=timedelta(hours=1),
        feeds_lake=True,
    )


STREAMS = (
    _stream("invoices", "Invoice", contract.Invoice),
    _stream("bills", "Bill", contract.Bill),
)


@contextmanager
def connect(
    subject: Subject, integration_id: UUID, access: Access, manners: Manners | None
) -> Iterator[Declared]:
    """The books of an integration, ready to be read."""

    def keep(grant: Grant) -> None:
        renew_key(subject, integration_id, grant.written())

    auth = RefreshedToken(access.options["token_url"], Grant.read(access.api_key), keep)
    headers = {"Accept": "application/json"}
    with SourceClient(
        "QuickBooks", access.base_url, headers=headers, auth=auth, manners=manners
    ) as client:
        yield Declared("quickbooks", STREAMS, client_ask(client, access.options))


PROVIDER = Provider("quickbooks", connect, streams=STREAMS)
