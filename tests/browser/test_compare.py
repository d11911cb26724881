"""The Compare page in a real browser: three pictures of the same cells, and what was captured in them."""

import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

import attnviz
from attnviz.views.comparison import Side, comparison_view
from tests.browser.compared import DIFFERENCE, FIRST, SECOND, cell, colour, open_comparison, painted, update
from tests.browser.family import Family
from tests.browser.linked_views import rests
from tests.views.captures import capture_of

RECALL = "compare?a_model=recall&a_layer=attention_2&a_head=1&a_text=a+4+c+9+e+2+c&b_text=a+4+c+9+e+2+a"
FOUR, NINE = 1, 3  # where the digits after "a" and after "c" stand
LAST = 6
WHITE = (255, 255, 255)

SHORT = capture_of(
    [[[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.2, 0.2, 0.6]]],
    labels=("a", "b", "d"),
    mask=np.tril(np.ones((3, 3), bool)),
)
LONG = capture_of(
    [[[0.5, 0.5, 0.0, 0.0], [0.0, 0.5, 0.5, 0.0], [0.0, 0.0, 0.5, 0.5], [0.2, 0.6, 0.2, 0.0]]],
    labels=("a", "b", "c", "d"),
)
VIEW = comparison_view(Side(capture=SHORT, layer="attention", head=0), Side(capture=LONG, layer="attention", head=0))
SIZE = (4, 4)
GAP = 2  # place of "c", which A does not have


def _reading(page: Page) -> list[str]:
    return page.locator(".attnviz-comparison .reading dd").all_inner_texts()


def _marked(page: Page, picture: int, query: int, key: int) -> bool:
    """Whether the frame of a cell is drawn on the canvas of marks."""
    return page.evaluate(
        """({picture, query, key, size}) => {
            const stage = document.querySelectorAll(".attnviz-comparison .stage")[picture];
            const [left, top, wide, high] = stage.dataset.plot.split(" ").map(Number);
            const canvas = stage.querySelector(".marks");
            const ratio = canvas.width / stage.clientWidth;
            const [width, height] = [wide / size[1], high / size[0]];
            const pen = canvas.getContext("2d");
            const drawn = (x, y) => pen.getImageData(x * ratio, y * ratio, 1, 1).data[3] > 128;
            const [x, y] = [left + key * width, top + query * height];
            return drawn(x, y + height / 2) && drawn(x + width / 2, y) && !drawn(x + width / 2, y + height / 2);
        }""",
        {"picture": picture, "query": query, "key": key, "size": SIZE},
    )


def test_equal_weights_have_equal_colours_and_differences_their_sign(family: Family):
    page = open_comparison(family, VIEW)
    assert colour(page, FIRST, 1, 1, SIZE) == colour(page, SECOND, 1, 1, SIZE) != WHITE
    assert min(colour(page, DIFFERENCE, 1, 1, SIZE)) >= 253  # zero lies between two steps of the scale
    red, _, blue = colour(page, DIFFERENCE, 1, 0, SIZE)  # 0 - 0.5
    assert blue > red
    red, _, blue = colour(page, DIFFERENCE, 3, 1, SIZE)  # 0.6 - 0.2
    assert red > blue
    most, less = (np.array(colour(page, DIFFERENCE, *place, SIZE)) for place in ((3, 3), (3, 1)))  # -0.6 and +0.4
    assert np.abs(most - 255).sum() > np.abs(less - 255).sum()


def test_pointing_at_a_cell_marks_it_in_all_three_and_tells_both_weights(family: Family):
    page = open_comparison(family, VIEW)
    for picture in (FIRST, SECOND, DIFFERENCE):
        page.mouse.move(*cell(page, picture, 3, 1, SIZE))
        expect(page.locator(".attnviz-comparison .tip dd")).to_have_text(["0.2", "0.6", "+0.4"])
        painted(page)
        assert all(_marked(page, one, 3, 1) for one in (FIRST, SECOND, DIFFERENCE))
        assert not _marked(page, picture, 1, 1)
    page.mouse.move(5, 5)
    expect(page.locator(".attnviz-comparison .tip")).to_be_hidden()
    expect(page.locator(".attnviz-comparison .reading .heading")).to_have_text("Largest difference")
    assert _reading(page) == ["0.6", "0", "−0.6"]


