"""A browser for the tests: the system's Chromium or Chrome, else Debian's, else the one that Playwright downloads."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from debian import NotInstallableError, apt_command, install_packages
from stages import stage

VARIABLE = "ATTNVIZ_BROWSER"
"""Environment variable with the path of the browser that the tests start; empty for Playwright's own."""

PLAYWRIGHTS_OWN = ""
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# Asks what the tests will ask: a name on the PATH may be a wrapper around a snap that starts nothing.
_TRIAL = """
import sys
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=sys.argv[1] or None, timeout=30_000)
    page = browser.new_page()
    page.goto("data:text/html,<title>started</title>")
    title = page.title()
    browser.close()
sys.exit(title != "started")
"""


class NoBrowserError(Exception):
    """No browser starts, and none could be installed; the message says what was tried and what to install."""


def find_browser(python: Path, *, may_install: bool) -> str:
    """The path of a browser that starts, or `PLAYWRIGHTS_OWN`.

    Args:
        python: A Python that has Playwright.
        may_install: Whether to install one if there is none.

    Raises:
        NoBrowserError: If none starts.
    """
    tried: list[str] = []
    chosen = os.environ.get(VARIABLE)
    if chosen is not None:
        if starts(chosen, python):
            return chosen
        raise NoBrowserError(
            f"{VARIABLE} is {chosen!r}, which does not start. Unset it, or set it to a Chromium or Chrome."
        )
    for candidate in _candidates():
        if starts(candidate, python):
            return candidate
        tried.append(f"{candidate} does not start")
    if starts(PLAYWRIGHTS_OWN, python):
        return PLAYWRIGHTS_OWN
    if may_install:
        for install in (_install_from_debian, _download_with_playwright):
            try:
                return install(python)
            except NotInstallableError as error:
                tried.append(str(error))
    raise NoBrowserError(_advice(tried, python))


def starts(path: str, python: Path) -> bool:
    """Whether Playwright can start that browser and open a page in it."""
    try:
        trial = subprocess.run([str(python), "-c", _TRIAL, path], capture_output=True, timeout=90)
    except subprocess.TimeoutExpired:
        return False
    return trial.returncode == 0


def _candidates() -> Iterator[str]:
    for name in NAMES:
        path = shutil.which(name)
        if path is not None:
            yield path


def _install_from_debian(python: Path) -> str:
    stage("No Chromium or Chrome found: installing Debian's package chromium")
    install_packages(["chromium"])
    path = shutil.which("chromium")
    if path is None or not starts(path, python):
        raise NotInstallableError("Debian's package chromium was installed, but does not start")
    return path


def _download_with_playwright(python: Path) -> str:
    stage("Downloading Playwright's Chromium")
    command = [str(python), "-m", "playwright", "install", "chromium"]
    try:
        apt_command()
        command.append("--with-deps")  # the libraries it needs come through apt
    except NotInstallableError:
        pass
    if subprocess.run(command).returncode:
        raise NotInstallableError("Playwright could not download its Chromium, see above")
    if not starts(PLAYWRIGHTS_OWN, python):
        raise NotInstallableError(
            "Playwright's Chromium was downloaded, but does not start (system libraries are missing)"
        )
    return PLAYWRIGHTS_OWN


def _advice(tried: list[str], python: Path) -> str:
    attempts = "".join(f"\n  - {one}" for one in tried)
    return (
        "The browser tests need Chromium or Chrome, and none was found that starts."
        + (f" What was tried:{attempts}" if tried else "")
        + "\nInstall one of these, and run this command again:"
        "\n  - Debian: sudo apt-get install chromium"
        "\n  - Ubuntu: Google Chrome, as the package google-chrome-stable"
        f"\n  - anywhere: {python} -m playwright install --with-deps chromium"
        f"\nor set {VARIABLE} to the path of a Chromium or Chrome."
    )
