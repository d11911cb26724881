import threading
import warnings

from attnviz.capture.heard import heard_warnings
from attnviz.errors import CaptureWarning


def test_each_thread_hears_itself_alone():
    both = threading.Barrier(2, timeout=10)
    heard: dict[str, list[str]] = {}

    def listen(name: str) -> None:
        with heard_warnings() as messages:
            both.wait()
            warnings.warn(name, CaptureWarning, stacklevel=1)
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
                warnings.warn("again", CaptureWarning, stacklevel=1)
        assert messages == ["again"]


def test_what_is_not_about_capturing_goes_where_it_went(recwarn):
    with heard_warnings() as messages:
        warnings.warn("something else", DeprecationWarning, stacklevel=1)
    warnings.warn("outside", CaptureWarning, stacklevel=1)
    assert messages == []
    assert [str(one.message) for one in recwarn] == ["something else", "outside"]
