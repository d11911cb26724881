"""A series in a real browser: its steps have the captured attention, and what is missing is a gap."""

import json

import numpy as np
import pytest
from playwright.sync_api import Page, expect

import attnviz
from attnviz.components.attention.series import series_data
from attnviz.records import AttentionCapture, AttentionMap
from attnviz.views.series import series_view
from tests.browser.family import Family, payload_of
from tests.browser.mounting import READY, choose, mount, state_of

STEPS = tuple(f"day {place}" for place in range(1, 9))
VALUES = np.array([[3.0, 200], [4, 150], [np.nan, 120], [2, 90], [5, 80], [np.nan, 70], [7, 65], [6, 60]])


def captured(*, pooled: bool = False, causal: bool = False) -> AttentionCapture:
    logits = np.random.default_rng(1).normal(size=(1, 2, 1 if pooled else 8, 8)) * 2
    mask = np.tril(np.ones((1, 8, 8), bool)) if causal else None
    powers = np.exp(logits) * (1 if mask is None else mask[:, None])
    one = AttentionMap(
        layer="a",
        weights=(powers / powers.sum(-1, keepdims=True)).astype(np.float32),
        query_axis="pooled" if pooled else "days",
        key_axis="days",
        mask=mask,
    )
    labels = {"days": (STEPS,)} | ({"pooled": (("pooled",),)} if pooled else {})
    valid = {axis: np.ones((1, len(all_[0])), bool) for axis, all_ in labels.items()}
    return AttentionCapture(model="hand", maps=(one,), sequences=labels, valid=valid, outputs=0)


def show(family: Family, capture: AttentionCapture, *, width: int = 900, theme: str = "light", **state) -> Page:
    view = series_view(capture, VALUES, ["apples", "pears"], layer="a", head=0)
    page = family.blank(width=width, theme=theme)
    return mount(
        page, payload_of(capture), "series", "mountSeries", state={"head": 0, **state}, extra=series_data(view)
    )


def point(page: Page, step: int) -> dict[str, float]:
    """The middle of a step on the page."""
    canvas = page.locator("canvas")
    box = canvas.bounding_box()
    left, right = (float(canvas.get_attribute(f"data-{side}")) for side in ("left", "right"))
    return {"x": box["x"] + left + (right - left) * (step + 0.5) / 8, "y": box["y"] + 60}


def weights_of(page: Page) -> list[float]:
    """The attention to each step, as the keyboard reads it."""
    slider = page.get_by_role("slider")
    slider.focus()
    found = []
    for step in range(8):
        page.keyboard.press("Home")
        for _ in range(step):
            page.keyboard.press("ArrowRight")
        page.wait_for_selector(READY)
        found.append(float(slider.get_attribute("data-value")))
    return found


def test_missing_values_are_sent_as_none():
    data = series_data(series_view(captured(), VALUES, ["apples", "pears"], layer="a", head=0))
    assert data["values"][0] == [3, 4, None, 2, 5, None, 7, 6]
    assert data["steps"] == list(STEPS)
    assert json.loads(json.dumps(data, allow_nan=False)) == data


def test_every_step_has_the_captured_attention(family: Family):
    capture = captured(pooled=True)
    page = show(family, capture)
    np.testing.assert_array_equal(np.float32(weights_of(page)), capture.maps[0].weights[0, 0, 0])
    assert state_of(page)["hover"] == {"query": 0, "key": 7}
    row = capture.maps[0].weights[0, 0, 0]
    expect(page.locator(".readout")).to_have_text(
        f"day 8: apples 6, pears 60; attention {float(f'{row[7]:.3g}'):g}, rank {int((row > row[7]).sum()) + 1} of 8"
    )
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("slider")).to_have_attribute(
        "aria-valuetext",
        "day 3: apples missing, pears 120; attention "
        + (f"{float(f'{row[2]:.3g}'):g}, rank {int((row > row[2]).sum()) + 1} of 8"),
    )


def test_a_click_pins_a_step_whose_attention_is_then_shown(family: Family):
    capture = captured()
    page = show(family, capture)
    expect(page.get_by_text("Attention that each step receives, mean over 8 queries")).to_be_visible()
    page.mouse.click(**point(page, 5))
    assert state_of(page)["query"] == 5
    expect(page.get_by_text("What 'day 6' attends to")).to_be_visible()
    np.testing.assert_array_equal(np.float32(weights_of(page)), capture.maps[0].weights[0, 0, 5])
    assert state_of(page)["hover"] == {"query": 5, "key": 7}
    page.keyboard.press("Escape")
    assert state_of(page)["query"] is None
    page.get_by_role("slider").blur()
    page.keyboard.press("Tab")


def test_pointing_tells_the_other_views_and_they_tell_it(family: Family):
    page = show(family, captured(pooled=True))
    page.mouse.move(**point(page, 3))
    assert state_of(page)["hover"] == {"query": 0, "key": 3}
    choose(page, hover={"query": 0, "key": 6})
    expect(page.locator(".readout")).to_contain_text("day 7: apples 7, pears 65")


