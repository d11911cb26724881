"""The linked views beside what others draw: BertViz, CircuitsVis, and Plotly in Streamlit, in one run.

    python3 -m venv /tmp/peers && /tmp/peers/bin/pip install --no-deps bertviz==1.4.1 circuitsvis==1.43.3
    /tmp/peers/bin/pip install torch==2.13.0 numpy==2.4.6 ipython==9.18.1 importlib-metadata==10.2.0
    npm install --prefix /tmp/peers requirejs@2.3.6 d3@5.7.0 jquery@2
    .venv/bin/python -m benchmarks.views_peers --peers-python /tmp/peers/bin/python --packages /tmp/peers/node_modules

Attention of 6 layers × 12 heads, made of random numbers, in the same Chromium. Each peer gets what it is made for:
BertViz writes a page with its head view (12 heads of a layer) and one with its model view (all heads), CircuitsVis one
with all heads; Plotly draws one head, or all, of a Streamlit page; ours come from a model of that shape with random
weights.

All times end as in `benchmarks.views`, where the frame begins after the one that drew. First paint begins where a
person asks: of a page that a peer wrote, with opening it, without the time to write it; of a Streamlit page, ours too,
with another input or layer. What takes longer than two minutes is given up. Memory is that of the renderer.
"""

import argparse
import functools
import http.server
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import Error as BrowserError

from benchmarks.explore import ROOT, browser_arguments, server
from benchmarks.views import GRID, HEATMAP, Pages, hovers, megabytes_of, next_heads, write_model

LAYERS, HEADS = 6, 12
LONGEST = {"bertviz_head": 256, "bertviz_model": 128, "circuitsvis": 128, "plotly": 256, "attnviz": 256}
"""Tokens beyond which a peer takes more than two minutes, or crashes."""
PATIENCE = 120.0  # seconds
ENOUGH = 10.0  # seconds after which nothing is repeated
COLUMNS = {
    "attnviz": "attnviz",
    "bertviz_head": "BertViz head view",
    "bertviz_model": "BertViz model view",
    "circuitsvis": "CircuitsVis heads",
    "plotly": "Plotly in Streamlit",
}
ROWS = {
    "paint": "first paint",
    "change": "another head or layer",
    "hover": "pointer to what it tells",
    "all": "all 72 heads",
    "memory": "renderer",
    "bytes": "sent to the browser",
}

IN_PAGE = """
window.filled = 0;
const fill = CanvasRenderingContext2D.prototype.fill;
CanvasRenderingContext2D.prototype.fill = function (...what) {
  window.filled += 1; // cells that CircuitsVis drew
  return fill.apply(this, what);
};
window.presented = (done) => new Promise((resolve, reject) => {
  const began = performance.now();
  const look = () => {
    if (done()) requestAnimationFrame(() => resolve(performance.now()));
    else if (performance.now() - began > PATIENCE) reject(new Error("took too long"));
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
});
window.since = async (type, done) => {
  const started = new Promise((resolve) => {
    document.addEventListener(type, () => resolve(performance.now()), { capture: true, once: true });
  });
  const from = await started;
  return (await presented(done)) - from;
};
""".replace("PATIENCE", str(1000 * PATIENCE))

Measured = dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers-python", required=True, metavar="PATH")
    parser.add_argument("--packages", required=True, type=Path, metavar="FOLDER", help="node_modules")
    parser.add_argument("--lengths", nargs="+", type=int, default=[16, 64, 128], metavar="TOKENS")
    parser.add_argument("--only", nargs="+", choices=list(COLUMNS), default=list(COLUMNS))
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    os.environ["STREAMLIT_SERVER_FILE_WATCHER_TYPE"] = "none"
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        write_model(Path(folder) / "models" / "six", f"heads={HEADS}, blocks={LAYERS}, units=96")
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("ATTNVIZ_BROWSER") or None, args=browser_arguments()
        )
        print(f"{os.cpu_count()} cores, {platform.machine()}, Chromium {browser.version}\n", flush=True)
        print(f"| Tokens | What | {' | '.join(COLUMNS[name] for name in arguments.only)} |", flush=True)
        print(f"| --- | --- |{' --- |' * len(arguments.only)}", flush=True)
        for length in arguments.lengths:
            place = Path(folder) / str(length)
            place.mkdir()
            _write_attention(place, length)
            (place / "packages").symlink_to(arguments.packages.resolve())
            columns = {}
            for name in arguments.only:
                measure = functools.partial(_measured, name, browser, place, length, arguments.repeats)
                columns[name] = measure(arguments.peers_python) if length <= LONGEST[name] else {}
            for row, what in ROWS.items():
                cells = [_cell(row, columns[name].get(row)) for name in arguments.only]
                print(f"| {length} | {what} | {' | '.join(cells)} |", flush=True)
        browser.close()


