"""A real server and a real browser, for what only they can show."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from browser import VARIABLE, NoBrowserError, find_browser
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from tests.browser.family import Family

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 90
EXPECT_SECONDS = 30  # a busy machine with two cores takes longer than the five that are Playwright's own
VIEWPORT: ViewportSize = {"width": 1280, "height": 900}

WITHOUT_HIDDEN_PAGES = ("WebUIOmniboxPopup", "WebUIOmniboxAimPopup")
"""With every window, Chromium opens two pages that nobody sees, for what its address bar suggests. Two thirds of the
processor time of an empty page are theirs, and every test opens one."""
OFF_IN_PLAYWRIGHT = (
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
)
"""Playwright's own list, which a second `--disable-features` takes the place of."""
# Playwright leaves Chromium's sandbox off: root and most containers cannot have it, and the only pages that are opened
# are the project's own.
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={','.join((*WITHOUT_HIDDEN_PAGES, *OFF_IN_PLAYWRIGHT))}",
]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a dashboard that was started as a person starts it, with no slash at the end."""
    with serving(tmp_path_factory.mktemp("server") / "server.log") as url:
        yield url


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., AbstractContextManager[str]]:
    """Starts another dashboard with the arguments that it is given: `with serve("--no-uploads") as url`."""
    return lambda *arguments: serving(tmp_path_factory.mktemp("server") / "server.log", *arguments)


@contextmanager
def serving(log: Path, *arguments: str) -> Iterator[str]:
    """The address of a dashboard that was started with these arguments after `--`; it ends with the block."""
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "streamlit", "run", "dashboard.py", "--server.headless=true"]
    options = ["--server.address=127.0.0.1", f"--server.port={port}", "--server.fileWatcherType=none"]
    with log.open("wb") as output:
        # In this process's group, so that what ends the tests from outside ends the server too.
        process = subprocess.Popen(
            [*command, *options, "--", *arguments], cwd=ROOT, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        _wait_until_healthy(url, process, log)
        yield url
    finally:
        _end(process)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The browser that `python3 tools/test.py` found, or one that is found now; none is a failure, never a skip."""
    path = os.environ.get(VARIABLE)
    if path is None:
        try:
            path = find_browser(Path(sys.executable), may_install=False)
        except NoBrowserError as error:
            pytest.fail(str(error), pytrace=False)
    expect.set_options(timeout=1000 * EXPECT_SECONDS)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path or None, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty page in a browser context of its own: no cookies, no storage, nothing of another test."""
    context = browser.new_context(viewport=VIEWPORT)
    yield context.new_page()
    context.close()


@pytest.fixture
def family(browser: Browser) -> Iterator[Family]:
    """Opens the linked views without Streamlit: `family.open(payload_of(capture), views=("heatmap",))`."""
    pages = Family(browser)
    yield pages
    pages.close()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait_until_healthy(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            pass
        try:
            process.wait(timeout=0.1)  # between two questions, and returns at once if the server ends
        except subprocess.TimeoutExpired:
            continue
        break
    pytest.fail(
        f"The server did not answer at {url} within {START_SECONDS} s (exit status: {process.poll()}). Its log:\n"
        + log.read_text(encoding="utf-8", errors="replace"),
        pytrace=False,
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
