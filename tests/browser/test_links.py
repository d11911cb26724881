"""Links: the lines are those that Python selects, and the numbers those that were captured."""

import itertools

import numpy as np
import pytest
from playwright.sync_api import expect

import attnviz
from attnviz.records import AttentionCapture, AttentionMap
from attnviz.views.explorer import Wanted
from attnviz.views.links import links_view
from tests.browser.family import Family, payload_of
from tests.browser.links_page import captured, chip, place, point, pressed, random_weights, selection, two_heads
from tests.browser.single_view import change, mount, pixel, ready, state_of


def padding() -> np.ndarray:
    valid = np.ones(12, bool)
    valid[[0, 10, 11]] = False
    return valid


CAPTURES = {
    "peaked": captured(random_weights(3, 9, 9)),
    "flat": captured(random_weights(2, 20, 20, focus=50)),
    "uniform": captured(np.full((1, 7, 7), 1 / 7, np.float32)),
    "causal": captured(
        (np.tril(random_weights(2, 12, 12)) / np.tril(random_weights(2, 12, 12)).sum(-1, keepdims=True)),
        mask=np.tril(np.ones((1, 12, 12), bool)),
    ),
    "padded": captured(random_weights(2, 12, 12, seed=3), valid=padding()),
    "cross": captured(random_weights(4, 3, 8), queries=("a", "b", "c")),
    "rounded": captured(np.round(random_weights(2, 15, 15), 1) / 2),
    "nothing": captured(np.zeros((1, 3, 3), np.float32)),
}


@pytest.mark.parametrize("name", CAPTURES)
def test_the_browser_selects_the_links_that_python_selects(family: Family, name: str):
    capture = CAPTURES[name]
    page = mount(family, payload_of(capture), "links")
    heads = list(range(capture.maps[0].heads))
    for chosen, mass in itertools.product((heads, heads[:1]), (0.0, 0.3, 0.5, 0.7, 0.95, 1.0)):
        view = links_view(capture, layer="layer", heads=chosen, mass=mass)
        expected = zip(view.link_heads.tolist(), view.link_queries.tolist(), view.link_keys.tolist(), strict=True)
        assert selection(page, chosen, mass) == list(expected), mass


def test_a_line_has_the_colour_of_its_head(family: Family):
    weights = np.zeros((2, 3, 3), np.float32)
    weights[0, 0, 0] = weights[1, 2, 2] = 1
    page = mount(family, payload_of(captured(weights)), "links")
    colours = page.evaluate(
        """async () => {
            const { headColours, parseColour, themeOf } = { ...(await import("/attention/colours.js")) };
            return headColours(2, themeOf(root)).map(parseColour);
        }"""
    )
    top = page.locator(".scroll").bounding_box()["y"]
    for row, head, away in ((0, 0, -1.5), (2, 1, 1.5)):
        _, y = place(page, "query", row)
        red, green, blue, opacity = pixel(page, "canvas.lines", 450, y - top + away)
        assert opacity > 200
        assert (red, green, blue) == pytest.approx(colours[head], abs=3)
    _, y = place(page, "query", 1)
    assert pixel(page, "canvas.lines", 450, y - top)[3] == 0


def test_the_slider_says_how_much_of_the_attention_has_links(family: Family):
    capture = captured(random_weights(2, 30, 30))
    page = mount(family, payload_of(capture), "links")
    slider = page.get_by_role("slider")
    for mass in (0.7, 0.0, 1.0, 0.35):
        slider.fill(str(mass))
        expect(page.locator(".share")).to_have_text(f"{round(100 * mass)} %")
        expected = len(links_view(capture, layer="layer", mass=mass).weights)
        expect(page.locator(".note")).to_have_text(f"{expected:,} links.")


def test_of_very_many_links_the_strongest_are_drawn_and_it_is_said(family: Family):
    capture = captured(random_weights(4, 120, 120, focus=20))
    page = mount(family, payload_of(capture), "links")
    count = len(links_view(capture, layer="layer").weights)
    assert count > 4000
    expect(page.locator(".note")).to_contain_text(f"{count:,} links. The strongest 4,000 are drawn")


def test_a_long_text_scrolls_in_its_own_box_and_the_keyboard_follows(family: Family):
    page = mount(family, payload_of(captured(random_weights(2, 128, 128))), "links", width=360)
    box = page.locator(".scroll").bounding_box()
    assert box["height"] < 700
    page.get_by_role("application").focus()
    page.keyboard.press("End")
    ready(page)
    written = change(page, {"theme": 1})
    assert {"t127", "t126"} <= set(written)
    assert "t3" not in written
    assert state_of(page, "hover") == {"query": 127, "key": None}
    x, y = place(page, "query", 127)
    assert box["y"] < y < box["y"] + box["height"]
    page.mouse.click(x, y)
    assert state_of(page, "query") == 127
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_two_sides_have_their_own_tokens_and_names(family: Family):
    page = mount(family, payload_of(captured(random_weights(2, 3, 8), queries=("un", "chat", "dort"))), "links")
    written = change(page, {"theme": 1})
    assert {"Query (target)", "Key (source)", "un", "chat", "dort", "t0", "t7"} <= set(written)
    left, right = place(page, "query", 1), place(page, "key", 1)
    assert left[0] < 450 < right[0]
    page.mouse.click(*right)
    assert state_of(page, "query", "key") == [None, 1]


