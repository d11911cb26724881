"""The linked views in a real browser without Streamlit: real files, real cells, one page that holds nothing else."""

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, Route

from attnviz.components.attention.cells_supply import wish_of
from attnviz.components.attention.payload import Payload, packed_cells, payload
from attnviz.components.scripts import joined_styles
from attnviz.records import AttentionCapture
from attnviz.views.explorer import brought_blocks, explorer_view
from attnviz.views.grid import grid_row

COMPONENTS = Path(__file__).resolve().parents[2] / "attnviz" / "components"
ADDRESS = "http://attnviz.test"
BEGINNING = {"map": 0, "head": "mean", "query": None, "key": None, "scale": "linear", "shared": False}
THEMES = {
    "light": {
        "text": "#0E1A20",
        "background": "#FFFFFF",
        "secondary": "#F3F6F7",
        "border": "#CBD5DA",
        "primary": "#22697D",
    },
    "dark": {
        "text": "#E6ECEF",
        "background": "#0F1518",
        "secondary": "#192226",
        "border": "#37464D",
        "primary": "#4A9FB2",
    },
}


def payload_of(capture: AttentionCapture, **options: Any) -> Payload:
    """What the browser gets of `capture`; `options` as for `explorer_view`."""
    view = explorer_view(capture, **options)
    return payload(view, [grid_row(capture, layer=one.name, sample=one.sample) for one in view.maps])


class Family:
    """Opens the workspace of `attnviz/components/attention` on pages of its own."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.contexts: list[BrowserContext] = []

    def open(
        self,
        data: Payload,
        *,
        views: Sequence[str],
        width: int = 900,
        height: int = 900,
        theme: str = "light",
        chosen: Mapping[str, Any] | None = None,
        extras: Mapping[str, Any] | None = None,
        touch: bool = False,
    ) -> Page:
        """A page with the workspace on it: `window.workspace`; `window.sent` lists what it tells Python."""
        page = self.blank(width=width, height=height, theme=theme, touch=touch)
        page.evaluate(
            """async ({data, cells}) => {
                const { openWorkspace } = await import("/attention/workspace.js");
                window.bytes = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
                window.sent = [];
                window.data = { ...data, cells: window.bytes(cells) };
                const send = (name, value) => window.sent.push({ name, value });
                window.workspace = openWorkspace(document.querySelector(".attnviz"), window.data, send);
            }""",
            {
                "data": {
                    "meta": data.meta,
                    "subject": "test",
                    "chosen": {**BEGINNING, **(chosen or {})},
                    "views": list(views),
                    "extras": dict(extras or {}),
                },
                "cells": base64.b64encode(data.cells.tobytes()).decode(),
            },
        )
        return page

    def update(self, page: Page, data: Payload, *, subject: str = "test") -> None:
        """Send another payload to the workspace of `page`, as Streamlit does after a rerun."""
        page.evaluate(
            "({meta, cells, subject}) => workspace.update({ ...window.data, meta, subject, cells: bytes(cells) })",
            {"meta": data.meta, "cells": base64.b64encode(data.cells.tobytes()).decode(), "subject": subject},
        )

    def bring(self, page: Page, capture: AttentionCapture, wish: Mapping[str, Any], **options: int) -> None:
        """Send the workspace of `page` the cells that it asked for, as the supply on the page does."""
        asked = wish_of(wish)
        blocks = brought_blocks(capture, explorer_view(capture), asked.wanted, whole=asked.whole, **options)
        packed = packed_cells(blocks, {"subject": wish["subject"], "wish": dict(wish)})
        page.evaluate(
            """async (packed) => {
                const { read } = await import("/attention/channel.js");
                workspace.bring(read(bytes(packed)));
            }""",
            base64.b64encode(packed).decode(),
        )

    def blank(self, *, width: int = 900, height: int = 900, theme: str = "light", touch: bool = False) -> Page:
        """A page that serves the modules of all components and shows nothing yet but an empty `.attnviz`."""
        context = self.browser.new_context(viewport={"width": width, "height": height}, has_touch=touch)
        self.contexts.append(context)
        page = context.new_page()
        colours = THEMES[theme]
        styles = f""":root {{
            --st-text-color: {colours["text"]}; --st-background-color: {colours["background"]};
            --st-secondary-background-color: {colours["secondary"]}; --st-border-color: {colours["border"]};
            --st-primary-color: {colours["primary"]}; --st-font: sans-serif; --st-base-font-size: 16px;
        }}
        body {{ margin: 16px; background: {colours["background"]}; }}
        {joined_styles(COMPONENTS / "attention")}"""
        html = (
            f'<!doctype html><html lang="en"><head><title>Views</title><style>{styles}</style></head>'
            '<body><main><div class="attnviz"></div></main></body></html>'
        )

        def answer(route: Route) -> None:
            path = route.request.url.removeprefix(ADDRESS).partition("?")[0].lstrip("/")
            if not path:
                route.fulfill(body=html, content_type="text/html; charset=utf-8")
            elif path.endswith(".js") and (COMPONENTS / path).is_file():
                route.fulfill(
                    body=(COMPONENTS / path).read_text("utf-8"), content_type="text/javascript; charset=utf-8"
                )
            else:
                route.fulfill(status=404)

        page.route(f"{ADDRESS}/**", answer)
        page.goto(f"{ADDRESS}/")
        return page

    def close(self) -> None:
        """Close every page."""
        for context in self.contexts:
            context.close()