def test_a_gap_is_told_from_a_cell_that_may_not_attend(family: Family):
    page = open_comparison(family, VIEW)
    page.mouse.move(*cell(page, FIRST, GAP, 0, SIZE))
    expect(page.locator(".attnviz-comparison .tip dd")).to_have_text(["no such token", "0", "–"])
    page.mouse.move(*cell(page, FIRST, 0, 1, SIZE))
    expect(page.locator(".attnviz-comparison .tip dd")).to_have_text(["may not attend", "0.5", "–"])
    legends = page.locator(".attnviz-comparison .legends")
    expect(legends).to_contain_text("no such token on this side")
    expect(legends.locator(".masked").first).to_be_visible()


def test_sides_without_gaps_have_no_legend_for_them(family: Family):
    side = Side(capture=LONG, layer="attention", head=0)
    page = open_comparison(family, comparison_view(side, side))
    expect(page.locator(".attnviz-comparison .gap")).to_be_hidden()
    expect(page.locator(".attnviz-comparison .masked").first).to_be_hidden()
    expect(page.locator(".attnviz-comparison .sentence")).to_contain_text("the same there")


def test_a_click_pins_and_reaches_python_and_escape_lets_go(family: Family):
    page = open_comparison(family, VIEW)
    page.mouse.click(*cell(page, SECOND, 3, 1, SIZE))
    page.wait_for_function("sent.length === 1")
    assert page.evaluate("sent[0]") == {"name": "selection", "value": {"subject": "test", "query": 3, "key": 1}}
    page.mouse.move(5, 5)
    expect(page.locator(".attnviz-comparison .reading .heading")).to_have_text("Pinned")
    assert _reading(page) == ["0.2", "0.6", "+0.4"]
    page.keyboard.press("Escape")
    page.wait_for_function("sent.length === 2")
    assert page.evaluate("sent[1].value.query") is None


def test_the_keyboard_reaches_every_cell(family: Family):
    page = open_comparison(family, VIEW)
    page.keyboard.press("Tab")
    stage = page.locator(".attnviz-comparison .stage").first
    expect(stage).to_be_focused()
    page.keyboard.press("Control+End")
    painted(page)
    assert _reading(page) == ["0.6", "0", "−0.6"]
    for _ in range(2):
        page.keyboard.press("ArrowLeft")
    expect(page.locator(".attnviz-comparison [aria-live]")).to_have_text("Query d, Key b, A 0.2, B 0.6, B − A +0.4.")
    page.keyboard.press("Enter")
    page.wait_for_function("sent.length === 1")
    page.keyboard.press("Tab")
    expect(stage).not_to_be_focused()
    assert page.locator(".attnviz-comparison .stage:focus").count() == 0  # one stop for the three


def test_zoom_is_the_same_in_all_three(family: Family):
    page = open_comparison(family, VIEW)
    stage = page.locator(".attnviz-comparison .stage").nth(DIFFERENCE)
    stage.focus()
    page.keyboard.press("+")
    painted(page)
    zoomed = page.locator(".attnviz-comparison .stage.zoomed")
    expect(zoomed).to_have_count(3)
    update(page, replace(VIEW, scale="log"))
    expect(page.locator(".attnviz-comparison .legend").first).to_contain_text("logarithmic")
    expect(zoomed).to_have_count(3)
    page.keyboard.press("0")
    painted(page)
    expect(zoomed).to_have_count(0)


def test_a_double_click_shows_all_and_leaves_what_was_pinned(family: Family):
    page = open_comparison(family, VIEW)
    page.evaluate("comparison.store.set({ query: 2, key: 1 })")
    page.locator(".attnviz-comparison .stage").first.focus()
    page.keyboard.press("+")
    painted(page)
    page.mouse.dblclick(*cell(page, DIFFERENCE, 1, 1, SIZE))
    painted(page)
    expect(page.locator(".attnviz-comparison .stage.zoomed")).to_have_count(0)
    assert page.evaluate("[comparison.store.get().query, comparison.store.get().key]") == [2, 1]
    page.keyboard.press("+")
    update(page, VIEW, subject="another")
    expect(page.locator(".attnviz-comparison .stage.zoomed")).to_have_count(0)


