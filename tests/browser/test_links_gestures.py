"""Links by mouse, keyboard and finger: what is pointed at, pinned, and which heads are shown."""

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.family import Family, payload_of
from tests.browser.links_page import TOKENS, captured, chip, place, point, pressed, random_weights, two_heads
from tests.browser.single_view import change, mount, ready, state_of


def test_pointing_at_a_query_shows_what_it_attends_to(family: Family):
    page = mount(family, payload_of(two_heads()), "links")
    written = point(page, "query", 2)
    assert state_of(page, "hover") == {"query": 2, "key": None}
    # 'saw' gives 0.92 to itself in one head and to 'cat' in the other, 0.02 to all else: means of two heads.
    assert written.count("0.47") == 2
    assert written.count("0.02") == 3
    assert "mean" in written
    assert page.evaluate("document.querySelector('canvas.lines').style.visibility") == "hidden"
    page.mouse.move(1, 1)
    ready(page)
    assert state_of(page, "hover") == {"query": None, "key": None}
    assert page.evaluate("document.querySelector('canvas.lines').style.visibility") == "visible"


def test_pointing_at_a_key_shows_what_attends_to_it(family: Family):
    page = mount(family, payload_of(two_heads()), "links", state={"head": 0})
    written = point(page, "key", 0)
    assert [text for text in written if text.startswith("0.")] == ["0.92", "0.92", "0.02", "0.02", "0.02"]
    assert "mean" not in written  # one head


def test_a_query_and_a_key_show_the_weight_of_every_head(family: Family):
    capture = captured(random_weights(3, 5, 5), keys=TOKENS)
    page = mount(family, payload_of(capture), "links", state={"query": 4})
    point(page, "key", 1)
    tip = page.locator(".tip")
    expect(tip.locator(".title")).to_have_text("'dog' → 'cat'")
    weights = capture.maps[0].weights[0, :, 4, 1]
    for head, weight in enumerate(weights):
        assert float(tip.locator(f"[data-head='{head}'] .number").inner_text()) == pytest.approx(weight, rel=5e-3)
    assert float(tip.locator(".mean").inner_text().removeprefix("mean ")) == pytest.approx(weights.mean(), rel=5e-3)


def test_a_masked_pair_is_said_to_be_masked(family: Family):
    weights = np.tril(np.ones((2, 3, 3))) / np.arange(1, 4)[:, None]
    page = mount(
        family,
        payload_of(captured(weights.astype(np.float32), mask=np.tril(np.ones((1, 3, 3), bool)))),
        "links",
        state={"query": 0},
    )
    point(page, "key", 2)
    expect(page.locator(".tip .number").first).to_have_text("may not attend")


def test_what_is_pointed_at_in_another_view_is_shown_here(family: Family):
    page = mount(family, payload_of(two_heads()), "links")
    written = change(page, {"hover": {"query": 2, "key": 1}})
    assert written.count("0.47") == 2
    expect(page.locator(".tip")).to_be_hidden()  # the other view has a tip of its own


def test_a_click_pins_and_the_same_again_lets_go(family: Family):
    page = mount(family, payload_of(two_heads()), "links")
    page.mouse.click(*place(page, "query", 3))
    page.mouse.click(*place(page, "key", 1))
    assert state_of(page, "query", "key") == [3, 1]
    page.mouse.click(*place(page, "query", 3))
    assert state_of(page, "query", "key") == [None, 1]


def test_a_finger_pins(family: Family):
    page = mount(family, payload_of(two_heads()), "links", touch=True, width=360)
    page.touchscreen.tap(*place(page, "key", 4))
    assert state_of(page, "query", "key") == [None, 4]


def test_the_keyboard_reaches_every_token_and_pins(family: Family):
    page = mount(family, payload_of(two_heads()), "links", state={"head": 1})
    page.get_by_role("application").focus()
    page.keyboard.press("ArrowDown")
    assert state_of(page, "hover") == {"query": 1, "key": None}
    assert page.evaluate("said.at(-1)") == "Query 2, 'cat', attends to 'cat' 0.92, 'the' 0.02, 'saw' 0.02."
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("End")
    assert page.evaluate("said.at(-1)") == "Key 5, 'dog', is attended to by 'dog' 0.92, 'the' 0.02, 'cat' 0.02."
    expect(page.locator(".tip .title")).to_have_text("'cat' → 'dog'")
    page.keyboard.press(" ")
    assert state_of(page, "query", "key") == [1, 4]
    page.keyboard.press("Escape")
    assert state_of(page, "hover") == {"query": None, "key": None}
    page.keyboard.press("Tab")
    expect(page.locator(".tip")).to_be_hidden()


def test_a_click_on_a_head_switches_it_and_the_last_one_stays(family: Family):
    page = mount(family, payload_of(captured(random_weights(3, 5, 5))), "links")
    assert pressed(page) == ["1", "2", "3"]
    count = int(page.locator(".note").inner_text().split()[0])
    chip(page, 2).click()
    ready(page)
    assert pressed(page) == ["1", "3"]
    assert state_of(page, "heads") == [0, 2]
    assert int(page.locator(".note").inner_text().split()[0]) < count
    chip(page, 1).click()
    chip(page, 3).click()
    ready(page)
    assert pressed(page) == ["3"]
    chip(page, 2).click()
    page.get_by_role("button", name="all", exact=True).click()
    ready(page)
    assert pressed(page) == ["1", "2", "3"]


def test_a_double_click_shows_one_head_alone_and_all_again(family: Family):
    page = mount(family, payload_of(captured(random_weights(3, 5, 5))), "links")
    chip(page, 2).dblclick()
    ready(page)
    assert pressed(page) == ["2"]
    chip(page, 2).dblclick()
    ready(page)
    assert pressed(page) == ["1", "2", "3"]


def test_two_taps_show_one_head_alone(family: Family):
    page = mount(family, payload_of(captured(random_weights(3, 5, 5))), "links", touch=True, width=360)
    box = chip(page, 2).bounding_box()
    for _ in range(2):
        page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_function("store.get().heads.length === 1")
    assert state_of(page, "heads") == [1]


def test_the_keyboard_switches_and_isolates_heads(family: Family):
    page = mount(family, payload_of(captured(random_weights(3, 5, 5))), "links")
    chip(page, 1).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    ready(page)
    assert pressed(page) == ["1", "3"]
    page.keyboard.press("Shift+Enter")
    ready(page)
    assert pressed(page) == ["2"]
    page.keyboard.press("Shift+Enter")
    ready(page)
    assert pressed(page) == ["1", "2", "3"]


def test_a_chosen_head_has_its_links_alone_and_the_mean_all(family: Family):
    page = mount(family, payload_of(captured(random_weights(3, 5, 5))), "links", state={"head": 1})
    assert pressed(page) == ["2"]
    chip(page, 3).click()
    ready(page)
    assert pressed(page) == ["2", "3"]
    change(page, {"head": 0})
    page.wait_for_function("store.get().heads.length === 0")
    ready(page)
    assert pressed(page) == ["1"]
    change(page, {"head": "mean"})
    assert pressed(page) == ["1", "2", "3"]
