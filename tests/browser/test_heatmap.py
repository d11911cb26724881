"""The heatmap in a real browser: what it shows is what was captured."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.family import Family
from tests.browser.heatmap_page import (
    WORDS,
    beside_the_number,
    captured,
    centre_of,
    opened,
    pixel,
    pixels,
    places,
    point_at,
    ready,
    store,
    tip,
    viridis,
)


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


@pytest.mark.parametrize(
    ("labels", "second"),
    [
        (tuple(f"year {place + 1}" for place in range(34)), "year 2"),
        (tuple(f"{row}, {column}" for row in range(1, 6) for column in range(1, 8)), "1, 2"),  # patches
        (tuple(f"s{place % 10}" for place in range(34)), "2 s1"),  # numbers, which are no places
    ],
)
def test_labels_that_tell_their_place_get_no_other_number(family: Family, labels: tuple[str, ...], second: str):
    page = opened(family, captured(2, len(labels), key_labels=labels), width=500)
    page.evaluate(
        """() => {
            window.written = [];
            const write = CanvasRenderingContext2D.prototype.fillText;
            CanvasRenderingContext2D.prototype.fillText = function (text, ...place) {
                window.written.push(text);
                return write.call(this, text, ...place);
            };
        }"""
    )
    page.evaluate("workspace.store.set({ head: 1 })")
    ready(page)
    written = page.evaluate("written")
    assert second in written
    assert labels[0] not in written  # there is room for every second one, at most


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


def test_bars_beside_the_cells_are_received_weight_and_entropy(family: Family):
    capture = captured(8)
    page = opened(family, capture)
    weights = capture.maps[0].weights[0, 0].astype(np.float64)
    received, entropies = weights.mean(axis=0), -(weights * np.log(weights)).sum(axis=1)
    at = places(page)

    def length(x: float, y: float, right: int, down: int) -> int:
        """Pixels of a bar that begins at a place."""
        seen = pixels(page, [(x + step * right, y + step * down) for step in range(36)])
        return next(step for step, colour in enumerate(seen) if colour == (0, 0, 0))  # nothing is painted there

    for position in range(8):
        x, y = centre_of(page, position, position, (8, 8))
        up = length(x, at["top"] - 4, 0, -1)
        assert up == pytest.approx(28 * received[position] / received.max(), abs=1.1)
        right = length(at["left"] + at["width"] + 4, y, 1, 0)
        assert right == pytest.approx(28 * entropies[position] / np.log(8), abs=1.1)
    page.mouse.move(centre_of(page, 0, 5, (8, 8))[0], at["top"] - 10)
    expect(tip(page).locator("dd")).to_have_text(f"{float(f'{received[5]:.3g}'):g}")
    page.get_by_label("Received and entropy").uncheck()
    assert places(page)["top"] < at["top"] - 30


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
