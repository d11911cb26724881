"""How fast the linked views are: from a choice to the painted picture, and from the pointer to its tooltip.

    .venv/bin/python -m benchmarks.views [--repeats 9] [--only small large]

Real headless Chromium, a real dashboard on 127.0.0.1, and models with random weights: 6 layers of 12 heads up to
512 tokens, one layer of 2 heads above, whose captures would not fit into memory otherwise. Times are taken in the page,
from the event to the second frame after the one in which the view said that it was painted; medians and ranges of all
repeats are printed. Inputs are captured before: what is measured is the way from the run to the screen.
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

# A view by its class, in whatever shadow root it stands; `after` resolves with the milliseconds since it was called.
IN_PAGE = """
window.find = (name) => {
  for (const host of document.querySelectorAll("*")) {
    const found = host.shadowRoot?.querySelector(name);
    if (found) return found;
  }
  return null;
};
window.after = (done, limit = 60000) => new Promise((resolve, reject) => {
  const started = performance.now();
  const look = () => {
    if (performance.now() - started > limit) reject(new Error("not painted"));
    else if (!done()) requestAnimationFrame(look);
    else requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - started)));
  };
  look();
});
window.painted = (name, words) => {
  const before = Number(find(name)?.dataset.painted ?? 0);
  return after(() => {
    const view = find(name);
    return view && view.dataset.ready === "1" && Number(view.dataset.painted) !== before &&
      find(".attnviz-workspace").textContent.includes(words);
  });
};
window.onEvent = (type, begin) => new Promise((resolve, reject) => {
  document.addEventListener(type, () => begin().then(resolve, reject), { capture: true, once: true });
});
void 0  // a function would be called
"""
HEATMAP, GRID, LINKS = ".attnviz-heatmap", ".attnviz-grid", ".attnviz-links"
WORDS = [word for word in VOCABULARY if word not in ("friends", "order")]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table."""

    what: str
    milliseconds: list[float]
    target: str
    note: str = ""


class Pages:
    """Pages of the dashboard, one at a time: each begins in a renderer of its own."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.browser, self.address = browser, address
        self.page: Page | None = None

    def open(self, model: str, length: int, *, head: str) -> Page:
        """A page that shows one of two texts of `length` tokens, both captured."""
        if self.page is not None:
            self.page.context.close()
        page = self.page = self.browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        page.goto(f"{self.address}/?model={model}&head={head}", wait_until="commit")
        page.locator(f"{HEATMAP}[data-ready='1']").wait_for(timeout=120_000)
        page.evaluate(IN_PAGE)
        for first in ("order", "friends"):
            page.get_by_role("textbox", name="Text").fill(_text(first, length))
            page.get_by_role("textbox", name="Text").press("Enter")
            page.locator(".attnviz-text").filter(has_text=first).wait_for(timeout=240_000)
            _rest(page)
        return page


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--only", nargs="+", choices=("small", "large"), default=["small", "large"])
    arguments = parser.parse_args()
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        for name, options in (
            ("six", "heads=12, blocks=6, units=96"),
            ("long", "heads=2, blocks=1, maximum_length=4096"),
        ):
            _write(Path(folder) / name, options)
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


def _write(folder: Path, options: str) -> None:
    """In a process of its own: TensorFlow's threads would take part in the times."""
    code = "from pathlib import Path; from benchmarks.toy_transformer import write_toy_transformer as write; "
    subprocess.run([sys.executable, "-c", f"{code}write(Path({str(folder)!r}), {options})"], cwd=ROOT, check=True)


def _small(pages: Pages, repeats: int) -> Iterator[Row]:
    for length in (16, 64, 128, 256):
        page = pages.open("six", length, head="1")
        times = _choose_inputs(page, length, repeats, HEATMAP)
        yield Row(what=f"an input is chosen: first head painted, T={length}", milliseconds=times, target="≤ 250 ms")
    page = pages.open("six", 128, head="1")
    yield Row(what="change of head, T=128", milliseconds=_heads(page, 12, repeats), target="≤ 50 ms")
    yield Row(what="change of layer, T=128", milliseconds=_layers(page, 6, repeats, HEATMAP), target="≤ 50 ms")
    yield Row(what="pointer to tooltip, T=128", milliseconds=_hovers(page, repeats), target="≤ 33 ms")
    for length, target in ((64, 200), (128, 250)):
        page = pages.open("six", length, head="1")
        times = _choose_inputs(page, length, repeats, GRID)
        memory = f"renderer {_renderer_megabytes():.0f} MB (≤ 250)"
        yield Row(what=f"grid of 72 heads, T={length}", milliseconds=times, target=f"≤ {target} ms", note=memory)
    page = pages.open("six", 128, head="mean")
    page.get_by_role("tab", name="Links").click()
    page.locator(f"{LINKS}[data-ready='1']").wait_for()
    for chip in page.locator(f"{LINKS} [aria-pressed='false']").all():
        chip.click()
    pressed = page.locator(f"{LINKS} [aria-pressed='true']").count()
    times = _layers(page, 6, repeats, LINKS)
    yield Row(what="links of 12 heads, T=128", milliseconds=times, target="≤ 250 ms", note=f"{pressed} heads drawn")


