"""Closed sets of sales work, ledger, storage, messages, webhooks, reports and the platform.

Import them from `crm_core.enums`, which holds them all.
"""

from enum import StrEnum


class PlatformRole(StrEnum):
    """Role of a person who runs the platform (the guide's SuperAdminRole)."""

    SUPER_ADMIN = "SUPER_ADMIN"
    COMPANY_ADMIN = "COMPANY_ADMIN"
    AUDITOR = "AUDITOR"
    SUPPORT_ADMIN = "SUPPORT_ADMIN"


class AccessActionType(StrEnum):
    LOGIN = "LOGIN"
    LOGOUT = "LOGOUT"
    COMPANY_SWITCH = "COMPANY_SWITCH"
    USER_VIEW = "USER_VIEW"
    USER_CREATE = "USER_CREATE"
    USER_UPDATE = "USER_UPDATE"
    USER_DELETE = "USER_DELETE"
    JOURNEY_VIEW = "JOURNEY_VIEW"
    JOURNEY_CREATE = "JOURNEY_CREATE"
    JOURNEY_UPDATE = "JOURNEY_UPDATE"
    JOURNEY_DELETE = "JOURNEY_DELETE"
    LOCATION_VIEW = "LOCATION_VIEW"
    LOCATION_CREATE = "LOCATION_CREATE"
    LOCATION_UPDATE = "LOCATION_UPDATE"
    LOCATION_DELETE = "LOCATION_DELETE"
    AUDIT_VIEW = "AUDIT_VIEW"
    SETTINGS_UPDATE = "SETTINGS_UPDATE"


class LoyaltyLevel(StrEnum):
    BRONZE = "BRONZE"
    SILVER = "SILVER"
    GOLD = "GOLD"
    PLATINUM = "PLATINUM"


class SalesActivityType(StrEnum):
    PHONE_CALL = "PHONE_CALL"
    EMAIL = "EMAIL"
    MEETING = "MEETING"
    PROPOSAL_SENT = "PROPOSAL_SENT"
    FOLLOW_UP = "FOLLOW_UP"
    DEMO = "DEMO"
    SITE_VISIT = "SITE_VISIT"
    OTHER = "OTHER"


class LineUnit(StrEnum):
    """What the quantity of a line counts."""

    HOUR = "HOUR"
    EACH = "EACH"
    CUBIC_FOOT = "CUBIC_FOOT"
    KILOMETRE = "KILOMETRE"
    MONTH = "MONTH"
    FLAT = "FLAT"


class SurveyStatus(StrEnum):
    SENT = "SENT"
    ANSWERED = "ANSWERED"
    EXPIRED = "EXPIRED"


class TransactionType(StrEnum):
    INCOME = "INCOME"
    EXPENSE = "EXPENSE"
    TRANSFER = "TRANSFER"
    ADJUSTMENT = "ADJUSTMENT"


class LedgerCategory(StrEnum):
    MOVING_REVENUE = "MOVING_REVENUE"
    STORAGE_REVENUE = "STORAGE_REVENUE"
    OTHER_REVENUE = "OTHER_REVENUE"
    PAYMENT = "PAYMENT"
    REFUND = "REFUND"
    TAX = "TAX"
    LABOUR = "LABOUR"
    FUEL = "FUEL"
    MATERIALS = "MATERIALS"
    MAINTENANCE = "MAINTENANCE"
    CLAIMS = "CLAIMS"
    MARKETING = "MARKETING"
    ROYALTY = "ROYALTY"
    PROCESSING_FEE = "PROCESSING_FEE"
    RENT = "RENT"
    OTHER = "OTHER"


class CreditReason(StrEnum):
    """Why a customer's credit moved."""

    OVERPAYMENT = "OVERPAYMENT"
    APPLIED = "APPLIED"
    RETURNED = "RETURNED"
    ADJUSTMENT = "ADJUSTMENT"


