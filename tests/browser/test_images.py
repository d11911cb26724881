"""Pictures in a real browser: the attention over them, and the editor in which they are drawn."""

import json
import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

import attnviz
from attnviz.components.attention.picture import picture_extra
from attnviz.sequences.numeric import parse_numbers
from attnviz.views.image import picture_view
from tests.browser.family import payload_of
from tests.browser.linked_views import rests
from tests.sequences.picture_bytes import file_of
from tests.views.test_image import PIXELS, specification, with_class_token

EXTRA = picture_extra(picture_view(with_class_token(), PIXELS, specification()))
TINT, STRONGEST = np.array([213, 94, 0]), 0.72  # as image_paint.js says


@pytest.fixture(scope="module")
def patches():
    """The transformer that cuts digits into patches, and what it says of a nine."""
    model = attnviz.load_model("digits_vit")
    pixels = np.array(next(one.sequence for one in model.card.examples if one.prediction == "9"))
    return model.card.input, pixels, model.capture(pixels)


def _open(family, card, pixels, capture, **options) -> Page:
    extras = {"image": picture_extra(picture_view(capture, pixels, card))}
    page = family.open(payload_of(capture), views=("image",), extras=extras, **options)
    _ready(page)
    return page


def _ready(page: Page) -> None:
    expect(page.locator(".attnviz-image[data-ready='1']")).to_be_visible()


def _values(page: Page) -> np.ndarray:
    _ready(page)
    return np.array(json.loads(page.locator(".attnviz-image canvas").get_attribute("data-values")), float)


def _centre(page: Page, row: int, column: int, rows: int = 4, columns: int = 4) -> tuple[float, float]:
    box = page.locator(".attnviz-image canvas").bounding_box()
    return box["x"] + (column + 0.5) * box["width"] / columns, box["y"] + (row + 0.5) * box["height"] / rows


def _colours(page: Page, rows: int, columns: int, within: float = 0.5) -> np.ndarray:
    """The colour at the same place within each of `rows` by `columns` parts of the canvas."""
    _ready(page)
    return np.array(
        page.evaluate(
            """([rows, columns, within]) => {
                const canvas = document.querySelector(".attnviz-image canvas");
                const pen = canvas.getContext("2d");
                const at = (row, column) => Array.from(pen.getImageData(
                    Math.floor((column + within) * canvas.width / columns),
                    Math.floor((row + within) * canvas.height / rows), 1, 1).data).slice(0, 3);
                return Array.from({ length: rows }, (_, row) =>
                    Array.from({ length: columns }, (_, column) => at(row, column)));
            }""",
            [rows, columns, within],
        )
    )


def test_the_pixels_and_the_tint_over_them(family, patches):
    card, pixels, capture = patches
    page = _open(family, card, pixels, capture)
    page.get_by_role("button", name="Picture", exact=True).click()
    light = np.round(255 * (1 - pixels / 16))
    np.testing.assert_allclose(_colours(page, 8, 8), np.repeat(light[:, :, None], 3, axis=2), atol=1)

    page.get_by_role("button", name="Both").click()
    mean = capture.maps[0].weights[0].mean(axis=0).mean(axis=0)
    share = STRONGEST * np.kron((mean / mean.max()).reshape(4, 4), np.ones((2, 2)))[:, :, None]
    expected = (1 - share) * light[:, :, None] + share * TINT
    np.testing.assert_allclose(_colours(page, 8, 8), expected, atol=2)


def test_the_values_are_those_of_the_capture(family, patches):
    card, pixels, capture = patches
    page = _open(family, card, pixels, capture)
    weights = capture.maps[0].weights[0]
    np.testing.assert_allclose(_values(page), weights.mean(axis=0).mean(axis=0), rtol=1e-5)
    page.evaluate("workspace.store.set({ head: 2, map: 1 })")
    np.testing.assert_allclose(_values(page), capture.maps[1].weights[0, 2].mean(axis=0), rtol=1e-5)
    page.mouse.click(*_centre(page, 1, 2))
    expect(page.locator(".attnviz-image .title")).to_have_text("What patch 2, 3 attends to")
    np.testing.assert_allclose(_values(page), capture.maps[1].weights[0, 2, 6], rtol=1e-5)
    assert page.evaluate("workspace.store.get().query") == 6


