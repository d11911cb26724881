"""The head grid: what a tile shows is what was captured, and mouse, keyboard and finger open heads."""

import numpy as np
import pytest
from playwright.sync_api import Page, expect

import attnviz
from attnviz.records import AttentionCapture, AttentionMap
from tests.browser.family import Family, payload_of
from tests.browser.single_view import change, mount, pixel, ready, state_of

LENGTH = 6


def shifting(offset: int, strength: float, length: int = LENGTH) -> np.ndarray:
    """Each token gives `strength` to the one `offset` on (to itself at the ends) and shares out the rest."""
    weights = np.full((length, length), (1 - strength) / length)
    for query in range(length):
        weights[query, min(length - 1, max(0, query + offset))] += strength
    return weights.astype(np.float32)


# Two layers with three heads and one: what they look at is known.
FIRST = np.stack([shifting(-1, 0.9), shifting(0, 0.6), shifting(1, 0.3)])
SECOND = np.stack([shifting(-1, 0.5)])


def captured(
    *maps: tuple[str, np.ndarray], length: int | None = None, mask: np.ndarray | None = None
) -> AttentionCapture:
    length = length or maps[0][1].shape[-1]
    return AttentionCapture(
        model="hand",
        maps=tuple(
            AttentionMap(layer=name, weights=weights[None], query_axis="text", key_axis="text", mask=mask)
            for name, weights in maps
        ),
        sequences={"text": (tuple(f"t{place}" for place in range(length)),)},
        valid={"text": np.ones((1, length), bool)},
        outputs=None,
    )


def two_layers() -> AttentionCapture:
    return captured(("block/first", FIRST), ("block/second", SECOND))


def box(page: Page, layer: int, head: int) -> dict[str, float]:
    return page.evaluate("([layer, head]) => view.boxOf(layer, head)", [layer, head])


def middle(page: Page, layer: int, head: int) -> tuple[float, float]:
    """Of a tile, on the page."""
    place = box(page, layer, head)
    root = page.locator(".attnviz").bounding_box()
    return root["x"] + place["left"] + place["width"] / 2, root["y"] + place["top"] + place["height"] / 2


def cell(page: Page, layer: int, head: int, row: int, column: int, side: int = LENGTH) -> tuple[int, ...]:
    """Colour of one cell of a tile."""
    place = box(page, layer, head)
    top = page.evaluate(
        "document.querySelector('.scroll').getBoundingClientRect().top - root.getBoundingClientRect().top"
    )
    step = place["width"] / side
    return pixel(page, "canvas.tiles", place["left"] + (column + 0.5) * step, place["top"] - top + (row + 0.5) * step)


def scale_colour(page: Page, unit: float) -> tuple[int, ...]:
    """Colour of a share of the scale, from the module that the legend and the heatmap take it from."""
    pixels = page.evaluate(
        """async (unit) => {
            const { sequentialColours, stepOf, themeOf } = await import("/attention/colours.js");
            return [...new Uint8Array(Uint32Array.of(sequentialColours(themeOf(root))[stepOf(unit)]).buffer)];
        }""",
        unit,
    )
    return tuple(pixels)


def order(page: Page) -> list[tuple[int, int]]:
    """Layer and head of every tile, in reading order."""
    heads = page.evaluate("opened.maps.map((map) => map.heads)")
    tiles = [(layer, head) for layer, count in enumerate(heads) for head in range(count)]
    places = {tile: box(page, *tile) for tile in tiles}
    there = [tile for tile in tiles if places[tile]]
    return sorted(there, key=lambda tile: (places[tile]["top"], places[tile]["left"]))


def test_a_tile_has_the_colours_of_the_captured_weights(family: Family):
    page = mount(family, payload_of(two_layers()), "grid")
    for head in range(3):
        largest = FIRST[head].max()
        for row, column in ((0, 0), (3, 2), (3, 3), (3, 4), (5, 0)):
            unit = float(FIRST[head, row, column] / largest)
            assert cell(page, 0, head, row, column) == scale_colour(page, unit), (head, row, column)


