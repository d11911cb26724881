"""The links alone on a page: captures of known answers, what is drawn, and where its tokens are."""

import numpy as np
from playwright.sync_api import Locator, Page

from attnviz.records import AttentionCapture, AttentionMap
from tests.browser.single_view import ready

TOKENS = ("the", "cat", "saw", "the", "dog")


def captured(
    weights: np.ndarray, *, queries: tuple[str, ...] | None = None, keys: tuple[str, ...] = (), mask=None, valid=None
) -> AttentionCapture:
    """One layer; cross-attention where `queries` are given."""
    columns = weights.shape[-1]
    keys = keys or tuple(f"t{place}" for place in range(columns))
    axes = {"text": keys} if queries is None else {"target": queries, "source": keys}
    first, last = ("text", "text") if queries is None else ("target", "source")
    one = AttentionMap(layer="layer", weights=weights[None], query_axis=first, key_axis=last, mask=mask)
    return AttentionCapture(
        model="hand",
        maps=(one,),
        sequences={name: (labels,) for name, labels in axes.items()},
        valid={
            name: np.ones((1, len(labels)), bool) if valid is None else valid[None] for name, labels in axes.items()
        },
        outputs=None,
    )


def random_weights(heads: int, rows: int, columns: int, *, seed: int = 0, focus: float = 0.4) -> np.ndarray:
    random = np.random.default_rng(seed)
    return random.dirichlet(np.full(columns, focus), size=(heads, rows)).astype(np.float32)


def two_heads() -> AttentionCapture:
    """The first head looks at the token before, the second at itself; both at the rest a little."""
    weights = np.full((2, 5, 5), 0.02, np.float32)
    for query in range(5):
        weights[0, query, max(0, query - 1)] += 0.9
        weights[1, query, query] += 0.9
    return captured(weights, keys=TOKENS)


def selection(page: Page, heads: list[int], mass: float) -> list[tuple[int, int, int]]:
    """What links.js draws, as (head, query, key)."""
    found = page.evaluate(
        """async ([heads, mass]) => {
            const { strongestLinks } = await import("/attention/links_selection.js");
            const links = strongestLinks(opened, 0, heads, mass);
            return [[...links.heads], [...links.queries], [...links.keys]];
        }""",
        [heads, mass],
    )
    return list(zip(*found, strict=True))


def place(page: Page, side: str, position: int) -> tuple[float, float]:
    """Of a token, on the page."""
    at = page.evaluate("([side, position]) => view.placeOf(side, position)", [side, position])
    root = page.locator(".attnviz").bounding_box()
    return root["x"] + at["x"], root["y"] + at["y"]


def point(page: Page, side: str, position: int) -> list[str]:
    """Move the pointer to a token; returns what was written since."""
    page.evaluate("window.written.length = 0")
    page.mouse.move(*place(page, side, position))
    ready(page)
    return page.evaluate("window.written")


def chip(page: Page, head: int) -> Locator:
    return page.get_by_role("button", name=f"Head {head}", exact=True)


def pressed(page: Page) -> list[str]:
    chips = page.locator(".chips button[aria-pressed=true]")
    return chips.all_inner_texts()
