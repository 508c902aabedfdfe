"""What can go wrong with a report, each error named for the event.

Errors of the metric layer, the door and the core keep their own classes and pass through.
"""

from crm_core.errors import CrmError


class ReportError(CrmError):
    """Base of this package's errors: one clear line for people."""


class ReportNotFound(ReportError):
    """No report (or page) of that name; the message lists the names there are."""


class ReportAmbiguous(ReportError):
    """Several people share a report of that name; the message lists their ids."""


class ReportNameTaken(ReportError):
    """A saved report cannot be called as one of the catalogue."""


class SpecInvalid(ReportError):
    """A spec file breaks the vocabulary; the message names file and field."""


class LocaleUnknown(ReportError):
    """A locale the product does not print."""


class PeriodUnfit(ReportError):
    """A report made for one kind of period was asked for another."""


class ParameterUnknown(ReportError):
    """A report was to be narrowed by something its spec does not name."""


class FormatUnknown(ReportError):
    """A file format no renderer writes."""


class RendererMissing(ReportError):
    """A renderer's library is not installed."""


class FileUnreadable(ReportError):
    """A file handed to `verify` is not one of our reports."""


class DeliveryFailed(ReportError):
    """A letter could not be handed over; the class says what is known of it."""


class NothingToSay(DeliveryFailed):
    """No figure is other than zero, and the report is silent then."""


class ScopeExceeded(DeliveryFailed):
    """A drawn report shows more than its recipient may see: it is never sent."""


class NotSent(DeliveryFailed):
    """The letter surely did not go; it may be tried again."""


class Refused(DeliveryFailed):
    """Nobody will ever take this letter."""


class Uncertain(DeliveryFailed):
    """The letter may have gone: the answer to its content never came."""


class TransportInsecure(NotSent):
    """The mail server offers no encryption and is not on this machine."""


class ReportDiffers(ReportError):
    """A report file does not say what its publication says."""


class DeliveryNotParked(ReportError):
    """Only a delivery whose outcome is unknown can be resolved by a person."""


class RuleInvalid(ReportError):
    """A rule of an alert breaks the vocabulary; the message names the field."""
