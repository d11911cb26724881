"""axe-core on every page, in light and dark: nothing that keeps a person out, of moderate impact or more."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.linked_views import painted, rests

IMPACTS = ("moderate", "serious", "critical")


def _violations(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']} ({one['impact']}): {one['help']}; {node['html'][:200]}"
        for one in found
        if one["impact"] in IMPACTS
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "model", ["sentiment_transformer", "translation", "reviews_hierarchical", "digits_vit", "forecast"]
)
def test_explore_keeps_nobody_out(browser: Browser, server: str, scheme: str, model: str):
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme=scheme)
    try:
        page = context.new_page()
        page.goto(f"{server}/?model={model}")
        painted(page)
        assert _violations(page) == []
    finally:
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_view_keeps_nobody_out(browser: Browser, server: str, scheme: str):
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme=scheme)
    try:
        page = context.new_page()
        page.goto(f"{server}/?model=sentiment_transformer&head=2")
        painted(page)
        for tab in ("Links", "Inside one number", "Table"):
            page.get_by_role("tab", name=tab, exact=True).click()
            panel = page.get_by_role("tabpanel", name=tab)
            expect(panel.locator("table:visible").or_(panel.locator("canvas:visible")).first).to_be_visible()
            rests(page)
            assert _violations(page) == []
    finally:
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["compare", "evaluate", "models", "train", "what-attention-tells"])
def test_the_other_pages_keep_nobody_out(browser: Browser, server: str, scheme: str, path: str):
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme=scheme)
    try:
        page = context.new_page()
        page.goto(f"{server}/{path}")
        expect(page.get_by_role("heading").first).to_be_visible()
        rests(page)
        assert _violations(page) == []
    finally:
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_evaluation_keeps_nobody_out(browser: Browser, server: str, scheme: str):
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme=scheme)
    try:
        page = context.new_page()
        page.goto(f"{server}/evaluate?model=spam")
        page.get_by_role("button", name=re.compile(r"Evaluate \d+ examples")).click()
        expect(page.get_by_role("heading", name="By class")).to_be_visible()
        for section, picture in (("Examples", "Truth against"), ("Curves", "Calibration"), ("Attention", "Normalised")):
            page.get_by_role("radio", name=section).click()
            page.mouse.move(2, 450)  # the pale colour of what the mouse is on is no colour to judge
            expect(page.get_by_role("figure", name=picture)).to_be_visible()
            rests(page)
            assert _violations(page) == []
    finally:
        context.close()
