"""Access by OAuth: a short-lived token, renewed by a long-lived one that may change with each use.

Where the long-lived token is kept is `access`.
"""

import json
from collections.abc import Callable, Generator
from dataclasses import dataclass

import httpx

from transforms.sources.base import SourceRefusedKey


@dataclass(frozen=True)
class Grant:
    """What a vendor gave us to renew a token with."""

    client_id: str
    client_secret: str
    refresh_token: str

    @classmethod
    def read(cls, key: str) -> "Grant":
        """From the JSON that is kept as the integration's key; raises `SourceRefusedKey`."""
        try:
            return cls(**json.loads(key))
        except (TypeError, ValueError) as error:
            raise SourceRefusedKey(
                "the key of this integration is not a JSON object of client_id, client_secret and"
                " refresh_token: save it again"
            ) from error

    def written(self) -> str:
        """The JSON to keep."""
        return json.dumps(vars(self))


class RefreshedToken(httpx.Auth):
    """A bearer token, asked for when there is none and once more when it is refused.

    `keep` is called with each new grant before it is used: a vendor that changes the long-lived
    token takes the old one back.
    """

    requires_response_body = True

    def __init__(self, token_url: str, grant: Grant, keep: Callable[[Grant], None]) -> None:
        self._url, self._grant, self._keep = token_url, grant, keep
        self._token: str | None = None

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send the request with a token; renew it once when the answer is 401."""
        fresh = self._token is None
        if fresh:
            self._take((yield self._renewal()))
        request.headers["Authorization"] = f"Bearer {self._token}"
        answer = yield request
        if answer.status_code == 401 and not fresh:
            self._take((yield self._renewal()))
            request.headers["Authorization"] = f"Bearer {self._token}"
            yield request

    def _renewal(self) -> httpx.Request:
        client = httpx.BasicAuth(self._grant.client_id, self._grant.client_secret)
        request = httpx.Request(
            "POST",
            self._url,
            data={"grant_type": "refresh_token", "refresh_token": self._grant.refresh_token},
        )
        return next(client.auth_flow(request))

    def _take(self, answer: httpx.Response) -> None:
        if answer.status_code in (429, 500, 502, 503, 504):
            # An HTTP error of the transport kind is tried again by the client.
            raise httpx.ReadError(f"the token endpoint answered {answer.status_code}")
        try:
            found = answer.json() if answer.is_success else {}
        except ValueError as error:
            raise httpx.ReadError("the token endpoint's answer is cut off") from error
        if "access_token" not in found:
            raise SourceRefusedKey(
                f"the vendor refused to renew our access ({answer.status_code}): connect this"
                " integration again"
            )
        renewed = found.get("refresh_token", self._grant.refresh_token)
        if renewed != self._grant.refresh_token:
            self._grant = Grant(self._grant.client_id, self._grant.client_secret, renewed)
            self._keep(self._grant)
        self._token = found["access_token"]
