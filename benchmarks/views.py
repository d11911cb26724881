"""How fast the linked views are: from a choice to the presented picture, and from the pointer to its tooltip.

    .venv/bin/python -m benchmarks.views [--repeats 9] [--only small large]

Real headless Chromium, a real dashboard on 127.0.0.1, and models with random weights: 6 layers of 12 heads up to
512 tokens, one layer of 2 heads above, whose captures would not fit into memory otherwise. Inputs are captured before:
what is measured is the way from the run to the screen. Four of them take turns, because Streamlit's page keeps messages
of the last two runs, and would not fetch the cells again.

Times are taken in the page: from the event to the start of the frame after the one in which the view painted. By then
its pixels have been presented, as Chromium's own trace of frames says (at most 2 ms later, 9 of 10 times sooner).
Medians and ranges of all repeats are printed. Bytes are what the page received from the event until then.
"""

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.explore import ROOT, browser_arguments, server
from benchmarks.toy_transformer import VOCABULARY

# `view` finds a view by its class. `presented` resolves, with the milliseconds since it was called, as the next frame
# begins after the one in which `done` became true.
IN_PAGE = """
window.view = (name) => {
  if (!window.workspace?.isConnected) {
    const hosts = [...document.querySelectorAll("*")].filter((host) => host.shadowRoot);
    window.workspace = hosts.map((host) => host.shadowRoot.querySelector(".attnviz-workspace")).find(Boolean);
  }
  return window.workspace?.querySelector(name);
};
window.presented = (done, limit = 60000) => new Promise((resolve, reject) => {
  const started = performance.now();
  const look = () => {
    if (!done()) return;
    observer.disconnect();
    clearTimeout(late);
    requestAnimationFrame(() => resolve(performance.now() - started));
  };
  const observer = new MutationObserver(look); // heard before the frame that painted ends
  const late = setTimeout(() => reject(new Error("not painted")), limit);
  // Only what `done` asks for: a record of every attribute of 4,096 tokens would be counted as the page's own memory.
  const attributeFilter = ["data-painted", "data-ready", "hidden"];
  observer.observe(view("*").getRootNode(), { subtree: true, childList: true, attributeFilter });
  look();
});
window.painted = (name, where, words) => {
  const before = view(name)?.dataset.painted;
  return presented(() => {
    const { ready, painted } = view(name)?.dataset ?? {};
    return ready === "1" && painted !== before && view(where).textContent.includes(words);
  });
};
window.rested = async (quiet) => {
  const running = () => document.querySelector("[data-testid=stApp]").dataset.testScriptState !== "notRunning";
  let since = performance.now();
  while (performance.now() - since < quiet) {
    if (running() || view(".attnviz-heatmap")?.dataset.ready !== "1") since = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};
window.onEvent = (type, begin) => new Promise((resolve, reject) => {
  document.addEventListener(type, () => begin().then(resolve, reject), { capture: true, once: true });
});
void 0  // a function would be called
"""
HEATMAP, GRID, LINKS, TEXT, SENTENCE = (
    ".attnviz-heatmap",
    ".attnviz-grid",
    ".attnviz-links",
    ".attnviz-text",
    ".sentence",
)
FIRST = ("order", "friends", "dessert", "soup")  # one begins each input, and stands nowhere else in it
STILL = 400  # milliseconds
WORDS = [word for word in VOCABULARY if word not in FIRST]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table."""

    what: str
    milliseconds: list[float]
    target: str
    note: str = ""


class Pages:
    """Pages of the dashboard, one at a time: each begins in a renderer of its own.

    Attributes:
        bytes: What the page received so far.
        needed: What it received from the last event to its picture.
    """

    def __init__(self, browser: Browser, address: str) -> None:
        self.browser, self.address = browser, address
        self.page: Page | None = None
        self.bytes = self.needed = 0
        self._chosen = 0

    def open(self, model: str, length: int, *, head: str) -> Page:
        """A page that shows one of four texts of `length` tokens, all captured."""
        if self.page is not None:
            self.page.context.close()
        page = self.page = self.browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        page.on("websocket", lambda socket: socket.on("framereceived", self._count))
        page.goto(f"{self.address}/?model={model}&head={head}", wait_until="commit")
        page.locator(f"{HEATMAP}[data-ready='1']").wait_for(timeout=120_000)
        page.evaluate(IN_PAGE)
        for _ in FIRST:
            self.choose(length, HEATMAP)
        return page

    def choose(self, length: int, shown: str) -> float:
        """Enter the next input; milliseconds until the view `shown` presents it."""
        assert self.page is not None
        word = FIRST[self._chosen % len(FIRST)]
        self._chosen += 1
        box = self.page.evaluate_handle("document.querySelector('[aria-label=Text]')").as_element()
        assert box is not None
        box.fill(_text(word, length))
        wait = f"painted({shown!r}, {TEXT!r}, {word!r})"
        return self.timed("keydown", wait, lambda: box.press("Enter"))

    def timed(self, event: str, wait: str, act: Callable[[], object]) -> float:
        """Milliseconds from the event that `act` causes until `wait`, an expression, resolves; then comes rest."""
        assert self.page is not None
        before = self.bytes
        self.page.evaluate(f"void (window.result = onEvent({event!r}, () => {wait}))")
        act()
        milliseconds = float(self.page.evaluate("window.result"))
        self.needed = self.bytes - before
        _rest(self.page)
        return milliseconds

    def megabytes(self) -> float:
        """Memory of the page's renderer."""
        return megabytes_of(self.browser)

    def _count(self, message: str | bytes) -> None:
        self.bytes += len(message)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--only", nargs="+", choices=("small", "large"), default=["small", "large"])
    arguments = parser.parse_args()
    os.environ["STREAMLIT_SERVER_FILE_WATCHER_TYPE"] = "none"  # whoever edits a file meanwhile changes nothing
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        for name, options in (
            ("six", "heads=12, blocks=6, units=96"),
            ("long", "heads=2, blocks=1, maximum_length=4096"),
        ):
            write_model(Path(folder) / name, options)
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("ATTNVIZ_BROWSER") or None, args=browser_arguments()
        )
        print(f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}\n", flush=True)
        print("| What | Median | Range | Target | |\n| --- | --- | --- | --- | --- |", flush=True)
        with server(folder) as (address, _):
            pages = Pages(browser, address)
            for part, rows in (("small", _small), ("large", _large)):
                for row in rows(pages, arguments.repeats) if part in arguments.only else ():
                    print(_line(row), flush=True)
        browser.close()


