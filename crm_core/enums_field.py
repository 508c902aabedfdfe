"""The closed sets of field work: operations, mobile, equipment, inventory, scheduling.

Read them from `crm_core.enums`, which holds all; transitions belong to the services.
"""

from enum import StrEnum


class BillingStatus(StrEnum):
    """How far the billing of a journey is."""

    PENDING = "PENDING"
    INVOICED = "INVOICED"
    PAID = "PAID"
    OVERDUE = "OVERDUE"
    CANCELLED = "CANCELLED"


class PhaseName(StrEnum):
    """The six phases of field work, in order; the number of a phase is its place from 1."""

    JOURNEY_CREATION = "JOURNEY_CREATION"
    MORNING_PREP = "MORNING_PREP"
    PICKUP_OPERATIONS = "PICKUP_OPERATIONS"
    TRANSPORT_OPERATIONS = "TRANSPORT_OPERATIONS"
    DELIVERY_OPERATIONS = "DELIVERY_OPERATIONS"
    JOURNEY_COMPLETION = "JOURNEY_COMPLETION"


class PhaseStatus(StrEnum):
    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"


class ChecklistStatus(StrEnum):
    PENDING = "PENDING"
    COMPLETED = "COMPLETED"
    SKIPPED = "SKIPPED"


class ActivityType(StrEnum):
    CHECKLIST = "CHECKLIST"
    PHOTO = "PHOTO"
    VIDEO = "VIDEO"
    APPROVAL = "APPROVAL"
    NOTE = "NOTE"
    SIGNATURE = "SIGNATURE"
    GPS = "GPS"
    TIMER = "TIMER"


class ActivityStatus(StrEnum):
    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class CrewRole(StrEnum):
    DRIVER = "DRIVER"
    MOVER = "MOVER"
    LEAD = "LEAD"
    HELPER = "HELPER"
    SUPERVISOR = "SUPERVISOR"


class CrewStatus(StrEnum):
    ASSIGNED = "ASSIGNED"
    CONFIRMED = "CONFIRMED"
    DECLINED = "DECLINED"
    ON_SITE = "ON_SITE"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"

    @classmethod
    def standing(cls) -> tuple["CrewStatus", ...]:
        """Statuses in which the person is taken for the span."""
        return (cls.ASSIGNED, cls.CONFIRMED, cls.ON_SITE, cls.COMPLETED)


class EntryType(StrEnum):
    NOTE = "NOTE"
    GPS = "GPS"
    PHOTO = "PHOTO"
    SIGNATURE = "SIGNATURE"
    STATUS_UPDATE = "STATUS_UPDATE"
    CHECKLIST = "CHECKLIST"
    APPROVAL = "APPROVAL"


class EntryPriority(StrEnum):
    LOW = "LOW"
    NORMAL = "NORMAL"
    HIGH = "HIGH"
    URGENT = "URGENT"


class TagType(StrEnum):
    COMPLETED = "COMPLETED"
    DAMAGE = "DAMAGE"
    FEEDBACK = "FEEDBACK"
    ISSUE = "ISSUE"
    DELAY = "DELAY"
    URGENT = "URGENT"
    REVIEW = "REVIEW"


class MediaType(StrEnum):
    PHOTO = "PHOTO"
    VIDEO = "VIDEO"
    SIGNATURE = "SIGNATURE"
    DOCUMENT = "DOCUMENT"
    AUDIO = "AUDIO"


class MoveSourceStatus(StrEnum):
    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"
    SUSPENDED = "SUSPENDED"
    ARCHIVED = "ARCHIVED"


class AuditReviewStatus(StrEnum):
    """Of the review of a finished journey."""

    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


class FindingSeverity(StrEnum):
    CRITICAL = "CRITICAL"
    MAJOR = "MAJOR"
    MINOR = "MINOR"


class FindingStatus(StrEnum):
    OPEN = "OPEN"
    IN_PROGRESS = "IN_PROGRESS"
    RESOLVED = "RESOLVED"


class TimeEntryKind(StrEnum):
    WORK = "WORK"
    TRAVEL = "TRAVEL"
    BREAK = "BREAK"
    YARD = "YARD"
    TRAINING = "TRAINING"


class DamageSeverity(StrEnum):
    MINOR = "MINOR"
    MODERATE = "MODERATE"
    MAJOR = "MAJOR"


class DamageType(StrEnum):
    GOODS = "GOODS"
    PROPERTY = "PROPERTY"
    VEHICLE = "VEHICLE"
    INJURY = "INJURY"
    OTHER = "OTHER"


class ClaimType(StrEnum):
    DAMAGE = "DAMAGE"
    LOSS = "LOSS"
    DELAY = "DELAY"
    SERVICE = "SERVICE"
    OTHER = "OTHER"


class ClaimStatus(StrEnum):
    OPEN = "OPEN"
    IN_REVIEW = "IN_REVIEW"
    SETTLED = "SETTLED"
    DENIED = "DENIED"

    @classmethod
    def closed(cls) -> tuple["ClaimStatus", ...]:
        """Statuses in which nothing more is owed."""
        return (cls.SETTLED, cls.DENIED)


