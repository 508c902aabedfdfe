"""The ASGI application: pages, log-in and API behind one gate, on one origin.

Started as `uvicorn app.main:app`; what each part does is in its own module.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib import import_module
from pathlib import Path

import streamlit as st
from anyio import to_thread
from starlette.middleware import Middleware
from starlette.responses import FileResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from app import sign_in
from app.api.main import api
from app.gate import Gate
from crm_core.errors import CrmError
from reports.page import pages
from reports.theme import FONTS
from transforms.metrics.compiler import Dialect

HERE = Path(__file__).resolve().parent
BRAND = HERE / "brand"


def routes() -> list[BaseRoute]:
    """Everything that is not Streamlit's own."""
    return [
        *sign_in.routes(),
        Mount("/api", api),
        Mount("/fonts", StaticFiles(directory=FONTS)),
        Mount("/brand", StaticFiles(directory=BRAND)),
        Route("/favicon.png", FileResponse(BRAND / "mark.svg", media_type="image/svg+xml")),
    ]


def _prepare() -> None:
    from transforms.metrics.flow import prepare  # loading MetricFlow takes a second itself

    prepare(Dialect.DOOR)


@asynccontextmanager
async def ready(_app: st.App) -> AsyncIterator[None]:
    """Loads what pages need before the first visitor comes; until then the app is not healthy."""
    for module in ("app.page", "app.components.sql", "app.screens.show"):
        await to_thread.run_sync(import_module, module)
    await to_thread.run_sync(pages)
    with suppress(CrmError):  # pages say it where they need the definitions
        await to_thread.run_sync(_prepare)
    yield


app = st.App(
    HERE / "streamlit_app.py",
    routes=routes(),
    middleware=[Middleware(Gate)],
    lifespan=ready,
)
