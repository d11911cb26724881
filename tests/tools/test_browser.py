import os
import sys
from pathlib import Path

import browser
import pytest
from playwright.sync_api import sync_playwright

PYTHON = Path(sys.executable)


@pytest.fixture(scope="session")
def real_browser() -> str:
    path = browser.find_browser(PYTHON, may_install=False)
    if path == browser.PLAYWRIGHTS_OWN:
        with sync_playwright() as playwright:
            path = playwright.chromium.executable_path
    return path


@pytest.fixture
def bare_machine(real_browser, path_folder, tmp_path, monkeypatch):
    """No browser is chosen, on the PATH, or downloaded; and none can be downloaded."""
    monkeypatch.delenv(browser.VARIABLE, raising=False)
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "downloaded"))
    monkeypatch.setenv("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")


def start_real(real_browser: str) -> str:
    # Debian's launcher is a shell script that needs the system's programs.
    return f'export PATH={os.defpath}:/usr/bin:/bin\nexec "{real_browser}" "$@"'


@pytest.mark.parametrize("name", ["chromium", "google-chrome-stable"])
def test_the_systems_browser_is_taken(name, bare_machine, real_browser, program):
    path = program(name, start_real(real_browser))
    assert browser.find_browser(PYTHON, may_install=False) == str(path)


def test_a_wrapper_that_starts_nothing_is_passed_over(bare_machine, real_browser, program):
    program("chromium", "echo install the snap first >&2; exit 1")
    program("chromium-browser", "echo Chromium 150.0.0.0; exit 0")  # answers, but is no browser
    path = program("google-chrome", start_real(real_browser))
    assert browser.find_browser(PYTHON, may_install=False) == str(path)


def test_the_chosen_browser_comes_first(bare_machine, real_browser, program, tmp_path, monkeypatch):
    program("chromium", start_real(real_browser))
    monkeypatch.setenv(browser.VARIABLE, real_browser)
    assert browser.find_browser(PYTHON, may_install=False) == real_browser
    monkeypatch.setenv(browser.VARIABLE, str(tmp_path / "nowhere"))
    with pytest.raises(browser.NoBrowserError, match=r"ATTNVIZ_BROWSER is '.*nowhere', which does not start"):
        browser.find_browser(PYTHON, may_install=True)


def test_no_browser_says_what_to_install(bare_machine, program):
    program("chromium", "exit 1")
    with pytest.raises(browser.NoBrowserError) as raised:
        browser.find_browser(PYTHON, may_install=True)
    message = str(raised.value)
    assert "chromium does not start" in message
    assert "there is no apt-get on this machine" in message
    assert "sudo apt-get install chromium" in message
    assert f"{PYTHON} -m playwright install --with-deps chromium" in message
    assert browser.VARIABLE in message


def test_debians_package_is_installed_where_apt_works(bare_machine, real_browser, program, path_folder, may_use_apt):
    prepared = program("prepared", start_real(real_browser))
    install = f"/bin/cp {prepared} {path_folder / 'chromium'}"
    program("apt-get", f'case "$*" in *"install -y"*chromium) {install};; esac')
    assert browser.find_browser(PYTHON, may_install=True) == str(path_folder / "chromium")


def test_nothing_is_installed_unless_it_may(bare_machine, program, tmp_path, may_use_apt):
    called = tmp_path / "called"
    program("apt-get", f"/bin/touch {called}")
    with pytest.raises(browser.NoBrowserError, match="sudo apt-get install chromium"):
        browser.find_browser(PYTHON, may_install=False)
    assert not called.exists()