class CostKind(StrEnum):
    """What a line of job costing pays for."""

    LABOUR = "LABOUR"
    FUEL = "FUEL"
    MATERIAL = "MATERIAL"
    TRUCK = "TRUCK"
    CLAIM = "CLAIM"
    ROYALTY = "ROYALTY"
    OTHER = "OTHER"


class FuelType(StrEnum):
    DIESEL = "DIESEL"
    GASOLINE = "GASOLINE"
    OTHER = "OTHER"


class SessionSyncState(StrEnum):
    ONLINE = "ONLINE"
    OFFLINE = "OFFLINE"
    SYNCING = "SYNCING"


class MobileUpdateType(StrEnum):
    STATUS = "STATUS"
    LOCATION = "LOCATION"
    NOTE = "NOTE"
    CHECKLIST = "CHECKLIST"
    MEDIA = "MEDIA"


class MobileSyncStatus(StrEnum):
    PENDING = "PENDING"
    SYNCING = "SYNCING"
    SYNCED = "SYNCED"
    FAILED = "FAILED"
    CONFLICT = "CONFLICT"


class UploadStatus(StrEnum):
    PENDING = "PENDING"
    UPLOADING = "UPLOADING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


class MobileNotificationType(StrEnum):
    JOURNEY_UPDATE = "JOURNEY_UPDATE"
    NEW_ASSIGNMENT = "NEW_ASSIGNMENT"
    URGENT_ALERT = "URGENT_ALERT"
    SYNC_STATUS = "SYNC_STATUS"
    CUSTOM = "CUSTOM"


class EquipmentType(StrEnum):
    TRUCK = "TRUCK"
    TRAILER = "TRAILER"
    FORKLIFT = "FORKLIFT"
    DOLLY = "DOLLY"
    STRAPS = "STRAPS"
    BLANKETS = "BLANKETS"
    TOOLS = "TOOLS"
    OTHER = "OTHER"


class EquipmentStatus(StrEnum):
    ACTIVE = "ACTIVE"
    MAINTENANCE = "MAINTENANCE"
    REPAIR = "REPAIR"
    RETIRED = "RETIRED"
    SOLD = "SOLD"


class MaintenanceType(StrEnum):
    PREVENTIVE = "PREVENTIVE"
    CORRECTIVE = "CORRECTIVE"
    EMERGENCY = "EMERGENCY"
    INSPECTION = "INSPECTION"


class MaintenanceStatus(StrEnum):
    SCHEDULED = "SCHEDULED"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"


class AssignmentStatus(StrEnum):
    ACTIVE = "ACTIVE"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"


class InventoryTransactionType(StrEnum):
    PURCHASE = "PURCHASE"
    SALE = "SALE"
    ADJUSTMENT = "ADJUSTMENT"
    TRANSFER = "TRANSFER"
    DAMAGE = "DAMAGE"
    EXPIRY = "EXPIRY"
    USAGE = "USAGE"
    RETURN = "RETURN"

    @classmethod
    def incoming(cls) -> tuple["InventoryTransactionType", ...]:
        """Movements that only ever add to the stock."""
        return (cls.PURCHASE, cls.RETURN)

    @classmethod
    def outgoing(cls) -> tuple["InventoryTransactionType", ...]:
        """Movements that only ever take from the stock; the rest go either way."""
        return (cls.SALE, cls.USAGE, cls.DAMAGE, cls.EXPIRY)


class PurchaseOrderStatus(StrEnum):
    DRAFT = "DRAFT"
    SENT = "SENT"
    PARTIAL = "PARTIAL"
    RECEIVED = "RECEIVED"
    CANCELLED = "CANCELLED"


class ScheduleStatus(StrEnum):
    SCHEDULED = "SCHEDULED"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"
    RESCHEDULED = "RESCHEDULED"

    @classmethod
    def released(cls) -> tuple["ScheduleStatus", ...]:
        """Statuses in which the slot takes nobody's time."""
        return (cls.CANCELLED, cls.RESCHEDULED)


class ScheduleType(StrEnum):
    JOURNEY = "JOURNEY"
    MAINTENANCE = "MAINTENANCE"
    TRAINING = "TRAINING"
    MEETING = "MEETING"
    OTHER = "OTHER"


class SchedulePriority(StrEnum):
    LOW = "LOW"
    NORMAL = "NORMAL"
    HIGH = "HIGH"
    URGENT = "URGENT"


class ResourceKind(StrEnum):
    """What can be booked for a span; storage units have bookings of their own."""

    USER = "USER"
    EQUIPMENT = "EQUIPMENT"


class AvailabilityType(StrEnum):
    PERSONAL = "PERSONAL"
    SICK = "SICK"
    VACATION = "VACATION"
    TRAINING = "TRAINING"
    MAINTENANCE = "MAINTENANCE"
    OTHER = "OTHER"