def _measured(name: str, browser: Browser, place: Path, length: int, repeats: int, python: str) -> Measured:
    if name == "attnviz":
        return _ours(browser, place.parent / "models", length, repeats)
    if name == "plotly":
        return _plotly(browser, place, repeats)
    try:
        done = subprocess.run(
            [python, "-m", "benchmarks.peers_side", str(place), name],
            cwd=ROOT,
            check=True,
            capture_output=True,
            timeout=PATIENCE,
        )
    except subprocess.TimeoutExpired:
        return {}
    found = _PEERS[name](browser, place, length, repeats)
    print(f"{COLUMNS[name]}, {length} tokens: written in {json.loads(done.stdout)[name]:.1f} s", file=sys.stderr)
    return {**found, "bytes": (place / f"{name}.html").stat().st_size}


def _write_attention(place: Path, length: int) -> None:
    scores = 3 * np.random.default_rng(0).normal(size=(LAYERS, HEADS, length, length)).astype(np.float32)
    powers = np.exp(scores)
    np.save(place / "attention.npy", powers / powers.sum(axis=-1, keepdims=True))
    (place / "tokens.json").write_text(json.dumps([f"word{one}" for one in range(length)]), "utf-8")


def _ours(browser: Browser, models: Path, length: int, repeats: int) -> Measured:
    with server(str(models)) as (address, _):
        pages = Pages(browser, address)
        page = pages.open("six", length, head="1")
        found = {"paint": statistics.median(pages.choose(length, HEATMAP) for _ in range(repeats))}
        found["bytes"] = pages.needed
        found["all"] = statistics.median(pages.choose(length, GRID) for _ in range(repeats))
        found["change"] = statistics.median(next_heads(pages, HEADS, repeats))
        found["hover"] = statistics.median(hovers(page, repeats))
        found["memory"] = pages.megabytes()
        page.context.close()
    return found


def _bertviz_head(browser: Browser, place: Path, length: int, repeats: int) -> Measured:
    lines = f"document.getElementsByTagName('line').length >= {HEADS * length**2}"
    with _opened(browser, place, "bertviz_head", lines) as (page, found):
        layers = iter(range(1, 1000))
        found["change"] = _median(
            lambda: _after(page, _dispatched("'#layer'", "change", f"one.value = {next(layers) % LAYERS};")), repeats
        )
        tokens = iter(range(1, 1000))
        found["hover"] = _median(
            lambda: _after(page, _dispatched(f"'#left text', {next(tokens) % length}", "mouseover")), repeats
        )
    return found


def _bertviz_model(browser: Browser, place: Path, length: int, repeats: int) -> Measured:
    lines = f"document.getElementsByTagName('line').length >= {LAYERS * HEADS * length**2}"
    with _opened(browser, place, "bertviz_model", lines) as (page, found):
        found["all"] = found["paint"]
        heads = iter(range(1, 1000))
        tiles = "'rect[style=\"opacity: 0;\"]'"  # what is clicked lies over each thumbnail
        found["change"] = _median(
            lambda: _after(page, _dispatched(f"{tiles}, {next(heads) % (LAYERS * HEADS)}", "click")), repeats
        )
    return found


def _circuitsvis(browser: Browser, place: Path, length: int, repeats: int) -> Measured:
    cells = (LAYERS * HEADS + 1) * length**2
    with _opened(browser, place, "circuitsvis", f"window.filled >= {cells}") as (page, found):
        found["all"] = found["paint"]
        page.wait_for_timeout(1000)
        heads = iter(range(1, 1000))

        def change() -> float:
            name = page.locator("h4").nth(next(heads) % (LAYERS * HEADS))
            return _moved(page, "mouseover", f"window.filled >= before + {length**2}", lambda: name.hover(force=True))

        found["change"] = _median(change, repeats)
        canvas = page.locator("canvas").last
        canvas.scroll_into_view_if_needed()
        box = canvas.bounding_box()
        assert box is not None
        shares = iter(np.linspace(0.3, 0.8, repeats))

        def hover() -> float:
            share = next(shares)
            x, y = box["x"] + box["width"] * share, box["y"] + box["height"] * 0.6
            drawn = f"window.filled >= before + {length**2}"
            return _moved(page, "mousemove", drawn, lambda: page.mouse.move(x, y))

        found["hover"] = _median(hover, repeats)
    return found


_PEERS: Mapping[str, Callable[[Browser, Path, int, int], Measured]] = {
    "bertviz_head": _bertviz_head,
    "bertviz_model": _bertviz_model,
    "circuitsvis": _circuitsvis,
}


