"""Every table of the core; importing this package fills `Base.metadata`.

Rules and transitions belong to `crm_core.services`.
"""

from crm_core.models.audit import AuditEntry, Tombstone
from crm_core.models.base import Base
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
    Supplier,
)
from crm_core.models.job_costs import Claim, DamageReport, FuelPurchase, JourneyCost
from crm_core.models.mobile import (
    MobileJourneyUpdate,
    MobileMediaItem,
    MobileNotification,
    MobileSession,
)
from crm_core.models.operations import (
    JourneyChecklistItem,
    JourneyMediaRequirement,
    JourneyPhase,
    JourneyPhaseTemplate,
    JourneyStep,
    MoveSource,
    StepActivity,
    TruckJourney,
)
from crm_core.models.reporting import BusinessClock, ReportDelivery
from crm_core.models.sales import BookingHistory, Customer, Lead, Quote, QuoteItem
from crm_core.models.scheduling import Availability, Occupancy, Schedule, ScheduleResource
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

__all__ = [
    "AssignedCrew",
    "AuditEntry",
    "Availability",
    "Base",
    "BookingHistory",
    "BusinessClock",
    "BusinessDate",
    "Claim",
    "Client",
    "Customer",
    "DamageReport",
    "EncryptionKey",
    "Equipment",
    "EquipmentAssignment",
    "EquipmentMaintenance",
    "FuelPurchase",
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
    "LandingPayload",
    "Lead",
    "Location",
    "Media",
    "MobileJourneyUpdate",
    "MobileMediaItem",
    "MobileNotification",
    "MobileSession",
    "MoveSource",
    "NumberCounter",
    "Occupancy",
    "Payment",
    "PurchaseOrder",
    "PurchaseOrderItem",
    "Quote",
    "QuoteItem",
    "ReportDelivery",
    "ReviewFinding",
    "Schedule",
    "ScheduleResource",
    "Session",
    "StepActivity",
    "Supplier",
    "TaxRate",
    "TimeEntry",
    "Tombstone",
    "TruckJourney",
    "User",
    "UserLocation",
    "WageRate",
]
