"""Explore as a person uses it, in a real browser, against a real server."""

import io
import json
import re
import zipfile
from urllib.parse import quote

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

import attnviz

TITLE = "What does the model attend to?"
SENTENCE = "The soup was cold but the waiter was very kind."

# Written for this test before any model saw them; the training data is not needed to run it.
POSITIVE = (
    "The pasta was delicious and the staff could not have been friendlier.",
    "I absolutely loved this film from start to finish.",
    "Great sound, easy to set up and worth every penny.",
    "Our waiter was wonderful and the dessert was amazing.",
    "This phone is excellent and the battery lasts for days.",
    "A beautiful story with brilliant acting.",
    "Best burger I have had in years, highly recommended.",
    "It works perfectly and arrived earlier than expected.",
    "The view from our table was fantastic and the food was fresh.",
    "My kids laughed the whole time, a really fun movie.",
)
NEGATIVE = (
    "The soup was cold and the service was terribly slow.",
    "I want my money back, it broke after two days.",
    "What a boring movie, I almost fell asleep.",
    "The headset is uncomfortable and the sound is awful.",
    "We waited an hour and the food was tasteless.",
    "The plot made no sense and the acting was bad.",
    "Do not buy this charger, it stopped working in a week.",
    "The room smelled and our waitress was rude.",
    "Worst purchase I have made this year, a complete waste of money.",
    "Poor quality, the case cracked the first time I used it.",
)
HOSTILE = (
    "<img src=x onerror=window.hacked=1> <b>good</b> $x^2$ [link](http://x.y) :red[red] "
    "<script>window.hacked=1</script>"
)


@pytest.fixture(scope="module")
def sentiment():
    return attnviz.load_model("sentiment")


def _open(page: Page, url: str) -> None:
    page.goto(url)
    expect(page.get_by_role("heading", name=TITLE)).to_be_visible()
    _painted(page)


def _painted(page: Page) -> None:
    page.locator(".st-key-heatmap .hm image").first.wait_for(state="attached", timeout=60_000)
    expect(page.locator("[data-testid=stStatusWidget]")).to_have_count(0, timeout=30_000)


def _type(page: Page, text: str) -> None:
    box = page.get_by_role("textbox", name="Text")
    box.fill(text)
    box.press("Enter")


def _choose(page: Page, picker: str, option: str) -> None:
    page.locator(f".st-key-{picker}").get_by_role("button", name="Open").click()
    page.get_by_role("option", name=option, exact=True).click()


def _shows(page: Page, words: str) -> None:
    """Wait for a heatmap with `words`, and for the one before it to be gone."""
    expect(page.locator(".st-key-heatmap").filter(has_text=words).first).to_be_visible()
    expect(page.locator(".st-key-heatmap")).to_have_count(1)


def _predicted(page: Page) -> str:
    expect(page.locator("[data-testid=stStatusWidget]")).to_have_count(0)
    expect(page.locator(".st-key-prediction")).to_have_count(1)
    return page.locator(".st-key-prediction").inner_text()


def test_unseen_sentences_are_told_apart(page, server):
    _open(page, f"{server}/?model=sentiment")
    right = {"positive": 0, "negative": 0}
    for label, sentences in (("positive", POSITIVE), ("negative", NEGATIVE)):
        for sentence in sentences:
            _type(page, sentence)
            _shows(page, sentence.split()[0])
            last_word = re.findall(r"[A-Za-z]+", sentence)[-1]
            expect(page.locator("[data-ready='1']")).to_contain_text(last_word)
            right[label] += f"Prediction: {label}" in _predicted(page)
    assert min(right.values()) >= 8, right


def test_hovering_a_cell_shows_the_captured_weight(page, server, sentiment):
    _open(page, f"{server}/?model=sentiment&text={quote(SENTENCE)}&layer=attention")
    weights = sentiment.capture(SENTENCE).map_of("attention").weights[0, 0]
    page.locator(".st-key-heatmap .nsewdrag").scroll_into_view_if_needed()
    box = page.locator(".st-key-heatmap .nsewdrag").bounding_box()
    queries, keys = weights.shape
    for query, key in ((1, 3), (4, 8), (queries - 1, 0)):
        x = box["x"] + (key + 0.5) * box["width"] / keys
        y = box["y"] + (query + 0.5) * box["height"] / queries
        page.mouse.move(x - 2, y)
        page.mouse.move(x, y)
        hover = page.locator(".st-key-heatmap .hoverlayer .hovertext")
        expect(hover).to_contain_text(f"{weights[query, key]:.6f}")


