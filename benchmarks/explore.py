"""How long a person waits on Explore: start of the server, Enter to painted heatmap, change of head.

    .venv/bin/python -m benchmarks.explore [--repeats 15] [--starts 5]

Real headless Chromium against a real server on 127.0.0.1; medians of all repeats are printed. The server is started
as a person starts it, with the shipped models; the time to the first prediction ends when its heatmap is painted. The
times of the page are taken in the page, from the key press, or from the press on the next head, to the
frame after the one in which the cells changed and the new labels stood beside them.
"""

import argparse
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
SECONDS_TO_END = 10
# 30 tokens
WORDS = (
    "the waiter forgot our order twice and the soup was cold but the {} made up for everything and we "
    "would happily come back with friends next month for dinner"
)
# Words that the model knows: the weights, and so the cells, differ from one to the next.
DISHES = ("bread", "coffee", "pizza", "salad", "wine", "fish", "steak", "beer", "sauce", "chicken")
# The linked views stand in a shadow root; `painted` counts what the heatmap has drawn.
HEATMAP = """
const find = (name) => {
  for (const host of document.querySelectorAll("*")) {
    const found = host.shadowRoot?.querySelector(name);
    if (found) return found;
  }
  return null;
};
const count = () => Number(find(".attnviz-heatmap")?.dataset.painted ?? 0);
const ready = () => find(".attnviz-heatmap")?.dataset.ready === "1";
"""
PAINTED = f"""
([key, wanted]) => new Promise((resolve, reject) => {{
  {HEATMAP}
  const before = count();
  const painted = () => ready() && count() > before && find(".attnviz-workspace").textContent.includes(wanted);
  const deadline = setTimeout(() => reject(new Error("not painted: " + wanted)), 20000);
  const look = started => {{
    if (!painted()) {{ requestAnimationFrame(() => look(started)); return; }}
    requestAnimationFrame(() => requestAnimationFrame(() => {{
      clearTimeout(deadline);
      resolve(performance.now() - started);
    }}));
  }};
  const type = key ? "keydown" : "pointerdown";
  const begin = event => {{
    if (key && event.key !== key) return;
    document.removeEventListener(type, begin, true);
    look(performance.now());
  }};
  document.addEventListener(type, begin, true);
}})
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--starts", type=int, default=5)
    arguments = parser.parse_args()
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        # In a process of its own: TensorFlow's threads would take part in the times of the start.
        write = "from pathlib import Path; from benchmarks.toy_transformer import write_toy_transformer as write; write"
        subprocess.run([sys.executable, "-c", f"{write}(Path({folder!r}) / 'toy_transformer')"], cwd=ROOT, check=True)
        empty = Path(folder) / "empty.py"
        empty.write_text("import streamlit as st\nst.title('What does the model attend to?')\n", encoding="utf-8")
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("ATTNVIZ_BROWSER") or None,
            args=browser_arguments(),
        )
        titles, predictions, floors = [], [], []
        for _ in range(arguments.starts):
            page = browser.new_page()
            title, prediction = _start(page)
            titles.append(title)
            predictions.append(prediction)
            page.close()
            page = browser.new_page()
            with server("", str(empty)) as (address, started):
                floors.append(_title(page, address, started))
            page.close()
        with server(folder) as (address, _):
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            enters = _enter(page, address, arguments.repeats)
            heads = _heads(page, address, arguments.repeats)
        browser.close()
    print(f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}")
    for what, seconds, target in (
        ("start to title visible", titles, "1.5 s"),
        ("the same for a Streamlit script that is a title only", floors, "none: the floor"),
        ("start to first prediction and heatmap on the page", predictions, "10 s"),
        ("Enter to painted heatmap, 30 tokens", enters, "500 ms"),
        ("change of head to painted heatmap, 30 tokens", heads, "300 ms"),
    ):
        print(
            f"{what}: median {statistics.median(seconds):.3f} s, {min(seconds):.3f} to {max(seconds):.3f} s, "
            f"{len(seconds)} runs (target {target})"
        )


def browser_arguments() -> list[str]:
    """Chromium's own sandbox cannot be had by root; the only pages that are opened are the project's own."""
    return ["--disable-gpu", *(["--no-sandbox"] if os.geteuid() == 0 else [])]


@contextmanager
def server(models: str, script: str = "dashboard.py") -> Iterator[tuple[str, float]]:
    """A dashboard on a free port; yields its address and when it was started."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started = time.perf_counter()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "streamlit", "run", script),
            *("--server.headless=true", "--server.address=127.0.0.1", f"--server.port={port}"),
        ],
        cwd=ROOT,
        env={**os.environ, "ATTNVIZ_MODELS": models},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        while not _answers(address):
            time.sleep(0.02)  # asking without a pause would take a core from the start that is measured
            if process.poll() is not None:
                raise RuntimeError(f"The dashboard ended with {process.returncode} before it answered.")
        yield address, started
    finally:
        process.terminate()
        try:
            process.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            process.kill()  # now and then a server waits for a connection that the browser keeps
            process.wait()


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1) as answer:  # noqa: S310 - our own server
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _start(page: Page) -> tuple[float, float]:
    """Seconds from the command to the visible title, and to the first prediction on the page."""
    with server("") as (address, started):
        title = _title(page, address, started)
        page.locator(".attnviz-heatmap[data-ready='1']").wait_for(timeout=60_000)
        return title, time.perf_counter() - started


def _title(page: Page, address: str, started: float) -> float:
    page.goto(address, wait_until="commit")
    # Asked in every frame: a locator asks again only after half a second.
    page.evaluate(
        """() => new Promise((resolve) => {
          const look = () => document.querySelector("h1")?.innerText.includes("What does the model attend to?")
            ? resolve() : requestAnimationFrame(look);
          look();
        })"""
    )
    return time.perf_counter() - started


def ready(page: Page, address: str, query: str) -> None:
    page.goto(f"{address}/?{query}")
    page.locator(".attnviz-heatmap[data-ready='1']").wait_for(timeout=60_000)


def _enter(page: Page, address: str, repeats: int) -> list[float]:
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


def _heads(page: Page, address: str, repeats: int) -> list[float]:
    ready(page, address, "model=toy_transformer&text=" + WORDS.format("dessert").replace(" ", "+"))
    seconds = []
    following = page.get_by_role("button", name="Next head")
    for repeat in range(repeats):
        page.evaluate(f"void (window.result = ({PAINTED})([null, 'Head {repeat % 4 + 1} of']))")
        following.click()
        seconds.append(page.evaluate("window.result") / 1000)
        page.wait_for_timeout(500)  # the tables follow, and then the page is at rest
    return seconds


if __name__ == "__main__":
    main()
