"""Every table of the core; importing this package fills `Base.metadata`.

Rules and transitions belong to `crm_core.services`.
"""

from crm_core.models.audit import AuditEntry, Tombstone
from crm_core.models.base import Base
from crm_core.models.communication import Communication, Notification, Template
from crm_core.models.finance import Invoice, InvoiceItem, Payment, TaxRate
from crm_core.models.history import StatusEvent
from crm_core.models.integration import (
    Integration,
    IntegrationLocation,
    IntegrationSyncLog,
    LandingPayload,
)
from crm_core.models.ledger import (
    Budget,
    CustomerCredit,
    FinancialTransaction,
    FxRate,
    Royalty,
    RoyaltyRate,
)
from crm_core.models.operations import JourneyStep, TruckJourney
from crm_core.models.platform import BillingPlan, CompanyAccessLog, PlatformAdmin, PlatformSession
from crm_core.models.reporting import (
    Annotation,
    BusinessClock,
    Dashboard,
    KpiTarget,
    ReportDefinition,
    ReportDelivery,
    ReportRun,
)
from crm_core.models.sales import BookingHistory, Customer, Lead, Quote, QuoteItem
from crm_core.models.sales_work import (
    MarketingSpend,
    QuoteTemplate,
    QuoteTemplateItem,
    SalesActivity,
    Survey,
)
from crm_core.models.storage import (
    DiscountPolicy,
    LateFeePolicy,
    StorageAccess,
    StorageAlert,
    StorageBooking,
    StoragePriceChange,
    StorageUnit,
)
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
from crm_core.models.webhooks import DomainEvent, InboundEvent, Webhook, WebhookDelivery

__all__ = [
    "Annotation",
    "AuditEntry",
    "Base",
    "BillingPlan",
    "BookingHistory",
    "Budget",
    "BusinessClock",
    "BusinessDate",
    "Client",
    "Communication",
    "CompanyAccessLog",
    "Customer",
    "CustomerCredit",
    "Dashboard",
    "DiscountPolicy",
    "DomainEvent",
    "EncryptionKey",
    "FinancialTransaction",
    "FxRate",
    "InboundEvent",
    "Integration",
    "IntegrationLocation",
    "IntegrationSyncLog",
    "Invoice",
    "InvoiceItem",
    "JourneyStep",
    "KpiTarget",
    "LandingPayload",
    "LateFeePolicy",
    "Lead",
    "Location",
    "MarketingSpend",
    "Notification",
    "NumberCounter",
    "Payment",
    "PlatformAdmin",
    "PlatformSession",
    "Quote",
    "QuoteItem",
    "QuoteTemplate",
    "QuoteTemplateItem",
    "ReportDefinition",
    "ReportDelivery",
    "ReportRun",
    "Royalty",
    "RoyaltyRate",
    "SalesActivity",
    "Session",
    "StatusEvent",
    "StorageAccess",
    "StorageAlert",
    "StorageBooking",
    "StoragePriceChange",
    "StorageUnit",
    "Survey",
    "TaxRate",
    "Template",
    "Tombstone",
    "TruckJourney",
    "User",
    "UserLocation",
    "Webhook",
    "WebhookDelivery",
]