def test_colours_shared_by_all_maps_run_from_0_to_1(family: Family):
    page = mount(family, payload_of(two_layers()), "grid", state={"shared": True})
    assert cell(page, 0, 2, 3, 4) == scale_colour(page, float(FIRST[2, 3, 4]))
    expect(page.locator(".note")).to_contain_text("colours shared 0 to 1")


def test_cells_that_may_not_attend_are_no_colour_of_the_scale(family: Family):
    mask = np.tril(np.ones((1, LENGTH, LENGTH), bool))
    weights = np.where(mask, np.float32(1), 0) / np.arange(1, LENGTH + 1)[:, None]
    page = mount(family, payload_of(captured(("causal", weights.astype(np.float32)), mask=mask)), "grid")
    masked = page.evaluate(
        """async () => {
            const { parseColour, themeOf } = await import("/attention/colours.js");
            return parseColour(themeOf(root).masked);
        }"""
    )
    assert cell(page, 0, 0, 1, 4)[:3] == tuple(masked)
    assert cell(page, 0, 0, 0, 0) == scale_colour(page, 1.0)


def test_largest_or_mean_weight_of_pooled_cells(family: Family):
    """64 tokens in 32 cells: one hot weight is all of the largest, and a quarter of the mean."""
    weights = np.zeros((1, 64, 64), np.float32)
    weights[0, 10, 20] = weights[0, 30, 40] = weights[0, 31, 40] = weights[0, 30, 41] = weights[0, 31, 41] = 0.4
    page = mount(family, payload_of(captured(("long", weights))), "grid")
    assert cell(page, 0, 0, 5, 10, side=32) == scale_colour(page, 1.0)
    expect(page.locator(".note")).to_contain_text("Each cell is the largest weight of its tokens")
    page.get_by_label("Cells").select_option("mean weight")
    ready(page)
    assert cell(page, 0, 0, 5, 10, side=32) == scale_colour(page, 0.25)
    assert cell(page, 0, 0, 15, 20, side=32) == scale_colour(page, 1.0)
    expect(page.locator(".note")).to_contain_text("Each cell is the mean weight of its tokens")


def test_what_would_change_nothing_is_not_offered(family: Family):
    small = mount(family, payload_of(two_layers()), "grid")
    expect(small.get_by_label("Sort by")).to_be_visible()
    expect(small.get_by_label("Cells")).to_be_hidden()
    single = mount(family, payload_of(captured(("long", shifting(-1, 0.5, 64)[None]))), "grid")
    expect(single.get_by_label("Cells")).to_be_visible()
    expect(single.get_by_label("Sort by")).to_be_hidden()


def test_the_pointer_learns_name_and_numbers(family: Family):
    page = mount(family, payload_of(two_layers()), "grid")
    page.mouse.move(*middle(page, 0, 1))
    tip = page.locator(".tip")
    expect(tip.locator(".title")).to_have_text("Head 2 of layer block/first")
    weights = FIRST[1].astype(float)
    expected = {
        "entropy (nats)": -(weights * np.log(weights)).sum(1).mean(),
        "distance (positions)": (weights * abs(np.subtract.outer(range(6), range(6)))).sum(1).mean(),
        "diagonal": np.diag(weights).mean(),
        "previous": np.diag(weights, -1).mean(),
        "next": np.diag(weights, 1).mean(),
        "first": weights[:, 0].mean(),
        "largest received": weights.mean(0).max(),
    }
    for name, value in expected.items():
        number = tip.locator(f"dd[data-statistic='{name}']").inner_text().split()[0]
        assert number == f"{value:.2f}", name
    expect(tip).to_contain_text("6 queries × 6 keys")
    page.mouse.move(1, 1)
    expect(tip).to_be_hidden()


def test_a_click_opens_the_head_and_it_is_outlined(family: Family):
    page = mount(family, payload_of(two_layers()), "grid")
    page.mouse.click(*middle(page, 0, 2))
    assert state_of(page, "map", "head") == [0, 2]
    ready(page)
    place = box(page, 0, 2)
    top = page.evaluate(
        "document.querySelector('.scroll').getBoundingClientRect().top - root.getBoundingClientRect().top"
    )
    assert pixel(page, "canvas.outlines", place["left"] + 30, place["top"] - top - 2) == (0x22, 0x69, 0x7D, 255)
    page.mouse.click(*middle(page, 1, 0))
    assert state_of(page, "map", "head") == [1, 0]


