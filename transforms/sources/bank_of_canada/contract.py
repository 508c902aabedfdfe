"""The rate of one currency on one day, as digits."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from transforms.sources.contracts import Digits, IsoDay, Row, one_of

SERIES = {"FXUSDCAD": "USD", "FXEURCAD": "EUR"}
"""The bank's series, and the currency that each prices in Canadian dollars."""


class Observation(Row):
    """One day of one series."""

    passed_over = frozenset({"id"})

    currency: Annotated[str, BeforeValidator(one_of(SERIES))] = Field(validation_alias="series")
    rate_on: IsoDay = Field(validation_alias="d")
    rate: Digits = Field(validation_alias="v", gt=0)
