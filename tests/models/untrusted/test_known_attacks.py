"""Files after the published vulnerabilities of Keras: each is refused by name, runs nothing and reads nothing."""

import errno
import io
import os
import socket
import zipfile
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest

from attnviz.errors import UnsafeModelError
from attnviz.models.untrusted.checking import check_upload
from tests.models.untrusted.model_files import (
    layer_config,
    saved,
    small_model,
    with_config,
    with_entries,
    with_layer,
    with_weights,
    zip_of,
)


def refusal(content: bytes, name: str = "model.keras") -> str:
    with pytest.raises(UnsafeModelError) as caught:
        check_upload(name, content)
    return str(caught.value)


def lambda_model(marker: Path) -> keras.Model:
    path = str(marker)
    return keras.Sequential(
        [keras.Input((2,)), keras.layers.Lambda(lambda x: (open(path, "w").close(), x)[1], name="innocent")]
    )


@pytest.mark.filterwarnings("ignore:The object being serialized includes a `lambda`")
def test_bytecode_in_a_lambda_layer_is_refused_and_does_not_run(tmp_path: Path) -> None:
    """CVE-2024-3660."""
    marker = tmp_path / "ran"
    content = saved(lambda_model(marker))
    marker.unlink()  # building the model ran it

    message = refusal(content)

    assert "'innocent' (Lambda)" in message
    assert "is a `Lambda` layer: it carries Python code" in message
    assert "nothing was run" in message
    assert not marker.exists()

    # The file is a real attack: the same bytes do run once the safe mode is off.
    (tmp_path / "model.keras").write_bytes(content)
    keras.models.load_model(tmp_path / "model.keras", safe_mode=False)
    assert marker.exists()


@pytest.mark.parametrize(
    ("module", "name"),
    [("os", "system"), ("subprocess", "Popen"), ("builtins", "eval"), ("builtins", "exec"), ("posix", "system")],
)
def test_a_module_and_a_function_in_the_config_are_refused(
    small: bytes, tmp_path: Path, module: str, name: str
) -> None:
    """CVE-2025-1550: `module` and `class_name` of a config were imported and called."""
    marker = tmp_path / "ran"
    as_class = layer_config(module, name, {"name": "odd", "command": f"touch {marker}"})
    assert f"names '{module}.{name}', which is not part of Keras" in refusal(with_layer(small, as_class))
    as_function = layer_config(module, "function", name, registered_name=name)

    def activate(config: dict[str, Any]) -> None:
        config["config"]["layers"][1]["config"]["activation"] = as_function

    message = refusal(with_config(small, activate))
    assert f"'first' (Dense) names a Python function, '{module}.{name}'" in message
    assert not marker.exists()


@pytest.mark.parametrize(
    "place", ["activation", "kernel_initializer", "kernel_regularizer", "bias_constraint", "dtype"]
)
def test_the_function_of_a_later_call_is_refused_wherever_it_stands(small: bytes, place: str) -> None:
    """CVE-2025-8747: functions of Keras itself as gadgets, here one that downloads a file."""
    for gadget in (
        layer_config("keras.utils", "get_file", {"fname": "x", "origin": "http://127.0.0.1:9/x"}),
        layer_config("keras.utils", "function", "get_file", registered_name="get_file"),
        layer_config("keras.src.utils.file_utils", "get_file", {"fname": "x", "origin": "http://127.0.0.1:9/x"}),
    ):

        def put(config: dict[str, Any], gadget: dict[str, Any] = gadget) -> None:
            config["config"]["layers"][1]["config"][place] = gadget

        assert "get_file'" in refusal(with_config(small, put))