def test_a_finger_opens_the_head_too(family: Family):
    page = mount(family, payload_of(two_layers()), "grid", touch=True)
    page.touchscreen.tap(*middle(page, 0, 1))
    assert state_of(page, "map", "head") == [0, 1]
    expect(page.locator(".tip")).to_be_hidden()


def test_the_name_of_a_layer_opens_the_mean_of_its_heads(family: Family):
    page = mount(family, payload_of(two_layers()), "grid", state={"head": 1, "map": 1})
    x, y = middle(page, 0, 0)
    page.mouse.click(page.locator(".scroll").bounding_box()["x"] + 20, y)
    assert state_of(page, "map", "head") == [0, "mean"]
    assert x > 100


def test_the_keyboard_moves_and_opens(family: Family):
    page = mount(family, payload_of(two_layers()), "grid")
    tiles = page.get_by_role("application")
    tiles.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    assert page.evaluate("said.at(-1)").startswith("Head 3 of layer block/first: entropy ")
    page.keyboard.press("Enter")
    assert state_of(page, "map", "head") == [0, 2]
    page.keyboard.press("ArrowDown")  # the second layer has one head only
    expect(page.locator(".tip .title")).to_have_text("Layer block/second")
    page.keyboard.press("Enter")
    assert state_of(page, "map", "head") == [1, 0]
    page.keyboard.press("ArrowUp")
    page.keyboard.press("End")
    page.keyboard.press(" ")
    assert state_of(page, "map", "head") == [0, 2]
    page.keyboard.press("Escape")
    expect(page.locator(".tip")).to_be_hidden()


def test_one_tab_stop_for_all_tiles(family: Family):
    page = mount(family, payload_of(two_layers()), "grid")
    page.get_by_label("Only heads with").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "scroll"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement === document.body")


def test_sorted_by_a_statistic(family: Family):
    """Weight on the token before: 0.9 and a sixth of 0.1 in the first head, and so on."""
    page = mount(family, payload_of(two_layers()), "grid")
    assert order(page) == [(0, 0), (0, 1), (0, 2), (1, 0)]
    page.get_by_label("Sort by").select_option("previous")
    ready(page)
    assert order(page) == [(0, 0), (0, 2), (0, 1), (1, 0)]
    page.get_by_label("Sort within").select_option("all together")
    ready(page)
    assert order(page) == [(0, 0), (1, 0), (0, 2), (0, 1)]
    page.get_by_role("button", name="largest first").click()
    ready(page)
    assert order(page) == [(0, 1), (0, 2), (1, 0), (0, 0)]
    page.get_by_label("Sort by").select_option("layer and head")
    ready(page)
    assert order(page) == [(0, 0), (0, 1), (0, 2), (1, 0)]


def test_layers_are_sorted_by_their_best_head(family: Family):
    page = mount(family, payload_of(two_layers()), "grid", state={"sortBy": "rows:-previous"})
    assert order(page) == [(0, 1), (0, 2), (0, 0), (1, 0)]
    change(page, {"sortBy": "rows:-entropy (nats)"})
    assert order(page)[0] == (0, 0)


def test_the_number_under_each_tile(family: Family):
    page = mount(family, payload_of(two_layers()), "grid")
    page.evaluate("window.written.length = 0")
    page.get_by_label("Number under each").select_option("previous")
    ready(page)
    written = page.evaluate("window.written")
    for weights in (*FIRST, *SECOND):
        assert f"{np.diag(weights.astype(float), -1).mean():.2f}" in written


