"""What the browser may load: nothing but the server's own, on every page and in every view."""

import re
import urllib.error
import urllib.request

import pytest
from playwright.sync_api import Page, expect

from attnviz.app.headers import HEADERS
from tests.browser.linked_views import open_export, painted

PATHS = ("/", "/models", "/what-attention-tells", "/_stcore/health", "/nowhere/at/all")
COLLECT_VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.violations.push(`${event.effectiveDirective}: ${event.blockedURI} ${event.sourceFile || ""}`)
);
"""


@pytest.mark.parametrize("path", PATHS)
def test_the_headers_are_on_every_answer(server, path):
    try:
        with urllib.request.urlopen(f"{server}{path}", timeout=10) as answer:
            headers = answer.headers
    except urllib.error.HTTPError as refused:
        headers = refused.headers
    assert {name: headers[name] for name in HEADERS} == HEADERS


def test_the_policy_lets_nothing_in_from_outside():
    policy = dict(part.split(" ", 1) for part in HEADERS["Content-Security-Policy"].split("; "))
    assert policy["object-src"] == "'none'"
    for directive in ("base-uri", "form-action", "frame-ancestors"):
        assert policy[directive] == "'self'"
    for directive, sources in policy.items():
        assert "*" not in sources
        assert "http" not in sources
        assert "'unsafe-eval'" not in sources
        if directive != "style-src":
            assert "'unsafe-inline'" not in sources


@pytest.fixture
def watched(page: Page) -> Page:
    """A page that remembers what its policy forbade and whom it asked."""
    page.add_init_script(COLLECT_VIOLATIONS)
    page.asked = []
    page.on("request", lambda request: page.asked.append(request.url))
    return page


def _nothing_was_forbidden(page: Page, server: str) -> None:
    assert page.evaluate("window.violations") == []
    elsewhere = [url for url in page.asked if not url.startswith((server, "data:", "blob:"))]
    assert elsewhere == []


@pytest.mark.parametrize("model", ["sentiment", "digits"])
def test_explore_keeps_to_the_policy_in_every_view(watched, server, model):
    watched.goto(f"{server}/?model={model}")
    painted(watched)
    watched.get_by_role("tab", name="Per head").click()
    expect(watched.locator("[data-testid=stDataFrame] canvas").last).to_be_visible()
    watched.get_by_role("button", name="About this model").click()
    expect(watched.get_by_text("Training.")).to_be_visible()
    watched.keyboard.press("Escape")
    watched.get_by_text("Upload a file").click()
    watched.locator(".st-key-file input[type=file]").set_input_files(
        {"name": "rows.csv", "mimeType": "text/csv", "buffer": b"a,b\nOne line.,2\nAnother line.,3\n"}
    )
    expect(watched.locator(".st-key-file").get_by_text("rows.csv")).to_be_visible()
    open_export(watched)
    for label in ("PNG", "HTML report", "NPZ, all weights"):
        with watched.expect_download():
            watched.get_by_role("button", name=label, exact=True).click()
    _nothing_was_forbidden(watched, server)


def test_the_other_pages_keep_to_the_policy(watched, server):
    watched.goto(f"{server}/what-attention-tells")
    expect(watched.get_by_role("heading").first).to_be_visible()
    watched.goto(f"{server}/models")
    expect(watched.get_by_role("tab", name=re.compile("Summary"))).to_be_visible(timeout=60_000)
    watched.get_by_role("tab", name="Summary").click()
    _nothing_was_forbidden(watched, server)


def test_what_the_policy_forbids_is_noticed(watched, server):
    """So that the tests above can fail."""
    watched.goto(f"{server}/what-attention-tells")
    expect(watched.get_by_role("heading").first).to_be_visible()
    watched.evaluate("document.body.append(Object.assign(new Image(), {src: 'https://example.com/a.png'}))")
    watched.wait_for_function("window.violations.length > 0")
    assert "img-src: https://example.com/a.png" in watched.evaluate("window.violations")[0]