def test_touch_tells_a_cell(family: Family):
    page = open_comparison(family, VIEW, width=360, touch=True)
    page.touchscreen.tap(*cell(page, DIFFERENCE, 3, 1, SIZE))
    expect(page.locator(".attnviz-comparison .tip dd")).to_have_text(["0.2", "0.6", "+0.4"])


def test_pictures_are_stacked_where_there_is_no_room_beside_each_other(family: Family):
    wide, narrow = (open_comparison(family, VIEW, width=width, theme="dark") for width in (1200, 360))
    tops = [one.bounding_box()["y"] for one in wide.locator(".attnviz-comparison .stage").all()]
    assert max(tops) - min(tops) < 1
    boxes = [one.bounding_box() for one in narrow.locator(".attnviz-comparison .stage").all()]
    assert boxes[0]["y"] + boxes[0]["height"] <= boxes[1]["y"]
    assert all(box["x"] + box["width"] <= 360 for box in boxes)
    assert narrow.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_single_negative_difference_among_many_is_seen(family: Family):
    """Where cells share a pixel, the one farthest from zero is drawn, not the largest."""
    page = family.blank()
    found = page.evaluate(
        """async () => {
            const { pooledValues } = await import("/attention/heatmap_cells.js");
            const values = new Float32Array(64 * 64).fill(0.01);
            values[20 * 64 + 33] = -0.9;
            values[40 * 64 + 1] = NaN;
            const whole = { queryStarts: null, keyStarts: null, top: 0, left: 0 };
            const matrix = { values, rows: 64, columns: 64, maximum: 1, ...whole };
            const part = { top: 0, left: 0, bottom: 64, right: 64 };
            const pooled = pooledValues(matrix, { rows: 64, columns: 64 }, part, 8, 8, "strongest");
            return [pooled.width, pooled.height, ...pooled.values];
        }"""
    )
    assert found[:2] == [8, 8]
    expected = np.full((8, 8), 0.01)
    expected[2, 4] = -0.9
    np.testing.assert_allclose(np.array(found[2:]).reshape(8, 8), expected, rtol=1e-6)


def test_numbers_have_their_sign_where_they_are_not_zero(family: Family):
    page = family.blank()
    written = page.evaluate(
        """async () => {
            const { signed, twoDigits } = await import("/comparison/reading.js");
            const values = [0.256, -0.256, -0.001, 0];
            return [...values.map(twoDigits), ...values.map(signed)];
        }"""
    )
    assert written == ["+0.26", "−0.26", "0.00", "0.00", "+0.256", "−0.256", "−0.001", "0"]


