"""The Train page in a real browser: a model from a file, its attention epoch by epoch, and the model on Explore."""

import zipfile
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from attnviz import load_model
from tests.browser.linked_views import painted, shows, weight_at

GOOD, BAD = ("warm", "fresh", "lovely", "tasty"), ("cold", "stale", "awful", "bland")
CSV = "\n".join(
    [
        "review,verdict",
        *(
            f"the {food} was {word} {when},{verdict}"
            for verdict, words in (("praise", GOOD), ("complaint", BAD))
            for word in words
            for food in ("soup", "bread", "fish", "tea")
            for when in ("today", "again", "there", "at noon", "of course")
        ),
    ]
)
SENTENCE = "the soup was cold but the bread was lovely"
EPOCHS = 5
TRAINED_WITHIN = 120_000  # milliseconds: a process of its own loads TensorFlow first


def _fill(page: Page, label: str, value: str) -> None:
    box = page.get_by_label(label, exact=True)
    box.fill(value)
    box.press("Enter")
    expect(box).to_have_value(value)


def _form_of(page: Page, name: str) -> None:
    """Wait for the form of a model of that name; the name is the last field on the page."""
    expect(page.get_by_role("textbox", name="Name of the model")).to_have_value(name)


def _shaded(page: Page, epoch: int) -> np.ndarray:
    """What each token of the sentence receives after an epoch, by which it is shaded, `[token]`."""
    film = page.locator(".attnviz-epochs")
    film.get_by_role("slider", name="Epoch", exact=True).fill(str(epoch - 1))
    expect(film).to_have_attribute("data-epoch", str(epoch))
    expect(film.locator("[data-view=text]")).to_have_attribute("data-ready", "1")
    tokens = film.locator("[data-view=text] .token")
    return np.array(tokens.evaluate_all("(all) => all.map((one) => Number(one.dataset.value))"))


def test_a_model_is_trained_on_a_file_watched_and_used(page: Page, server: str, tmp_path: Path):
    page.goto(f"{server}/train")
    # The last of the page, which waits for TensorFlow: a busy machine takes a while.
    train = page.get_by_role("button", name="Train", exact=True)
    expect(train).to_be_visible(timeout=TRAINED_WITHIN)
    page.get_by_role("radio", name="a file of mine").click()
    page.locator("input[type=file]").set_input_files(
        {"name": "reviews.csv", "mimeType": "text/csv", "buffer": CSV.encode()}
    )
    _form_of(page, "reviews_bilstm_pooling")
    expect(page.get_by_text("160 examples of 2 classes")).to_be_visible()
    page.locator(".st-key-train-architecture").get_by_role("button", name="Open").click()
    page.get_by_role("option", name="Self-attention", exact=True).click()
    _form_of(page, "reviews_self_attention")
    _fill(page, "Units", "16")
    _fill(page, "Most epochs", str(EPOCHS))
    _fill(page, "Learning rate", "0.05")
    sentences = page.get_by_role("textbox", name="Sentences to watch")
    sentences.fill(SENTENCE)
    sentences.press("Control+Enter")
    train.press("Enter")  # by the keyboard: what grows above it may move it away under the mouse
    expect(page.get_by_text("reviews_self_attention (yours) is open")).to_be_visible(timeout=TRAINED_WITHIN)

    film = page.locator(".attnviz-epochs")
    expect(film).to_have_attribute("data-epoch", str(EPOCHS))
    expect(film.locator("[data-view=text] .token")).to_have_text(SENTENCE.split())
    shown = {epoch: _shaded(page, epoch) for epoch in range(1, EPOCHS + 1)}
    moved = [np.abs(shown[epoch] - shown[epoch + 1]).max() for epoch in range(1, EPOCHS)]
    assert min(moved) > 1e-3

    with page.expect_download() as waiting:
        page.get_by_role("button", name="Model and card").press("Enter")
    with zipfile.ZipFile(waiting.value.path()) as archive:
        archive.extractall(tmp_path / "reviews")
    told = page.get_by_text("The weights of epoch").inner_text()
    best = int(told.partition("The weights of epoch ")[2].split()[0])
    weights = load_model(tmp_path / "reviews").capture(SENTENCE).maps[0].weights[0, 0]
    np.testing.assert_allclose(shown[best], weights.mean(axis=0), rtol=1e-4, atol=1e-6)

    page.get_by_role("link", name="Open on Explore").press("Enter")
    expect(film).to_have_count(0)
    painted(page)
    box = page.get_by_role("textbox", name="Text")
    box.fill(SENTENCE)
    box.press("Enter")
    shows(page, "but")
    expect(page.get_by_text("Same prediction as the plain model").first).to_be_visible()
    assert weight_at(page, 3, 8) == pytest.approx(float(weights[3, 8]), rel=1e-4, abs=1e-6)

    page.get_by_role("link", name="Train").click()
    expect(page.get_by_role("heading", name="Self-attention on reviews.csv")).to_be_visible()
    expect(page.locator(".attnviz-epochs")).to_have_attribute("data-epoch", str(EPOCHS))
    painted(page)
