"""Make the README's picture again: `.venv/bin/python -m benchmarks.picture`. A real browser looks at a real server."""

import os
import tempfile
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import sync_playwright

from benchmarks.explore import browser_arguments, ready, server

PICTURE = Path(__file__).resolve().parents[1] / "docs" / "pictures" / "explore.png"
SENTENCE = "The soup was cold, but our waiter was kind and the dessert was wonderful."


def main() -> None:
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as none, server(none) as (address, _):
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("ATTNVIZ_BROWSER") or None, args=browser_arguments()
        )
        page = browser.new_page(viewport={"width": 1280, "height": 1480}, color_scheme="light")
        ready(page, address, f"model=sentiment_transformer&text={quote(SENTENCE)}")
        page.evaluate("document.fonts.ready")
        page.wait_for_timeout(1000)  # tables and fonts settle
        PICTURE.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=PICTURE)
        browser.close()
    print(PICTURE)


if __name__ == "__main__":
    main()