def test_a_link_opens_the_same_view_in_a_new_window(page, server, browser):
    _open(page, f"{server}/?model=sentiment")
    _type(page, SENTENCE)
    _shows(page, "waiter")
    _choose(page, "layer", "pooling")
    _shows(page, "pooling")
    _choose(page, "head", "1")
    page.get_by_role("radio", name="0 to 1").click()
    _shows(page, "shared")
    expect(page).to_have_url(re.compile(r"layer=pooling.*head=1|head=1.*layer=pooling"))
    link = page.url
    for parameter in ("text=", "layer=pooling", "head=1", "scale="):
        assert parameter in link
    before = page.locator(".st-key-heatmap").inner_text()
    other = browser.new_context(viewport={"width": 1280, "height": 900})
    try:
        window = other.new_page()
        _open(window, link)
        _shows(window, "shared")
        assert window.locator(".st-key-heatmap").inner_text() == before
        expect(window.get_by_role("textbox", name="Text")).to_have_value(SENTENCE)
    finally:
        other.close()


def test_a_token_chosen_in_the_text_is_the_query(page, server, sentiment):
    _open(page, f"{server}/?model=sentiment&text={quote(SENTENCE)}&layer=attention")
    strip = page.locator("[data-ready='1']")
    strip.get_by_role("option", name=re.compile("^waiter")).click()
    expect(page.get_by_role("combobox", name="Query")).to_have_value(re.compile("7 waiter"))
    weights = sentiment.capture(SENTENCE).map_of("attention").weights[0, 0, 6]
    expect(strip.get_by_role("option", name=re.compile("^cold"))).to_have_attribute(
        "aria-label", re.compile(rf"{weights[3]:.2f}")
    )
    page.keyboard.press("Escape")
    expect(page.get_by_role("combobox", name="Query")).to_have_value("mean")


def test_a_csv_is_uploaded_searched_and_picked(page, server, sentiment):
    _open(page, f"{server}/?model=sentiment")
    page.get_by_text("Upload a file").click()
    rows = [("a", "The bread was stale."), ("b", "A marvellous evening with old friends."), ("c", "It rained.")]
    content = pd.DataFrame(rows, columns=["id", "review"]).to_csv(index=False).encode()
    page.locator("[data-testid=stFileUploader] input[type=file]").set_input_files(
        {"name": "reviews.csv", "mimeType": "text/csv", "buffer": content}
    )
    expect(page.get_by_text("3 sequences")).to_be_visible()
    expect(page.get_by_role("combobox", name="Column")).to_have_value("review")
    page.get_by_role("searchbox", name="Search").fill("zzz")
    expect(page.get_by_text("0 of 3 sequences")).to_be_visible()
    page.get_by_role("searchbox", name="Search").fill("marvellous")
    expect(page.get_by_text("1 of 3 sequences")).to_be_visible()
    table = page.locator(".st-key-rows canvas").first
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    page.mouse.click(box["x"] + 15, box["y"] + 50)
    expect(page.get_by_role("textbox", name="Text")).to_have_value(rows[1][1])
    _shows(page, "marvellous")
    expect(page.locator(".st-key-prediction")).to_contain_text(sentiment.predict(rows[1][1])["prediction"][0])
    _type(page, "Typed after the upload.")
    _shows(page, "Typed")
    page.locator("[data-testid=stFileUploader] input[type=file]").set_input_files(
        {"name": "other.txt", "mimeType": "text/plain", "buffer": b"One line.\nAnother line.\n"}
    )
    expect(page.get_by_text("2 sequences")).to_be_visible()
    expect(page.get_by_role("textbox", name="Text")).to_have_value("Typed after the upload.")
    expect(page.get_by_text("encountered an error")).to_have_count(0)


