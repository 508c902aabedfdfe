"""Every table of the core; importing this package fills `Base.metadata`.

Rules and transitions belong to `crm_core.services`.
"""

from crm_core.models.audit import AuditEntry, Tombstone
from crm_core.models.base import Base
from crm_core.models.finance import Invoice, InvoiceItem, Payment, TaxRate
from crm_core.models.integration import (
    Integration,
    IntegrationLocation,
    IntegrationSyncLog,
    LandingPayload,
)
from crm_core.models.lists import LISTS
from crm_core.models.operations import JourneyStep, TruckJourney
from crm_core.models.reporting import BusinessClock, ReportDelivery
from crm_core.models.sales import BookingHistory, Customer, Lead, Quote, QuoteItem
from crm_core.models.tenancy import (
    BusinessDate,
    Client,
    EncryptionKey,
    Location,
    NumberCounter,
    Session,
    User,
    UserLocation,
)
from crm_core.models.validity import check_value

__all__ = [
    "LISTS",
    "AuditEntry",
    "Base",
    "BookingHistory",
    "BusinessClock",
    "BusinessDate",
    "Client",
    "Customer",
    "EncryptionKey",
    "Integration",
    "IntegrationLocation",
    "IntegrationSyncLog",
    "Invoice",
    "InvoiceItem",
    "JourneyStep",
    "LandingPayload",
    "Lead",
    "Location",
    "NumberCounter",
    "Payment",
    "Quote",
    "QuoteItem",
    "ReportDelivery",
    "Session",
    "TaxRate",
    "Tombstone",
    "TruckJourney",
    "User",
    "UserLocation",
    "check_value",
]
