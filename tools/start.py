"""Start the dashboard: `python3 tools/start.py`. Does its own set-up; further arguments go to `streamlit run`."""

import os
import sys

import interpreter


def main():
    """Set up, then become the dashboard's process."""
    interpreter.require_supported()
    # Only now: an older Python cannot even parse these.
    from environment import ROOT, clean_environment, prepare
    from stages import stage

    python = str(prepare("requirements.txt"))
    stage("Starting the dashboard; Ctrl+C ends it")
    command = [python, "-m", "streamlit", "run", str(ROOT / "dashboard.py")] + sys.argv[1:]  # noqa: RUF005
    os.execve(python, command, clean_environment())  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main()