def test_hovering_a_patch_names_it_with_its_value(family, patches):
    card, pixels, capture = patches
    page = _open(family, card, pixels, capture, chosen={"head": 1, "query": 0})
    page.mouse.move(*_centre(page, 3, 1))
    value = capture.maps[0].weights[0, 1, 0, 13]
    tip = page.locator(".attnviz-image .tip")
    expect(tip).to_have_text(re.compile(r"^patch 4, 2: 0\.\d+$"))
    assert float(tip.inner_text().split(": ")[1]) == pytest.approx(value, rel=5e-3)
    assert page.evaluate("workspace.store.get().hover") == {"query": 0, "key": 13}
    page.mouse.move(1, 1)
    expect(tip).to_be_hidden()
    assert page.evaluate("workspace.store.get().hover") == {"query": None, "key": None}


def test_hovering_previews_what_a_patch_attends_to(family, patches):
    card, pixels, capture = patches
    page = _open(family, card, pixels, capture, chosen={"head": 2})
    page.mouse.move(*_centre(page, 2, 2))
    tip = page.locator(".attnviz-image .tip")
    expect(tip).to_have_text(re.compile(r"^patch 3, 3 to itself: 0\.\d+$"))
    weights = capture.maps[0].weights[0, 2, 10]
    assert float(tip.inner_text().split(": ")[1]) == pytest.approx(weights[10], rel=5e-3)
    np.testing.assert_allclose(_values(page), weights, rtol=1e-5)
    page.mouse.move(1, 1)
    np.testing.assert_allclose(_values(page), capture.maps[0].weights[0, 2].mean(axis=0), rtol=1e-5)


def test_what_another_view_points_at_is_shown(family, patches):
    card, pixels, capture = patches
    page = _open(family, card, pixels, capture, chosen={"head": 0})
    page.evaluate("workspace.store.set({ hover: { query: 5, key: 9 } })")
    np.testing.assert_allclose(_values(page), capture.maps[0].weights[0, 0, 5], rtol=1e-5)
    expect(page.locator(".attnviz-image .readout")).to_have_text(re.compile("^patch 3, 2: "))


def test_the_keyboard_walks_chooses_and_lets_go(family, patches):
    card, pixels, capture = patches
    page = _open(family, card, pixels, capture, chosen={"head": 3})
    page.keyboard.press("Tab")
    while page.evaluate("document.activeElement.tagName") != "CANVAS":
        page.keyboard.press("Tab")
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "ArrowLeft"):  # the first reaches the first patch
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    expect(page.locator(".attnviz-image .title")).to_have_text("What patch 2, 1 attends to")
    np.testing.assert_allclose(_values(page), capture.maps[0].weights[0, 3, 4], rtol=1e-5)
    page.keyboard.press("ArrowUp")
    expect(page.locator(".attnviz-workspace .live")).to_have_text(re.compile("patch 1, 1: "))
    page.keyboard.press("Escape")
    expect(page.locator(".attnviz-image .title")).to_have_text(
        "Attention that each patch receives, mean over all queries"
    )


def test_a_tap_chooses_and_the_same_lets_go(family, patches):
    card, pixels, capture = patches
    page = _open(family, card, pixels, capture, touch=True, width=360)
    page.touchscreen.tap(*_centre(page, 0, 3))
    expect(page.locator(".attnviz-image .title")).to_have_text("What patch 1, 4 attends to")
    page.touchscreen.tap(*_centre(page, 0, 3))
    expect(page.locator(".attnviz-image .title")).to_have_text(re.compile("mean over all queries"))
    box = page.locator(".attnviz-image canvas").bounding_box()
    assert box["x"] + box["width"] <= 360


def test_a_class_token_stands_beside_the_picture(family):
    page = _open(family, specification(), PIXELS, with_class_token(), chosen={"head": 1})
    token = page.locator(".attnviz-image .outside button")
    expect(token).to_have_text("class token: 0.14")  # the mean of 0.6, 0.1, 0, 0 and 0
    np.testing.assert_allclose(_values(page), [0.14, 0.3, 0.42, 0.1, 0.04], rtol=1e-5)
    token.click()
    expect(page.locator(".attnviz-image .title")).to_have_text("What class token attends to")
    np.testing.assert_allclose(_values(page), [0.6, 0.1, 0.1, 0.1, 0.1], rtol=1e-5)
    expect(token).to_have_attribute("aria-pressed", "true")


