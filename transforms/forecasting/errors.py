"""What can go wrong with a forecast; each message is one line for people.

A single series that cannot be forecast is no error: it is listed with its reason.
"""

from crm_core.errors import CrmError


class ForecastError(CrmError):
    """Base of this package's errors."""


class SeriesFileInvalid(ForecastError):
    """A file of series lacks a column, or holds something that is no date or number."""


class NothingToForecast(ForecastError):
    """Not one of the series can be forecast; says why for the first."""
