"""How large a request may be; larger ones are refused before they are read.

What the content may hold is declared with the routes and the models.
"""

from contextlib import suppress

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from crm_core.api.dependencies import refused

LARGEST_BODY = 1_000_000
"""Bytes; the largest honest request is a quote of 200 lines, about 60 kB."""


class BodyTooLarge(Exception):
    """More bytes came than a request may have."""


class BodyLimit:
    """ASGI middleware: answers 413 as soon as a body is known to be too large."""

    def __init__(self, app: ASGIApp, largest: int = LARGEST_BODY) -> None:
        self.app = app
        self.largest = largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        said = dict(scope["headers"]).get(b"content-length", b"0")
        if not said.isdigit() or int(said) > self.largest:
            await self._refuse(scope, receive, send)
            return
        came = 0

        async def counted() -> Message:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            if came > self.largest:
                raise BodyTooLarge
            return message

        async def watched(message: Message) -> None:
            # Whatever the application makes of the broken body, the answer is ours.
            if came <= self.largest:
                await send(message)

        with suppress(BodyTooLarge):
            await self.app(scope, counted, watched)
        if came > self.largest:
            await self._refuse(scope, receive, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        problem = f"is larger than {self.largest} bytes"
        answer = refused("BodyTooLarge", f"body: {problem}", 413, "body", problem)
        await answer(scope, receive, send)