class RoyaltyStatus(StrEnum):
    DUE = "DUE"
    INVOICED = "INVOICED"
    PAID = "PAID"
    CANCELLED = "CANCELLED"


class StorageUnitType(StrEnum):
    """The product; its size is a `StorageSizeClass`, its comfort a feature."""

    POD = "POD"
    LOCKER = "LOCKER"
    CONTAINER = "CONTAINER"
    WAREHOUSE = "WAREHOUSE"


class StorageSizeClass(StrEnum):
    SMALL = "SMALL"
    MEDIUM = "MEDIUM"
    LARGE = "LARGE"
    XLARGE = "XLARGE"
    CUSTOM = "CUSTOM"


class StorageUnitStatus(StrEnum):
    AVAILABLE = "AVAILABLE"
    RESERVED = "RESERVED"
    OCCUPIED = "OCCUPIED"
    MAINTENANCE = "MAINTENANCE"
    OUT_OF_SERVICE = "OUT_OF_SERVICE"


class BookingStatus(StrEnum):
    PENDING = "PENDING"
    ACTIVE = "ACTIVE"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"
    OVERDUE = "OVERDUE"

    @classmethod
    def holding(cls) -> frozenset["BookingStatus"]:
        """Statuses in which a booking keeps its unit from others."""
        return frozenset({cls.PENDING, cls.ACTIVE, cls.OVERDUE})


class MoveWay(StrEnum):
    """Whether a renter of storage comes or goes."""

    IN = "in"
    OUT = "out"


class BillingCycle(StrEnum):
    MONTHLY = "MONTHLY"
    WEEKLY = "WEEKLY"
    DAILY = "DAILY"


class BookingSource(StrEnum):
    WEBSITE = "WEBSITE"
    PHONE = "PHONE"
    WALK_IN = "WALK_IN"
    REFERRAL = "REFERRAL"


class AccessType(StrEnum):
    """How a renter gets into a storage unit."""

    KEY = "KEY"
    CODE = "CODE"
    CARD = "CARD"
    BIOMETRIC = "BIOMETRIC"


class StorageReturnCondition(StrEnum):
    GOOD = "GOOD"
    DAMAGED = "DAMAGED"
    LOST = "LOST"


class StorageAlertType(StrEnum):
    CAPACITY = "CAPACITY"
    MAINTENANCE = "MAINTENANCE"
    SECURITY = "SECURITY"
    PAYMENT = "PAYMENT"


class AlertSeverity(StrEnum):
    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"
    CRITICAL = "CRITICAL"


class DiscountType(StrEnum):
    PERCENTAGE = "PERCENTAGE"
    FIXED_AMOUNT = "FIXED_AMOUNT"


class DiscountPolicyType(StrEnum):
    LOYALTY = "LOYALTY"
    SEASONAL = "SEASONAL"
    BULK = "BULK"
    PROMOTIONAL = "PROMOTIONAL"


class BillingPlanType(StrEnum):
    BASIC = "BASIC"
    STANDARD = "STANDARD"
    PREMIUM = "PREMIUM"
    ENTERPRISE = "ENTERPRISE"
    CUSTOM = "CUSTOM"


class BillingPlanStatus(StrEnum):
    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"
    SUSPENDED = "SUSPENDED"
    EXPIRED = "EXPIRED"


class ReportType(StrEnum):
    FINANCIAL = "FINANCIAL"
    OPERATIONAL = "OPERATIONAL"
    CUSTOMER = "CUSTOMER"
    SALES = "SALES"
    INVENTORY = "INVENTORY"
    EQUIPMENT = "EQUIPMENT"
    CUSTOM = "CUSTOM"


class ReportStatus(StrEnum):
    PENDING = "PENDING"
    GENERATING = "GENERATING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


class ReportFormat(StrEnum):
    PDF = "PDF"
    EXCEL = "EXCEL"
    CSV = "CSV"
    JSON = "JSON"


