"""What a provider of mail and SMS says became of a message it took."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from crm_core.services.communication.sending import Receipt
from transforms.sources.contracts import Key, Row, Utc, one_of

_KINDS = {
    "delivered": Receipt.DELIVERED,
    "opened": Receipt.READ,
    "clicked": Receipt.CLICKED,
    "bounced": Receipt.BOUNCED,
    "complained": Receipt.COMPLAINED,
}


class Event(Row):
    """One event of one message; the same arrives by webhook and by list."""

    passed_over = frozenset({"id", "recipient", "channel", "user_agent"})

    message_id: Key = Field(validation_alias="message_id")
    receipt: Annotated[Receipt, BeforeValidator(one_of(_KINDS))] = Field(validation_alias="type")
    occurred_at: Utc = Field(validation_alias="occurred_at")