def test_only_heads_with(family: Family):
    """Of the four heads two give more than half to the token before."""
    page = mount(family, payload_of(two_layers()), "grid")
    page.get_by_label("Only heads with").select_option("previous")
    ready(page)
    assert state_of(page, "filter") == "previous>=0.5"
    expect(page.locator(".note")).to_contain_text("2 of 4 heads in 2 layers have previous ≥ 0.50.")
    slider = page.get_by_role("slider")
    slider.focus()
    slider.fill("0.6")
    expect(page.locator(".note")).to_contain_text("1 of 4 heads in 2 layers has previous ≥ 0.60.")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".limit")).to_have_text("0.61")
    page.get_by_label("Comparison").select_option("at most")
    expect(page.locator(".note")).to_contain_text("3 of 4 heads in 2 layers have previous ≤ 0.61.")
    change(page, {"sortBy": "all:previous"})
    assert order(page) == [(1, 0), (0, 2), (0, 1)]  # a ranking leaves out what is not looked for
    page.get_by_label("Only heads with").select_option("anything")
    ready(page)
    assert state_of(page, "filter") == ""
    assert len(order(page)) == 4


def test_what_another_model_does_not_have_is_not_looked_for(family: Family):
    """One query that pools: nothing stands before or after it, but it has an entropy."""
    capture = AttentionCapture(
        model="hand",
        maps=(
            AttentionMap(
                layer="pooling", weights=np.full((1, 2, 1, 4), 0.25, np.float32), query_axis="one", key_axis="text"
            ),
        ),
        sequences={"one": (("pooled",),), "text": (("a", "b", "c", "d"),)},
        valid={"one": np.ones((1, 1), bool), "text": np.ones((1, 4), bool)},
        outputs=None,
    )
    state = {"sortBy": "all:previous", "colourBy": "entropy (nats)", "filter": "next>=0.5"}
    page = mount(family, payload_of(capture), "grid", state=state)
    page.wait_for_function("store.get().filter === ''")
    assert state_of(page, "sortBy", "colourBy") == ["", "entropy (nats)"]
    ready(page)
    assert len(order(page)) == 2


def test_a_head_that_is_not_looked_for_fades(family: Family):
    page = mount(family, payload_of(two_layers()), "grid")
    full = cell(page, 0, 1, 2, 2)
    change(page, {"filter": "previous>=0.5"})
    assert full[3] == 255
    assert cell(page, 0, 1, 2, 2)[3] < 60
    assert cell(page, 0, 0, 3, 2)[3] == 255


def many(layers: int, heads: int, length: int = 8) -> AttentionCapture:
    random = np.random.default_rng(0)
    return captured(
        *[
            (f"encoder_{layer}/self_attention", random.dirichlet(np.ones(length), (heads, length)).astype(np.float32))
            for layer in range(layers)
        ]
    )


@pytest.mark.parametrize(("layers", "heads"), [(1, 1), (12, 12), (24, 16), (1, 40)])
@pytest.mark.parametrize("width", [360, 1000])
def test_tiles_are_large_enough_and_the_page_is_never_wider_than_the_window(family, layers, heads, width):
    page = mount(family, payload_of(many(layers, heads)), "grid", width=width)
    assert box(page, 0, 0)["width"] >= 40
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    first, last = box(page, 0, 0), box(page, layers - 1, heads - 1)
    if heads > 1:
        second = box(page, 0, 1)
        assert second["left"] >= first["left"] + first["width"]
    page.get_by_role("application").focus()
    for key in ("PageDown", "End"):  # the last head can be reached, and is scrolled to
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    assert state_of(page, "map", "head") == [layers - 1, heads - 1]
    ready(page)
    last, scroll = box(page, layers - 1, heads - 1), page.locator(".scroll").bounding_box()
    root = page.locator(".attnviz").bounding_box()
    assert root["x"] + last["left"] >= scroll["x"]
    assert root["x"] + last["left"] + last["width"] <= scroll["x"] + scroll["width"] + 1
    assert root["y"] + last["top"] + last["height"] <= scroll["y"] + scroll["height"] + 1


def test_labels_move_above_their_line_where_that_makes_room_for_all_heads(family: Family):
    """Twelve tiles of 44 pixels fit into 570, but not beside a column of labels."""
    page = mount(family, payload_of(many(2, 12)), "grid", width=602)
    assert page.locator(".scroll").evaluate("(box) => box.scrollWidth <= box.clientWidth")
    assert box(page, 0, 0)["left"] < 20
    wide = mount(family, payload_of(many(2, 12)), "grid", width=900)
    assert box(wide, 0, 0)["left"] > 100