def _large(pages: Pages, repeats: int) -> Iterator[Row]:
    page = pages.open("six", 512, head="1")
    yield Row(what="change of head, T=512", milliseconds=_heads(page, 12, repeats), target="≤ 160 ms")
    for length, target in ((1024, "≤ 180 ms"), (2048, "≤ 250 ms"), (4096, "≤ 300 ms")):
        page = pages.open("long", length, head="1")
        times = _heads(page, 2, repeats)
        note = f"renderer {_renderer_megabytes():.0f} MB (≤ 300)" if length == 4096 else ""
        yield Row(what=f"change of head, T={length:,}", milliseconds=times, target=target, note=note)
        yield Row(what=f"pointer to tooltip, T={length:,}", milliseconds=_hovers(page, repeats), target="≤ 33 ms")
    yield Row(what="zoom to exact cells, T=4,096", milliseconds=_zooms(page, repeats), target="≤ 250 ms")


def _text(first: str, length: int) -> str:
    return " ".join([first, *(WORDS[place * place % len(WORDS)] for place in range(length - 1))])


def _rest(page: Page) -> None:
    page.wait_for_function("find('.attnviz-heatmap')?.dataset.ready === '1'", timeout=120_000)
    page.locator("[data-testid=stStatusWidget]").wait_for(state="detached", timeout=120_000)
    page.wait_for_timeout(400)  # what follows the views has been sent too


def _timed(page: Page, event: str, wait: str, act: Callable[[], object]) -> float:
    page.evaluate(f"void (window.result = onEvent({event!r}, () => {wait}))")
    act()
    milliseconds = float(page.evaluate("window.result"))
    _rest(page)
    return milliseconds


def _choose_inputs(page: Page, length: int, repeats: int, view: str) -> list[float]:
    box = page.get_by_role("textbox", name="Text")
    times = []
    for repeat in range(repeats):
        word = ("order", "friends")[repeat % 2]
        box.fill(_text(word, length))
        times.append(_timed(page, "keydown", f"painted({view!r}, {word!r})", lambda: box.press("Enter")))
    return times


def _heads(page: Page, heads: int, repeats: int) -> list[float]:
    following = page.get_by_role("button", name="Next head")
    times = []
    for repeat in range(repeats):
        wanted = f"Head {(repeat + 1) % heads + 1} of"
        times.append(_timed(page, "click", f"painted({HEATMAP!r}, {wanted!r})", following.click))
    return times


def _layers(page: Page, layers: int, repeats: int, view: str) -> list[float]:
    page.locator(".attnviz-toolbar").get_by_label("Layer", exact=True).focus()
    times = []
    for repeat in range(repeats):
        layer = (repeat + 1) % layers
        choose = f"() => {{ const one = find('.attnviz-toolbar select'); one.value = '{layer}'; "
        choose += "one.dispatchEvent(new Event('change', { bubbles: true, composed: true })); }"
        wait = f"painted({view!r}, 'attention_{layer + 1}')"
        times.append(_timed(page, "change", wait, partial(page.evaluate, choose)))
    return times


def _hovers(page: Page, repeats: int) -> list[float]:
    page.locator(f"{HEATMAP} .stage").scroll_into_view_if_needed()
    return [
        float(
            page.evaluate(
                """async (share) => {
                  const stage = find(".attnviz-heatmap .stage");
                  const tip = find(".attnviz-heatmap .tip");
                  const before = tip.hidden ? "" : tip.textContent;
                  const { left, top, width, height } = stage.getBoundingClientRect();
                  const at = { clientX: left + width * share, clientY: top + height * (0.9 - share / 2) };
                  const started = performance.now();
                  const options = { bubbles: true, composed: true, pointerType: "mouse", ...at };
                  stage.dispatchEvent(new PointerEvent("pointermove", options));
                  stage.dispatchEvent(new MouseEvent("mousemove", options));
                  while (tip.hidden || tip.textContent === before) {
                    if (performance.now() - started > 5000) throw new Error("no tooltip");
                    await new Promise(requestAnimationFrame);
                  }
                  return performance.now() - started;
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
                      const view = find(".attnviz-heatmap");
                      const stage = find(".attnviz-heatmap .stage");
                      const { left, top, width, height } = stage.getBoundingClientRect();
                      const at = { clientX: left + width * share, clientY: top + height * share };
                      const options = { bubbles: true, composed: true, cancelable: true, ctrlKey: true, deltaY: -120 };
                      let started = 0;
                      for (let turn = 0; turn < 200 && Number(view.dataset.zoom ?? 1) < 8.5; turn += 1) {
                        started = performance.now();
                        stage.dispatchEvent(new WheelEvent("wheel", { ...options, ...at }));
                        await new Promise(requestAnimationFrame);
                        await new Promise(requestAnimationFrame);
                      }
                      if (Number(view.dataset.zoom) < 8.5) throw new Error("not zoomed");
                      await after(() => view.dataset.ready === "1");
                      return performance.now() - started;
                    }""",
                    0.3 + 0.6 * repeat / repeats,
                )
            )
        )
        _rest(page)
    return times


def _renderer_megabytes() -> float:
    """Memory of the largest renderer that this process started: what is its own, and its share of what is not."""
    sizes = [0.0]
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if b"--type=renderer" in (process / "cmdline").read_bytes():
                lines = (process / "smaps_rollup").read_text().splitlines()
                sizes.append(next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024)
        except (OSError, StopIteration):
            continue
    return max(sizes)


def _line(row: Row) -> str:
    times = row.milliseconds
    median, low, high = statistics.median(times), min(times), max(times)
    return f"| {row.what} | {median:.0f} ms | {low:.0f} to {high:.0f} ms | {row.target} | {row.note} |"


if __name__ == "__main__":
    main()