@pytest.mark.parametrize(
    "module", ["keras.config", "keras.src.saving.serialization_lib", "keras._tf_keras.keras.config"]
)
def test_a_config_cannot_switch_the_safe_mode_off(small: bytes, module: str) -> None:
    """CVE-2025-9906."""
    name = "enable_unsafe_deserialization"
    for layer in (layer_config(module, name, {}), layer_config(module, "function", name, registered_name=name)):
        assert "tries to switch off the safe mode of Keras" in refusal(with_layer(small, layer))
    assert keras.src.saving.serialization_lib.in_safe_mode() is not False


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
@pytest.mark.filterwarnings("ignore:The object being serialized includes a `lambda`")
def test_the_old_format_is_refused_with_the_lines_that_convert_it(tmp_path: Path) -> None:
    """CVE-2025-9905: in `.h5` files, `safe_mode=True` was ignored."""
    marker = tmp_path / "ran"
    lambda_model(marker).save(tmp_path / "old.h5")
    marker.unlink()
    content = (tmp_path / "old.h5").read_bytes()
    for name in ("old.h5", "old.keras", "old"):  # the bytes tell, whatever the name says
        message = refusal(content, name)
        assert "old HDF5 format" in message
        assert "import keras\nmodel = keras.models.load_model(" in message
        assert "\nmodel.save('model.keras')" in message
    assert not marker.exists()


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
def test_the_lines_that_convert_the_old_format_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    small_model().save("old.h5")
    _, _, advice = refusal(Path("old.h5").read_bytes(), "old.h5").partition("trust it:\n")
    assert len(advice.splitlines()) == 3
    exec(advice)
    assert check_upload("model.keras", Path("model.keras").read_bytes()).parameters == 23


@pytest.mark.parametrize("layer", ["StringLookup", "IntegerLookup", "TextVectorization"])
def test_a_vocabulary_is_not_read_from_a_path(small: bytes, tmp_path: Path, layer: str) -> None:
    """CVE-2025-12058. The path is a pipe: whoever had opened it would still be waiting there."""
    pipe = tmp_path / "secret"
    os.mkfifo(pipe)
    message = refusal(with_layer(small, layer_config("keras.layers", layer, {"name": "odd", "vocabulary": str(pipe)})))
    assert f"'odd' ({layer}) reads a file of this server, or an address: `vocabulary`" in message
    assert "nothing was read" in message
    with pytest.raises(OSError, match="No such device") as caught:
        os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
    assert caught.value.errno == errno.ENXIO  # nobody reads


