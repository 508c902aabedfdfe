"""What can go wrong between the core and a door; each message is one line for people.

Errors of integrations belong to `transforms.sources`.
"""

from crm_core.errors import CrmError


class LakeError(CrmError):
    """Something is wrong with the lake."""


class ExtensionMissing(LakeError):
    """A DuckDB extension wheel is not installed in the version of DuckDB."""


class LakeUnreachable(LakeError):
    """The lake or the core could not be attached."""


class WriterBusy(LakeError):
    """Another process writes the lake; only one may."""


class WriterLost(LakeError):
    """The lock on the lake went away while it was being written; nothing was committed."""


class SourceRestored(LakeError):
    """The core is not the database, or not the history, that the lake was filled from."""


class ContractBroken(LakeError):
    """A column the lake relies on vanished or changed its type in the core."""


class TooManyDeleted(LakeError):
    """So much of a table is gone from the core that it looks like a mistake."""


class ExtractFailed(LakeError):
    """The extract was interrupted; the lake is as it was."""


class AuditFailed(LakeError):
    """A check failed; the previous publication stays. `failures` holds one line per check."""

    def __init__(self, failures: list[str]) -> None:
        self.failures = failures
        shown = "; ".join(failures[:5])
        more = f" (and {len(failures) - 5} more)" if len(failures) > 5 else ""
        super().__init__(
            f"nothing was published, {len(failures)} of the checks failed: {shown}{more}"
        )


class BuildFailed(LakeError):
    """dbt could not build the models; the previous publication stays."""


class NothingPublished(LakeError):
    """There is no publication to read."""


class DoorRefused(LakeError):
    """The subject may not read the warehouse, or not this part of it."""


class DoorUnreadable(LakeError):
    """A door's file could not be opened."""


class QueryRefused(LakeError):
    """The statement is of a kind that a door does not run."""


class QueryFailed(LakeError):
    """The query did not run: wrong SQL, too slow, or too much memory."""


class QueryTooLarge(LakeError):
    """The result is larger than the workbench hands out."""
