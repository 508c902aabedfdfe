"""Every source there is, by name; a new one is a line here.

What each pulls and means stands in its own folder.
"""

from collections.abc import Mapping
from types import MappingProxyType

from transforms.sources.bank_of_canada.connector import PROVIDER as BANK_OF_CANADA
from transforms.sources.google_ads.connector import PROVIDER as GOOGLE_ADS
from transforms.sources.messages.connector import PROVIDER as MESSAGES
from transforms.sources.provider import Provider
from transforms.sources.quickbooks.connector import PROVIDER as QUICKBOOKS
from transforms.sources.smartmoving.provider import SMARTMOVING
from transforms.sources.spend_files.connector import PROVIDER as SPEND_FILES
from transforms.sources.stripe.connector import PROVIDER as STRIPE

PROVIDERS: Mapping[str, Provider] = MappingProxyType(
    {
        provider.name: provider
        for provider in (
            SMARTMOVING,
            STRIPE,
            QUICKBOOKS,
            MESSAGES,
            GOOGLE_ADS,
            SPEND_FILES,
            BANK_OF_CANADA,
        )
    }
)