def test_a_vocabulary_is_not_fetched_from_an_address(small: bytes) -> None:
    """CVE-2025-12058, the other half."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/vocabulary.txt"
        for key in ("vocabulary", "merges", "proto", "weights", "anything"):
            layer = layer_config("keras.layers", "StringLookup", {"name": "odd", key: address})
            assert f"`{key}` is '{address}'" in refusal(with_layer(small, layer))
        with pytest.raises(BlockingIOError):
            server.accept()


@pytest.mark.parametrize(
    ("tokenizer", "key"),
    [
        ("WordPieceTokenizer", "vocabulary"),
        ("BytePairTokenizer", "merges"),
        ("SentencePieceTokenizer", "proto"),
        ("WhisperTokenizer", "special_tokens"),
        ("PARSeqTokenizer", "vocabulary"),
    ],
)
def test_tokenizers_of_keras_hub_read_no_path(small: bytes, tokenizer: str, key: str) -> None:
    layer = layer_config(
        "keras_hub.tokenizers",
        tokenizer,
        {"name": "odd", key: "etc/passwd"},
        registered_name=f"keras_hub>{tokenizer}",
    )
    assert f"`{key}` is 'etc/passwd'" in refusal(with_layer(small, layer))


@pytest.mark.parametrize(
    ("layer", "reason"),
    [
        ("TFSMLayer", "loads a TensorFlow SavedModel"),
        ("TorchModuleWrapper", "carries a pickled PyTorch module"),
        ("JaxLayer", "carries functions"),
        ("FlaxLayer", "carries functions"),
    ],
)
def test_layers_that_carry_code_are_refused_by_name(small: bytes, layer: str, reason: str) -> None:
    for module in ("keras.layers", "keras.src.export.tfsm_layer", "keras.src.utils.torch_utils"):
        assert f"is a `{layer}` layer: it {reason}" in refusal(with_layer(small, layer_config(module, layer)))


def test_code_of_a_lambda_is_refused_wherever_it_stands(small: bytes) -> None:
    code = {"class_name": "__lambda__", "config": {"value": ["4wEAAAA=", None, None]}}

    def activate(config: dict[str, Any]) -> None:
        config["config"]["layers"][1]["config"]["activation"] = code

    assert "carries Python code (a `lambda`)" in refusal(with_config(small, activate))
    assert "carries Python code (a `lambda`)" in refusal(
        with_config(small, lambda config: config.update(compile_config=code))
    )
    assert "carries Python code (a `lambda`)" in refusal(
        with_config(small, lambda config: config["config"]["layers"][1].update(build_config={"shape": [code]}))
    )


def test_the_form_of_keras_2_is_refused_for_its_reader_knows_no_safe_mode(small: bytes) -> None:
    layer = {"class_name": "Lambda", "config": {"name": "odd", "function": ["4wEAAAA=", None, None]}}
    assert "in the form of Keras 2, whose reader knows no safe mode" in refusal(with_layer(small, layer))


def test_arrays_with_pickles_are_refused_unread(small: bytes, tmp_path: Path) -> None:
    """An NPZ with an object in it runs code when NumPy unpickles it: as an upload, as the weights, as an asset."""
    marker = tmp_path / "ran"

    class Payload:
        def __reduce__(self) -> tuple[Any, tuple[str, str]]:
            return (open, (str(marker), "w"))

    buffer = io.BytesIO()
    np.savez(buffer, weights=np.array([Payload()], dtype=object))
    pickled = buffer.getvalue()
    assert "is a NumPy archive (.npz): arrays, or Python pickles" in refusal(pickled, "weights.npz")
    assert "holds neither `config.json`" in refusal(pickled, "model.keras")
    assert "whose arrays are Python pickles" in refusal(with_entries(small, {"model.weights.npz": pickled}))
    assert "'assets/data.npz', which is no part of a Keras model" in refusal(
        with_entries(small, {"assets/data.npz": pickled})
    )
    assert "is not an HDF5 file" in refusal(with_entries(small, {"model.weights.h5": pickled}))
    assert not marker.exists()


def test_links_out_of_the_weights_are_refused(small: bytes, tmp_path: Path) -> None:
    outside = tmp_path / "outside.h5"
    with h5py.File(outside, "w") as file:
        file["secret"] = np.ones(3)
    raw = tmp_path / "outside.raw"
    raw.write_bytes(b"\0" * 64)

    def external(file: h5py.File) -> None:
        file["layers/dense/vars/9"] = h5py.ExternalLink(str(outside), "/secret")

    def soft(file: h5py.File) -> None:
        file["layers/dense/vars/9"] = h5py.SoftLink("/layers/dense_1/vars/0")

    def stored_elsewhere(file: h5py.File) -> None:
        file["layers/dense/vars"].create_dataset("9", shape=(4,), dtype="f4", external=[(str(raw), 0, 64)])

    def virtual(file: h5py.File) -> None:
        layout = h5py.VirtualLayout(shape=(3,), dtype="f8")
        layout[:] = h5py.VirtualSource(str(outside), "secret", shape=(3,))
        file["layers/dense/vars"].create_virtual_dataset("9", layout)

    def circular(file: h5py.File) -> None:
        file["layers/dense/again"] = file["layers"]

    assert "is a link to another file on this server" in refusal(with_weights(small, external))
    assert "is a link to another place" in refusal(with_weights(small, soft))
    assert "has its numbers in another file" in refusal(with_weights(small, stored_elsewhere))
    assert "is put together from other files (a virtual dataset)" in refusal(with_weights(small, virtual))
    assert "is there twice, under two names, or holds itself" in refusal(with_weights(small, circular))


def test_saved_models_and_their_like_are_refused_with_what_to_do() -> None:
    message = refusal(
        zip_of({"model/saved_model.pb": b"\x08\x01", "model/variables/variables.index": b""}), "model.zip"
    )
    assert "is a TensorFlow SavedModel" in message
    assert "\nmodel.save('model.keras')" in message
    assert "holds weights without a model" in refusal(b"\x89HDF\r\n\x1a\n", "model.weights.h5")
    assert "another library (PyTorch or the like)" in refusal(zip_of({"archive/data.pkl": b"\x80\x02."}), "model.pt")
    assert "another library (ONNX or TensorFlow Lite)" in refusal(b"\x08\x07", "model.onnx")
    assert "Python pickle" in refusal(b"\x80\x04N.", "model.keras")
    assert "is empty" in refusal(b"")
    assert "is not a zip archive" in refusal(b"hello")


def test_a_keras_file_may_not_hide_behind_a_self_extracting_program(small: bytes) -> None:
    assert zipfile.is_zipfile(io.BytesIO(b"MZ program" + small))
    assert "is not a zip archive" in refusal(b"MZ program" + small)
