"""Routes of one's own account: its second factor.

Rules are in `crm_core.services.tenancy.own_account`; signing in is a form, in `app.sign_in`.
"""

from typing import Annotated

from fastapi import APIRouter, Cookie
from pydantic import BaseModel, ConfigDict

from app.access import COOKIE
from crm_core.api.dependencies import CurrentInstant, CurrentSubject
from crm_core.services.tenancy import own_account

router = APIRouter(prefix="/account", tags=["account"])


class State(BaseModel):
    """Whether the account has a second factor."""

    is_on: bool


class Key(BaseModel):
    """The key for an authenticator app, until it is confirmed."""

    secret: str
    address: str


class Proof(BaseModel):
    """The password, to change how the account is opened."""

    model_config = ConfigDict(extra="forbid")

    password: str


class FirstCode(Proof):
    """The password and the first code."""

    code: str


class RecoveryCodes(BaseModel):
    """Codes that open the account once each; not shown again."""

    recovery_codes: list[str]


@router.get("/second-factor")
def second_factor(subject: CurrentSubject) -> State:
    """Whether one has a second factor."""
    return State(is_on=own_account.has_second_factor(subject))


@router.post("/second-factor/key")
def begin(subject: CurrentSubject, at: CurrentInstant) -> Key:
    """The key to put into an authenticator app."""
    begun = own_account.begin_second_factor(subject, at=at)
    return Key(secret=begun.secret, address=begun.address)


@router.put("/second-factor")
def switch_on(
    body: FirstCode,
    subject: CurrentSubject,
    at: CurrentInstant,
    token: Annotated[str | None, Cookie(alias=COOKIE)] = None,
) -> RecoveryCodes:
    """Switches the second factor on; every other session ends."""
    codes = own_account.set_second_factor(
        subject, password=body.password, code=body.code, at=at, keep_token=token
    )
    return RecoveryCodes(recovery_codes=codes)


@router.post("/second-factor/recovery-codes")
def renew(body: Proof, subject: CurrentSubject, at: CurrentInstant) -> RecoveryCodes:
    """New recovery codes in place of those before."""
    codes = own_account.renew_recovery_codes(subject, password=body.password, at=at)
    return RecoveryCodes(recovery_codes=codes)


@router.post("/second-factor/end")
def switch_off(body: Proof, subject: CurrentSubject, at: CurrentInstant) -> State:
    """Switches the second factor off, where the company does not want one."""
    own_account.end_second_factor(subject, password=body.password, at=at)
    return State(is_on=False)
