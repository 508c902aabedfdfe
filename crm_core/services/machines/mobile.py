"""Changes and files that come from devices: which status follows which.

What a change does to a journey is in `mobile.mobile_sync`.
"""

from enum import StrEnum

from crm_core.enums import MobileSyncStatus, Resource, UploadStatus
from crm_core.services.machines.machine import Machine, all_to, moves


class UpdateEvent(StrEnum):
    TRY = "TRY"
    APPLY = "APPLY"
    CLASH = "CLASH"
    DEFER = "DEFER"
    GIVE_UP = "GIVE_UP"


_U = MobileSyncStatus
# A conflict is tried again when the person has chosen the device's side; the server's side is
# applied as it stands. What is deferred waits for evidence that is still on its way.
MOBILE_UPDATE = Machine(
    "mobile update",
    Resource.MOBILE,
    MobileSyncStatus.PENDING,
    moves(
        {
            UpdateEvent.TRY: all_to(_U.SYNCING, _U.PENDING, _U.CONFLICT),
            UpdateEvent.APPLY: all_to(_U.SYNCED, _U.SYNCING, _U.CONFLICT),
            UpdateEvent.CLASH: {_U.SYNCING: _U.CONFLICT},
            UpdateEvent.DEFER: {_U.SYNCING: _U.PENDING},
            UpdateEvent.GIVE_UP: {_U.SYNCING: _U.FAILED},
        }
    ),
    column="sync_status",
)


class UploadEvent(StrEnum):
    BEGIN = "BEGIN"
    COMPLETE = "COMPLETE"
    INTERRUPT = "INTERRUPT"
    GIVE_UP = "GIVE_UP"


_L = UploadStatus
UPLOAD = Machine(
    "upload",
    Resource.MOBILE,
    UploadStatus.PENDING,
    moves(
        {
            UploadEvent.BEGIN: {_L.PENDING: _L.UPLOADING},
            UploadEvent.COMPLETE: {_L.UPLOADING: _L.COMPLETED},
            UploadEvent.INTERRUPT: {_L.UPLOADING: _L.PENDING},
            UploadEvent.GIVE_UP: {_L.UPLOADING: _L.FAILED},
        }
    ),
    column="upload_status",
)
