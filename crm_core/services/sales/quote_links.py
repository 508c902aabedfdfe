"""The customer's link to a quote: its token, and whose quote a token opens.

What may be done with the quote is `sales.quotes`; the page behind the link and the
message that carries it are made at the edge.
"""

import base64
import binascii
import hashlib
import hmac
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.errors import CrmError
from crm_core.models import Quote
from crm_core.security.passwords import token_hash
from crm_core.security.permissions import Subject, system_subject
from crm_core.security.secrets import secret

_SECRET = "quote_links"


class LinkUnknown(CrmError):
    """A token that opens nothing: mistyped, or of a quote that was never sent."""

    def __init__(self) -> None:
        super().__init__("this link opens no quote: ask for a new one")


def token_of(quote: Quote) -> str:
    """The token of a quote's link: the same each time, so that only its hash need be stored."""
    tenant: UUID = quote.client_id
    content = tenant.bytes + quote.id.bytes
    sealed = hmac.digest(bytes.fromhex(secret(_SECRET)), content, hashlib.sha256)
    return base64.urlsafe_b64encode(tenant.bytes + sealed).decode()


def opener(token: str) -> Subject:
    """Who acts for the customer that holds a token: the platform, in the token's tenant.

    For the edge, which then asks `quote_of` before anything else. Raises `LinkUnknown`.
    """
    try:
        content = base64.b64decode(token.encode(), altchars=b"-_", validate=True)
        return system_subject(UUID(bytes=content[:16]))
    except (binascii.Error, ValueError):
        raise LinkUnknown from None


def quote_of(session: Session, subject: Subject, token: str) -> UUID:
    """The quote that a token opens; raises `LinkUnknown`."""
    found = session.scalars(
        select(Quote.id).where(
            Quote.client_id == subject.client_id, Quote.public_token_hash == token_hash(token)
        )
    ).one_or_none()
    if found is None:
        raise LinkUnknown
    return found