def _plotly(browser: Browser, place: Path, repeats: int) -> Measured:
    os.environ["ATTENTION_FOLDER"] = str(place)
    with server("", str(ROOT / "benchmarks" / "peers_plotly.py")) as (address, _):
        page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        page.set_default_timeout(1000 * PATIENCE)
        received = [0]
        page.on(
            "websocket",
            lambda one: one.on("framereceived", lambda data: received.__setitem__(0, received[0] + len(data))),
        )
        page.add_init_script(IN_PAGE)
        page.goto(address)
        page.locator(".gtitle").wait_for()
        layers, heads = iter([*range(2, LAYERS + 1), 1] * 50), iter([*range(2, HEADS + 1), 1] * 50)
        shown = {"layer": 1, "head": "1"}

        def choose(label: str, value: object) -> float:
            shown[label.lower()] = str(value)
            title = f"layer {shown['layer']}, head {shown['head']}"
            box = page.get_by_role("combobox", name=label)
            box.fill(str(value))
            page.get_by_role("option", name=str(value), exact=True).wait_for()
            done = f"document.querySelector('.gtitle')?.textContent === {title!r}"
            milliseconds = _moved(page, "keydown", done, lambda: box.press("Enter"))
            page.wait_for_timeout(500)
            return milliseconds

        before = received[0]
        found = {"paint": choose("Layer", next(layers))}
        found["bytes"] = received[0] - before
        found["paint"] = _median(lambda: choose("Layer", next(layers)), repeats)
        found["change"] = _median(lambda: choose("Head", next(heads)), repeats)
        plot = page.locator(".plotly .nsewdrag").first
        plot.scroll_into_view_if_needed()
        box = plot.bounding_box()
        assert box is not None
        shares = iter(np.linspace(0.3, 0.8, repeats))

        def hover() -> float:
            share = next(shares)
            told = "document.querySelector('.hoverlayer').textContent"
            page.evaluate(f"window.told = {told}")
            x, y = box["x"] + box["width"] * share, box["y"] + box["height"] * 0.6
            done = f"{told} && {told} !== window.told"
            milliseconds = _moved(page, "mousemove", done, lambda: page.mouse.move(x, y))
            page.wait_for_timeout(300)
            return milliseconds

        found["hover"] = _median(hover, repeats)
        found["memory"] = megabytes_of(browser)
        found["all"] = choose("Head", "every")
        page.context.close()
    return found


@contextmanager
def _opened(browser: Browser, place: Path, name: str, drawn: str) -> Iterator[tuple[Page, Measured]]:
    """A page that a peer wrote, and how long it took until `drawn`, an expression, was true of it.

    What cannot be measured in time is left out.
    """
    found: Measured = {}
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    try:
        with _served(place) as address:
            page = context.new_page()
            page.set_default_timeout(1000 * PATIENCE)
            page.add_init_script(IN_PAGE)
            page.goto(f"{address}/{name}.html", wait_until="commit")
            found["paint"] = float(page.evaluate(f"presented(() => {drawn})"))
            yield page, found
            found["memory"] = megabytes_of(browser)
    except BrowserError as error:
        print(f"{name}, {place.name} tokens: {str(error).splitlines()[0]}", file=sys.stderr)
    finally:
        context.close()


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    handler = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as one:
        threading.Thread(target=one.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{one.server_port}"
        one.shutdown()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing is told of a request."""


def _dispatched(which: str, event: str, first: str = "") -> str:
    """Sends an event to one of the elements of a selector; what listens is done when that returns."""
    return f"""(() => {{
      const at = ([selector, place = 0]) => document.querySelectorAll(selector)[place];
      const one = at([{which}]);
      {first}
      one.dispatchEvent(new MouseEvent({event!r}, {{ bubbles: true }}));
    }})()"""


def _after(page: Page, act: str) -> float:
    """Milliseconds that an expression takes in the page, and what it changed to be drawn."""
    return float(
        page.evaluate(
            f"(async () => {{ const from = performance.now(); {act}; return await presented(() => true) - from; }})()"
        )
    )


def _moved(page: Page, event: str, done: str, act: Callable[[], object]) -> float:
    """Milliseconds from the event that `act` causes until `done`, an expression, is true and drawn."""
    page.evaluate(f"window.before = window.filled; void (window.result = since({event!r}, () => {done}))")
    act()
    return float(page.evaluate("window.result"))


def _median(measure: Callable[[], float], repeats: int) -> float:
    """The median of several; of as many as `ENOUGH` seconds allow, where one takes long."""
    started = time.monotonic()
    times: list[float] = []
    while len(times) < repeats and (not times or time.monotonic() - started < ENOUGH):
        times.append(measure())
    return statistics.median(times)


def _cell(row: str, value: float | None) -> str:
    if value is None:
        return "–"
    if row == "memory":
        return f"{value:,.0f} MB"
    if row == "bytes":
        return f"{value / 1e6:,.1f} MB"
    return f"{value:,.0f} ms" if value < 10_000 else f"{value / 1000:,.1f} s"


if __name__ == "__main__":
    main()
