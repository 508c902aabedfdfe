"""What can be wrong with an export, a mapping or the tenant it is meant for, as a whole.

What is wrong with a single row stands in the report, and stops nothing else.
"""

from crm_core.errors import CrmError


class MappingInvalid(CrmError):
    """A mapping file that cannot be understood; names the file and the entry."""


class ExportUnknown(CrmError):
    """No known format fits the folder; says what each one misses."""


class ExportUnreadable(CrmError):
    """A file of the export that is neither CSV nor a workbook."""


class TenantNotForImport(CrmError):
    """The tenant is at work with rows of its own, or reports in another currency."""


class BadValue(CrmError):
    """A cell that says nothing we can use: the row is refused with this reason."""
