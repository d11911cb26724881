"""A page with the heatmap on it, for the tests that look at it and those that touch it."""

import matplotlib
import numpy as np
from playwright.sync_api import Locator, Page, expect

from attnviz.components.attention.payload import Payload
from attnviz.records import AttentionCapture, AttentionMap
from tests.browser.family import Family, payload_of

WORDS = ("The", "lighthouse", "keeper", "never", "sleeps", "<b>at</b>", "night", ".")
GROUND = {"light": (255, 255, 255), "dark": (15, 21, 24)}


def captured(
    queries: int,
    keys: int | None = None,
    *,
    heads: int = 2,
    mask: np.ndarray | None = None,
    key_labels: tuple[str, ...] = (),
) -> AttentionCapture:
    """Random attention; with `keys`, over another sequence."""
    length = keys or queries
    logits = np.random.default_rng(queries).normal(size=(1, heads, queries, length)) * 3
    powers = np.exp(logits if mask is None else np.where(mask, logits, -np.inf))
    weights = (powers / powers.sum(axis=-1, keepdims=True)).astype(np.float32)
    names = {"text": tuple(WORDS[place % len(WORDS)] for place in range(queries))}
    key_axis = "text"
    if keys:
        key_axis = "source"
        names["source"] = key_labels or tuple(f"s{place}" for place in range(keys))
    one = AttentionMap(
        layer="encoder/attention",
        weights=weights,
        query_axis="text",
        key_axis=key_axis,
        mask=None if mask is None else mask[None],
    )
    return AttentionCapture(
        model="hand",
        maps=(one,),
        sequences={name: (labels,) for name, labels in names.items()},
        valid={name: np.ones((1, len(labels)), bool) for name, labels in names.items()},
        outputs=np.zeros(1),
    )


def opened(family: Family, data: AttentionCapture | Payload, **options) -> Page:
    payload = data if isinstance(data, Payload) else payload_of(data)
    options.setdefault("chosen", {"head": 0})
    page = family.open(payload, views=("heatmap",), **options)
    ready(page)
    return page


def ready(page: Page) -> None:
    expect(page.locator(".attnviz-heatmap[data-ready='1']")).to_be_visible()


def stage(page: Page) -> Locator:
    return page.locator(".attnviz-heatmap .stage")


def tip(page: Page) -> Locator:
    return page.locator(".attnviz-heatmap .tip")


def places(page: Page) -> dict[str, float]:
    """Where the plot is on the page, and what of the matrix it shows."""
    ready(page)
    box = stage(page).bounding_box()
    left, top, width, height = map(float, stage(page).get_attribute("data-plot").split())
    x, y, zoom = map(float, stage(page).get_attribute("data-view").split())
    return {
        "left": box["x"] + left,
        "top": box["y"] + top,
        "width": width,
        "height": height,
        "x": x,
        "y": y,
        "zoom": zoom,
    }


def centre_of(page: Page, query: int, key: int, shape: tuple[int, int]) -> tuple[float, float]:
    """Middle of a cell on the page."""
    at = places(page)
    across, down = at["zoom"] * at["width"] / shape[1], at["zoom"] * at["height"] / shape[0]
    return at["left"] + (key + 0.5 - at["x"]) * across, at["top"] + (query + 0.5 - at["y"]) * down


def point_at(page: Page, query: int, key: int, shape: tuple[int, int]) -> None:
    page.mouse.move(*centre_of(page, query, key, shape))
    expect(tip(page)).to_be_visible()


def pixels(page: Page, places: list[tuple[float, float]]) -> list[tuple[int, ...]]:
    """Colours at places of the page, as the canvas with the cells has them."""
    ready(page)
    found = page.evaluate(
        """(places) => {
            const canvas = document.querySelector(".attnviz-heatmap canvas.cells");
            const box = canvas.getBoundingClientRect();
            const ratio = canvas.width / box.width;
            const pen = canvas.getContext("2d");
            return places.map(([x, y]) => {
                const at = [Math.floor((x - box.left) * ratio), Math.floor((y - box.top) * ratio)];
                return Array.from(pen.getImageData(...at, 1, 1).data).slice(0, 3);
            });
        }""",
        places,
    )
    return [tuple(one) for one in found]


def pixel(page: Page, x: float, y: float) -> tuple[int, ...]:
    return pixels(page, [(x, y)])[0]


def beside_the_number(page: Page, query: int, key: int, shape: tuple[int, int]) -> tuple[float, float]:
    """Near the upper left corner of a cell, where no number is written."""
    at = places(page)
    return (
        at["left"] + at["zoom"] * (key + 0.2 - at["x"]) * at["width"] / shape[1],
        at["top"] + at["zoom"] * (query + 0.2 - at["y"]) * at["height"] / shape[0],
    )


def viridis(unit: float, theme: str = "light") -> np.ndarray:
    """Matplotlib's, its end that is closer to the page for 0, nine tenths of the page there and none from 0.2 on."""
    step = round(255 * unit)
    colour = 255 * np.array(matplotlib.colormaps["viridis"](step if theme == "dark" else 255 - step)[:3])
    share = 0.9 * max(0.0, 1 - step / 255 / 0.2)
    return (1 - share) * colour + share * np.array(GROUND[theme])


def store(page: Page, *names: str):
    found = page.evaluate("(names) => names.map((name) => workspace.store.get()[name])", list(names))
    return found if len(names) > 1 else found[0]
