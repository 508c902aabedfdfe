"""What can be wrong with a request for a simulated company.

Errors of the database and of the services keep their own names.
"""

from crm_core.errors import CrmError


class UnknownScale(CrmError):
    """A scale that is not in the table of scales."""


class AlreadySimulated(CrmError):
    """The demo tenants exist: a second simulation would mix two histories."""


class UntilOutOfRange(CrmError):
    """A last day for which the simulation has no holidays, zones or rates."""


class SimulationBlocked(CrmError):
    """Somebody else holds the tables that the simulation writes."""


class NothingSimulated(CrmError):
    """There is no simulated company to go on with."""
