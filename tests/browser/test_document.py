"""A document in a real browser: the weights of its sentences and words are the captured ones, in one picture."""

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

import attnviz
from attnviz.components.attention.document import document_data
from attnviz.records import AttentionCapture
from attnviz.views.document import document_view
from tests.browser.family import Family, payload_of
from tests.browser.mounting import READY, choose, mount, state_of

REVIEW = "The room was clean and quiet. Breakfast was excellent. The lift was <i>broken</i>, though."


@pytest.fixture(scope="module")
def capture() -> AttentionCapture:
    return attnviz.load_model("reviews_hierarchical").capture([REVIEW])


def show(family: Family, capture: AttentionCapture, *, width: int = 900, theme: str = "light", **state) -> Page:
    page = family.blank(width=width, theme=theme)
    extra = document_data(document_view(capture))
    return mount(page, payload_of(capture), "document", "mountDocument", state={"head": 0, **state}, extra=extra)


def numbers(places: Locator) -> np.ndarray:
    return np.float32(places.evaluate_all("(all) => all.map((one) => Number(one.dataset.value))"))


def test_sentences_and_words_have_the_captured_weights(family: Family, capture: AttentionCapture):
    over_words, over_sentences = capture.maps  # found here by their order, in the page by their axes
    page = show(family, capture)
    rows = page.get_by_role("row")
    expect(rows).to_have_count(3)
    np.testing.assert_array_equal(numbers(rows), over_sentences.weights[0, 0, 0, :3])
    for sentence in range(3):
        words = rows.nth(sentence).get_by_role("gridcell")
        np.testing.assert_array_equal(numbers(words), over_words.weights[sentence, 0, 0, : words.count()])
    shown = [f"{weight:.2f}" for weight in over_sentences.weights[0, 0, 0, :3]]
    expect(rows.locator(".weight .number")).to_have_text(shown)


def test_the_summary_is_that_of_the_view(family: Family, capture: AttentionCapture):
    page = show(family, capture)
    expect(page.locator(".summary")).to_have_text(document_view(capture).description.partition(". ")[2])


def test_the_longest_bar_and_the_darkest_ground_are_the_most_attended_sentences(
    family: Family, capture: AttentionCapture
):
    weights = capture.maps[1].weights[0, 0, 0, :3]
    page = show(family, capture)
    widths = page.locator(".bar").evaluate_all("(all) => all.map((one) => Number.parseFloat(one.style.width))")
    np.testing.assert_allclose(widths, 100 * weights / weights.max(), atol=0.01)
    blue = page.get_by_role("row").evaluate_all(
        "(all) => all.map((one) => Number(getComputedStyle(one).backgroundColor.match(/\\d+/g)[2]))"
    )
    assert list(np.argsort(blue)) == list(np.argsort(-weights))
    strongest = page.get_by_role("row").nth(1).get_by_role("gridcell").nth(int(capture.maps[0].weights[1].argmax()))
    expect(strongest).to_have_css("background-color", "rgb(0, 92, 110)")


def test_a_click_on_a_sentence_chooses_the_map_of_its_words(family: Family, capture: AttentionCapture):
    page = show(family, capture, map=3)
    meta = payload_of(capture).meta["maps"]
    page.get_by_role("rowheader").nth(1).click()
    chosen = meta[state_of(page)["map"]]
    assert (chosen["name"], chosen["sample"]) == (capture.maps[0].name, 1)
    expect(page.get_by_role("row").nth(1)).to_have_attribute("aria-selected", "true")
    page.get_by_role("row").nth(2).get_by_role("gridcell").nth(1).click()
    assert meta[state_of(page)["map"]]["sample"] == 2
    assert state_of(page)["key"] == 1


def test_pointing_reads_both_weights_and_tells_the_other_views(family: Family, capture: AttentionCapture):
    over_words, over_sentences = capture.maps
    page = show(family, capture, map=3)  # the map over sentences
    page.get_by_role("row").nth(1).get_by_role("gridcell").nth(2).hover()
    assert state_of(page)["hover"] == {"query": None, "key": 1}
    told = [
        f"{float(f'{value:.3g}'):g}" for value in (over_sentences.weights[0, 0, 0, 1], over_words.weights[1, 0, 0, 2])
    ]
    expect(page.locator(".readout")).to_have_text(f"Sentence 2: {told[0]}. In it, 'excellent': {told[1]}")
    choose(page, map=1)  # the words of the second sentence
    page.get_by_role("row").nth(1).get_by_role("gridcell").nth(0).hover()
    page.wait_for_selector(READY)
    assert state_of(page)["hover"] == {"query": None, "key": 0}


def test_what_another_view_points_at_is_outlined(family: Family, capture: AttentionCapture):
    page = show(family, capture, map=1)
    choose(page, hover={"query": 0, "key": 2})
    expect(page.locator(".partner")).to_have_text("excellent")
    choose(page, map=3, hover={"query": 0, "key": 2})
    expect(page.locator(".partner")).to_have_attribute("data-sentence", "2")


def test_the_keyboard_walks_through_sentences_and_words(family: Family, capture: AttentionCapture):
    page = show(family, capture, map=3)
    page.keyboard.press("Tab")
    heads = page.get_by_role("rowheader")
    expect(heads.nth(0)).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(heads.nth(1)).to_be_focused()
    page.keyboard.press("ArrowRight")
    words = page.get_by_role("row").nth(1).get_by_role("gridcell")
    expect(words.nth(0)).to_be_focused()
    page.keyboard.press("End")
    expect(words.last).to_be_focused()
    page.keyboard.press("Enter")
    assert state_of(page)["key"] == words.count() - 1
    page.keyboard.press("Home")
    expect(heads.nth(1)).to_be_focused()
    expect(page.locator("[tabindex='0']")).to_have_count(1)
    assert "Sentence 2" in page.evaluate("said.at(-1)")


def test_text_is_text_and_is_copied_as_text(family: Family, capture: AttentionCapture):
    page = show(family, capture)
    assert page.locator("i").count() == 0
    text = page.locator(".text").first.evaluate(
        "(one) => { const s = getSelection(); s.selectAllChildren(one); return s.toString(); }"
    )
    assert text == "The room was clean and quiet."


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_is_legible_and_fits_a_phone(family: Family, capture: AttentionCapture, theme: str):
    page = show(family, capture, width=360, theme=theme)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    contrasts = page.locator(".word, .weight .number").evaluate_all(
        """(all) => all.map((one) => {
            const light = (css) => css.match(/\\d+/g).slice(0, 3).map((part) => part / 255)
                .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
                .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
            const ground = one.style.backgroundColor || one.closest("[role=row]").style.backgroundColor;
            const [dark, bright] = [light(getComputedStyle(one).color), light(ground)].sort((a, b) => a - b);
            return (bright + 0.05) / (dark + 0.05);
        })"""
    )
    assert min(contrasts) >= 4.5


def test_a_touch_chooses_a_sentence(family: Family, capture: AttentionCapture):
    page = family.blank(width=360, touch=True)
    extra = document_data(document_view(capture))
    mount(page, payload_of(capture), "document", "mountDocument", state={"head": 0, "map": 3}, extra=extra)
    page.get_by_role("row").nth(2).get_by_role("gridcell").first.tap()
    assert (state_of(page)["map"], state_of(page)["key"]) == (2, 0)
    expect(page.get_by_role("row").nth(2)).to_have_attribute("aria-selected", "true")
