"""Explore as a person uses it, in a real browser, against a real server."""

import io
import re
import zipfile
from urllib.parse import quote

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

import attnviz
from tests.browser.linked_views import choose, open_export, painted, rests, shows, token, weight_at

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
    painted(page)


def _type(page: Page, text: str) -> None:
    box = page.get_by_role("textbox", name="Text")
    box.fill(text)
    box.press("Enter")


def _predicted(page: Page) -> str:
    rests(page)
    expect(page.locator(".attnviz-probabilities .title")).to_have_count(1)
    return page.locator(".attnviz-probabilities .title").inner_text()


def test_unseen_sentences_are_told_apart(page, server):
    _open(page, f"{server}/?model=sentiment")
    right = {"positive": 0, "negative": 0}
    for label, sentences in (("positive", POSITIVE), ("negative", NEGATIVE)):
        for sentence in sentences:
            _type(page, sentence)
            shows(page, sentence.split()[0])
            last_word = re.findall(r"[A-Za-z]+", sentence)[-1]
            expect(page.locator(".attnviz-text")).to_contain_text(last_word)
            right[label] += f"Prediction: {label}" in _predicted(page)
    assert min(right.values()) >= 8, right


def test_a_cell_tells_the_captured_weight(page, server, sentiment):
    _open(page, f"{server}/?model=sentiment&text={quote(SENTENCE)}&layer=attention")
    weights = sentiment.capture(SENTENCE).map_of("attention").weights[0, 0]
    for query, key in ((1, 3), (4, 8), (len(weights) - 1, 0)):
        assert weight_at(page, query, key) == pytest.approx(float(weights[query, key]), rel=1e-5)


def test_a_link_opens_the_same_view_in_a_new_window(page, server, browser):
    _open(page, f"{server}/?model=sentiment_transformer")
    _type(page, SENTENCE)
    shows(page, "waiter")
    choose(page, "Layer", "attention_2")
    choose(page, "Head", "3")
    choose(page, "Colours", "logarithmic")
    page.get_by_label("0 to 1 for every map").check()
    token(page, "waiter").click()
    expect(page).to_have_url(re.compile("query=7"))
    for parameter in ("text=", "layer=attention_2", "head=3", "scale=log", "shared=yes"):
        expect(page).to_have_url(re.compile(parameter))
    sentence = page.locator(".attnviz-workspace .sentence")
    expect(sentence).to_contain_text("Head 3 of layer attention_2: 'waiter' attends most to")
    before = sentence.inner_text()
    other = browser.new_context(viewport={"width": 1280, "height": 900})
    try:
        window = other.new_page()
        _open(window, page.url)
        expect(window.locator(".attnviz-workspace .sentence")).to_have_text(before)
        expect(window.get_by_role("textbox", name="Text")).to_have_value(SENTENCE)
        toolbar = window.locator(".attnviz-toolbar")
        expect(toolbar.get_by_label("Head", exact=True)).to_have_value("2")
        expect(toolbar.get_by_label("Colours", exact=True)).to_have_value("log")
        expect(toolbar.get_by_label("0 to 1 for every map")).to_be_checked()
    finally:
        other.close()


def test_a_token_chosen_in_the_text_is_the_query(page, server, sentiment):
    _open(page, f"{server}/?model=sentiment&text={quote(SENTENCE)}&layer=attention")
    token(page, "waiter").click()
    painted(page)
    weights = sentiment.capture(SENTENCE).map_of("attention").weights[0, 0, 6]
    for word, key in (("cold", 3), ("soup", 1)):
        assert float(token(page, word).get_attribute("data-value")) == pytest.approx(float(weights[key]), rel=1e-6)
    expect(page).to_have_url(re.compile("query=7"))
    page.keyboard.press("Escape")
    expect(page.locator(".attnviz-toolbar .pins button")).to_have_count(0)
    expect(page).not_to_have_url(re.compile("query="))


def test_tables_and_downloads_follow_the_head_that_is_chosen(page, server):
    model = attnviz.load_model("sentiment_transformer")
    _open(page, f"{server}/?model=sentiment_transformer&text={quote(SENTENCE)}")
    choose(page, "Head", "2")
    expect(page).to_have_url(re.compile("head=2"))
    rests(page)
    open_export(page)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="CSV per token").click()
    assert waiting.value.suggested_filename == "sentiment_transformer-attention_1-head-2-tokens.csv"
    table = pd.read_csv(waiting.value.path())
    weights = model.capture(SENTENCE).map_of("attention_1").weights[0, 1]
    np.testing.assert_allclose(table["attention received"], weights.mean(axis=0)[: len(table)], atol=1e-6)


