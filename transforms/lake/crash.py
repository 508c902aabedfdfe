"""The crash points of `crm_core.crash`, under the name the lake knows them by.

Nothing else belongs here.
"""

from crm_core.crash import VARIABLE, point

__all__ = ["VARIABLE", "point"]