class OccasionState(StrEnum):
    OPEN = "OPEN"
    HELD = "HELD"
    """Its data did not come in time: it waits for a person's word."""
    DONE = "DONE"
    SKIPPED = "SKIPPED"
    """Only marks where a schedule begins: what was due before is not made up for."""


class DeadlinePolicy(StrEnum):
    """What becomes of a report whose data are not complete at its deadline."""

    WAIT = "WAIT"
    STAMP = "STAMP"
    """It goes, and says on every page until when its data reach."""
    HOLD = "HOLD"


class AlertState(StrEnum):
    QUIET = "QUIET"
    RAISED = "RAISED"


class PeriodGrain(StrEnum):
    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"
    QUARTER = "QUARTER"
    YEAR = "YEAR"


class TargetDirection(StrEnum):
    """On which side of a target a figure is good."""

    AT_LEAST = "AT_LEAST"
    AT_MOST = "AT_MOST"


class MoneyFigure(StrEnum):
    """A figure that an outside system and the core both know."""

    CHARGE = "CHARGE"
    REFUND = "REFUND"
    FEE = "FEE"
    INVOICE = "INVOICE"
    BALANCE = "BALANCE"


class CommunicationType(StrEnum):
    EMAIL = "EMAIL"
    SMS = "SMS"
    PUSH_NOTIFICATION = "PUSH_NOTIFICATION"
    IN_APP = "IN_APP"
    LETTER = "LETTER"
    PHONE_CALL = "PHONE_CALL"


class CommunicationStatus(StrEnum):
    DRAFT = "DRAFT"
    SENT = "SENT"
    DELIVERED = "DELIVERED"
    READ = "READ"
    FAILED = "FAILED"


class MessageDirection(StrEnum):
    INBOUND = "INBOUND"
    OUTBOUND = "OUTBOUND"


class TemplateType(StrEnum):
    EMAIL = "EMAIL"
    SMS = "SMS"
    LETTER = "LETTER"
    INVOICE = "INVOICE"
    QUOTE = "QUOTE"
    REPORT = "REPORT"


class NotificationType(StrEnum):
    JOURNEY_STATUS_CHANGE = "JOURNEY_STATUS_CHANGE"
    CREW_ASSIGNMENT = "CREW_ASSIGNMENT"
    MEDIA_UPLOAD = "MEDIA_UPLOAD"
    GPS_UPDATE = "GPS_UPDATE"
    CHAT_MESSAGE = "CHAT_MESSAGE"
    SYSTEM_ALERT = "SYSTEM_ALERT"
    PERFORMANCE_ALERT = "PERFORMANCE_ALERT"
    COMPLIANCE_ALERT = "COMPLIANCE_ALERT"


class NotificationPriority(StrEnum):
    LOW = "LOW"
    NORMAL = "NORMAL"
    HIGH = "HIGH"
    URGENT = "URGENT"


class NotificationStatus(StrEnum):
    PENDING = "PENDING"
    SENT = "SENT"
    DELIVERED = "DELIVERED"
    READ = "READ"
    FAILED = "FAILED"


class NotificationChannel(StrEnum):
    IN_APP = "IN_APP"
    PUSH = "PUSH"
    EMAIL = "EMAIL"
    SMS = "SMS"


class IntegrationType(StrEnum):
    ACCOUNTING = "ACCOUNTING"
    CRM = "CRM"
    EMAIL = "EMAIL"
    SMS = "SMS"
    PAYMENT = "PAYMENT"
    SHIPPING = "SHIPPING"
    CUSTOM = "CUSTOM"


class DeliveryStatus(StrEnum):
    """State of one webhook delivery; a report's delivery has a `DeliveryState`."""

    PENDING = "PENDING"
    SENT = "SENT"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    RETRY = "RETRY"


class InboundStatus(StrEnum):
    """What became of a webhook that came in."""

    RECEIVED = "RECEIVED"
    APPLIED = "APPLIED"
    REFUSED = "REFUSED"