def test_a_layer_over_something_else_says_so(family):
    capture = with_class_token()
    page = family.open(payload_of(capture), views=("image",), extras={"image": {**EXTRA, "axes": {}}})
    expect(page.locator(".attnviz-image .message")).to_have_text("The keys of this layer are no parts of the picture.")
    expect(page.locator(".attnviz-image canvas")).to_be_hidden()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 900])
def test_nothing_is_clipped(family, patches, theme, width):
    card, pixels, capture = patches
    page = _open(family, card, pixels, capture, theme=theme, width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    canvas, root = (page.locator(f".attnviz-image{more}").bounding_box() for more in (" canvas", ""))
    assert canvas["x"] + canvas["width"] <= root["x"] + root["width"]
    assert canvas["width"] == pytest.approx(canvas["height"], abs=1)


# The editor, on Explore


@pytest.fixture(scope="module")
def rows():
    return attnviz.load_model("digits").card.input


def _explore(page: Page, server: str, model: str = "digits") -> None:
    page.goto(f"{server}/?model={model}")
    expect(page.locator(".attnviz-pixels[data-ready='1']")).to_be_visible(timeout=90_000)
    _settled(page)


def _settled(page: Page) -> None:
    """Python has answered to every stroke."""
    expect(page.locator(".attnviz-pixels[data-waiting='0']")).to_be_visible()
    rests(page)
    expect(page.locator(".st-key-prediction")).to_be_visible()


def _typed(page: Page, rows) -> np.ndarray:
    """What the page holds, from the text that the link holds too."""
    _settled(page)
    box = page.locator(".st-key-values textarea")
    expect(box).not_to_have_value("")  # in a tab that is closed it is filled last
    return parse_numbers(box.input_value(), rows)


def _drawn(page: Page) -> np.ndarray:
    """Light of each pixel on the canvas, 0 to 255, at its middle."""
    return np.array(
        page.evaluate(
            """() => {
                const host = [...document.querySelectorAll("*")].map((one) => one.shadowRoot ?? one)
                    .map((one) => one.querySelector?.(".attnviz-pixels canvas")).find(Boolean);
                const pen = host.getContext("2d");
                const at = (place, size) => Math.floor((place + 0.5) * size / 8);
                return Array.from({ length: 8 }, (_, row) => Array.from({ length: 8 }, (_, column) =>
                    pen.getImageData(at(column, host.width), at(row, host.height), 1, 1).data[0]));
            }"""
        )
    )


def _pixel(page: Page, row: float, column: float) -> tuple[float, float]:
    box = page.locator(".attnviz-pixels canvas").bounding_box()
    return box["x"] + (column + 0.5) * box["width"] / 8, box["y"] + (row + 0.5) * box["height"] / 8


def _stroke(page: Page, *points: tuple[float, float]) -> None:
    page.mouse.move(*_pixel(page, *points[0]))
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*_pixel(page, *point), steps=6)
    page.mouse.up()


def test_a_drawn_digit_is_predicted(page, server, rows):
    _explore(page, server)
    page.get_by_role("button", name="Clear").click()
    assert _typed(page, rows).max() == 0
    _stroke(page, (0, 3.6), (7, 3.6))
    values = _typed(page, rows)
    assert (values[:, 3:5] > 5).all()
    assert values[:, [0, 1, 6, 7]].max() == 0
    np.testing.assert_allclose(_drawn(page), 255 * (1 - values / 16), atol=1)
    prediction = attnviz.load_model("digits").predict(values)["prediction"][0]
    expect(page.locator(".st-key-prediction")).to_contain_text(f"Prediction: {prediction}")
    assert "values=" in page.url

    page.get_by_role("button", name="Undo").click()
    assert _typed(page, rows).max() == 0
    page.get_by_role("button", name="Undo").click()
    assert _typed(page, rows).max() == 16  # the example that the page began with


def test_strokes_in_a_hurry_are_all_kept(page, server, rows):
    _explore(page, server)
    page.get_by_role("button", name="Clear").click()
    for column in range(0, 8, 2):  # while Python still answers to the one before
        _stroke(page, (0, column), (7, column))
    values = _typed(page, rows)
    assert (values[:, ::2] == 16).all()


