"""Links: the lines are those that Python selects, the numbers those that were captured; mouse, keyboard and finger."""

import itertools

import numpy as np
import pytest
from playwright.sync_api import Page, expect

import attnviz
from attnviz.records import AttentionCapture, AttentionMap
from attnviz.views.explorer import Wanted
from attnviz.views.links import links_view
from tests.browser.family import Family, payload_of
from tests.browser.single_view import change, mount, pixel, ready, state_of

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


def chip(page: Page, head: int):
    return page.get_by_role("button", name=f"Head {head}", exact=True)


def pressed(page: Page) -> list[str]:
    chips = page.locator(".chips button[aria-pressed=true]")
    return chips.all_inner_texts()


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
