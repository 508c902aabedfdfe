"""Cost by campaign and month, searched page by page; it becomes spend of a channel in the core.

The account's number is the option `customer`, the address of the token endpoint `token_url`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from crm_core.security.permissions import Subject
from crm_core.services.sales import marketing_spend
from transforms.sources.access import Access, renew_key
from transforms.sources.applying import apply_rows
from transforms.sources.base import Json
from transforms.sources.declared import Declared, Stream, client_ask
from transforms.sources.google_ads.contract import CampaignMonth
from transforms.sources.http import Manners, SourceClient
from transforms.sources.oauth import Grant, RefreshedToken
from transforms.sources.paging import Tokens
from transforms.sources.provider import Provider

CHANNEL = "pay_per_click"
QUERY = (
    "select campaign.id, campaign.name, segments.month, metrics.cost_micros,"
    " customer.currency_code from campaign where segments.date during LAST_90_DAYS"
)


def _search(since: datetime | None) -> Json:
    return {"query": QUERY}


def _name(row: Json) -> object:
    campaign, segments = row.get("campaign"), row.get("segments")
    if not isinstance(campaign, dict) or not isinstance(segments, dict):
        return None
    return f"{campaign.get('id')}.{segments.get('month')}"


SPEND = Stream(
    "campaign_months",
    "/v20/customers/{customer}/googleAds:search",
    CampaignMonth,
    Tokens("results", next="nextPageToken", parameter="pageToken", body=_search),
    key=_name,
)
STREAMS = (SPEND,)


def take(session: Session, subject: Subject, row: CampaignMonth, at: datetime) -> str | None:
    """The month's spend of the campaign as it stands now."""
    return marketing_spend.keep(
        session,
        subject,
        marketing_spend.Spend(
            CHANNEL, row.month_on, row.spend_amount, row.currency, campaign=row.campaign
        ),
        at,
    )


@contextmanager
def connect(
    subject: Subject, integration_id: UUID, access: Access, manners: Manners | None
) -> Iterator[Declared]:
    """The account of an integration, ready to be searched."""

    def keep(grant: Grant) -> None:
        renew_key(subject, integration_id, grant.written())

    auth = RefreshedToken(access.options["token_url"], Grant.read(access.api_key), keep)
    with SourceClient("Google Ads", access.base_url, auth=auth, manners=manners) as client:
        yield Declared("google_ads", STREAMS, client_ask(client, access.options))


PROVIDER = Provider("google_ads", connect, apply_rows(SPEND, CampaignMonth, take), streams=STREAMS)
