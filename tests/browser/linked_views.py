"""The linked views as a person uses them on the page."""

import re

from playwright.sync_api import Locator, Page, expect


def rests(page: Page) -> None:
    """Wait until the script runs no more.

    The running figure at the top does not say so: it comes half a second after a run has begun, and a run that is
    shorter never shows it.
    """
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for(timeout=60_000)


def painted(page: Page) -> None:
    """Wait until the heatmap is painted and the server rests."""
    page.locator(".attnviz-heatmap[data-ready='1']").wait_for(timeout=60_000)
    if not page.url.startswith("file:"):  # a report has no server
        rests(page)
    expect(page.locator(".attnviz-heatmap[data-ready='1']")).to_have_count(1)


def shows(page: Page, words: str | re.Pattern[str]) -> None:
    """Wait until the text that is shaded has `words`, and the views before it are gone."""
    painted(page)
    expect(page.locator(".attnviz-workspace .top")).to_contain_text(words)


def choose(page: Page, picker: str, option: str) -> None:
    """Choose in the toolbar: `"Layer"`, `"Head"` or `"Colours"`."""
    page.locator(".attnviz-toolbar").get_by_label(picker, exact=True).select_option(label=option)
    painted(page)


def token(page: Page, word: str) -> Locator:
    """The first token of the text that is `word`."""
    return page.locator(".attnviz-text .token").filter(has_text=re.compile(rf"^\s*{re.escape(word)}\s*$")).first


def weight_at(page: Page, query: int, key: int) -> float:
    """What the heatmap says of a cell, reached with the keyboard."""
    stage = page.locator(".attnviz-heatmap .stage")
    stage.focus()
    stage.press("Control+Home")
    for _ in range(query):
        stage.press("ArrowDown")
    for _ in range(key):
        stage.press("ArrowRight")
    painted(page)
    reading = page.locator(".attnviz-heatmap .reading")
    expect(reading).to_contain_text("Pointed at")
    expect(reading.locator(".axis").first).to_have_text(re.compile(rf"{query + 1}$"))
    return float(reading.locator("strong").inner_text())


def open_export(page: Page) -> None:
    """Open what can be taken along of the view."""
    rests(page)
    export = page.locator(".st-key-export")
    # By the keyboard: what grows above it, the table of an upload, may move it away under the mouse.
    export.locator("summary").press("Enter")
    expect(export.get_by_role("button", name="NPZ, all weights")).to_be_visible()
