"""Run all tests: `python3 tools/test.py`. Does its own set-up, a browser included; further arguments go to pytest."""

import os
import sys

import interpreter

# Two at a time. Tests of a file stay together, as do those of some rooms, see tests/rooms_together.py.
TOGETHER = ["-n", "2", "--dist", "loadfile"]


def main():
    """Set up, then become pytest's process, in the checkout's folder."""
    interpreter.require_supported()
    # Only now: an older Python cannot even parse these.
    from browser import VARIABLE, NoBrowserError, find_browser
    from environment import ROOT, clean_environment, prepare
    from stages import stage

    python = prepare("requirements-dev.txt")
    variables = clean_environment()
    try:
        variables[VARIABLE] = find_browser(python, may_install=True)
        stage("Browser: " + (variables[VARIABLE] or "Playwright's own Chromium"))
    except NoBrowserError as error:
        # The other tests can still run; those that need a browser fail and repeat this message.
        print(error, file=sys.stderr, flush=True)
    stage("Running the tests")
    os.chdir(str(ROOT))
    os.execve(str(python), [str(python), "-m", "pytest"] + (sys.argv[1:] or TOGETHER), variables)  # noqa: S606 - no shell


if __name__ == "__main__":
    main()
