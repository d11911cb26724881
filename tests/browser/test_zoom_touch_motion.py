"""A page at twice its size, under a finger, and for who wants nothing to move."""

import re

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

import attnviz
from attnviz.components.attention.document import document_data
from attnviz.views.document import document_view
from tests.browser.family import Family, payload_of
from tests.browser.linked_views import open_export, painted, rests
from tests.views.captures import two_heads
from tests.views.test_document import hierarchical

REVIEW = "The room was clean and quiet. Breakfast was excellent."

OUTSIDE = """() => [...document.querySelectorAll("[data-testid=stMain] *")]
    .filter((one) => one.matches("button, input, textarea, select, summary, a"))
    .filter((one) => one.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
    .map((one) => ({ box: one.getBoundingClientRect(), name: one.outerHTML.slice(0, 120) }))
    .filter(({ box }) => box.width > 1 && (box.left < -1 || box.right > document.documentElement.clientWidth + 1))
    .map(({ name }) => name)"""
"""What a person works with and that begins or ends beside the window."""


def _fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    assert page.locator("[data-testid=stMain]").evaluate("(one) => one.scrollWidth - one.clientWidth") <= 0
    assert page.evaluate(OUTSIDE) == []


@pytest.fixture
def zoomed(browser: Browser):
    """A window of 1280 × 900 pixels at 200 %: half as many CSS pixels, each twice as large."""
    context = browser.new_context(viewport={"width": 640, "height": 450}, device_scale_factor=2)
    yield context.new_page()
    context.close()


def _scroll_to(element: Locator) -> None:
    """To the middle: a browser that scrolls just far enough may leave a part of a pixel outside."""
    expect(element).to_be_visible()
    rests(element.page)  # what comes until then would push it away
    element.scroll_into_view_if_needed()  # waits until it moves no more
    element.evaluate("(one) => one.scrollIntoView({ block: 'center' })")


@pytest.mark.parametrize("model", ["sentiment_transformer", "reviews_hierarchical"])
def test_explore_fits_at_twice_its_size(zoomed: Page, server: str, model: str):
    zoomed.goto(f"{server}/?model={model}")
    painted(zoomed)
    _fits(zoomed)
    open_export(zoomed)
    for name in ("PNG", "View file", "NPZ, all weights"):
        button = zoomed.get_by_role("button", name=name, exact=True)
        _scroll_to(button)
        expect(button).to_be_in_viewport(ratio=1)
    zoomed.get_by_role("button", name="About this model").click()
    last = zoomed.get_by_role("dialog").get_by_text("Parameters.")
    _scroll_to(last)
    expect(last).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("path", ["compare", "models"])
def test_the_other_pages_fit_at_twice_their_size(zoomed: Page, server: str, path: str):
    zoomed.goto(f"{server}/{path}")
    ready = ".attnviz-comparison[data-ready='1']" if path == "compare" else "[data-testid=stDataFrame]"
    zoomed.locator(ready).first.wait_for(timeout=60_000)
    rests(zoomed)
    _fits(zoomed)


def test_nothing_moves_by_itself(family: Family):
    """Not even where nobody asked for it: nothing fades, slides or spins, and no scrolling is drawn out."""
    page = family.open(payload_of(two_heads()), views=("text", "heatmap", "grid", "links", "table"))
    page.get_by_role("tab", name="Links").click()
    page.locator(".attnviz-text .token").first.click()
    moving = page.evaluate(
        """() => [...document.querySelectorAll("*")].filter((one) => {
            const { animationName, transitionDuration, scrollBehavior } = getComputedStyle(one);
            return animationName !== "none" || /[1-9]/.test(transitionDuration) || scrollBehavior === "smooth";
        }).map((one) => one.className)"""
    )
    assert moving == []
    assert page.evaluate("document.getAnimations().length") == 0


def test_a_finger_pins_a_token_and_lets_go(family: Family):
    page = family.open(payload_of(two_heads()), views=("text",), width=360, touch=True)
    page.locator(".attnviz-text .token").nth(2).tap()
    page.wait_for_function("workspace.store.get().query === 2")
    page.locator(".attnviz-text .token").nth(2).tap()  # the same again lets go
    page.wait_for_function("workspace.store.get().query === null")


def test_a_finger_pins_a_word_of_a_document(family: Family):
    capture = hierarchical()
    extras = {"document": document_data(document_view(capture))}
    page = family.open(payload_of(capture), views=("document", "heatmap"), extras=extras, width=360, touch=True)
    page.get_by_role("gridcell").nth(1).tap()
    page.wait_for_function("workspace.store.get().key === 1")
    expect(page.get_by_role("gridcell").nth(1)).to_have_class(re.compile("chosen"))


def test_documents_and_series_on_the_page_have_the_captured_weights(page: Page, server: str):
    capture = attnviz.load_model("reviews_hierarchical").capture([REVIEW])
    sentences = next(one for one in capture.maps if one.weights.shape[0] == 1).weights[0, 0, 0, :2]
    page.goto(f"{server}/?model=reviews_hierarchical&text={REVIEW.replace(' ', '+')}")
    painted(page)
    rows = page.locator(".attnviz-document").get_by_role("row")
    expect(rows).to_have_count(2)
    shown = rows.evaluate_all("(all) => all.map((one) => Number(one.dataset.value))")
    np.testing.assert_allclose(shown, sentences, rtol=2e-3)
    page.goto(f"{server}/?model=forecast")
    painted(page)
    expect(page.locator(".attnviz-series[data-ready='1']")).to_be_visible()
    model = attnviz.load_model("forecast")
    weights = model.capture([np.array(model.card.examples[0].sequence).tolist()]).maps[0].weights[0, 0]
    slider = page.locator(".attnviz-series").get_by_role("slider")
    slider.focus()
    slider.press("Home")
    expect(slider).to_have_attribute("data-value", re.compile(r"0?\.\d+|\d"))
    assert float(slider.get_attribute("data-value") or "nan") == pytest.approx(float(weights.mean(axis=0)[0]), rel=2e-3)
