"""The Models page as a person uses it: a model of one's own from its file to its heads, and what must not happen."""

import hashlib
import io
import json
import re
import subprocess
import sys
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from benchmarks.toy_transformer import write_toy_transformer
from tests.browser.linked_views import choose, open_export, shows, weight_at
from tests.report.test_html_report import unpacked

SCRIPT = Path(__file__).parent / "plain_keras_model.py"
SENTENCE = "the soup was very cold and the bread was stale and the service was very slow"
CHECKED_WITHIN = 90_000  # milliseconds: the first check of a server starts a process that imports Keras
HOSTILE = (
    "<img src=x onerror=window.hacked=1><script>window.hacked=1</script> "
    "[link](http://x.y) www.example.com me@example.com"
)


@pytest.fixture(scope="module")
def plain(tmp_path_factory) -> Path:
    """Folder with restaurant.keras and vocabulary.json, written by a script that knows Keras alone."""
    folder = tmp_path_factory.mktemp("plain")
    subprocess.run([sys.executable, "-P", str(SCRIPT), str(folder)], check=True, cwd=folder, timeout=120)
    assert "attnviz" not in SCRIPT.read_text(encoding="utf-8")
    return folder


@pytest.fixture
def window(browser: Browser) -> Iterator[Page]:
    """A second person's browser: a context of its own."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


def _taken(page: Page, button: str) -> bytes:
    """What the button gives."""
    with page.expect_download() as waiting:
        page.get_by_role("button", name=button, exact=True).click()
    return waiting.value.path().read_bytes()


def _open(page: Page, url: str) -> None:
    page.goto(f"{url}/models")
    expect(page.get_by_role("tab", name="Summary")).to_be_visible(timeout=60_000)


def _upload(page: Page, name: str, content: bytes) -> None:
    page.locator(".st-key-own_model input[type=file]").set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    )


def _opened(page: Page, name: str) -> None:
    expect(page.get_by_text(f"{name} (yours) is open")).to_be_visible(timeout=CHECKED_WITHIN)
    expect(page.get_by_role("button", name="Remove", exact=True)).to_be_visible(timeout=60_000)


def _zipped(model: bytes, card: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("model.keras", model)
        archive.writestr("card.json", card)
    return buffer.getvalue()


def _weights_by_keras(folder: Path, layer: str) -> np.ndarray:
    """`[head, query, key]` of SENTENCE, as the layer itself returns them."""
    model = keras.models.load_model(folder / "restaurant.keras")
    vocabulary = json.loads((folder / "vocabulary.json").read_text(encoding="utf-8"))
    attention = model.get_layer(layer)
    before = keras.Model(model.input, attention.input[0])
    hidden = before(np.array([[vocabulary.index(word) for word in SENTENCE.split()]]))
    _, scores = attention(hidden, hidden, return_attention_scores=True)
    return keras.ops.convert_to_numpy(scores)[0]


def test_a_model_that_was_never_made_for_this_shows_its_heads(page, window, server, plain, tmp_path):
    _open(page, server)
    _upload(page, "restaurant.keras", (plain / "restaurant.keras").read_bytes())
    form = page.locator(".st-key-card_form")
    expect(form.get_by_role("button", name="Open the model")).to_be_visible(timeout=CHECKED_WITHIN)
    form.get_by_role("button", name="Open the model").click()
    expect(form.get_by_role("alert")).to_contain_text("input.vocabulary")
    form.locator("input[type=file]").set_input_files(plain / "vocabulary.json")
    expect(form.get_by_text("tokens.", exact=False).last).to_be_visible()
    expect(form.get_by_role("alert")).to_have_count(0)
    classes = form.get_by_role("textbox", name=re.compile("Names of the 2 classes"))
    classes.fill("complaint\npraise")
    classes.press("Control+Enter")
    form.get_by_role("button", name="Open the model").click()
    _opened(page, "restaurant")
    expect(form).to_have_count(0)

    card = _taken(page, "Card")
    assert json.loads(card)["classes"] == ["complaint", "praise"]

    page.get_by_role("link", name="Open on Explore").click()
    box = page.get_by_role("textbox", name="Text")
    box.fill(SENTENCE)
    box.press("Enter")
    shows(page, "stale")
    expect(page.get_by_text("Same prediction as the plain model").first).to_be_visible()
    expect(page.get_by_text("only this tab has it")).to_be_visible()
    heads = page.locator(".attnviz-toolbar").get_by_label("Head", exact=True).locator("option")
    expect(heads).to_have_text(["mean of 3", "largest of 3", "1", "2", "3"])
    for layer, head, query, key in (("attention_1", 2, 3, 7), ("attention_2", 3, 15, 4)):
        choose(page, "Layer", layer)
        choose(page, "Head", str(head))
        expect(page.locator(".attnviz-workspace .sentence")).to_contain_text(f"Head {head} of layer {layer}")
        weights = _weights_by_keras(plain, layer)
        assert weights.shape == (3, 16, 16)
        assert weight_at(page, query, key) == pytest.approx(float(weights[head - 1, query, key]), rel=1e-5)
    page.locator(".attnviz-heatmap .stage").press("Enter")
    expect(page).to_have_url(re.compile("key=5"))
    open_export(page)  # what is made of an upload by threads that belong to no session
    view = json.loads(_taken(page, "View file"))
    assert view["model"]["sha256"] == hashlib.sha256((plain / "restaurant.keras").read_bytes()).hexdigest()
    kept = json.loads(unpacked(_taken(page, "HTML report"), "data"))["extras"]["neuron"]["header"]
    assert (kept["head"], kept["query"], kept["key"]) == (2, 15, 4)

    window.goto(page.url)
    refused = "The link asks for the model 'restaurant (yours)', which does not exist here"
    expect(window.get_by_text(refused)).to_be_visible(timeout=60_000)
    shows(window, "soup")
    window.locator(".st-key-model").get_by_role("button", name="Open").click()
    expect(window.get_by_role("option", name="sentiment", exact=True)).to_be_visible()
    expect(window.get_by_role("option", name="restaurant")).to_have_count(0)

    _open(window, server)
    _upload(window, "mine.zip", _zipped((plain / "restaurant.keras").read_bytes(), card))
    _opened(window, "restaurant")  # without a question
    expect(window.locator(".st-key-card_form")).to_have_count(0)


def test_what_is_refused_is_refused_at_its_place_and_the_server_goes_on(page, window, server, plain):
    _open(page, server)
    with zipfile.ZipFile(plain / "restaurant.keras") as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(entries["config.json"])
    config["config"]["layers"][1]["class_name"] = "Lambda"
    config["config"]["layers"][1]["config"] = {"name": "words", "function": {"class_name": "__lambda__", "config": {}}}
    hostile = io.BytesIO()
    with zipfile.ZipFile(hostile, "w") as archive:
        for name, content in {**entries, "config.json": json.dumps(config).encode()}.items():
            archive.writestr(name, content)
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", bytes(200_000_000))
    own = page.locator(".st-key-own_model")
    for content, words in ((hostile.getvalue(), "Lambda"), (bomb.getvalue(), "config.json"), (b"GIF89a", "zip")):
        _upload(page, "model.keras", content)
        expect(own.get_by_role("alert")).to_contain_text(words, timeout=CHECKED_WITHIN)
    expect(page.get_by_text("encountered an error")).to_have_count(0)
    window.goto(f"{server}/?model=sentiment&text=A+kind+waiter.")
    shows(window, "waiter")


def test_a_card_with_markup_is_shown_as_text(page, server, tmp_path):
    write_toy_transformer(tmp_path / "toy")
    card = json.loads((tmp_path / "toy" / "card.json").read_text(encoding="utf-8"))
    card |= {"title": HOSTILE, "description": HOSTILE, "data": HOSTILE, "classes": [HOSTILE, "other"]}
    card["examples"][0]["prediction"] = HOSTILE
    _open(page, server)
    _upload(page, "toy.zip", _zipped((tmp_path / "toy" / "model.keras").read_bytes(), json.dumps(card).encode()))
    _opened(page, "toy")
    expect(page.get_by_role("heading", name="onerror")).to_be_visible()
    _holds_no_markup(page)
    page.get_by_role("link", name="Open on Explore").click()
    shows(page, "waiter")
    expect(page.locator(".attnviz-probabilities")).to_contain_text(HOSTILE)
    _holds_no_markup(page)


def test_an_operators_options(page, serve, tmp_path):
    write_toy_transformer(tmp_path / "models" / "toy")
    with serve("--models", str(tmp_path / "models"), "--no-uploads") as url:
        page.goto(f"{url}/models?model=toy")
        expect(page.get_by_role("heading", name="Toy transformer")).to_be_visible(timeout=60_000)
        expect(page.get_by_text("Uploading is turned off on this server.")).to_be_visible()
        expect(page.locator("input[type=file]")).to_have_count(0)
        page.get_by_role("link", name="Open on Explore").click()
        shows(page, "waiter")
        expect(page.get_by_text("Upload a file")).to_have_count(0)
        request = urllib.request.Request(f"{url}/_stcore/upload_file/a/b", data=b"x", method="PUT")
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=10)
        assert refused.value.code == 403


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_clipped_on_a_phone(browser, server, scheme):
    context = browser.new_context(viewport={"width": 400, "height": 800}, color_scheme=scheme)
    try:
        page = context.new_page()
        _open(page, server)
        overflowing = page.evaluate(
            """() => [...document.querySelectorAll("[data-testid=stMain] *")]
              .filter(e => e.getBoundingClientRect().right > innerWidth + 1 && e.getBoundingClientRect().width > 0)
              .filter(e => !e.closest("[data-testid=stDataFrame], [data-testid=stTable], [data-testid=stCode]"))
              .filter(e => !e.closest("[role=tablist]"))
              .map(e => e.className || e.tagName).slice(0, 5)"""
        )
        assert overflowing == []
    finally:
        context.close()


def _holds_no_markup(page: Page) -> None:
    assert page.evaluate("window.hacked") is None
    made = "img[src='x'], script, a[href*='x.y'], a[href*='example.com']"
    assert page.locator("[data-testid=stMain]").locator(made).count() == 0
