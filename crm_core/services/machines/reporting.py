"""Runs of reports: which status follows which.

What guards a step and what follows from it is in the services of the same area.
"""

from enum import StrEnum

from crm_core.enums import ReportStatus, Resource
from crm_core.services.machines.machine import Machine, all_to, moves


class ReportEvent(StrEnum):
    START = "START"
    COMPLETE = "COMPLETE"
    RETRY = "RETRY"
    FAIL = "FAIL"


_R = ReportStatus
# A try that failed waits again while tries are left; a run for somebody who left never starts.
REPORT_RUN = Machine(
    "report run",
    Resource.REPORT,
    ReportStatus.PENDING,
    moves(
        {
            ReportEvent.START: {_R.PENDING: _R.GENERATING},
            ReportEvent.COMPLETE: {_R.GENERATING: _R.COMPLETED},
            ReportEvent.RETRY: {_R.GENERATING: _R.PENDING},
            ReportEvent.FAIL: all_to(_R.FAILED, _R.PENDING, _R.GENERATING),
        }
    ),
)