def write_model(folder: Path, options: str) -> None:
    """In a process of its own: TensorFlow's threads would take part in the times."""
    code = "from pathlib import Path; from benchmarks.toy_transformer import write_toy_transformer as write; "
    subprocess.run([sys.executable, "-c", f"{code}write(Path({str(folder)!r}), {options})"], cwd=ROOT, check=True)


def _small(pages: Pages, repeats: int) -> Iterator[Row]:
    for length in (16, 64, 128, 256):
        pages.open("six", length, head="1")
        times = [pages.choose(length, HEATMAP) for _ in range(repeats)]
        yield Row(what=f"an input is chosen: first head, T={length}", milliseconds=times, target="≤ 250 ms")
    page = pages.open("six", 128, head="1")
    yield Row(what="change of head, T=128", milliseconds=next_heads(pages, 12, repeats), target="≤ 50 ms")
    yield Row(what="change of layer, T=128", milliseconds=next_layers(pages, 6, repeats, HEATMAP), target="≤ 50 ms")
    yield Row(what="pointer to tooltip, T=128", milliseconds=hovers(page, repeats), target="≤ 33 ms")
    for length, target in ((64, 200), (128, 250)):
        pages.open("six", length, head="1")
        times, memory = [], []
        for _ in range(repeats):
            times.append(pages.choose(length, GRID))
            memory.append(pages.megabytes())
        note = _memory(memory, 250)
        yield Row(what=f"grid of 72 heads, T={length}", milliseconds=times, target=f"≤ {target} ms", note=note)
    page = pages.open("six", 128, head="mean")
    page.get_by_role("tab", name="Links").click()
    page.locator(f"{LINKS}[data-ready='1']").wait_for()
    for chip in page.locator(f"{LINKS} [aria-pressed='false']").all():
        chip.click()
    pressed = page.locator(f"{LINKS} [aria-pressed='true']").count()
    times = next_layers(pages, 6, repeats, LINKS)
    yield Row(what="links of 12 heads, T=128", milliseconds=times, target="≤ 250 ms", note=f"{pressed} heads drawn")


