"""Every table of the core; importing this package fills `Base.metadata`.

Rules and transitions belong to `crm_core.services`.
"""

from crm_core.models.alerts import AlertRule, AlertStanding
from crm_core.models.audit import AuditEntry, AuditHead, AuditSeal, Tombstone
from crm_core.models.base import Base
from crm_core.models.communication import Communication, Notification, Template
from crm_core.models.equipment import Equipment, EquipmentAssignment, EquipmentMaintenance
from crm_core.models.field_work import (
    AssignedCrew,
    JourneyEntry,
    JourneyReview,
    Media,
    ReviewFinding,
    TimeEntry,
    WageRate,
)
from crm_core.models.finance import Invoice, InvoiceItem, Payment, TaxRate
from crm_core.models.history import StatusEvent
from crm_core.models.integration import (
    Integration,
    IntegrationLocation,
    IntegrationSyncLog,
    LandingPayload,
)
from crm_core.models.inventory import (
    InventoryItem,
    InventoryTransaction,
    PurchaseOrder,
    PurchaseOrderItem,
    StockReservation,
    Supplier,
)
from crm_core.models.job_costs import Claim, DamageReport, FuelPurchase, JourneyCost
from crm_core.models.ledger import (
    Budget,
    CustomerCredit,
    FinancialTransaction,
    FxRate,
    Royalty,
    RoyaltyRate,
)
from crm_core.models.lists import LISTS
from crm_core.models.mobile import (
    MobileJourneyUpdate,
    MobileMediaItem,
    MobileNotification,
    MobileSession,
)
from crm_core.models.operations import (
    JourneyStep,
    MoveSource,
    StepActivity,
    TruckJourney,
)
from crm_core.models.permissions import (
    JourneyStepPermission,
    RolePermission,
    SecondFactorRole,
    UserPermission,
)
from crm_core.models.phases import (
    JourneyChecklistItem,
    JourneyMediaRequirement,
    JourneyPhase,
    JourneyPhaseTemplate,
)
from crm_core.models.platform import BillingPlan, CompanyAccessLog, PlatformAdmin, PlatformSession
from crm_core.models.privacy import EncryptedValue, EncryptionKey, Erasure
from crm_core.models.reporting import (
    Annotation,
    BusinessClock,
    Dashboard,
    KpiTarget,
    ReportDefinition,
    ReportDelivery,
    ReportOccasion,
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
from crm_core.models.scheduling import Availability, Occupancy, Schedule, ScheduleResource
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
    Location,
    NumberCounter,
    Session,
    User,
    UserLocation,
    ZoneOffset,
)
from crm_core.models.validity import check_value
from crm_core.models.webhooks import DomainEvent, InboundEvent, Webhook, WebhookDelivery

__all__ = [
    "LISTS",
    "AlertRule",
    "AlertStanding",
    "Annotation",
    "AssignedCrew",
    "AuditEntry",
    "AuditHead",
    "AuditSeal",
    "Availability",
    "Base",
    "BillingPlan",
    "BookingHistory",
    "Budget",
    "BusinessClock",
    "BusinessDate",
    "Claim",
    "Client",
    "Communication",
    "CompanyAccessLog",
    "Customer",
    "CustomerCredit",
    "DamageReport",
    "Dashboard",
    "DiscountPolicy",
    "DomainEvent",
    "EncryptedValue",
    "EncryptionKey",
    "Equipment",
    "EquipmentAssignment",
    "EquipmentMaintenance",
    "Erasure",
    "FinancialTransaction",
    "FuelPurchase",
    "FxRate",
    "InboundEvent",
    "Integration",
    "IntegrationLocation",
    "IntegrationSyncLog",
    "InventoryItem",
    "InventoryTransaction",
    "Invoice",
    "InvoiceItem",
    "JourneyChecklistItem",
    "JourneyCost",
    "JourneyEntry",
    "JourneyMediaRequirement",
    "JourneyPhase",
    "JourneyPhaseTemplate",
    "JourneyReview",
    "JourneyStep",
    "JourneyStepPermission",
    "KpiTarget",
    "LandingPayload",
    "LateFeePolicy",
    "Lead",
    "Location",
    "MarketingSpend",
    "Media",
    "MobileJourneyUpdate",
    "MobileMediaItem",
    "MobileNotification",
    "MobileSession",
    "MoveSource",
    "Notification",
    "NumberCounter",
    "Occupancy",
    "Payment",
    "PlatformAdmin",
    "PlatformSession",
    "PurchaseOrder",
    "PurchaseOrderItem",
    "Quote",
    "QuoteItem",
    "QuoteTemplate",
    "QuoteTemplateItem",
    "ReportDefinition",
    "ReportDelivery",
    "ReportOccasion",
    "ReportRun",
    "ReviewFinding",
    "RolePermission",
    "Royalty",
    "RoyaltyRate",
    "SalesActivity",
    "Schedule",
    "ScheduleResource",
    "SecondFactorRole",
    "Session",
    "StatusEvent",
    "StepActivity",
    "StockReservation",
    "StorageAccess",
    "StorageAlert",
    "StorageBooking",
    "StoragePriceChange",
    "StorageUnit",
    "Supplier",
    "Survey",
    "TaxRate",
    "Template",
    "TimeEntry",
    "Tombstone",
    "TruckJourney",
    "User",
    "UserLocation",
    "UserPermission",
    "WageRate",
    "Webhook",
    "WebhookDelivery",
    "ZoneOffset",
    "check_value",
]