def column(page: Page, step: int) -> np.ndarray:
    """The pixels of the middle of a step, `[y, channel]`."""
    x = point(page, step)["x"] - page.locator("canvas").bounding_box()["x"]
    pixels = page.locator("canvas").evaluate(
        "(one, x) => Array.from(one.getContext('2d').getImageData(Math.round(x), 0, 1, one.height).data)", x
    )
    return np.array(pixels).reshape(-1, 4)


def test_bars_are_as_high_as_the_attention_and_a_missing_value_is_a_gap(family: Family):
    capture = captured(pooled=True)
    row = capture.maps[0].weights[0, 0, 0]
    page = show(family, capture)
    layout = page.evaluate(
        """async () => {
            const { seriesLayout } = await import("/attention/series_layout.js");
            return seriesLayout(868, 2, 40);
        }"""
    )
    top, height = (layout["attention"][name] for name in ("top", "height"))
    for step in (int(row.argmax()), int(np.argsort(row)[-2])):
        pixels = column(page, step)[top : top + height, :3].astype(int)
        coloured = (pixels.max(axis=1) - pixels.min(axis=1) > 40).sum()
        assert coloured == pytest.approx(height * row[step] / row.max(), abs=3)
    panel = layout["panels"][0]
    dark = [
        (column(page, step)[panel["top"] : panel["top"] + panel["height"], :3].max(axis=1) < 60).any()
        for step in range(8)
    ]
    assert dark == [not np.isnan(value) for value in VALUES[:, 0]]


def test_a_layer_whose_keys_are_other_things_says_so(family: Family):
    view = series_view(captured(), VALUES, ["apples", "pears"], layer="a", head=0)
    other = AttentionMap(layer="b", weights=np.eye(3)[None, None], query_axis="text", key_axis="text")
    capture = AttentionCapture(
        model="hand",
        maps=(other,),
        sequences={"text": (("a", "b", "c"),)},
        valid={"text": np.ones((1, 3), bool)},
        outputs=0,
    )
    page = mount(family.blank(), payload_of(capture), "series", "mountSeries", extra=series_data(view))
    expect(page.get_by_text("The keys of this layer are not the steps of the series")).to_be_visible()
    expect(page.get_by_role("slider")).to_be_hidden()


@pytest.mark.parametrize(
    ("low", "high", "count", "ticks"),
    [
        (0, 157, 4, [0, 50, 100, 150]),
        (0, 0.72, 2, [0, 0.5]),
        (-3, 4, 4, [-2, 0, 2, 4]),
        (5, 5, 3, [5]),
        (0.21, 0.24, 3, [0.21, 0.22, 0.23, 0.24]),
    ],
)
def test_ticks_are_round_numbers(family: Family, low: float, high: float, count: int, ticks: list[float]):
    found = family.blank().evaluate(
        """async ([low, high, count]) => {
            const { ticksOf } = await import("/attention/series_layout.js");
            return ticksOf(low, high, count);
        }""",
        [low, high, count],
    )
    assert found == pytest.approx(ticks)


def test_labels_have_room_and_lose_the_word_they_share(family: Family):
    found = family.blank().evaluate(
        """async () => {
            const { everyLabel, withoutCommonWord } = await import("/attention/series_layout.js");
            return [everyLabel(20, 40), everyLabel(30, 21), everyLabel(45, 9), everyLabel(30, 0.2),
                withoutCommonWord(["year 1", "year 2"]), withoutCommonWord(["May 1", "June 2"])];
        }"""
    )
    assert found[:4] == [1, 2, 10, 500]
    assert found[4:] == [{"word": "year", "labels": ["1", "2"]}, {"word": "", "labels": ["May 1", "June 2"]}]


def test_the_shipped_forecast_on_a_phone(family: Family):
    model = attnviz.load_model("forecast")
    years = np.array(model.card.examples[0].sequence)
    capture = model.capture([years.tolist()])
    view = series_view(capture, years, ["sunspots"], layer=capture.maps[0].name, head=0)
    page = family.blank(width=360, theme="dark")
    mount(page, payload_of(capture), "series", "mountSeries", state={"head": 0}, extra=series_data(view))
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    best = int(capture.maps[0].weights[0, 0, 0].argmax())
    choose(page, key=best)
    expect(page.locator(".readout")).to_contain_text(f"year {best + 1}: sunspots {years[best, 0]:g}; attention")
    expect(page.locator(".readout")).to_contain_text("rank 1 of 33")


def test_a_touch_pins_a_step(family: Family):
    view = series_view(captured(), VALUES, ["apples", "pears"], layer="a", head=0)
    page = family.blank(width=360, touch=True)
    mount(page, payload_of(captured()), "series", "mountSeries", state={"head": 0}, extra=series_data(view))
    place = point(page, 4)
    page.touchscreen.tap(place["x"], place["y"])
    assert state_of(page)["query"] == 4