def test_one_query_that_pools_shows_its_numbers_at_once(family: Family):
    weights = np.array([[[0.2, 0.5, 0.3]]], np.float32)
    page = mount(family, payload_of(captured(weights, queries=("pooled",))), "links", state={"head": 0})
    written = change(page, {"theme": 1})
    assert [text for text in written if text.startswith("0.")] == ["0.20", "0.50", "0.30"]
    assert place(page, "query", 0)[1] == pytest.approx(place(page, "key", 1)[1])
    expect(page.locator(".heads")).to_be_hidden()


def test_tokens_that_run_from_right_to_left(family: Family):
    page = mount(family, payload_of(captured(random_weights(1, 3, 3), keys=("القط", "ينام", "هنا"))), "links")
    assert set(change(page, {"theme": 1})) >= {"القط", "ينام", "هنا"}
    page.mouse.click(*place(page, "key", 2))
    assert state_of(page, "key") == 2


def test_pooled_cells_stand_for_neighbours_and_say_so(family: Family):
    """2,048 tokens come as 1,024 groups of two: a row has the first and the last of them."""
    weights = np.zeros((1, 2048, 2048), np.float32)
    weights[0, 100, 201] = 1
    data = payload_of(captured(weights), wanted=Wanted(map=0, head=0))
    page = mount(family, data, "links", state={"head": 0})
    expect(page.locator(".note")).to_have_text("1 link. Neighbouring tokens are taken together.")
    assert "t0 … t1" in change(page, {"theme": 1})
    written = change(page, {"hover": {"query": 101, "key": None}})
    assert "1.00" not in written  # the key is far below what is scrolled to
    page.mouse.click(*place(page, "query", 3))
    assert state_of(page, "query") == 2


def large() -> AttentionCapture:
    return captured(random_weights(8, 300, 300))


def test_heads_that_are_not_here_are_said_and_fetched_when_they_are_chosen(family: Family):
    data = payload_of(large(), most_cells=2**17, wanted=Wanted(map=0, head=2))
    page = mount(family, data, "links", state={"heads": [2, 5]})
    expect(page.locator(".note")).to_contain_text("The weights of one head are not here.")
    chip(page, 7).click()
    assert state_of(page, "head", "heads") == [6, []]


def test_nothing_is_left_of_a_map_whose_weights_are_not_here(family: Family):
    weights = random_weights(8, 300, 300)
    one, other = (captured(weights).maps[0], captured(weights[:, ::-1]).maps[0])
    capture = AttentionCapture(
        model="hand",
        maps=(one, AttentionMap(layer="other", weights=other.weights, query_axis="text", key_axis="text")),
        sequences={"text": (tuple(map(str, range(300))),)},
        valid={"text": np.ones((1, 300), bool)},
        outputs=None,
    )
    data = payload_of(capture, most_cells=2**17, wanted=Wanted(map=0, head=0))
    page = mount(family, data, "links", state={"head": 0})
    before = place(page, "query", 2)
    change(page, {"map": 1, "head": 0})
    expect(page.locator(".note")).to_have_text("0 links. The weights of one head are not here.")
    assert page.locator("canvas.lines").evaluate("(canvas) => canvas.width") == 0
    page.mouse.click(*before)
    assert state_of(page, "query") is None


def test_where_only_the_mean_is_here_its_links_are_drawn(family: Family):
    capture = large()
    page = mount(family, payload_of(capture, most_cells=2**17), "links")
    expect(page.locator(".note")).to_contain_text("They are those of the mean over heads: choose a head for its own.")
    assert pressed(page) == []
    mean = capture.maps[0].weights[0].mean(0)
    written = change(page, {"query": 0})
    assert [text for text in written if text.startswith("0.")][:1] == [f"{mean[0][mean[0] >= 0.005][0]:.2f}"]


def test_recall_finds_the_value_of_the_key_that_is_asked_for(family: Family):
    """The right answer is known: the last token, 'c', has to look at '9', which stands after the first 'c'."""
    capture = attnviz.load_model("recall").capture(["a 4 c 9 e 2 c"])
    page = mount(family, payload_of(capture), "links", state={"map": 1, "mass": 0})
    change(page, {"query": 6})
    point(page, "key", 3)
    expect(page.locator(".tip .title")).to_have_text("'c' → '9'")
    weights = capture.map_of("attention_2").weights[0, :, 6, 3]
    for head, weight in enumerate(weights):
        shown = page.locator(f".tip [data-head='{head}'] .number").inner_text()
        assert float(shown) == pytest.approx(weight, abs=5e-4)
        assert float(shown) > 0.99


def test_each_digit_of_the_year_comes_from_the_same_digit_of_what_was_read(family: Family):
    capture = attnviz.load_model("dates").capture(["3 May 1999"])
    page = mount(family, payload_of(capture), "links")
    weights = capture.maps[0].weights[0, 0]
    page.get_by_role("application").focus()
    page.keyboard.press("Home")
    for digit in range(4):
        label = "1999"[digit]
        said = page.evaluate("said.at(-1)")
        assert said.startswith(f"Query {digit + 1}, '{label}', attends to '{label}' ")
        assert float(said.split(" ")[6].rstrip(",.")) == pytest.approx(weights[digit, 6 + digit], rel=5e-3)
        page.keyboard.press("ArrowDown")
    assert {"Query (iso)", "Key (written)"} <= set(change(page, {"theme": 1}))


def test_what_is_destroyed_leaves_nothing(family: Family):
    page = mount(family, payload_of(two_heads()), "links")
    page.evaluate("view.destroy()")
    page.evaluate("store.set({ query: 1 })")
    assert page.evaluate("root.childElementCount") == 0