def test_what_is_chosen_is_still_chosen_after_a_look_at_another_page(page, server):
    _open(page, f"{server}/?model=sentiment_transformer")
    choose(page, "Layer", "attention_2")
    choose(page, "Head", "4")
    expect(page).to_have_url(re.compile("head=4"))
    page.get_by_role("link", name="Models", exact=True).click()
    expect(page.get_by_role("heading", name=TITLE)).to_have_count(0)
    page.get_by_role("link", name="Explore", exact=True).click()
    painted(page)
    expect(page.locator(".attnviz-workspace .sentence")).to_contain_text("Head 4 of layer attention_2")


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
    shows(page, "marvellous")
    predicted = sentiment.predict(rows[1][1])["prediction"][0]
    expect(page.locator(".attnviz-probabilities .title")).to_contain_text(f"Prediction: {predicted} (")
    _type(page, "Typed after the upload.")
    shows(page, "Typed")
    page.locator("[data-testid=stFileUploader] input[type=file]").set_input_files(
        {"name": "other.txt", "mimeType": "text/plain", "buffer": b"One line.\nAnother line.\n"}
    )
    expect(page.get_by_text("2 sequences")).to_be_visible()
    expect(page.get_by_role("textbox", name="Text")).to_have_value("Typed after the upload.")
    expect(page.get_by_text("encountered an error")).to_have_count(0)


def test_every_download_opens(page, server, sentiment):
    _open(page, f"{server}/?model=sentiment&text={quote(SENTENCE)}&layer=attention")
    files = {}
    open_export(page)
    for label in ("PNG", "SVG", "PDF", "CSV per token", "CSV per head", "NPZ, all weights"):
        with page.expect_download() as waiting:
            page.get_by_role("button", name=label, exact=True).click()
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
        "sentiment-attention.png",
        "sentiment-attention.svg",
        "sentiment-attention.pdf",
        "sentiment-attention-tokens.csv",
        "sentiment-attention-heads.csv",
        "sentiment.npz",
    ]
    assert zipfile.is_zipfile(io.BytesIO(files["NPZ, all weights"][1]))


def test_markup_is_shown_as_text(page, server):
    _open(page, f"{server}/?model=sentiment&text={quote(HOSTILE)}")
    expect(page.locator(".attnviz-text")).to_contain_text("onerror")
    expect(page.get_by_text("script").first).to_be_visible()
    assert page.evaluate("window.hacked") is None
    assert page.locator("main img[src='x'], main b:has-text('good'), main script").count() == 0
    open_export(page)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="SVG", exact=True).click()
    assert "<script" not in waiting.value.path().read_text()


def test_digits_are_edited_in_a_grid_and_shown_as_a_series(page, server):
    _open(page, f"{server}/?model=digits")
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
    shows(page, "Still")
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
        heatmap = page.locator(".attnviz-heatmap").bounding_box()
        canvas = page.locator(".attnviz-heatmap canvas").first.bounding_box()
        assert canvas["width"] > 200
        assert canvas["x"] >= heatmap["x"] - 1
        assert canvas["x"] + canvas["width"] <= heatmap["x"] + heatmap["width"] + 1
    finally:
        context.close()


def test_every_picture_has_words(page, server):
    _open(page, f"{server}/?model=sentiment&text={quote(SENTENCE)}")
    expect(page.locator(".attnviz-workspace .sentence")).to_contain_text("attends most to")
    expect(page.locator(".attnviz-heatmap .stage")).to_have_attribute("aria-label", re.compile("11 queries down"))
    expect(
        page.get_by_role("table", name=re.compile(r"^Prediction: (positive|negative) \(\d+\.\d%\)$"))
    ).to_be_visible()


def test_the_prediction_is_the_models_own_and_takes_the_colours_of_another_theme_at_once(page, server, sentiment):
    _open(page, f"{server}/?model=sentiment&text={quote(SENTENCE)}")
    table = page.get_by_role("table", name=re.compile("^Prediction: "))
    chances = sentiment.predict(SENTENCE).iloc[0]
    expected = [f"{name}\t{chances[name]:.1%}" for name in sentiment.card.classes]
    assert table.get_by_role("row").all_inner_texts() == expected
    assert [one.get_attribute("title") for one in table.get_by_role("row").all()] == [
        f"{name}: {chances[name]:.6f}" for name in sentiment.card.classes
    ]
    bar = table.locator(".predicted .bar")
    expect(bar).to_have_css("background-color", "rgb(34, 105, 125)")
    table.evaluate("(table) => { table.dataset.seen = 'light'; }")
    page.emulate_media(color_scheme="dark")
    expect(bar).to_have_css("background-color", "rgb(74, 159, 178)")
    expect(table).to_have_css("color", "rgb(230, 236, 239)")
    expect(table).to_have_attribute("data-seen", "light")  # the same table, and no other one
