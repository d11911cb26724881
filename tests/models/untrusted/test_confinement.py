"""What happens when building a model hangs, crashes, eats memory, or reaches out: an answer, and a server that goes on.

The layers here stand for a bug in a reader that the checks before do not know of. They come from a module that the
operator has allowed, for nothing else gets a class of its own into the child process.
"""

import concurrent.futures
import os
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from attnviz.errors import CardError, UnsafeModelError
from attnviz.models.untrusted.checking import check_upload
from attnviz.models.untrusted.examiner import stop_examiner
from attnviz.models.untrusted.limits import MEGABYTE, ModelLimits
from attnviz.models.untrusted.opening import load_checked
from tests.models.untrusted.model_files import layer_config, with_layer

MODULE = "operators_layers"
SOURCE = dedent(
    """
    import ctypes, os, socket, subprocess, time
    import keras

    def registered(cls):
        return keras.saving.register_keras_serializable("Operator")(cls)

    @registered
    class Harmless(keras.layers.Layer):
        pass

    @registered
    class Hangs(keras.layers.Layer):
        def __init__(self, **named):
            super().__init__(**named)
            while True:
                time.sleep(1)

    @registered
    class Crashes(keras.layers.Layer):
        def __init__(self, **named):
            super().__init__(**named)
            ctypes.string_at(0)

    @registered
    class Leaves(keras.layers.Layer):
        def __init__(self, **named):
            super().__init__(**named)
            os._exit(0)

    @registered
    class Eats(keras.layers.Layer):
        def __init__(self, **named):
            super().__init__(**named)
            self.eaten = [bytearray(b"x" * 2**26) for _ in range(1000)]

    @registered
    class Calls(keras.layers.Layer):
        def __init__(self, port, **named):
            super().__init__(**named)
            socket.create_connection(("127.0.0.1", port), timeout=5)

    @registered
    class Starts(keras.layers.Layer):
        def __init__(self, path, **named):
            super().__init__(**named)
            subprocess.run(["touch", path])

    @registered
    class Writes(keras.layers.Layer):
        def __init__(self, path, **named):
            super().__init__(**named)
            open(path, "w").close()

    @registered
    class Reads(keras.layers.Layer):
        def __init__(self, path, **named):
            super().__init__(**named)
            self.secret = open(path).read()

    @registered
    class Speaks(keras.layers.Layer):
        def __init__(self, **named):
            super().__init__(**named)
            os.write(1, b'{"parameters": 7}\\n')
            print('{"parameters": 7}', flush=True)
    """
)


@pytest.fixture(scope="module", autouse=True)
def operators_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("operator")
    (folder / f"{MODULE}.py").write_text(SOURCE)
    sys.path.append(str(folder))
    yield
    sys.path.remove(str(folder))
    sys.modules.pop(MODULE, None)


def with_operators(small: bytes, name: str, **config: object) -> bytes:
    layer = layer_config(MODULE, name, {"name": "odd", **config}, registered_name=f"Operator>{name}")
    return with_layer(small, layer)


def refusal(content: bytes, limits: ModelLimits | None = None) -> str:
    with pytest.raises(UnsafeModelError) as caught:
        check_upload("model.keras", content, limits=limits, allowed_modules=[MODULE])
    return str(caught.value)


def test_an_operators_layer_opens_and_only_where_it_is_allowed(small: bytes) -> None:
    content = with_operators(small, "Harmless")
    with pytest.raises(UnsafeModelError, match=f"names '{MODULE}.Harmless', which is not part of Keras"):
        check_upload("model.keras", content)
    upload = check_upload("model.keras", content, allowed_modules=[MODULE])
    assert upload.parameters == 23
    assert type(load_checked(upload).layers[-1]).__module__ == MODULE


def test_a_model_that_hangs_is_ended_in_time(small: bytes) -> None:
    begin = time.perf_counter()
    check_upload("model.keras", small, allowed_modules=[MODULE])  # the process is warm now
    started = time.perf_counter() - begin
    assert "took longer than the 1 seconds allowed" in refusal(
        with_operators(small, "Hangs"), ModelLimits(check_seconds=1.0)
    )
    assert time.perf_counter() - begin < started + 5
    assert check_upload("model.keras", small, allowed_modules=[MODULE]).parameters == 23


@pytest.mark.parametrize("name", ["Crashes", "Leaves"])
def test_a_file_that_crashes_the_reader_crashes_nothing_else(small: bytes, name: str) -> None:
    assert "crashed the process that checks uploaded models" in refusal(with_operators(small, name))
    assert check_upload("model.keras", small, allowed_modules=[MODULE]).parameters == 23


def test_memory_is_bounded(small: bytes) -> None:
    message = refusal(with_operators(small, "Eats"), ModelLimits(check_memory=500 * MEGABYTE))
    assert "takes more than the 500 MB of memory allowed" in message
    assert check_upload("model.keras", small, allowed_modules=[MODULE]).parameters == 23


def test_nothing_reaches_the_network(small: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        message = refusal(with_operators(small, "Calls", port=server.getsockname()[1]))
        assert "tried to do what no model needs (socket." in message
        with pytest.raises(BlockingIOError):
            server.accept()


def test_nothing_is_started_written_or_read(small: bytes, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    message = refusal(with_operators(small, "Starts", path=str(marker)))
    assert "names a file or an address outside of the archive: `path`" in message
    relative = os.path.relpath(marker)  # past the check of the config, to see what is behind it
    hidden = f"x/../{relative}"
    assert "no model needs (subprocess.Popen)" in refusal(with_operators(small, "Starts", path=hidden))
    assert "tried to write to" in refusal(with_operators(small, "Writes", path=hidden))
    assert not marker.exists()
    marker.write_text("secret")
    message = refusal(with_operators(small, "Reads", path=hidden))
    assert "tried to read" in message
    assert "secret" not in message


def test_what_a_model_prints_is_no_answer(small: bytes) -> None:
    content = with_operators(small, "Speaks")
    assert check_upload("model.keras", content, allowed_modules=[MODULE]).parameters == 23
    assert check_upload("model.keras", small, allowed_modules=[MODULE]).parameters == 23


def test_two_sessions_at_once_get_their_own_answers(small: bytes, transformer: bytes) -> None:
    contents = [small, transformer] * 3
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        uploads = list(pool.map(lambda content: check_upload("it.keras", content, allowed_modules=[MODULE]), contents))
    assert [upload.parameters for upload in uploads[:2] * 3] == [upload.parameters for upload in uploads]
    assert uploads[0].parameters == 23
    assert uploads[1].parameters > 1000


def test_a_module_that_is_not_there_is_the_operators_matter(small: bytes) -> None:
    with pytest.raises(CardError, match="The allowed module 'not_there' cannot be imported: ModuleNotFoundError"):
        check_upload("model.keras", small, allowed_modules=["not_there"])


def test_the_process_is_started_again_when_it_is_gone(small: bytes) -> None:
    stop_examiner()
    assert check_upload("model.keras", small).parameters == 23
