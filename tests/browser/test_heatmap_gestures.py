"""The heatmap under the pointer, the finger and the keyboard, from eight tokens to four thousand."""

import numpy as np
import pytest
from playwright.sync_api import expect

from attnviz.records import AttentionCapture, AttentionMap
from attnviz.views.explorer import Wanted
from tests.browser.family import Family, payload_of
from tests.browser.heatmap_page import (
    captured,
    centre_of,
    opened,
    pixel,
    places,
    point_at,
    ready,
    stage,
    store,
    tip,
    viridis,
)


def test_a_click_pins_and_the_same_click_lets_go(family: Family):
    page = opened(family, captured(8))
    x, y = centre_of(page, 2, 6, (8, 8))
    page.mouse.click(x, y)
    assert store(page, "query", "key") == [2, 6]
    page.wait_for_function("window.sent.length > 0")
    told = page.evaluate("window.sent.at(-1).value")
    assert (told["head"], told["query"], told["key"]) == (0, 2, 6)
    page.mouse.move(2, 2)
    expect(page.locator(".attnviz-heatmap .reading")).to_contain_text("Pinned")
    x, y = centre_of(page, 2, 6, (8, 8))  # the words above it may have got longer
    page.mouse.click(x, y)
    assert store(page, "query", "key") == [None, None]
    x, y = centre_of(page, 2, 6, (8, 8))
    page.mouse.click(places(page)["left"] - 20, y)  # the label of the query
    assert store(page, "query", "key") == [2, None]
    page.keyboard.press("Escape")
    assert store(page, "query", "key") == [None, None]


def test_the_keyboard_reaches_every_cell(family: Family):
    capture = captured(8)
    page = opened(family, capture)
    stage(page).focus()
    visited = []
    for key in (
        "ArrowDown",
        "ArrowRight",
        "ArrowRight",
        "ArrowDown",
        "ArrowUp",
        "ArrowLeft",
        "End",
        "Home",
        "Control+End",
    ):
        page.keyboard.press(key)
        visited.append(tuple(store(page, "hover").values()))
    assert visited == [(0, 0), (0, 1), (0, 2), (1, 2), (0, 2), (0, 1), (0, 7), (0, 0), (7, 7)]
    expect(tip(page)).to_be_visible()
    value = capture.maps[0].weights[0, 0, 7, 7]
    live = page.locator(".live")
    expect(live).to_contain_text(f"Query 8, .; key 8, .: {float(f'{value:.3g}'):g}")
    page.keyboard.press("Enter")
    assert store(page, "query", "key") == [7, 7]
    page.keyboard.press("+")
    assert places(page)["zoom"] == pytest.approx(1.5)
    page.keyboard.press("0")
    assert places(page)["zoom"] == 1
    page.keyboard.press("Escape")
    assert store(page, "query", "key", "hover") == [None, None, {"query": None, "key": None}]


def test_zooming_keeps_what_is_under_the_pointer_and_dragging_takes_it_along(family: Family):
    capture = captured(128)
    weights = capture.maps[0].weights[0, 0]
    page = opened(family, capture)
    point_at(page, 90, 31, weights.shape)
    place = centre_of(page, 90, 31, weights.shape)
    page.keyboard.down("Control")
    for _ in range(7):
        page.mouse.wheel(0, -120)
        ready(page)
    page.keyboard.up("Control")
    assert places(page)["zoom"] > 4
    page.mouse.move(place[0] + 1, place[1])
    assert store(page, "hover") == {"query": 90, "key": 31}
    expected = viridis(weights[90, 31] / weights.max())
    assert np.abs(np.array(pixel(page, *centre_of(page, 90, 31, weights.shape))) - expected).max() <= 3
    page.mouse.down()
    page.mouse.move(place[0] + 61, place[1] - 40, steps=4)
    page.mouse.up()
    assert store(page, "query") is None  # a drag is no click
    x, y = centre_of(page, 90, 31, weights.shape)
    assert (x, y) == pytest.approx((place[0] + 60, place[1] - 40), abs=20)  # the first pixels tell it from a click
    page.mouse.move(x, y)
    assert store(page, "hover") == {"query": 90, "key": 31}
    page.evaluate("workspace.store.set({ query: 5, key: 6 })")
    page.mouse.dblclick(x, y)
    assert places(page)["zoom"] == 1
    assert store(page, "query", "key") == [5, 6]  # whatever the two clicks pinned and took back


