"""Models that write, in a real browser: what is clicked and typed, the link that restores it, and a phone."""

import re
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

import attnviz
from tests.browser.linked_views import rests

SENTENCE = "I am cold."


@pytest.fixture(scope="module")
def translation():
    return attnviz.load_model("translation")


def _open(page: Page, url: str) -> None:
    page.goto(url)
    expect(page.get_by_text("It writes.")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("token by token")).to_be_visible()
    rests(page)


def test_an_output_that_is_clicked_is_looked_at_and_its_link_opens_it_again(page, server, browser, translation):
    _open(page, f"{server}/?model=translation&text={quote(SENTENCE)}&beam=3")
    second = translation.write(SENTENCE)["prediction"][1]
    page.locator(".st-key-outputs").get_by_text(second).click()
    expect(page.get_by_role("textbox", name="Why not this one?")).to_have_value(second)
    expect(page.get_by_text(f"“{second}”, token by token")).to_be_visible()
    expect(page).to_have_url(re.compile("output=Je"))
    other = browser.new_context()
    try:
        window = other.new_page()
        _open(window, page.url)
        expect(window.get_by_role("textbox", name="Why not this one?")).to_have_value(second)
        expect(window.get_by_text(f"“{second}”, token by token")).to_be_visible()
        expect(window.locator(".st-key-outputs input[type=radio]")).to_have_count(3)
        expect(window.locator(".st-key-outputs input[type=radio]").nth(1)).to_be_checked()
    finally:
        other.close()
    page.get_by_role("button", name="Back to what it writes").click()
    expect(page.locator(".st-key-outputs input[type=radio]").first).to_be_checked()
    expect(page).not_to_have_url(re.compile("output="))


def test_markup_in_another_output_is_shown_as_text(page, server):
    _open(page, f"{server}/?model=translation&text={quote(SENTENCE)}")
    box = page.get_by_role("textbox", name="Why not this one?")
    box.fill("<img src=x onerror=window.hacked=1> **il**")
    box.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("The model cannot write “<”")
    assert page.evaluate("window.hacked") is None


def test_it_draws_again(page, server):
    _open(page, f"{server}/?model=translation&text={quote('She is reading a book.')}&decoding=sampled")
    page.get_by_role("button", name="Draw again").click()
    expect(page.get_by_role("spinbutton", name="Seed")).to_have_value("1")
    expect(page).to_have_url(re.compile("seed=1"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("output", ["Je gèle.", "Brrr."])
def test_nothing_is_clipped_on_a_phone(browser, server, scheme, output):
    context = browser.new_context(viewport={"width": 360, "height": 780}, color_scheme=scheme)
    try:
        page = context.new_page()
        _open(page, f"{server}/?model=translation&text={quote(SENTENCE)}&beam=10&output={quote(output)}")
        overflowing = page.evaluate(
            """() => [...document.querySelectorAll("[data-testid=stMain] *")]
              .filter(e => e.getBoundingClientRect().right > innerWidth + 1 && e.getBoundingClientRect().width > 0)
              .filter(e => !e.closest("[data-testid=stDataFrame], [role=tablist]"))
              .map(e => e.className || e.tagName).slice(0, 5)"""
        )
        assert overflowing == []
    finally:
        context.close()
