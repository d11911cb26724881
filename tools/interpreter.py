"""Makes sure that a Python which the packages exist for runs the set-up. Parses on every Python, so that an old one
gets a message instead of a syntax error."""

import os
import sys

OLDEST = (3, 11)
NEWEST = (3, 13)  # TensorFlow 2.21 is built for no later one


def require_supported(version=None, path=None):
    """Return if this Python will do; else start the running script again on one that does, or exit with a message.

    Args:
        version: `(major, minor)` of the Python to judge; the running one if None.
        path: Where to look for another Python, as in the environment variable PATH, which it is if None.
    """
    version = tuple(sys.version_info[:2]) if version is None else version
    path = os.environ.get("PATH", "") if path is None else path
    if OLDEST <= version <= NEWEST:
        return
    other = _supported_on(path)
    if other is not None:
        sys.stdout.flush()
        os.execv(other, [other] + sys.argv)  # noqa: RUF005, S606 - Python 2 cannot unpack here; no shell is wanted
    sys.exit(
        "attnviz needs Python {0} to {1}, and none of these is on the PATH.\n"
        "Received: Python {2}, {3}.\n"
        "Install one (on Debian 12 or later and Ubuntu 24.04 or later: apt-get install python3 python3-venv), "
        "and run this command again.".format(_text(OLDEST), _text(NEWEST), _text(version), sys.executable)
    )


def _supported_on(path):
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        for folder in path.split(os.pathsep):
            candidate = os.path.join(folder, "python3.{0}".format(minor))
            if folder and os.path.isfile(candidate) and os.access(candidate, os.X_OK):
                return candidate
    return None


def _text(version):
    return "{0}.{1}".format(*version)