def test_drawing_with_the_keyboard(page, server, rows):
    _explore(page, server)
    page.get_by_role("button", name="Clear").click()
    _settled(page)
    page.locator(".attnviz-pixels input[type=range]").first.fill("1")  # as wide as a pixel
    page.locator(".attnviz-pixels canvas").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    page.keyboard.down(" ")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.up(" ")
    expected = np.zeros((8, 8))
    expected[1, 1:4] = 16
    np.testing.assert_array_equal(_typed(page, rows), expected)
    expect(page.locator(".attnviz-pixels .unseen")).to_have_text("row 2, pixel 4: 16")
    page.keyboard.press("Delete")
    expected[1, 3] = 0
    np.testing.assert_array_equal(_typed(page, rows), expected)
    page.keyboard.press("Control+z")
    expected[1, 3] = 16
    np.testing.assert_array_equal(_typed(page, rows), expected)
    _delete_and_undo_at_once(page)  # Python may never see the picture between the two
    np.testing.assert_array_equal(_typed(page, rows), expected)


def _delete_and_undo_at_once(page):
    page.locator(".attnviz-pixels canvas").evaluate(
        """(canvas) => [{ key: "Delete" }, { key: "z", ctrlKey: true }].forEach((one) =>
            canvas.dispatchEvent(new KeyboardEvent("keydown", { ...one, bubbles: true, cancelable: true })))"""
    )


def test_erasing_and_half_strength(page, server, rows):
    _explore(page, server)
    page.get_by_role("button", name="Clear").click()
    _settled(page)
    width, strength = page.locator(".attnviz-pixels input[type=range]").all()
    width.fill("1")
    strength.fill("50")
    _stroke(page, (2, 0), (2, 7))
    values = _typed(page, rows)
    np.testing.assert_array_equal(values[2], np.full(8, 8.0))
    page.get_by_role("radio", name="Erase").check()
    _stroke(page, (2, 0), (2, 3))
    values = _typed(page, rows)
    np.testing.assert_array_equal(values[2], [0, 0, 0, 0, 8, 8, 8, 8])


def test_a_finger_draws(browser, server, rows):
    context = browser.new_context(viewport={"width": 360, "height": 780}, has_touch=True)
    page = context.new_page()
    _explore(page, server)
    page.get_by_role("button", name="Clear").click()
    assert _typed(page, rows).max() == 0
    page.locator(".attnviz-pixels canvas").scroll_into_view_if_needed()
    page.touchscreen.tap(*_pixel(page, 4, 4))
    values = _typed(page, rows)
    assert values[4, 4] == 16
    assert values.sum() == pytest.approx(16 + 4 * 4, abs=2)  # the soft edge: a quarter on each of four neighbours
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    context.close()


def test_the_value_under_the_pointer(page, server, rows):
    _explore(page, server)
    values = _typed(page, rows)
    page.mouse.move(*_pixel(page, 2, 5))
    expect(page.locator(".attnviz-pixels .value")).to_have_text(f"row 3, pixel 6: {values[2, 5]:g}")


def test_an_example_and_a_link_show_in_the_editor(page, server, rows):
    _explore(page, server)
    page.locator(".st-key-example").get_by_text("7 (example 8)").click()
    card = attnviz.load_model("digits").card
    seven = np.array(card.examples[7].sequence)
    expect(page.locator(".st-key-prediction")).to_contain_text("Prediction: 7")
    np.testing.assert_array_equal(_typed(page, rows), seven)
    np.testing.assert_allclose(_drawn(page), 255 * (1 - seven / 16), atol=1)
    page.goto(page.url)
    expect(page.locator(".st-key-prediction")).to_contain_text("Prediction: 7")
    _settled(page)
    np.testing.assert_allclose(_drawn(page), 255 * (1 - seven / 16), atol=1)


def test_an_uploaded_picture_is_shown_in_the_editor(page, server, rows):
    _explore(page, server, "digits_vit")
    stroke = np.full((64, 64), 255, np.uint8)
    stroke[:, 24:40] = 0
    page.locator(".st-key-upload summary").click()
    page.locator("input[type=file]").set_input_files(
        {"name": "one.png", "mimeType": "image/png", "buffer": file_of(255 - stroke)}
    )
    expect(page.get_by_text("The picture was inverted")).to_be_visible()
    values = _typed(page, rows)
    np.testing.assert_array_equal(values, np.tile([0, 0, 0, 16, 16, 0, 0, 0], (8, 1)))
    np.testing.assert_allclose(_drawn(page), 255 * (1 - values / 16), atol=1)
    page.locator(".attnviz-image[data-ready='1']").scroll_into_view_if_needed()
    expect(page.locator(".attnviz-image .title")).to_contain_text("patch")
