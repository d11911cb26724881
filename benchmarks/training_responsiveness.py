"""How long a click takes in one session while a model is trained in another.

    .venv/bin/python -m benchmarks.training_responsiveness [--repeats 30] [--warm-up 3]

Two headless Chromium sessions against one real server on 127.0.0.1. The first trains the default architecture on the
first shipped data set, from the Train page, with epochs enough for all measurements, and stays on that page. The second
uses the dashboard: Enter on Explore until its new heatmap is painted, which runs a model on the server, and a click on
another page until its title stands there. Measured first while nothing is trained, then during the training; each time
taken in the page, from the key or the pointer to the frame after the change.
"""

import argparse
import os
import platform
import re
import statistics

import numpy as np
from playwright.sync_api import Page, expect, sync_playwright

from benchmarks.explore import DISHES, PAINTED, WORDS, browser_arguments, ready, server

TARGET = 1.0
"""Seconds, for the 95th percentile."""

EPOCHS, PATIENCE = 200, 100
TITLED = """
(wanted) => new Promise((resolve, reject) => {
  const deadline = setTimeout(() => reject(new Error("no such title: " + wanted)), 30000);
  const begin = () => {
    document.removeEventListener("pointerdown", begin, true);
    const started = performance.now();
    const look = () => {
      if (!document.querySelector("h1")?.innerText.includes(wanted)) { requestAnimationFrame(look); return; }
      clearTimeout(deadline);
      requestAnimationFrame(() => resolve(performance.now() - started));
    };
    look();
  };
  document.addEventListener("pointerdown", begin, true);
})
"""
PAGES = (("Models", "Models"), ("Explore", "What does the model attend to?"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=30, help="of each kind of click, in each state")
    parser.add_argument("--warm-up", type=int, default=3, help="clicks of each kind before anything is measured")
    arguments = parser.parse_args()
    with sync_playwright() as playwright, server("") as (address, _):
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("ATTNVIZ_BROWSER") or None, args=browser_arguments()
        )
        user = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        enters(user, address, arguments.warm_up)
        page_changes(user, address, arguments.warm_up)
        quiet = enters(user, address, arguments.repeats), page_changes(user, address, arguments.repeats)
        trainer = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        begin_training(trainer, address)
        first = epochs_done(trainer)
        training = enters(user, address, arguments.repeats), page_changes(user, address, arguments.repeats)
        last = epochs_done(trainer)
        browser.close()
    print(
        f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, epochs {first} to {last}\n"
    )
    print("| Click in another session | Nothing is trained | During a training | Target |")
    print("| --- | --- | --- | --- |")
    for what, before, during in zip(
        ("Enter to painted heatmap", "another page to its title"), quiet, training, strict=True
    ):
        print(f"| {what} | {told(before)} | {told(during)} | p95 < {TARGET:g} s |")


def begin_training(page: Page, address: str) -> None:
    """Start a long training on the Train page, and wait for its first epoch."""
    page.goto(f"{address}/train")
    epochs = page.get_by_role("spinbutton", name="Most epochs")
    epochs.wait_for(timeout=60_000)
    set_number(epochs, EPOCHS)
    page.get_by_text("More settings").click()
    set_number(page.get_by_role("spinbutton", name="Early stopping after"), PATIENCE)
    page.get_by_role("button", name="Train", exact=True).click()
    page.get_by_text(re.compile(r"Epoch \d+ of")).first.wait_for(timeout=180_000)


def set_number(field, value: int) -> None:
    field.fill(str(value))
    field.press("Enter")
    expect(field).to_have_value(str(value))


def epochs_done(page: Page) -> int:
    """How far the training is; fails if it does not run any more, as then nothing was measured."""
    told_now = page.get_by_text(re.compile(r"Epoch \d+ of")).first.inner_text(timeout=10_000)
    return int(re.search(r"Epoch (\d+) of", told_now)[1])


def enters(page: Page, address: str, repeats: int) -> list[float]:
    """Seconds from Enter to the painted heatmap of a new text."""
    ready(page, address, "model=sentiment")
    box = page.get_by_role("textbox", name="Text")
    seconds = []
    for repeat in range(repeats):
        word = DISHES[repeat % len(DISHES)]
        box.fill(WORDS.format(word))
        page.evaluate(f"void (window.result = ({PAINTED})(['Enter', {word!r}]))")
        box.press("Enter")
        seconds.append(page.evaluate("window.result") / 1000)
        page.wait_for_timeout(300)  # the page is at rest again before the next measurement
    return seconds


def page_changes(page: Page, address: str, repeats: int) -> list[float]:
    """Seconds from the press on the link of another page to its title."""
    ready(page, address, "model=sentiment")
    seconds = []
    for repeat in range(repeats):
        link, title = PAGES[repeat % len(PAGES)]
        page.evaluate(f"(wanted) => void (window.result = ({TITLED})(wanted))", title)
        page.get_by_role("link", name=link, exact=True).first.click()
        seconds.append(page.evaluate("window.result") / 1000)
        page.wait_for_timeout(300)
    return seconds


def told(seconds: list[float]) -> str:
    return (
        f"median {1000 * statistics.median(seconds):.0f} ms, p95 {1000 * np.quantile(seconds, 0.95):.0f} ms, "
        f"most {1000 * max(seconds):.0f} ms"
    )


if __name__ == "__main__":
    main()
