"""The pictures of a comparison in a real browser without Streamlit."""

import base64
from typing import Any

from playwright.sync_api import Page

from attnviz.components.comparison.payload import comparison_payload
from attnviz.components.scripts import joined_styles
from attnviz.views.comparison import ComparisonView
from tests.browser.family import COMPONENTS, Family

FIRST, SECOND, DIFFERENCE = range(3)


def open_comparison(
    family: Family, view: ComparisonView, *, width: int = 1200, theme: str = "light", touch: bool = False
) -> Page:
    """A page with the three pictures; `window.sent` lists what they tell Python."""
    page = family.blank(width=width, height=900, theme=theme, touch=touch)
    page.add_style_tag(content=joined_styles(COMPONENTS / "comparison"))
    page.evaluate(
        """async ({ meta, cells, subject }) => {
            const { openComparison } = await import("/comparison/comparison.js");
            window.bytes = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
            window.sent = [];
            window.pinned = { query: null, key: null };
            window.comparison = openComparison(
                document.querySelector(".attnviz"), { meta, cells: bytes(cells), subject, pinned },
                (name, value) => window.sent.push({ name, value }));
        }""",
        _sent(view, "test"),
    )
    painted(page)
    return page


def update(page: Page, view: ComparisonView, *, subject: str = "test") -> None:
    """Send other pictures, as Streamlit does after a rerun."""
    page.evaluate(
        "({ meta, cells, subject }) => comparison.update({ meta, cells: bytes(cells), subject, pinned })",
        _sent(view, subject),
    )
    painted(page)


def _sent(view: ComparisonView, subject: str) -> dict[str, Any]:
    data = comparison_payload(view)
    return {"meta": data.meta, "cells": base64.b64encode(data.cells.tobytes()).decode(), "subject": subject}


def painted(page: Page) -> None:
    """Wait until all three are painted as things are."""
    page.locator(".attnviz-comparison[data-ready='1']").wait_for()


def cell(page: Page, picture: int, query: int, key: int, size: tuple[int, int]) -> tuple[float, float]:
    """The middle of a cell, in pixels of the page; `size`: queries and keys of the view."""
    stage = page.locator(".attnviz-comparison .stage").nth(picture)
    stage.scroll_into_view_if_needed()
    box = stage.bounding_box()
    assert box is not None
    left, top, wide, high = map(float, (stage.get_attribute("data-plot") or "").split())
    return box["x"] + left + (key + 0.5) * wide / size[1], box["y"] + top + (query + 0.5) * high / size[0]


def colour(page: Page, picture: int, query: int, key: int, size: tuple[int, int]) -> tuple[int, int, int]:
    """Colour of a pixel of a cell, near its corner where no number stands."""
    return tuple(
        page.evaluate(
            """({picture, query, key, rows, columns}) => {
                const stage = document.querySelectorAll(".attnviz-comparison .stage")[picture];
                const [left, top, wide, high] = stage.dataset.plot.split(" ").map(Number);
                const canvas = stage.querySelector(".cells");
                const ratio = canvas.width / stage.clientWidth;
                const x = (left + (key + 0.18) * wide / columns) * ratio;
                const y = (top + (query + 0.18) * high / rows) * ratio;
                return [...canvas.getContext("2d").getImageData(x, y, 1, 1).data].slice(0, 3);
            }""",
            {"picture": picture, "query": query, "key": key, "rows": size[0], "columns": size[1]},
        )
    )
