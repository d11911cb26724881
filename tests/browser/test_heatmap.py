"""The heatmap in a real browser: it shows what was captured, to the eye, the pointer, the finger and the keyboard."""

import re

import matplotlib
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from attnviz.components.attention.payload import Payload
from attnviz.records import AttentionCapture, AttentionMap
from attnviz.views.explorer import Wanted
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


def stage(page: Page):
    return page.locator(".attnviz-heatmap .stage")


def tip(page: Page):
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


def pixel(page: Page, x: float, y: float) -> tuple[int, ...]:
    """Colour at a place of the page, as the canvas with the cells has it."""
    ready(page)
    return tuple(
        page.evaluate(
            """([x, y]) => {
                const canvas = document.querySelector(".attnviz-heatmap canvas.cells");
                const box = canvas.getBoundingClientRect();
                const ratio = canvas.width / box.width;
                const at = [Math.floor((x - box.left) * ratio), Math.floor((y - box.top) * ratio)];
                return Array.from(canvas.getContext("2d").getImageData(...at, 1, 1).data).slice(0, 3);
            }""",
            [x, y],
        )
    )


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


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_each_cell_has_the_colour_of_its_weight(family: Family, theme: str):
    capture = captured(8)
    page = opened(family, capture, theme=theme)
    weights = capture.maps[0].weights[0, 0]
    for query in range(8):
        for key in (0, 3, 7):
            seen = pixel(page, *beside_the_number(page, query, key, (8, 8)))
            expected = viridis(weights[query, key] / weights.max(), theme)
            assert np.abs(np.array(seen) - expected).max() <= 3, (query, key, seen, expected)


def test_logarithm_rank_and_shared_colours(family: Family):
    capture = captured(8)
    page = opened(family, capture)
    weights = capture.maps[0].weights[0, 0]
    spot = beside_the_number(page, 4, 2, (8, 8))
    value = weights[4, 2]
    expected = {
        ("linear", True): value,
        ("log", False): max(0.0, 1 + np.log10(value / weights.max()) / 4),
        ("rank", False): (weights < value).sum() / 63,
    }
    for (scale, shared), unit in expected.items():
        page.evaluate("([scale, shared]) => workspace.store.set({ scale, shared })", [scale, shared])
        assert np.abs(np.array(pixel(page, *spot)) - viridis(unit)).max() <= 4, scale


def test_pointing_at_a_cell_tells_its_weight_and_its_rank(family: Family):
    capture = captured(8)
    page = opened(family, capture)
    weights = capture.maps[0].weights[0, 0]
    for query, key in ((0, 0), (3, 5), (7, 7), (7, 0)):
        point_at(page, query, key, (8, 8))
        value = float(tip(page).locator("strong").inner_text().replace("−", "-"))
        assert value == pytest.approx(weights[query, key], rel=5e-3)
        rank = 1 + (weights[query] > weights[query, key]).sum()
        expect(tip(page).locator(".note")).to_have_text(f"rank {rank} of 8")
        expect(tip(page).locator("bdi")).to_have_text([WORDS[query], WORDS[key]])
        assert store(page, "hover") == {"query": query, "key": key}
    assert page.locator(".attnviz-heatmap b").count() == 0  # tokens are text, also in the tip
    page.mouse.move(2, 2)
    expect(tip(page)).to_be_hidden()
    assert store(page, "hover") == {"query": None, "key": None}


def test_sums_entropy_received_and_diagonal_are_numpys(family: Family):
    mask = np.tril(np.ones((8, 8), bool))
    capture = captured(8, mask=mask)
    page = opened(family, capture)
    weights = capture.maps[0].weights[0, 0].astype(np.float64)
    point_at(page, 5, 3, (8, 8))
    reading = page.locator(".attnviz-heatmap .reading")
    told = dict(zip(reading.locator("dt").all_inner_texts(), reading.locator("dd").all_inner_texts(), strict=True))
    row = weights[5][weights[5] > 0]
    entropy = -(row * np.log(row)).sum()
    assert float(told["Sum of row"]) == pytest.approx(1)
    assert told["Entropy"] == f"{entropy:.2f} nats"
    assert told["Effective keys"] == f"{np.exp(entropy):.1f}"
    assert float(told["Received, mean"]) == pytest.approx(weights[:, 3].mean(), rel=5e-3)
    assert float(told["Diagonal −2, mean"]) == pytest.approx(np.diagonal(weights, -2).mean(), rel=5e-3)


def test_cells_that_may_not_attend_are_hatched_and_say_so(family: Family):
    capture = captured(8, mask=np.tril(np.ones((8, 8), bool)))
    page = opened(family, capture)
    point_at(page, 2, 6, (8, 8))
    expect(tip(page)).to_contain_text("may not attend")
    expect(page.locator(".attnviz-heatmap .legend")).to_contain_text("may not attend")
    left, top = beside_the_number(page, 2, 6, (8, 8))
    greys = np.array([pixel(page, left + offset, top) for offset in range(8)])
    assert np.ptp(greys, axis=1).max() <= 12  # neutral, unlike any weight
    assert np.ptp(greys[:, 0]) >= 15  # lines on a ground
    page = opened(family, captured(8))
    expect(page.locator(".attnviz-heatmap .legend .masked")).to_be_hidden()