def test_the_page_scrolls_over_a_heatmap_that_was_not_clicked(family: Family):
    page = opened(family, captured(30), height=400)
    page.mouse.move(*centre_of(page, 3, 20, (30, 30)))
    page.mouse.wheel(0, 120)
    page.wait_for_function("window.scrollY > 0")
    assert places(page)["zoom"] == 1
    stage(page).focus()
    page.mouse.move(*centre_of(page, 8, 20, (30, 30)))
    page.mouse.wheel(0, -120)
    page.wait_for_function("Number(document.querySelector('.attnviz-heatmap .stage').dataset.view.split(' ')[2]) > 1")


def test_two_fingers_zoom_and_a_tap_pins(family: Family):
    page = opened(family, captured(64), touch=True)
    x, y = centre_of(page, 20, 40, (64, 64))
    page.touchscreen.tap(x, y)
    assert store(page, "query", "key") == [20, 40]
    x, y = centre_of(page, 20, 40, (64, 64))  # the words above got longer
    client = page.context.new_cdp_session(page)
    for kind, apart in (
        ("touchStart", 20),
        ("touchMove", 30),
        ("touchMove", 45),
        ("touchMove", 60),
        ("touchEnd", None),
    ):
        points = [] if apart is None else [{"x": x - apart, "y": y, "id": 1}, {"x": x + apart, "y": y, "id": 2}]
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    assert places(page)["zoom"] == pytest.approx(3, rel=0.1)
    assert centre_of(page, 20, 40, (64, 64)) == pytest.approx((x, y), abs=8)
    assert store(page, "query", "key") == [20, 40]  # two fingers are no tap


def test_the_tip_never_leaves_the_component(family: Family):
    page = opened(family, captured(1, 60), width=360)
    root = page.locator(".attnviz-heatmap")
    for key in (0, 20, 40, 59):
        point_at(page, 0, key, (1, 60))
        outer, inner = root.bounding_box(), tip(page).bounding_box()
        assert inner["x"] >= outer["x"] - 0.5
        assert inner["x"] + inner["width"] <= outer["x"] + outer["width"] + 0.5
        assert inner["y"] >= outer["y"] - 0.5
        assert inner["y"] + inner["height"] <= outer["y"] + outer["height"] + 0.5
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def long_capture(hot: tuple[int, int], length: int = 4096) -> AttentionCapture:
    weights = np.zeros((1, 1, length, length), np.float32)
    weights[0, 0, *hot] = 0.987
    one = AttentionMap(layer="long", weights=weights, query_axis="text", key_axis="text", range_known=True)
    return AttentionCapture(
        model="m",
        maps=(one,),
        sequences={"text": (tuple(map(str, range(1, length + 1))),)},
        valid={"text": np.ones((1, length), bool)},
        outputs=np.zeros(1),
    )


def test_a_hot_cell_among_sixteen_million_is_seen_and_its_exact_weight_a_zoom_away(family: Family):
    hot = (3001, 1234)
    capture = long_capture(hot)
    page = opened(family, payload_of(capture, wanted=Wanted(map=0, head=0)))
    x, y = centre_of(page, *hot, (4096, 4096))
    around = [pixel(page, x + right, y + down) for right in (-1, 0, 1) for down in (-1, 0, 1)]
    assert min(np.abs(np.array(one) - viridis(1)).max() for one in around) <= 3
    assert np.abs(np.array(pixel(page, x + 12, y + 12)) - viridis(0)).max() <= 3
    page.mouse.move(x, y)
    expect(tip(page)).to_contain_text("largest of 4×4 cells")
    expect(tip(page).locator("strong")).to_have_text("0.987")
    page.keyboard.down("Control")
    for _ in range(14):
        page.mouse.wheel(0, -120)
        ready(page)
    page.keyboard.up("Control")
    page.wait_for_function("window.sent.some((one) => one.value.queries)")
    wish = page.evaluate("window.sent.findLast((one) => one.value.queries).value")
    assert not wish["whole"]  # the overview is here
    assert wish["queries"][0] <= hot[0] < wish["queries"][1]
    assert wish["keys"][0] <= hot[1] < wish["keys"][1]
    family.bring(page, capture, wish)
    assert places(page)["zoom"] > 10  # more cells of the same capture do not move anything
    point_at(page, *hot, (4096, 4096))
    expect(tip(page).locator("strong")).to_have_text("0.987")
    assert np.abs(np.array(pixel(page, *centre_of(page, *hot, (4096, 4096)))) - viridis(1)).max() <= 3
    assert np.abs(np.array(pixel(page, *centre_of(page, hot[0], hot[1] + 1, (4096, 4096)))) - viridis(0)).max() <= 3
    point_at(page, hot[0], hot[1] + 1, (4096, 4096))
    expect(tip(page).locator("strong")).to_have_text("0")


