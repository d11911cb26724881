"""Headers on everything that the server sends: what a page may load, and from where."""

import base64
import hashlib
import re
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

import streamlit
from starlette.datastructures import MutableHeaders

START_PAGE = Path(streamlit.__file__).parent / "static" / "index.html"


def inline_scripts(page: str) -> list[str]:
    """For each script that stands in `page` itself, the source that allows this script and no other."""
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digests = (hashlib.sha256(script.encode()).digest() for script in scripts)
    return [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]


_SCRIPTS = (
    "'self'",
    "blob:",  # the browser components, which Streamlit hands over as blobs
    "'wasm-unsafe-eval'",  # WebAssembly, no eval: Streamlit's protocol counts in 64 bits with it
    *inline_scripts(START_PAGE.read_text(encoding="utf-8")),
)

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        f"script-src {' '.join(_SCRIPTS)}",
        "style-src 'self' 'unsafe-inline'",  # Streamlit and Plotly style elements in place
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' ws: wss:",  # older browsers do not count a web socket to the same host as 'self'
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]


class SecurityHeaders:
    """ASGI middleware that puts `HEADERS` on every response; web sockets pass through."""

    def __init__(self, app: Application) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
            await send(message)

        await self.app(scope, receive, send_with_headers)
