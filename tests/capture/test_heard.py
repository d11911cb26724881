"""What captures warn of reaches the thread that captured: as Python's warnings, or in its own list."""

import threading
import warnings
from pathlib import Path

import pytest

from attnviz import CaptureWarning
from attnviz.capture.heard import heard_warnings, warn


def test_each_thread_hears_itself_alone():
    both = threading.Barrier(2, timeout=10)
    heard: dict[str, list[str]] = {}

    def listen(name: str) -> None:
        with heard_warnings() as messages:
            both.wait()
            warn(name, stacklevel=1)
            both.wait()
        heard[name] = messages

    threads = [threading.Thread(target=listen, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert heard == {"one": ["one"], "two": ["two"]}


def test_a_warning_is_heard_each_time_but_once_a_block():
    for _ in range(2):
        with heard_warnings() as messages:
            for _ in range(3):
                warn("again", stacklevel=1)
        assert messages == ["again"]


def test_inner_blocks_hear_for_themselves():
    with heard_warnings() as outer:
        with heard_warnings() as inner:
            warn("inside", stacklevel=1)
        warn("outside", stacklevel=1)
    assert (inner, outer) == (["inside"], ["outside"])


def test_whoever_does_not_listen_is_warned_where_the_call_was():
    with pytest.warns(CaptureWarning, match="said") as caught:
        warn("said", stacklevel=1)
    assert caught[0].filename == str(Path(__file__))


def test_other_warnings_and_their_filters_are_left_alone():
    filters, shown = list(warnings.filters), warnings.showwarning
    with heard_warnings() as messages, pytest.warns(DeprecationWarning, match="something else"):
        warnings.warn("something else", DeprecationWarning, stacklevel=1)
    assert messages == []
    assert (list(warnings.filters), warnings.showwarning) == (filters, shown)