def test_moving_the_pointer_paints_no_cell_again(family: Family):
    page = opened(family, captured(200))
    point_at(page, 10, 10, (200, 200))
    page.evaluate(
        """() => {
            window.drawn = 0;
            for (const name of ["drawImage", "putImageData"]) {
                const draw = CanvasRenderingContext2D.prototype[name];
                CanvasRenderingContext2D.prototype[name] = function (...what) {
                    window.drawn += 1;
                    return draw.apply(this, what);
                };
            }
        }"""
    )
    for key in (20, 60, 150):
        point_at(page, 10, key, (200, 200))
        ready(page)
    assert page.evaluate("drawn") == 0
    page.evaluate("workspace.store.set({ head: 1 })")
    ready(page)
    assert page.evaluate("drawn") > 0


def test_where_cells_share_a_pixel_the_strongest_of_them_is_told(family: Family):
    weights = np.full((1, 1, 1000, 1000), 1e-4, np.float32)
    weights[0, 0, 700, 300] = 0.9
    one = AttentionMap(layer="a", weights=weights, query_axis="text", key_axis="text", range_known=True)
    capture = AttentionCapture(
        model="m",
        maps=(one,),
        sequences={"text": (tuple(map(str, range(1, 1001))),)},
        valid={"text": np.ones((1, 1000), bool)},
        outputs=np.zeros(1),
    )
    page = opened(family, capture)
    x, y = centre_of(page, 700, 300, (1000, 1000))
    assert np.abs(np.array(pixel(page, x, y)) - viridis(1)).max() <= 3
    page.mouse.move(np.floor(x) + 0.9, np.floor(y) + 0.9)  # anywhere on the pixel that has its colour
    expect(tip(page).locator("strong")).to_have_text("0.9")
    assert store(page, "hover") == {"query": 700, "key": 300}


def test_another_head_of_a_long_map_asks_for_its_window_too(family: Family):
    weights = np.zeros((1, 2, 2048, 2048), np.float32)
    weights[0, :, 5, 7] = 0.5
    one = AttentionMap(layer="long", weights=weights, query_axis="text", key_axis="text", range_known=True)
    capture = AttentionCapture(
        model="m",
        maps=(one,),
        sequences={"text": (tuple(map(str, range(1, 2049))),)},
        valid={"text": np.ones((1, 2048), bool)},
        outputs=np.zeros(1),
    )
    page = opened(family, payload_of(capture, wanted=Wanted(map=0, head=0)))
    page.evaluate("workspace.store.set({ query: 5, key: 7 })")
    stage(page).focus()
    for _ in range(6):
        page.keyboard.press("+")
    page.wait_for_function("window.sent.some(({ value }) => value.head === 0 && value.queries)")
    page.evaluate("workspace.store.set({ head: 1 })")
    page.wait_for_function("window.sent.some(({ value }) => value.head === 1 && value.whole)")
    family.bring(page, capture, page.evaluate("window.sent.findLast(({ value }) => value.whole).value"))
    page.wait_for_function("window.sent.some(({ value }) => value.head === 1 && value.queries && !value.whole)")


def test_a_hidden_heatmap_paints_when_it_is_shown(family: Family):
    page = opened(family, captured(8))
    root = page.locator(".attnviz-heatmap")
    root.evaluate("(one) => { one.hidden = true; }")
    painted = root.get_attribute("data-painted")
    page.evaluate("workspace.store.set({ head: 1 })")
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert root.get_attribute("data-painted") == painted
    assert root.get_attribute("data-ready") is None
    root.evaluate("(one) => { one.hidden = false; }")
    ready(page)
