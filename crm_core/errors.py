"""The base of every error the product raises on purpose.

What went wrong in one area is a class of that area, named for the event; only the base is here.
"""


class CrmError(Exception):
    """One clear line for people: what was wrong, where, and what to do."""

    @property
    def line(self) -> str:
        """The message on one line, as the command line and the API print it."""
        return " ".join(str(self).split())


class InvalidInput(CrmError):
    """A value that breaks a rule of the core; names the field."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason
