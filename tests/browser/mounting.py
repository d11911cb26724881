"""One view by itself in a real browser: the real module, the real cells, and a store of its own."""

import base64
from collections.abc import Mapping
from typing import Any

from playwright.sync_api import Page

from attnviz.components.attention.payload import Payload

_MOUNT = """async ({meta, cells, module, name, state, extra}) => {
    const [{ openCapture }, { createStore }, view] = await Promise.all(
        ["capture", "store", module].map((file) => import(`/attention/${file}.js`)));
    const capture = openCapture({ meta, cells: Uint8Array.from(atob(cells), (one) => one.charCodeAt(0)) });
    window.store = createStore({ capture: 1, ...state });
    window.said = [];
    window.wished = [];
    const root = document.querySelector(".attnviz");
    root.addEventListener("keydown", (event) => {
        if (event.key === "Escape") store.set({ query: null, key: null, hover: { query: null, key: null } });
    });
    window.view = view[name](root, {
        store: window.store, capture: () => capture, announce: (text) => window.said.push(text),
        wantWindow: (wish) => window.wished.push(wish), extra: () => extra,
    });
}"""
READY = ".attnviz[data-ready]"


def mount(
    page: Page,
    data: Payload,
    module: str,
    name: str,
    *,
    state: Mapping[str, Any] | None = None,
    extra: Any = None,
) -> Page:
    """Mount the view that `attention/MODULE.js` exports as `name` on a blank page of `Family`, and wait for its paint.

    `window.store` is its store, `window.said` what it announced, and `window.wished` the windows that it asked for.
    """
    page.evaluate(
        _MOUNT,
        {
            "meta": data.meta,
            "cells": base64.b64encode(data.cells.tobytes()).decode(),
            "module": module,
            "name": name,
            "state": dict(state or {}),
            "extra": extra,
        },
    )
    page.wait_for_selector(READY)
    return page


def choose(page: Page, **patch: Any) -> None:
    """Set fields of the store, as another view or the toolbar would, and wait for the paint."""
    page.evaluate("(patch) => store.set(patch)", patch)
    page.wait_for_selector(READY)


def state_of(page: Page) -> dict[str, Any]:
    """The store's state."""
    return dict(page.evaluate("store.get()"))
