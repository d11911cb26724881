"""What a process gives up before it reads a file that somebody uploaded."""

import contextlib
import ctypes
import os
import resource
import sys
import tempfile
from typing import Any

from attnviz.errors import UnsafeModelError
from attnviz.models.untrusted.limits import ModelLimits

_NEW_NETWORK, _NEW_USER = 0x40000000, 0x10000000
_FORBIDDEN = (
    "subprocess.Popen",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.fork",
    "os.forkpty",
    "socket.connect",
    "socket.bind",
    "socket.getaddrinfo",
    "urllib.Request",
    "pickle.find_class",
    "ftplib.connect",
    "webbrowser.open",
    "shutil.move",
    "os.symlink",
    "os.link",
    "os.rename",
)
_SYSTEM = ("/usr", "/lib", "/lib64", "/proc", "/sys", "/dev")
"""Where Python and its libraries read, beside their own places."""


class _StoppedError(UnsafeModelError, PermissionError):
    """Also a `PermissionError`, so that a library that can do without what it was refused does without it."""


def confine(folder: str, *, memory: int, limits: ModelLimits) -> None:
    """Give up memory, time, the network and what a model never needs. There is no way back, so this is for a fork.

    Args:
        folder: The only place that may still be written to.
        memory: Bytes that it may take beyond what it takes by now.
        limits: Time in seconds, and the largest file that may be written.
    """
    os.setsid()
    _limit(resource.RLIMIT_AS, _address_space() + memory)
    _limit(resource.RLIMIT_CPU, 4 * int(limits.check_seconds + 1))  # the wall clock ends it before, but for its threads
    _limit(resource.RLIMIT_FSIZE, 2 * limits.unpacked_bytes)
    _limit(resource.RLIMIT_CORE, 0)
    _leave_network()
    tempfile.tempdir = folder
    sys.addaudithook(_refuse_events(folder))


def _limit(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    with contextlib.suppress(ValueError, OSError):  # macOS takes no limit on addresses
        resource.setrlimit(kind, (value, value))


def _address_space() -> int:
    try:
        with open("/proc/self/statm") as statistics:
            return int(statistics.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 0


def _leave_network() -> None:
    # A namespace of its own has no network but a loopback that is down. Where the kernel forbids it, the audit hook
    # is what is left.
    with contextlib.suppress(OSError, AttributeError):
        library = ctypes.CDLL(None, use_errno=True)
        if library.unshare(_NEW_NETWORK) != 0:
            library.unshare(_NEW_USER | _NEW_NETWORK)


def _refuse_events(folder: str) -> Any:
    writes = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
    readable = (folder, sys.prefix, sys.base_prefix, *filter(None, sys.path), *_SYSTEM)
    readable = tuple(os.path.realpath(place) + os.sep for place in readable)
    writable = os.path.realpath(folder) + os.sep

    def refuse(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _FORBIDDEN:
            raise _StoppedError(f"The model tried to do what no model needs ({event}). It was stopped.")
        if event == "open" and isinstance(arguments[0], (str, bytes)):
            place, flags = os.path.realpath(os.fsdecode(arguments[0])), arguments[2]
            if isinstance(flags, int) and flags & writes and not place.startswith((writable, "/dev/null")):
                raise _StoppedError(f"The model tried to write to {place!r}. It was stopped.")
            if not place.startswith(readable):
                raise _StoppedError(f"The model tried to read {place!r}. It was stopped.")

    return refuse
