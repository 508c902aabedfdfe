"""The stand-in of any vendor: a server on the loopback whose faults are switches.

It ships as a test tool and feeds the demo; what one vendor answers is in its own `fake`.
"""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from crm_core.errors import CrmError
from transforms.sources.base import Json

Handler = Callable[[Request], Awaitable[Response]]


class FakeServerSilent(CrmError):
    """The fake server's thread did not come up."""


@dataclass(frozen=True, slots=True)
class ServerFaults:
    """Faults that any server has; `every` counts calls (0 is never), waits are seconds."""

    too_busy_every: int = 0
    retry_after: float = 0.0
    server_error_every: int = 0
    truncated_every: int = 0
    slow_every: int = 0
    slow_seconds: float = 0.0
    duplicate_page_every: int = 0
    """The answer before comes once more, its mark for the next page included."""
    skew: timedelta = timedelta()
    """How far the vendor's clock is off; added to every stamp."""
    renamed: Mapping[str, str] = field(default_factory=dict)
    """A changed schema: fields that bear another name from one day to the next."""
    added: Json = field(default_factory=dict)
    """A changed schema: fields nobody announced."""


class FakeServer:
    """A server in a thread: `with FakeServer(...) as server: server.base_url`; counts `calls`."""

    def __init__(self, app: Callable[[], Starlette]) -> None:
        self.calls = 0
        self._socket = socket.socket()
        self._server = uvicorn.Server(
            uvicorn.Config(app(), log_level="critical", lifespan="off", access_log=False)
        )
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True
        )

    @property
    def base_url(self) -> str:
        """Address to give to a connector; only this machine can reach it."""
        host, port = self._socket.getsockname()
        return f"http://{host}:{port}"

    def __enter__(self) -> Self:
        self._socket.bind(("127.0.0.1", 0))
        self._thread.start()
        for _ in range(1000):
            if self._server.started:
                return self
            time.sleep(0.01)
        raise FakeServerSilent(f"{type(self).__name__} did not start within 10 seconds")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=10)
        self._socket.close()

    def strikes(self, every: int) -> bool:
        """Whether it is the turn of a fault that comes every so many calls."""
        return every > 0 and self.calls % every == 0

    async def refuse(
        self, faults: ServerFaults, is_known: bool, unknown: str = "missing or unknown key"
    ) -> Response | None:
        """The refusal this call meets: a wrong key, or a fault whose turn it is."""
        self.calls += 1
        if self.strikes(faults.slow_every):
            await asyncio.sleep(faults.slow_seconds)
        if not is_known:
            return refusal(401, unknown)
        if self.strikes(faults.too_busy_every):
            headers = {"Retry-After": f"{faults.retry_after:g}"}
            return JSONResponse({"error": "slow down"}, 429, headers)
        if self.strikes(faults.server_error_every):
            return refusal(500, "something broke")
        return None

    def send(self, answer: object, faults: ServerFaults) -> Response:
        """The answer as JSON, cut off where that fault strikes."""
        content = json.dumps(answer, ensure_ascii=False).encode()
        if self.strikes(faults.truncated_every):
            content = content[: len(content) // 2]
        return Response(content, media_type="application/json")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as an answer needs it."""

    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Json


Answer = Callable[[Asked], object]
"""What a route answers; None is refused with 400."""


class FakeVendor(FakeServer):
    """A vendor with plain routes, like "GET /v1/charges"; `lists` hold the rows that are served.

    Rows can be changed while it runs: that is how time passes in the account.
    """

    def __init__(
        self,
        routes: Mapping[str, Answer],
        *,
        lists: Mapping[str, list[Json]],
        faults: ServerFaults | None = None,
        key_header: str = "Authorization",
        keys: Callable[[], Sequence[str]] = lambda: (),
        open_paths: Sequence[str] = (),
    ) -> None:
        self.faults = faults or ServerFaults()
        self.lists = lists
        self._routes, self._key_header, self._keys = routes, key_header, keys
        self._open = open_paths
        self._last: dict[str, object] = {}
        super().__init__(self.app)

    def app(self) -> Starlette:
        """The server as an ASGI application."""
        made = []
        for name, answer in self._routes.items():
            method, path = name.split(" ")
            made.append(Route(path, self._handler(answer, path), methods=[method]))
        return Starlette(routes=made)

    def _handler(self, answer: Answer, path: str) -> Handler:
        async def handle(request: Request) -> Response:
            given = request.headers.get(self._key_header, "")
            is_known = path in self._open or not self._keys() or given in self._keys()
            if refused := await self.refuse(self.faults, is_known):
                return refused
            body: Json = {}
            if request.headers.get("content-type") == "application/json":
                body = await request.json()
            elif request.method == "POST":
                body = dict(await _form(request))
            asked = Asked(request.path_params, request.query_params, body)
            repeats = self.strikes(self.faults.duplicate_page_every)
            asked_for = (
                f"{path} {asked.query.get('query', '')[:20]}"  # one path may serve many lists
            )
            if repeats and asked_for in self._last:
                return self.send(self._last[asked_for], self.faults)
            found = answer(asked)
            if found is None:
                return refusal(400, "not found")
            if path not in self._open:
                self._last[asked_for] = found
            return self.send(found, self.faults)

        return handle


def shown(row: Json, faults: ServerFaults, stamps: Sequence[str]) -> Json:
    """A row as a server with these faults shows it; `stamps` are its epochs and ISO instants."""
    out = {faults.renamed.get(name, name): value for name, value in row.items()}
    out |= faults.added
    for name in stamps:
        value = out.get(name)
        if isinstance(value, int):
            out[name] = value + int(faults.skew.total_seconds())
        elif isinstance(value, str):
            out[name] = (datetime.fromisoformat(value) + faults.skew).isoformat()
    return out


def refusal(status: int, reason: str) -> Response:
    """A refusal as JSON."""
    return JSONResponse({"error": reason}, status)


async def _form(request: Request) -> Mapping[str, str]:
    """A small form, read by hand: no upload is ever posted here."""
    return dict(parse_qsl((await request.body()).decode()))
