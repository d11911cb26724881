"""What a person takes along of a view, and how it opens again."""

import io
import re
import xml.etree.ElementTree as ElementTree
from urllib.parse import quote

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

import attnviz
from attnviz.app.downloads import WHAT_IT_SHOWS
from attnviz.render.matplotlib_colours import PAGE_COLOURS
from tests.browser.linked_views import choose, open_export, painted, rests, token, weight_at

SENTENCE = "The soup was cold but the waiter was very kind."
TEXT = "{http://www.w3.org/2000/svg}text"


def taken(page: Page, button: str) -> tuple[str, bytes]:
    """Name and content of what the button gives."""
    with page.expect_download() as waiting:
        page.get_by_role("button", name=button, exact=True).click()
    return waiting.value.suggested_filename, waiting.value.path().read_bytes()


def pick(page: Page, picture: str) -> None:
    """Choose which picture is taken."""
    export = page.locator(".st-key-export")
    rests(page)  # what is above it may grow until then, and move it from under the pointer
    export.get_by_role("radio", name=picture, exact=True).click()
    expect(export).to_contain_text(WHAT_IT_SHOWS[picture])
    rests(page)


def texts(svg: bytes) -> str:
    root = ElementTree.fromstring(svg)  # noqa: S314 - written here
    return " ".join(element.text or "" for element in root.iter(TEXT))


@pytest.fixture
def shown(page, server):
    page.goto(f"{server}/?model=sentiment_transformer&text={quote(SENTENCE)}")
    painted(page)
    choose(page, "Head", "2")
    choose(page, "Colours", "logarithmic")
    token(page, "waiter").click()
    painted(page)
    expect(page).to_have_url(re.compile("scale=log.*query=7|query=7.*scale=log"))
    open_export(page)
    return page


def test_the_picture_shows_what_the_heatmap_shows(shown):
    name, svg = taken(shown, "SVG")
    assert name == "sentiment_transformer-attention_1-head-2.svg"
    told = texts(svg)
    assert "head 2, query 'waiter' marked" in told
    assert "logarithmic over 4 decades" in told
    weights = attnviz.load_model("sentiment_transformer").capture(SENTENCE).map_of("attention_1").weights[0, 1]
    shade = np.clip(1 + np.log10(weights / weights.max()) / 4, 0, 1)
    image = Image.open(io.BytesIO(taken(shown, "PNG")[1])).convert("RGB")
    found = {colour for _, colour in image.getcolors(maxcolors=2**24)}
    assert tuple(map(int, PAGE_COLOURS(float(shade[6, 3]), bytes=True)[:3])) in found


def test_every_picture_can_be_taken(shown):
    for picture, words in (
        ("Heads", "Most focused"),
        ("Links", "strongest keys up to 70% of each query"),
        ("Text", "Attention from 'waiter'"),
    ):
        pick(shown, picture)
        name, svg = taken(shown, "SVG")
        assert name == f"sentiment_transformer-attention_1-head-2-{picture.lower()}.svg"
        assert words in texts(svg)


def test_heads_are_taken_as_they_are_set_there(shown):
    shown.get_by_label("Sort by").select_option(label="Diagonal")
    choose(shown, "Head", "3")
    expect(shown).to_have_url(re.compile("head=3"))  # Python knows of both
    pick(shown, "Heads")
    told = texts(taken(shown, "SVG")[1])
    weights = attnviz.load_model("sentiment_transformer").capture(SENTENCE).map_of("attention_1").weights[0]
    for head in weights:
        assert f"{np.diagonal(head).mean():.2f}" in told


def test_the_report_opens_with_what_was_shown(shown, tmp_path):
    name, report = taken(shown, "HTML report")
    assert name == "sentiment_transformer.html"
    path = tmp_path / name
    path.write_bytes(report)
    shown.goto(path.as_uri())
    shown.locator(".attnviz-heatmap[data-ready='1']").wait_for()
    expect(shown.get_by_label("Head", exact=True)).to_have_value("1")
    expect(shown.get_by_label("Colours", exact=True)).to_have_value("log")
    expect(shown.get_by_role("tab", name="Inside one number")).to_have_count(0)  # no key was pinned
    expect(shown.locator("main > dl")).to_contain_text(SENTENCE)
    expect(shown.locator("main > dl")).to_contain_text(re.compile("Prediction"))
    weights = attnviz.load_model("sentiment_transformer").capture(SENTENCE).map_of("attention_1").weights[0, 1]
    assert weight_at(shown, 2, 5) == pytest.approx(float(weights[2, 5]), rel=6e-3)


def test_what_is_inside_the_pinned_number_goes_along(shown, tmp_path):
    weights = attnviz.load_model("sentiment_transformer").capture(SENTENCE).map_of("attention_1").weights[0, 1]
    pick(shown, "Inside one number")
    expect(shown.locator(".st-key-export")).to_contain_text("pin a query and a key")
    weight_at(shown, 2, 5)
    shown.locator(".attnviz-heatmap .stage").press("Enter")
    expect(shown).to_have_url(re.compile("key=6"))
    rests(shown)
    name, svg = taken(shown, "SVG")
    assert name == "sentiment_transformer-attention_1-head-2-inside-one-number.svg"
    told = f"{weights[2, 5]:.6g}"
    assert told in texts(svg)
    path = tmp_path / "report.html"
    path.write_bytes(taken(shown, "HTML report")[1])
    shown.goto(path.as_uri())
    shown.get_by_role("tab", name="Inside one number").click()
    expect(shown.locator(".attnviz-neuron .box.strong .value")).to_have_text(told)


def test_a_view_file_opens_the_same_view_in_another_tab(shown, server, browser):
    name, view = taken(shown, "View file")
    assert name == "sentiment_transformer-view.json"
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    try:
        other = context.new_page()
        other.goto(f"{server}/?model=digits")
        painted(other)
        toolbar = other.locator(".attnviz-toolbar").last  # for a moment there are two: what goes, and what comes
        other.get_by_text("Upload a file").click()
        other.locator(".st-key-file input[type=file]").set_input_files(
            {"name": name, "mimeType": "application/json", "buffer": view}
        )
        expect(other.get_by_role("textbox", name="Text")).to_have_value(SENTENCE)
        expect(toolbar.get_by_label("Head", exact=True)).to_have_value("1")
        expect(toolbar.get_by_label("Colours", exact=True)).to_have_value("log")
        expect(toolbar.locator(".pins")).to_contain_text("query 'waiter'")
        expect(other).to_have_url(re.compile("query=7"))
        choose(other, "Head", "3")  # and it is no frozen picture
        expect(other).to_have_url(re.compile("head=3"))
        other.locator(".st-key-file input[type=file]").set_input_files(
            {"name": "again.json", "mimeType": "application/json", "buffer": view}
        )
        expect(toolbar.get_by_label("Head", exact=True)).to_have_value("1")
    finally:
        context.close()
