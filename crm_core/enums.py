"""Every closed set of the core, once: models, services, dbt tests and pages read it from here.

Transitions between the values belong to the services.
"""

from enum import StrEnum

from crm_core.enums_field import *  # noqa: F403 - one import for all sets, files stay short
from crm_core.enums_office import *  # noqa: F403 - one import for all sets, files stay short


class ClientStatus(StrEnum):
    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"
    SUSPENDED = "SUSPENDED"
    PENDING = "PENDING"


class LocationStatus(StrEnum):
    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"
    MAINTENANCE = "MAINTENANCE"
    CLOSED = "CLOSED"


class StorageType(StrEnum):
    NO_STORAGE = "NO_STORAGE"
    LOCKER = "LOCKER"
    POD = "POD"
    WAREHOUSE = "WAREHOUSE"
    CONTAINER = "CONTAINER"


class UserRole(StrEnum):
    SUPER_ADMIN = "SUPER_ADMIN"
    ADMIN = "ADMIN"
    EXECUTIVE = "EXECUTIVE"
    OPERATIONAL_MANAGER = "OPERATIONAL_MANAGER"
    MANAGER = "MANAGER"
    DISPATCHER = "DISPATCHER"
    SALES_REP = "SALES_REP"
    FINANCE = "FINANCE"
    STORAGE_MANAGER = "STORAGE_MANAGER"
    FLEET_MANAGER = "FLEET_MANAGER"
    ANALYST = "ANALYST"
    AUDITOR = "AUDITOR"
    DRIVER = "DRIVER"
    MOVER = "MOVER"
    DB_ADMIN = "DB_ADMIN"


class UserStatus(StrEnum):
    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"
    SUSPENDED = "SUSPENDED"
    PENDING = "PENDING"


class PermissionScope(StrEnum):
    OWN = "OWN"
    LOCATION = "LOCATION"
    CLIENT = "CLIENT"
    ALL = "ALL"


class ActorType(StrEnum):
    USER = "USER"
    SYSTEM = "SYSTEM"
    INTEGRATION = "INTEGRATION"


class DataSource(StrEnum):
    MANUAL = "MANUAL"
    SMARTMOVING = "SMARTMOVING"
    IMPORTED = "IMPORTED"


class CustomerType(StrEnum):
    RESIDENTIAL = "RESIDENTIAL"
    COMMERCIAL = "COMMERCIAL"
    CORPORATE_ACCOUNT = "CORPORATE_ACCOUNT"


class LeadStatus(StrEnum):
    NEW = "NEW"
    CONTACTED = "CONTACTED"
    QUALIFIED = "QUALIFIED"
    PROPOSAL_SENT = "PROPOSAL_SENT"
    NEGOTIATION = "NEGOTIATION"
    WON = "WON"
    LOST = "LOST"
    ARCHIVED = "ARCHIVED"

    @classmethod
    def open_statuses(cls) -> frozenset["LeadStatus"]:
        """Statuses in which a lead can still be won."""
        return frozenset(cls) - {cls.WON, cls.LOST, cls.ARCHIVED}


class LeadPriority(StrEnum):
    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"
    URGENT = "URGENT"


class QuoteStatus(StrEnum):
    DRAFT = "DRAFT"
    SENT = "SENT"
    VIEWED = "VIEWED"
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    CONVERTED = "CONVERTED"
    SUPERSEDED = "SUPERSEDED"

    @classmethod
    def won(cls) -> frozenset["QuoteStatus"]:
        """Statuses that count as accepted by the customer."""
        return frozenset({cls.ACCEPTED, cls.CONVERTED})

    @classmethod
    def decided(cls) -> frozenset["QuoteStatus"]:
        """Statuses in the denominator of a booking rate (SUPERSEDED is in none)."""
        return cls.won() | {cls.REJECTED, cls.EXPIRED}


class ApprovalStatus(StrEnum):
    NOT_REQUIRED = "NOT_REQUIRED"
    PENDING = "PENDING"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"


class ItemCategory(StrEnum):
    """Category of a quote or invoice line (the guide's QuoteItemCategory)."""

    MOVING_SERVICES = "MOVING_SERVICES"
    STORAGE_SERVICES = "STORAGE_SERVICES"
    PACKING_SERVICES = "PACKING_SERVICES"
    SPECIALTY_SERVICES = "SPECIALTY_SERVICES"
    EQUIPMENT_RENTAL = "EQUIPMENT_RENTAL"
    INSURANCE = "INSURANCE"
    OTHER = "OTHER"


class JourneyStage(StrEnum):
    SCHEDULED = "SCHEDULED"
    MORNING_PREP = "MORNING_PREP"
    EN_ROUTE = "EN_ROUTE"
    ONSITE = "ONSITE"
    COMPLETED = "COMPLETED"
    AUDITED = "AUDITED"
    CANCELLED = "CANCELLED"

    @classmethod
    def done(cls) -> frozenset["JourneyStage"]:
        """Stages of a journey whose work is finished."""
        return frozenset({cls.COMPLETED, cls.AUDITED})


class JourneyPriority(StrEnum):
    LOW = "LOW"
    NORMAL = "NORMAL"
    HIGH = "HIGH"
    URGENT = "URGENT"


class StepStatus(StrEnum):
    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"


