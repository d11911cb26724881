"""One view of the family on a page of its own, with a store that the test can read and write."""

import base64
from collections.abc import Mapping
from typing import Any

from playwright.sync_api import Page

from attnviz.components.attention.payload import Payload
from tests.browser.family import Family

# What a canvas writes cannot be read from the page, so the page also keeps it: `window.written`.
LISTEN = """() => {
    window.written = [];
    const write = CanvasRenderingContext2D.prototype.fillText;
    CanvasRenderingContext2D.prototype.fillText = function (text, ...place) {
        window.written.push(text);
        return write.call(this, text, ...place);
    };
}"""

MOUNT = """async ({ meta, cells, view, state }) => {
    const { openCapture } = await import("/attention/capture.js");
    const { createStore } = await import("/attention/store.js");
    const module = await import(`/attention/${view}.js`);
    const capture = openCapture({ meta, cells: Uint8Array.from(atob(cells), (one) => one.charCodeAt(0)) });
    Object.assign(window, { opened: capture, said: [], root: document.querySelector(".attnviz") });
    window.store = createStore({ capture: 1, ...state });
    const context = {
        store, capture: () => capture, extra: () => null, wantWindow: () => {}, announce: (text) => said.push(text),
    };
    window.view = module[`mount${view[0].toUpperCase()}${view.slice(1)}`](root, context);
}"""


def mount(
    family: Family,
    data: Payload,
    view: str,
    *,
    state: Mapping[str, Any] | None = None,
    **options: Any,
) -> Page:
    """A page with `view` ("grid" for `mountGrid` of grid.js), painted; `options` as for `Family.blank`.

    The page has `store`, `view` (what mounting it returned), `opened` (the capture), `said` (what was announced),
    `written` (every text written on a canvas) and `root`.
    """
    page = family.blank(**options)
    page.evaluate(LISTEN)
    cells = base64.b64encode(data.cells.tobytes()).decode()
    page.evaluate(MOUNT, {"meta": data.meta, "cells": cells, "view": view, "state": dict(state or {})})
    ready(page)
    return page


def ready(page: Page) -> None:
    """Wait until what is set is painted."""
    page.wait_for_function("root.dataset.ready === '1'")


def change(page: Page, patch: Mapping[str, Any]) -> list[str]:
    """Set `patch` in the store and wait until it is painted; returns what was written on canvases meanwhile."""
    page.evaluate("(patch) => { window.written.length = 0; store.set(patch); }", dict(patch))
    ready(page)
    return page.evaluate("window.written")


def state_of(page: Page, *names: str) -> Any:
    """What the store holds: one value, or a list of several."""
    values = page.evaluate("(names) => names.map((name) => store.get()[name])", list(names))
    return values[0] if len(names) == 1 else values


def pixel(page: Page, canvas: str, x: float, y: float) -> tuple[int, int, int, int]:
    """Red, green, blue and opacity at a place of the first canvas that matches, in CSS pixels."""
    return tuple(
        page.evaluate(
            """([selector, x, y]) => {
                const canvas = document.querySelector(selector);
                const ratio = canvas.width / canvas.clientWidth;
                const pen = canvas.getContext("2d");
                return [...pen.getImageData(Math.floor(x * ratio), Math.floor(y * ratio), 1, 1).data];
            }""",
            [canvas, x, y],
        )
    )