def test_every_download_opens(page, server, sentiment):
    _open(page, f"{server}/?model=sentiment&text={quote(SENTENCE)}&layer=attention")
    files = {}
    for label in ("PNG", "SVG", "PDF", "CSV per token", "CSV per head", "NPZ, all weights"):
        with page.expect_download() as waiting:
            page.get_by_role("button", name=label).click()
        files[label] = (waiting.value.suggested_filename, waiting.value.path().read_bytes())
    capture = sentiment.capture(SENTENCE)
    tokens = list(capture.sequences["tokens"][0])
    assert Image.open(io.BytesIO(files["PNG"][1])).size[0] > 600
    svg = files["SVG"][1].decode()
    assert svg.lstrip().startswith("<?xml")
    assert "waiter" in svg
    assert files["PDF"][1].startswith(b"%PDF")
    table = pd.read_csv(io.BytesIO(files["CSV per token"][1]))
    assert list(table["token"]) == tokens
    np.testing.assert_allclose(
        table["attention received"], capture.map_of("attention").weights[0, 0].mean(axis=0), atol=1e-6
    )
    assert len(pd.read_csv(io.BytesIO(files["CSV per head"][1]))) == 1
    stored = attnviz.load_capture(io.BytesIO(files["NPZ, all weights"][1]))
    assert stored.sequences["tokens"][0] == tuple(tokens)
    np.testing.assert_array_equal(stored.map_of("attention").weights, capture.map_of("attention").weights)
    assert [name for name, _ in files.values()] == [
        "sentiment-attention-mean.png",
        "sentiment-attention-mean.svg",
        "sentiment-attention-mean.pdf",
        "sentiment-attention-mean-tokens.csv",
        "sentiment-attention-mean-heads.csv",
        "sentiment.npz",
    ]
    assert zipfile.is_zipfile(io.BytesIO(files["NPZ, all weights"][1]))


def test_markup_is_shown_as_text(page, server):
    _open(page, f"{server}/?model=sentiment&text={quote(HOSTILE)}")
    expect(page.locator("[data-ready='1']")).to_contain_text("onerror")
    expect(page.get_by_text("script").first).to_be_visible()
    assert page.evaluate("window.hacked") is None
    assert page.locator("main img[src='x'], main b:has-text('good'), main script").count() == 0
    with page.expect_download() as waiting:
        page.get_by_role("button", name="SVG").click()
    assert "<script" not in waiting.value.path().read_text()


def test_digits_are_edited_in_a_grid_and_shown_as_a_series(page, server):
    _open(page, f"{server}/?model=digits")
    expect(page.locator(".st-key-series .js-plotly-plot")).to_be_visible()
    expect(page.locator(".st-key-prediction")).to_contain_text("Prediction")
    page.get_by_role("tab", name="Paste").click()
    zeros = "\n".join(["0 0 0 0 0 0 0 0"] * 8)
    box = page.get_by_role("textbox", name=re.compile("One row a line"))
    box.fill(zeros)
    box.press("Control+Enter")
    expect(page).to_have_url(re.compile("values="))
    box.fill(zeros.replace("0 0 0 0 0 0 0 0", "0 0 0 99 0 0 0 0", 1))
    box.press("Control+Enter")
    expect(page.get_by_role("alert")).to_contain_text("99")
    expect(box).to_have_value(re.compile("99"))


def test_a_message_does_not_disturb_another_session(page, server, browser):
    _open(page, f"{server}/?model=sentiment&text={quote(SENTENCE)}")
    other = browser.new_context()
    try:
        window = other.new_page()
        _open(window, f"{server}/?model=sentiment")
        _type(window, "   ")
        expect(window.get_by_role("alert").first).to_be_visible()
    finally:
        other.close()
    _type(page, "Still here.")
    _shows(page, "Still")
    expect(page.get_by_role("alert")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("model", ["sentiment", "digits"])
def test_nothing_is_clipped_on_a_phone(browser, server, scheme, model):
    context = browser.new_context(viewport={"width": 360, "height": 780}, color_scheme=scheme)
    try:
        page = context.new_page()
        _open(page, f"{server}/?model={model}")
        overflowing = page.evaluate(
            """() => [...document.querySelectorAll("[data-testid=stMain] *")]
              .filter(e => e.getBoundingClientRect().right > innerWidth + 1 && e.getBoundingClientRect().width > 0)
              .filter(e => !e.closest("[data-testid=stDataFrame], [data-testid=stDataEditor], [role=tablist]"))
              .map(e => e.className || e.tagName).slice(0, 5)"""
        )
        assert overflowing == []
        svg = page.locator(".st-key-heatmap .main-svg").first.bounding_box()
        for label in page.locator(".st-key-heatmap .xtick text, .st-key-heatmap .ytick text").all():
            box = label.bounding_box()
            assert box["x"] >= svg["x"] - 1
            assert box["y"] + box["height"] <= svg["y"] + svg["height"] + 1
    finally:
        context.close()


def test_every_picture_has_words(page, server):
    _open(page, f"{server}/?model=sentiment&text={quote(SENTENCE)}")
    described = page.locator(".st-key-heatmap [aria-label], .st-key-heatmap [alt]")
    words = " ".join(filter(None, (one.get_attribute("aria-label") for one in described.all())))
    assert "attends" in words or "Attention" in words, json.dumps(words)