class InvoiceStatus(StrEnum):
    DRAFT = "DRAFT"
    SENT = "SENT"
    VIEWED = "VIEWED"
    PARTIAL_PAID = "PARTIAL_PAID"
    PAID = "PAID"
    OVERDUE = "OVERDUE"
    CANCELLED = "CANCELLED"
    REFUNDED = "REFUNDED"


class PaymentMethod(StrEnum):
    CASH = "CASH"
    CHECK = "CHECK"
    BANK_TRANSFER = "BANK_TRANSFER"
    CREDIT_CARD = "CREDIT_CARD"
    DEBIT_CARD = "DEBIT_CARD"
    PAYPAL = "PAYPAL"
    STRIPE = "STRIPE"
    SQUARE = "SQUARE"
    OTHER = "OTHER"


class PaymentStatus(StrEnum):
    PENDING = "PENDING"
    PROCESSING = "PROCESSING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    REFUNDED = "REFUNDED"


class PaymentCategory(StrEnum):
    DEPOSIT = "DEPOSIT"
    BALANCE_DUE = "BALANCE_DUE"
    OTHER = "OTHER"
    REFUND = "REFUND"


class TaxCategory(StrEnum):
    SERVICE = "SERVICE"
    GOODS = "GOODS"


class AuditSeverity(StrEnum):
    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"
    CRITICAL = "CRITICAL"


class IntegrationStatus(StrEnum):
    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"
    ERROR = "ERROR"
    SYNCING = "SYNCING"


class IntegrationMode(StrEnum):
    SOURCE = "SOURCE"
    REFERENCE = "REFERENCE"


class SyncType(StrEnum):
    FULL = "FULL"
    INCREMENTAL = "INCREMENTAL"
    MANUAL = "MANUAL"


class SyncStatus(StrEnum):
    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


class PayloadStatus(StrEnum):
    ACCEPTED = "ACCEPTED"
    QUARANTINED = "QUARANTINED"


class DeliveryState(StrEnum):
    DUE = "DUE"
    CLAIMED = "CLAIMED"
    """A scheduler prepares it: nothing has gone, and if that one dies it is due again."""
    SENDING = "SENDING"
    SENT = "SENT"
    REFUSED = "REFUSED"
    UNKNOWN = "UNKNOWN"
    SKIPPED = "SKIPPED"
    """There was nothing to say, and the report is silent then."""


class Currency(StrEnum):
    CAD = "CAD"
    USD = "USD"
    EUR = "EUR"


# Audit, encryption and privacy


class KeyHolder(StrEnum):
    """Whose values a data key protects."""

    TENANT = "TENANT"
    CUSTOMER = "CUSTOMER"
    USER = "USER"


class KeyState(StrEnum):
    """What a data key may still do."""

    ACTIVE = "ACTIVE"
    DECRYPT_ONLY = "DECRYPT_ONLY"
    DESTROYED = "DESTROYED"


# --- permissions ---------------------------------------------------------------------------------


class Action(StrEnum):
    """The verbs of the permission matrix; a cancellation is a DELETE."""

    CREATE = "CREATE"
    READ = "READ"
    UPDATE = "UPDATE"
    DELETE = "DELETE"
    APPROVE = "APPROVE"
    EXPORT = "EXPORT"
    ASSIGN = "ASSIGN"


class Resource(StrEnum):
    """The things the matrix speaks of; lines of a quote or an invoice go with their head."""

    CLIENT = "CLIENT"
    LOCATION = "LOCATION"
    USER = "USER"
    PERMISSION = "PERMISSION"
    CUSTOMER = "CUSTOMER"
    PERSONAL_DATA = "PERSONAL_DATA"
    """Names and contact data of customers, wherever they are shown."""
    LEAD = "LEAD"
    QUOTE = "QUOTE"
    INVOICE = "INVOICE"
    PAYMENT = "PAYMENT"
    LEDGER = "LEDGER"
    """Financial transactions, wages and job costs."""
    JOURNEY = "JOURNEY"
    JOURNEY_STEP = "JOURNEY_STEP"
    CREW = "CREW"
    POSITION = "POSITION"
    """Where a truck or a person was, and when."""
    MEDIA = "MEDIA"
    MOBILE = "MOBILE"
    CLAIM = "CLAIM"
    STORAGE_UNIT = "STORAGE_UNIT"
    STORAGE_BOOKING = "STORAGE_BOOKING"
    EQUIPMENT = "EQUIPMENT"
    MAINTENANCE = "MAINTENANCE"
    INVENTORY = "INVENTORY"
    PURCHASE = "PURCHASE"
    SCHEDULE = "SCHEDULE"
    AVAILABILITY = "AVAILABILITY"
    REPORT = "REPORT"
    DASHBOARD = "DASHBOARD"
    WAREHOUSE = "WAREHOUSE"
    """SQL of one's own on the door, and the metrics behind every page."""
    COMMUNICATION = "COMMUNICATION"
    TEMPLATE = "TEMPLATE"
    NOTIFICATION = "NOTIFICATION"
    INTEGRATION = "INTEGRATION"
    WEBHOOK = "WEBHOOK"
    ENCRYPTED_DATA = "ENCRYPTED_DATA"
    """Encrypted values in clear."""
    HISTORY = "HISTORY"
    """Which status a row had when."""
    AUDIT_ENTRY = "AUDIT_ENTRY"
    MACHINERY = "MACHINERY"
    """Tables that only the platform itself touches; no role has it, no override gives it."""


class PermissionEffect(StrEnum):
    ALLOW = "ALLOW"
    DENY = "DENY"
