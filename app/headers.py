"""The headers that tell browsers what our pages may do: run our scripts, talk to us, nothing else.

Who gets a page at all is decided in `app.gate`.
"""

import base64
import hashlib
import re
from pathlib import Path
from typing import Final

import streamlit

from app.components.leave import SCRIPTS

_INDEX: Final = Path(streamlit.__file__).parent / "static" / "index.html"


def source_of(script: str) -> str:
    """The name of an inline script in a content security policy."""
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def inline_scripts(page: str) -> list[str]:
    """The scripts that a page carries within itself."""
    return re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)


def _policy() -> str:
    scripts = [*inline_scripts(_INDEX.read_text()), *SCRIPTS.values()]
    allowed = " ".join(map(source_of, scripts))
    return "; ".join(
        (
            "default-src 'self'",
            # Vega, which draws the sparklines, compiles its expressions.
            f"script-src 'self' 'unsafe-eval' {allowed}",
            # Streamlit sets styles while it runs.
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


HEADERS: Final = {
    "content-security-policy": _policy(),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # Not "no-referrer": browsers would then send "Origin: null" with our own forms.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=()",
}