def test_numbers_are_written_where_there_is_room(family: Family):
    # What a canvas writes cannot be read back, so the page also keeps it.
    listen = """() => {
        window.written = [];
        const write = CanvasRenderingContext2D.prototype.fillText;
        CanvasRenderingContext2D.prototype.fillText = function (text, ...place) {
            window.written.push(text);
            return write.call(this, text, ...place);
        };
    }"""
    capture = captured(6)
    page = opened(family, capture)
    page.evaluate(listen)
    page.evaluate("workspace.store.set({ head: 1 })")
    ready(page)
    numbers = [one for one in page.evaluate("written") if re.fullmatch(r"\d\.\d\d", one)]
    assert numbers == [f"{weight:.2f}" for weight in capture.maps[0].weights[0, 1].ravel()]
    page = opened(family, captured(40))
    page.evaluate(listen)
    page.evaluate("workspace.store.set({ head: 1 })")
    ready(page)
    assert not [one for one in page.evaluate("written") if re.fullmatch(r"\d\.\d\d", one)]


@pytest.mark.parametrize(("length", "width"), [(6, 900), (30, 900), (30, 360), (128, 700), (512, 900)])
def test_labels_stay_apart_and_on_the_canvas(family: Family, length: int, width: int):
    page = opened(family, captured(length), width=width)
    page.evaluate(
        """() => {
            window.written = [];
            const write = CanvasRenderingContext2D.prototype.fillText;
            CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
                if (this.canvas.classList.contains("cells")) {
                    const wide = this.measureText(text).width;
                    const begin = x - { right: wide, center: wide / 2, left: 0 }[this.textAlign];
                    const turn = this.getTransform();
                    const corners = [[begin, y - 5], [begin + wide, y - 5], [begin + wide, y + 5], [begin, y + 5]];
                    window.written.push(corners.map(([a, b]) => {
                        const { x, y } = turn.transformPoint({ x: a, y: b });
                        return [x, y];
                    }));
                }
                return write.call(this, text, x, y);
            };
        }"""
    )
    page.evaluate("workspace.store.set({ head: 1, scale: 'log' })")
    ready(page)
    size = page.evaluate(
        "(() => { const { width, height } = document.querySelector('.cells'); return [width, height]; })()"
    )
    boxes = [np.array(one) for one in page.evaluate("written")]
    assert len(boxes) >= 8
    for box in boxes:
        assert box.min() >= 0
        assert (box <= np.array(size)).all()
    for index, one in enumerate(boxes):
        for other in boxes[index + 1 :]:
            assert _apart(one, other), (one, other)


def _apart(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two rectangles, turned or not, have no point in common (the separating axis theorem)."""
    for box in (one, other):
        for edge in (box[1] - box[0], box[3] - box[0]):
            first, second = one @ edge, other @ edge
            if first.max() <= second.min() + 1e-6 or second.max() <= first.min() + 1e-6:
                return True
    return False


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
    page.mouse.dblclick(x, y)
    assert places(page)["zoom"] == 1
    assert store(page, "query") is None


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


def test_pooling_of_one_query_is_a_bar_that_can_be_read(family: Family):
    capture = captured(1, 60)
    weights = capture.maps[0].weights[0, 0]
    page = opened(family, capture)
    assert places(page)["height"] >= 30
    point_at(page, 0, 17, (1, 60))
    assert float(tip(page).locator("strong").inner_text()) == pytest.approx(weights[0, 17], rel=5e-3)


def test_what_another_view_points_at_is_marked(family: Family):
    page = opened(family, captured(30))
    before = page.locator("canvas.marks").screenshot()
    painted = page.locator(".attnviz-heatmap").get_attribute("data-painted")
    page.evaluate("workspace.store.set({ hover: { query: 4, key: null } })")
    ready(page)
    assert page.locator(".attnviz-heatmap").get_attribute("data-painted") != painted
    row = page.locator("canvas.marks").screenshot()
    assert row != before
    expect(tip(page)).to_be_hidden()
    page.evaluate("workspace.store.set({ hover: { query: null, key: null } })")
    ready(page)
    assert page.locator("canvas.marks").screenshot() == before


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
    page.wait_for_function("window.sent.some((one) => one.value.window)")
    window = page.evaluate("window.sent.findLast((one) => one.value.window).value.window")
    assert window["queries"][0] <= hot[0] < window["queries"][1]
    assert window["keys"][0] <= hot[1] < window["keys"][1]
    wanted = Wanted(map=0, head=0, queries=tuple(window["queries"]), keys=tuple(window["keys"]))
    family.update(page, payload_of(capture, wanted=wanted))
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
    page.wait_for_function("window.sent.some(({ value }) => value.head === 0 && value.window)")
    family.update(page, payload_of(capture, wanted=Wanted(map=0, head=1)))
    page.evaluate("workspace.store.set({ head: 1 })")
    page.wait_for_function("window.sent.some(({ value }) => value.head === 1 && value.window)")


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