@pytest.fixture(params=["light", "dark"])
def compared(browser: Browser, server: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """`recall`, asked for "c" and for "a"."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme=request.param)
    page = context.new_page()
    _opened(page, f"{server}/{RECALL}")
    yield page
    context.close()


def _opened(page: Page, address: str) -> None:
    page.goto(address)
    page.locator(".attnviz-comparison[data-ready='1']").wait_for(timeout=60_000)
    rests(page)
    expect(page.locator("[data-testid=stDataFrame]").first).to_be_visible()


def test_recall_looks_at_another_digit_when_it_is_asked_for_another_letter(compared: Page, browser: Browser):
    page = compared
    model = attnviz.load_model("recall")
    weights = [
        model.capture([text]).map_of("attention_2").read(0, 0)[LAST] for text in ("a 4 c 9 e 2 c", "a 4 c 9 e 2 a")
    ]
    assert weights[0][NINE] > 0.9 < weights[1][FOUR]  # the answer is known
    expect(page.locator(".attnviz-comparison .sentence")).to_contain_text("from 'c → a' to '9' (−1.00)")
    page.mouse.click(*cell(page, DIFFERENCE, LAST, NINE, (7, 7)))
    expect(page).to_have_url(re.compile(rf"query={LAST + 1}&key={NINE + 1}"))
    shown = [float(one.replace("−", "-")) for one in _reading(page)]
    expected = [weights[0][NINE], weights[1][NINE], weights[1][NINE] - weights[0][NINE]]
    np.testing.assert_allclose(shown, expected, rtol=5e-3)
    other = browser.new_context(viewport={"width": 1280, "height": 900})
    try:
        window = other.new_page()
        _opened(window, page.url)
        expect(window.locator(".attnviz-comparison .reading .heading")).to_have_text("Pinned")
        assert _reading(window) == _reading(page)
        expect(window.get_by_role("textbox", name="Text B")).to_have_value("a 4 c 9 e 2 a")
        expect(window.get_by_test_id("stAlert")).to_have_count(0)
    finally:
        other.close()


def test_the_page_keeps_nobody_out(compared: Page):
    found = Axe().run(compared).response["violations"]
    impacts = ("moderate", "serious", "critical")
    assert [(one["id"], one["nodes"][0]["html"][:150]) for one in found if one["impact"] in impacts] == []


def test_a_phone_shows_it_all(browser: Browser, server: str):
    context = browser.new_context(viewport={"width": 360, "height": 780})
    try:
        page = context.new_page()
        _opened(page, f"{server}/{RECALL}")
        overflowing = page.evaluate(
            """() => [...document.querySelectorAll("[data-testid=stMain] *")]
              .filter(e => e.getBoundingClientRect().right > innerWidth + 1 && e.getBoundingClientRect().width > 0)
              .filter(e => !e.closest("[data-testid=stDataFrame], [role=tablist]"))
              .map(e => e.className || e.tagName).slice(0, 5)"""
        )
        assert overflowing == []
        for stage in page.locator(".attnviz-comparison .stage").all():
            box = stage.bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 360
    finally:
        context.close()


def test_downloads_are_files_of_their_kind(compared: Page):
    for label, start in (("PNG", b"\x89PNG"), ("PDF", b"%PDF"), ("CSV tokens", "\ufefftoken".encode())):
        with compared.expect_download() as download:
            compared.get_by_role("button", name=label, exact=True).click()
        assert download.value.path().read_bytes().startswith(start)


def test_what_is_pinned_is_still_pinned_after_a_look_at_another_page(compared: Page):
    page = compared
    page.mouse.click(*cell(page, SECOND, LAST, FOUR, (7, 7)))
    expect(page).to_have_url(re.compile(rf"query={LAST + 1}&key={FOUR + 1}"))
    before = _reading(page)
    page.get_by_role("link", name="Models").click()
    expect(page.locator(".attnviz-comparison")).to_have_count(0)
    page.get_by_role("link", name="Compare").click()
    expect(page.get_by_role("textbox", name="Text B")).to_be_visible()
    page.locator(".attnviz-comparison[data-ready='1']").wait_for()
    expect(page.get_by_role("textbox", name="Text B")).to_have_value("a 4 c 9 e 2 a")
    expect(page.locator(".attnviz-comparison .reading .heading")).to_have_text("Pinned")
    assert _reading(page) == before


def test_explore_opens_its_run_here(page: Page, server: str):
    page.goto(f"{server}/?model=sentiment_transformer&text=It+was+good+%26+cheap%3F")
    page.locator(".attnviz-heatmap[data-ready='1']").wait_for(timeout=60_000)
    page.get_by_role("link", name="Open in Compare").click()
    expect(page.get_by_role("textbox", name="Text A")).to_have_value("It was good & cheap?")
    painted(page)
    expect(page.locator(".attnviz-comparison .pictures")).to_contain_text("sentiment_transformer")
    page.get_by_role("textbox", name="Text B").fill("It was bad & cheap?")
    page.get_by_role("textbox", name="Text B").press("Enter")
    expect(page.locator(".attnviz-comparison .sentence")).to_contain_text("good → bad")
    rests(page)
    page.get_by_text("rank", exact=True).click()
    expect(page.locator(".attnviz-comparison .legends")).to_contain_text("by rank in both")
    expect(page).to_have_url(re.compile("a_text=It.*colours=rank|colours=rank.*a_text=It"))