def test_one_headed_sentences_share_the_lines_of_their_layer(family: Family):
    """A hierarchical model: seven sentences, each with one head over its words, and one map over the sentences."""
    random = np.random.default_rng(0)
    words = random.dirichlet(np.ones(4), (7, 1, 1)).astype(np.float32)
    sentences = random.dirichlet(np.ones(7), (1, 1, 1)).astype(np.float32)
    capture = AttentionCapture(
        model="hand",
        maps=(
            AttentionMap(layer="word_attention", weights=words, query_axis="pooled words", key_axis="words"),
            AttentionMap(layer="sentence_attention", weights=sentences, query_axis="pooled", key_axis="sentences"),
        ),
        sequences={
            "words": tuple(tuple(f"w{place}" for place in range(4)) for _ in range(7)),
            "pooled words": (("pooled",),) * 7,
            "sentences": (tuple(f"s{place}" for place in range(7)),),
            "pooled": (("pooled",),),
        },
        valid={
            "words": np.ones((7, 4), bool),
            "pooled words": np.ones((7, 1), bool),
            "sentences": np.ones((1, 7), bool),
            "pooled": np.ones((1, 1), bool),
        },
        outputs=None,
    )
    page = mount(family, payload_of(capture), "grid")
    tops = [box(page, place, 0)["top"] for place in range(8)]
    assert len(set(tops[:7])) == 1
    assert tops[7] > tops[0]
    lefts = [box(page, place, 0)["left"] for place in range(7)]
    assert lefts == sorted(set(lefts))
    page.mouse.click(*middle(page, 3, 0))
    assert state_of(page, "map", "head") == [3, 0]


def test_recall_shows_where_each_head_looks(family: Family):
    """The right answer is known: the last token looks at the value after the key that it repeats, the fourth token."""
    capture = attnviz.load_model("recall").capture(["a 4 c 9 e 2 c"])
    page = mount(family, payload_of(capture), "grid", state={"shared": True})
    for head, weights in enumerate(capture.map_of("attention_2").weights[0]):
        assert cell(page, 1, head, 6, 3, side=7) == scale_colour(page, float(weights[6, 3]))
        assert weights[6].argmax() == 3
    page.get_by_label("Sort by").select_option("previous")
    page.get_by_label("Sort within").select_option("all together")
    ready(page)
    before = {
        (layer, head): np.diag(weights.astype(float), -1).mean()
        for layer, one in enumerate(capture.maps)
        for head, weights in enumerate(one.weights[0])
    }
    assert order(page) == sorted(before, key=lambda tile: -before[tile])
    page.mouse.move(*middle(page, *order(page)[0]))
    expect(page.locator(".tip dd[data-statistic=previous]")).to_have_text(f"{max(before.values()):.2f}")


def test_names_of_layers_are_text_and_never_markup(family: Family):
    page = mount(family, payload_of(captured(("<img src=x onerror=alert(1)>", SECOND))), "grid")
    page.mouse.move(*middle(page, 0, 0))
    expect(page.locator(".tip .title")).to_contain_text("<img src=x")
    assert page.locator("img").count() == 0


def test_a_change_of_theme_repaints(family: Family):
    page = mount(family, payload_of(two_layers()), "grid")
    light = cell(page, 0, 0, 3, 2)
    page.evaluate("document.documentElement.style.setProperty('--st-background-color', '#0F1518')")
    change(page, {"theme": 1})
    assert cell(page, 0, 0, 3, 2) != light
    assert cell(page, 0, 0, 3, 2) == scale_colour(page, 1.0)


def test_what_is_destroyed_leaves_nothing(family: Family):
    page = mount(family, payload_of(two_layers()), "grid")
    page.evaluate("view.destroy()")
    page.evaluate("store.set({ map: 1, head: 0 })")
    assert page.evaluate("root.childElementCount") == 0