def _large(pages: Pages, repeats: int) -> Iterator[Row]:
    for model, length, heads, target in (
        ("six", 512, 12, "≤ 160 ms"),
        ("long", 1024, 2, "≤ 180 ms"),
        ("long", 2048, 2, "≤ 250 ms"),
        ("long", 4096, 2, "≤ 300 ms"),
    ):
        page = pages.open(model, length, head="1")
        times, memory, most = [], [], 0
        for _ in range(repeats):
            pages.choose(length, HEATMAP)  # a head that was looked at before would still be here
            chosen = pages.needed
            times += next_heads(pages, heads, 1)
            # Heads that came together when the input was chosen share its bytes.
            most = max(most, pages.needed if pages.needed > length**2 / 4 else chosen // heads)
            memory.append(pages.megabytes())
        note = f"{most / length**2:.2f} × T² bytes (≤ 2.2)"
        if length == 4096:
            note = f"overview; {_memory(memory, 300)}"
        yield Row(what=f"change of head, T={length:,}", milliseconds=times, target=target, note=note)
        yield Row(what=f"pointer to tooltip, T={length:,}", milliseconds=hovers(page, repeats), target="≤ 33 ms")
    yield Row(what="zoom to exact cells, T=4,096", milliseconds=_zooms(page, repeats), target="≤ 250 ms")


def _memory(megabytes: list[float], limit: int) -> str:
    """Of the renderer after each input: garbage comes with every one, and is collected when Chromium sees fit."""
    median, most = statistics.median(megabytes), max(megabytes)
    return f"renderer {median:.0f} MB, at most {most:.0f} (≤ {limit})"


def _text(first: str, length: int) -> str:
    return " ".join([first, *(WORDS[place * place % len(WORDS)] for place in range(length - 1))])


def _rest(page: Page) -> None:
    """Wait until nothing runs and nothing is painted any more.

    What was chosen reaches Python a fifth of a second later, and the script runs again: it has to be still for longer.
    """
    page.evaluate(f"rested({STILL})")


def next_heads(pages: Pages, heads: int, repeats: int) -> list[float]:
    """Milliseconds from the press on the next head to its picture, again and again."""
    page = pages.page
    assert page is not None
    following = page.get_by_role("button", name="Next head")
    times = []
    for _ in range(repeats):
        now = int(page.evaluate(f"view({SENTENCE!r}).textContent.match(/Head (\\d+) of/)[1]"))
        wanted = f"Head {now % heads + 1} of"
        times.append(pages.timed("click", f"painted({HEATMAP!r}, {SENTENCE!r}, {wanted!r})", following.click))
    return times


def next_layers(pages: Pages, layers: int, repeats: int, shown: str) -> list[float]:
    """Milliseconds from the choice of the next layer until the view `shown` presents it, again and again."""
    page = pages.page
    assert page is not None
    page.locator(".attnviz-toolbar").get_by_label("Layer", exact=True).focus()
    times = []
    for repeat in range(repeats):
        layer = (repeat + 1) % layers
        choose = f"() => {{ const one = view('.attnviz-toolbar select'); one.value = '{layer}'; "
        choose += "one.dispatchEvent(new Event('change', { bubbles: true, composed: true })); }"
        wait = f"painted({shown!r}, {SENTENCE!r}, 'attention_{layer + 1}')"
        times.append(pages.timed("change", wait, partial(page.evaluate, choose)))
    return times


def hovers(page: Page, repeats: int) -> list[float]:
    """Milliseconds from a move of the pointer to the tooltip of another cell, again and again."""
    page.locator(f"{HEATMAP} .stage").scroll_into_view_if_needed()
    return [
        float(
            page.evaluate(
                """(share) => {
                  const stage = view(".attnviz-heatmap .stage");
                  const tip = view(".attnviz-heatmap .tip");
                  const before = tip.hidden ? "" : tip.textContent;
                  const { left, top, width, height } = stage.getBoundingClientRect();
                  const at = { clientX: left + width * share, clientY: top + height * (0.9 - share / 2) };
                  const options = { bubbles: true, composed: true, pointerType: "mouse", ...at };
                  const time = presented(() => !tip.hidden && tip.textContent !== before, 5000);
                  stage.dispatchEvent(new PointerEvent("pointermove", options));
                  stage.dispatchEvent(new MouseEvent("mousemove", options));
                  return time;
                }""",
                0.4 + 0.5 * repeat / repeats,
            )
        )
        for repeat in range(repeats)
    ]


def _zooms(page: Page, repeats: int) -> list[float]:
    """From the turn of the wheel after which 512 rows or fewer are seen to their exact cells, elsewhere each time."""
    times = []
    for repeat in range(repeats):
        page.locator(f"{HEATMAP} .stage").press("0")
        _rest(page)
        times.append(
            float(
                page.evaluate(
                    """async (share) => {
                      const heatmap = view(".attnviz-heatmap");
                      const stage = view(".attnviz-heatmap .stage");
                      const { left, top, width, height } = stage.getBoundingClientRect();
                      const at = { clientX: left + width * share, clientY: top + height * share };
                      const options = { bubbles: true, composed: true, cancelable: true, ctrlKey: true, deltaY: -120 };
                      let started = 0;
                      for (let turn = 0; turn < 200 && Number(heatmap.dataset.zoom ?? 1) < 8.5; turn += 1) {
                        started = performance.now();
                        stage.dispatchEvent(new WheelEvent("wheel", { ...options, ...at }));
                        await new Promise(requestAnimationFrame);
                        await new Promise(requestAnimationFrame);
                      }
                      if (Number(heatmap.dataset.zoom) < 8.5) throw new Error("not zoomed");
                      const waited = performance.now() - started;
                      return waited + (await presented(() => heatmap.dataset.ready === "1"));
                    }""",
                    0.3 + 0.6 * repeat / repeats,
                )
            )
        )
        _rest(page)
    return times


def megabytes_of(browser: Browser) -> float:
    """Memory of the largest renderer of `browser`: what is its own, and its share of what is not."""
    session = browser.new_browser_cdp_session()
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    return max(_megabytes(one["id"]) for one in processes if one["type"] == "renderer")


def _megabytes(process: int) -> float:
    lines = (Path("/proc") / str(process) / "smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def _line(row: Row) -> str:
    times = row.milliseconds
    median, low, high = statistics.median(times), min(times), max(times)
    return f"| {row.what} | {median:.0f} ms | {low:.0f} to {high:.0f} ms | {row.target} | {row.note} |"


if __name__ == "__main__":
    main()
