"""A stored capture comes back exactly, and a file from anywhere cannot do more than be refused with a reason."""

import dataclasses
import io
import json
import pickle
import warnings
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attnviz import storage
from attnviz.errors import StorageError
from attnviz.records import POOLED_AXIS, AttentionCapture, AttentionMap
from attnviz.storage import capture_to_bytes, load_capture, save_capture

HOSTILE_LABELS = ("<script>alert(1)</script>", "a\x00b\x07\n", "</style>\u202e", "\ud83d", "\ud83d\ude00"[0:1])


def random_weights(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).dirichlet(np.ones(shape[-1]), size=shape[:-1]).astype(np.float32)


def example_capture(**changes: Any) -> AttentionCapture:
    """Self-attention with a mask, cross-attention and pooling over two samples, the second one padded."""
    valid = np.array([[True, True, True], [True, False, False]])
    fields = {
        "model": "toy",
        "maps": (
            AttentionMap(
                layer="block_1/attention",
                weights=random_weights(1, 2, 4, 3, 3),
                query_axis="text",
                key_axis="text",
                mask=np.broadcast_to(valid[:, None], (2, 3, 3)),
            ),
            AttentionMap(
                layer="cross", weights=random_weights(2, 2, 1, 3, 5), query_axis="text", key_axis="rows", call_index=1
            ),
            AttentionMap(layer="pool", weights=random_weights(3, 2, 1, 1, 3), query_axis=POOLED_AXIS, key_axis="text"),
        ),
        "sequences": {
            "text": (("a", "good", "film"), ("bad", "", "")),
            "rows": tuple(tuple(f"row {row}" for row in range(5)) for _ in range(2)),
            POOLED_AXIS: ((POOLED_AXIS,),) * 2,
        },
        "valid": {"text": valid, "rows": np.ones((2, 5), bool), POOLED_AXIS: np.ones((2, 1), bool)},
        "outputs": np.array([[0.1, 0.9], [1 / 3, 2 / 3]], np.float32),
        "prediction_difference": 0.1 + 0.2,
    }
    return AttentionCapture(**fields | changes)


def labelled(labels: tuple[str, ...], **changes: Any) -> AttentionCapture:
    length = len(labels)
    fields = {"sequences": {"text": (labels,)}, "valid": {"text": np.ones((1, length), bool)}}
    weights = np.full((1, 1, length, length), 1 / length, np.float32)
    one = AttentionMap(layer="attention", weights=weights, query_axis="text", key_axis="text")
    return example_capture(maps=(one,), **fields | changes)


def assert_equal(received: AttentionCapture, expected: AttentionCapture) -> None:
    assert received.model == expected.model
    assert dict(received.sequences) == dict(expected.sequences)
    assert received.prediction_difference == expected.prediction_difference
    assert received.valid.keys() == expected.valid.keys()
    for axis in expected.valid:
        assert_same_array(received.valid[axis], expected.valid[axis])
    assert len(received.maps) == len(expected.maps)
    for one, other in zip(received.maps, expected.maps, strict=True):
        for field in dataclasses.fields(AttentionMap):
            value, wanted = getattr(one, field.name), getattr(other, field.name)
            if isinstance(wanted, np.ndarray):
                assert_same_array(value, wanted)
            else:
                assert value == wanted
                assert type(value) is type(wanted)
    assert_same_outputs(received.outputs, expected.outputs)


def assert_same_outputs(received: Any, expected: Any) -> None:
    assert type(received) is type(expected)
    if isinstance(expected, dict):
        assert list(received) == list(expected)
        received, expected = list(received.values()), list(expected.values())
    if isinstance(expected, (list, tuple)):
        assert len(received) == len(expected)
        for one, other in zip(received, expected, strict=True):
            assert_same_outputs(one, other)
    else:
        assert_same_array(received, expected)


def assert_same_array(received: np.ndarray, expected: np.ndarray) -> None:
    assert received.dtype == expected.dtype
    assert not received.flags.writeable
    np.testing.assert_array_equal(received, expected)


# Round trips


@pytest.mark.parametrize("kind", ["path", "text", "stream"])
def test_a_capture_comes_back_exactly(tmp_path: Path, kind: str):
    capture, path = example_capture(), tmp_path / "capture.bin"  # NumPy would append .npz to a path of its own
    if kind == "stream":
        with path.open("wb") as stream:
            save_capture(capture, stream)
        with path.open("rb") as stream:
            assert_equal(load_capture(stream), capture)
    else:
        file = path if kind == "path" else str(path)
        save_capture(capture, file)
        assert_equal(load_capture(file), capture)
    assert [one.name for one in tmp_path.iterdir()] == ["capture.bin"]


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_a_capture_comes_back_from_bytes(kind: type):
    capture = example_capture()
    content = capture_to_bytes(capture)
    assert content == capture_to_bytes(example_capture())
    assert_equal(load_capture(kind(content)), capture)


@pytest.mark.parametrize(
    "outputs",
    [
        np.array(3.5),
        np.arange(6, dtype=np.int64).reshape(2, 3).T,
        np.array([np.nan, -0.0, np.inf]),
        np.array([True, False]),
        np.zeros((0, 4), np.float16),
        (np.ones(2, np.uint8), [np.zeros(1), {"": np.ones(1), "b.npy": (np.ones(3, np.complex64),)}]),
        {},
        [],
    ],
)
def test_outputs_of_any_nesting_come_back(outputs: Any):
    assert_equal(load_capture(capture_to_bytes(example_capture(outputs=outputs))), example_capture(outputs=outputs))


def test_outputs_in_bfloat16_come_back_as_float32():
    outputs = np.array([[0.25, 0.75]], ml_dtypes.bfloat16)
    loaded = load_capture(capture_to_bytes(example_capture(outputs=outputs))).outputs
    assert_same_array(loaded, np.array([[0.25, 0.75]], np.float32))


def test_hostile_labels_are_kept_as_they_are():
    capture = labelled(HOSTILE_LABELS, model="<b>\ud800", outputs={"\udfff": np.zeros(1)})
    assert_equal(load_capture(capture_to_bytes(capture)), capture)


@given(st.lists(st.text(st.characters(), max_size=8), min_size=1, max_size=4).map(tuple), st.floats(allow_nan=False))
def test_labels_of_any_unicode_come_back(labels: tuple[str, ...], difference: float):
    """Lone surrogates too, even two that would be one character together."""
    capture = labelled(labels, prediction_difference=difference)
    assert_equal(load_capture(capture_to_bytes(capture)), capture)


@pytest.mark.parametrize("shape", [(0, 1, 2, 2), (1, 2, 0, 0), (3, 1, 1, 1), (1, 3, 5, 7)])
def test_weights_and_masks_of_any_shape_come_back(shape: tuple[int, ...]):
    batch, _, queries, keys = shape
    mask = np.random.default_rng(0).random((batch, queries, keys)) < 0.5
    weights = random_weights(0, *shape) if keys else np.zeros(shape, np.float32)
    one = AttentionMap(layer="a", weights=weights, query_axis="q", key_axis="k", mask=mask)
    lengths = {"q": queries, "k": keys}
    capture = example_capture(
        maps=(one,),
        sequences={axis: (tuple("x" * length),) * batch for axis, length in lengths.items()},
        valid={axis: np.ones((batch, length), bool) for axis, length in lengths.items()},
    )
    assert_equal(load_capture(capture_to_bytes(capture)), capture)


def test_numpy_alone_reads_the_file():
    capture = example_capture()
    with np.load(io.BytesIO(capture_to_bytes(capture)), allow_pickle=False) as arrays:
        header = json.loads(arrays["header"].tobytes())
        assert header["maps"][1] == {
            "layer": "cross",
            "call_index": 1,
            "query_axis": "text",
            "key_axis": "rows",
            "mask": False,
        }
        np.testing.assert_array_equal(arrays["weights_1"], capture.maps[1].weights)
        bits = np.unpackbits(arrays["mask_0"], count=18).reshape(2, 3, 3)
        np.testing.assert_array_equal(bits, capture.maps[0].mask)
        assert arrays["mask_0"].nbytes == 3


def test_a_compressed_copy_is_read_too():
    with np.load(io.BytesIO(capture_to_bytes(example_capture()))) as arrays:
        copy = io.BytesIO()
        np.savez_compressed(copy, **arrays)
    assert_equal(load_capture(copy), example_capture())


# What cannot be stored


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        (np.array([object()]), "arrays of booleans or numbers.*Received: ndarray of type object"),
        (np.array(["positive"]), "Received: ndarray of type <U8"),
        ([None], "Received: NoneType of type object"),
        ({1: np.zeros(1)}, r"names of a dict of outputs must be text. Received: \[1\]"),
    ],
)
def test_outputs_that_cannot_be_stored_leave_the_file_alone(tmp_path: Path, outputs: Any, message: str):
    path = tmp_path / "capture.npz"
    path.write_bytes(b"what was there")
    with pytest.raises(StorageError, match=message):
        save_capture(example_capture(outputs=outputs), path)
    assert path.read_bytes() == b"what was there"


def test_a_capture_that_could_not_be_read_back_is_not_written(tmp_path: Path):
    huge = np.broadcast_to(np.float32(0), (1, 1, 2**14, 2**14 + 1))  # 1 GiB and 64 KiB that take four bytes
    one = AttentionMap.__new__(AttentionMap)  # its own check would sum a quarter of a billion zeros
    for name, value in {"layer": "a", "weights": huge, "query_axis": "q", "key_axis": "k", "mask": None}.items():
        object.__setattr__(one, name, value)
    object.__setattr__(one, "call_index", 0)
    capture = example_capture(maps=())
    object.__setattr__(capture, "maps", (one,))
    with pytest.raises(StorageError, match=r"at most 1,073,741,824 bytes. Received: 1,07"):
        save_capture(capture, tmp_path / "capture.npz")
    assert not (tmp_path / "capture.npz").exists()


# Hostile files


def archive_of(entries: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return stream.getvalue()


def entries_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def npy(array: np.ndarray, *, allow_pickle: bool = False) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=allow_pickle)
    return stream.getvalue()


def made_up_npy(header: str, data: bytes = b"", version: bytes = b"\x01\x00") -> bytes:
    text = header.encode("latin-1").ljust(117) + b"\n"
    return b"\x93NUMPY" + version + len(text).to_bytes(2, "little") + text + data


def with_entry(name: str, content: bytes | None) -> bytes:
    entries = entries_of(capture_to_bytes(example_capture()))
    entries.pop(f"{name}.npy", None)
    if content is not None:
        entries[f"{name}.npy"] = content
    return archive_of(entries)


def with_header(change: Any) -> bytes:
    """The example with a header that `change` has edited."""
    entries = entries_of(capture_to_bytes(example_capture()))
    header = json.loads(np.load(io.BytesIO(entries["header.npy"])).tobytes())
    change(header)
    text = json.dumps(header).encode()
    return archive_of({**entries, "header.npy": npy(np.frombuffer(text, np.uint8))})


class _Trap:
    """Unpickling this would create a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.path,))


def test_nothing_is_unpickled(tmp_path: Path):
    trap = tmp_path / "sprung"
    pickle.loads(pickle.dumps(_Trap(trap)))  # noqa: S301 - the trap works
    assert trap.exists()
    trap.unlink()
    objects = np.array([[_Trap(trap)]], dtype=object)
    for name in ("output_0", "weights_0", "header", "mask_0", "valid_0"):
        with pytest.raises(StorageError, match=rf"Entry '{name}' must hold .*Received: object"):
            load_capture(with_entry(name, npy(objects, allow_pickle=True)))
    with pytest.raises(StorageError, match="cannot be read as an NPZ file"):
        load_capture(pickle.dumps(_Trap(trap)))
    assert not trap.exists()


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04", npy(np.zeros(3)), b"{}"])
def test_what_is_no_zip_is_refused(content: bytes):
    with pytest.raises(StorageError, match="The file cannot be read as an NPZ file: File is not a zip file"):
        load_capture(content)


def test_the_message_names_the_path(tmp_path: Path):
    with pytest.raises(StorageError, match=r"missing\.npz' cannot be read as an NPZ file: .*No such file"):
        load_capture(tmp_path / "missing.npz")
    (tmp_path / "text.npz").write_text("hello")
    with pytest.raises(StorageError, match=r"text\.npz' cannot be read as an NPZ file: File is not a zip file"):
        load_capture(str(tmp_path / "text.npz"))


def test_a_truncated_file_is_refused_wherever_it_ends():
    content = capture_to_bytes(example_capture())
    for length in range(0, len(content), 7):
        with pytest.raises(StorageError):
            load_capture(content[:length])


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=200)
@given(st.data())
def test_damage_anywhere_is_refused_or_changes_values_only(data: st.DataObject):
    """No byte of a file can raise anything but this package's own error."""
    content = bytearray(capture_to_bytes(example_capture()))
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=3)):
        content[place] = data.draw(st.integers(0, 255))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile warns of names that occur twice
        with suppress(StorageError):
            load_capture(bytes(content))


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=200)
@given(st.data())
def test_damage_under_a_right_checksum_is_refused_or_changes_values_only(data: st.DataObject):
    """The bytes that describe an array are NumPy's to parse, which raises half a dozen kinds of errors at them."""
    entries = entries_of(capture_to_bytes(example_capture()))
    name = data.draw(st.sampled_from(sorted(entries)))
    content = bytearray(entries[name])
    for place in data.draw(st.lists(st.integers(0, min(len(content), 150) - 1), min_size=1, max_size=4)):
        content[place] = data.draw(st.integers(0, 255))
    with suppress(StorageError):
        load_capture(archive_of({**entries, name: bytes(content)}))


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=150)
@given(st.data())
def test_any_header_is_refused_or_read(data: st.DataObject):
    """A part of the header is replaced with any JSON value; checksums are right, so only the checks can refuse it."""
    junk = st.recursive(
        st.none() | st.booleans() | st.integers(-2, 2**70) | st.floats() | st.text(max_size=3),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    )

    def change(header: dict[str, Any]) -> None:
        place: Any = header
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            key = data.draw(st.sampled_from(keys))
            if not isinstance(place[key], (dict, list)) or not place[key] or data.draw(st.booleans()):
                place[key] = data.draw(junk)
                return
            place = place[key]

    with suppress(StorageError):
        load_capture(with_header(change))


@pytest.mark.parametrize("name", ["header", "weights_1", "mask_0", "valid_2", "output_0"])
def test_a_missing_entry_is_named(name: str):
    with pytest.raises(StorageError, match=f"no entry '{name}'"):
        load_capture(with_entry(name, None))


def test_an_entry_that_occurs_twice_is_named():
    stream = io.BytesIO(capture_to_bytes(example_capture()))
    with zipfile.ZipFile(stream, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("weights_0.npy", npy(np.zeros((2, 4, 3, 3), np.float32)))
    with pytest.raises(StorageError, match=r"a name of its own. Received twice: \['weights_0.npy'\]"):
        load_capture(stream.getvalue())


def test_too_many_entries_are_refused():
    content = archive_of({f"{number}": b"" for number in range(storage.MAXIMUM_ENTRIES + 1)})
    with pytest.raises(StorageError, match=r"at most 10,000 entries\. Received: 10,001"):
        load_capture(content)


def test_a_compression_bomb_is_refused_by_its_declared_size():
    bomb = archive_of({"weights_0.npy": bytes(50_000_000)}, zipfile.ZIP_DEFLATED)
    assert len(bomb) < 100_000
    with pytest.raises(StorageError, match=r"unpack to at most 10,000,000 bytes\. Received: 50,000,000 bytes"):
        load_capture(bomb, maximum_bytes=10_000_000)


def test_a_bomb_that_declares_less_than_it_holds_is_refused():
    entries = entries_of(capture_to_bytes(example_capture()))
    size = len(entries["weights_0.npy"])
    content = archive_of(
        {**entries, "weights_0.npy": entries["weights_0.npy"] + bytes(5_000_000)}, zipfile.ZIP_DEFLATED
    )
    declared = (size + 5_000_000).to_bytes(4, "little")
    assert content.count(declared) == 2  # in the entry's own header and in the directory
    with pytest.raises(StorageError, match="Entry 'weights_0' is damaged: Bad CRC-32"):
        load_capture(content.replace(declared, size.to_bytes(4, "little")), maximum_bytes=100_000)


def test_a_made_up_shape_allocates_nothing():
    for shape in (
        "(1000000000000,)",
        "(4294967296, 4294967296, 16)",
        "(-1, -4)",
        "(2, 4, 3, 4)",
        "(99999999999999999999,)",
    ):
        header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}}}"
        with pytest.raises(StorageError, match=r"Entry 'weights_0' (says that its shape is|is damaged)"):
            load_capture(with_entry("weights_0", made_up_npy(header, bytes(16))))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "Entry 'weights_0' is damaged: EOF"),
        (b"hello, world", "Entry 'weights_0' is damaged: the magic string is not correct"),
        (made_up_npy("__import__('os').getcwd()"), "Entry 'weights_0' is damaged: malformed node"),
        (made_up_npy("{'descr': ("), "Entry 'weights_0' is damaged: .*EOF in multi-line statement"),
        (made_up_npy("{'descr': '<f4'}"), "Entry 'weights_0' is damaged: Header does not contain the correct keys"),
        (made_up_npy("{}", version=b"\x09\x00"), "Entry 'weights_0' is damaged: .*Received: version 9"),
        (npy(np.zeros((2, 4, 3, 3))), "Entry 'weights_0' must hold floats of 32 bits. Received: float64"),
        (npy(np.zeros((2, 4, 3, 3), np.int32)), "Entry 'weights_0' must hold floats of 32 bits. Received: int32"),
        (
            npy(np.zeros((2, 3, 3), np.float32)),
            "'block_1/attention' must have shape|Entry 'mask_0' must hold the 6 bits",
        ),
        (npy(np.zeros((2, 4, 3, 5), np.float32)), r"Entry 'mask_0' must hold the 30 bits of shape \(2, 3, 5\)"),
        (npy(np.full((2, 4, 3, 3), np.nan, np.float32)), "contradicts itself: .*must be finite"),
        (npy(np.ones((2, 4, 3, 3), np.float32)), "contradicts itself: .*sum to at most 1"),
    ],
)
def test_weights_that_are_none_are_refused(content: bytes, message: str):
    with pytest.raises(StorageError, match=message):
        load_capture(with_entry("weights_0", content))


def test_shapes_that_contradict_the_labels_are_refused():
    with pytest.raises(StorageError, match=r"contradicts itself: Axis 'text' of layer 'pool' must have labels"):
        load_capture(with_entry("weights_2", npy(np.zeros((2, 1, 1, 4), np.float32))))
    with pytest.raises(
        StorageError, match="contradicts itself: `valid` of axis 'text' must have the shape of its labels"
    ):
        load_capture(with_entry("valid_0", npy(np.ones((3, 3), bool))))


def test_bytes_that_are_no_booleans_become_booleans():
    stored = npy(np.ones((2, 5), bool))
    loaded = load_capture(with_entry("valid_1", stored[:-10] + bytes(range(10)))).valid["rows"]
    assert loaded.view(np.uint8).tolist() == [[0, 1, 1, 1, 1], [1, 1, 1, 1, 1]]


def test_columns_first_and_big_endian_arrays_are_read():
    weights = example_capture().maps[0].weights
    for array in (np.asfortranarray(weights), weights.astype(">f4")):
        np.testing.assert_array_equal(load_capture(with_entry("weights_0", npy(array))).maps[0].weights, weights)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda header: header.clear(), "is NPZ but no attnviz capture"),
        (lambda header: header.pop("format"), "is NPZ but no attnviz capture"),
        (lambda header: header.update(format="other"), "is NPZ but no attnviz capture"),
        (lambda header: header.update(version=2), "reads version 1 .* a newer one may read this.*Received: version 2"),
        (lambda header: header.pop("version"), "Received: version None"),
        (lambda header: header.update(model=None), "header's 'model' must be of type str. Received: None"),
        (lambda header: header.pop("maps"), "header's 'maps' must be of type list. Received: None"),
        (lambda header: header["maps"].append("x"), "no entry 'weights_3'"),
        (lambda header: header["maps"][0].update(layer=7), "header's 'layer' must be of type str. Received: 7"),
        (lambda header: header["maps"][0].update(call_index=True), "'call_index' must be of type int. Received: True"),
        (lambda header: header["maps"][0].update(mask="yes"), "header's 'mask' must be of type bool. Received: 'yes'"),
        (
            lambda header: header["maps"][0].update(key_axis="z"),
            "Axis 'z' of layer 'block_1/attention' must have labels",
        ),
        (lambda header: header["sequences"][1].update(axis="text"), "names the axis 'text' twice"),
        (lambda header: header["sequences"][0]["labels"][0].append("x"), "Received: lengths"),
        (
            lambda header: header["sequences"][0].update(labels=["abc", "def"]),
            "labels of axis 'text' must be lists of text",
        ),
        (
            lambda header: header["sequences"][0].update(labels=[[1, 2, 3]] * 2),
            "labels of axis 'text' must be lists of",
        ),
        (lambda header: header.update(prediction_difference="0"), "'prediction_difference' must be a float or null"),
        (lambda header: header["outputs"].update(kind="code"), "must be of arrays, tuples, lists and dicts.*'code'"),
        (lambda header: header["outputs"].update(entry="output_9"), "no entry 'output_9'"),
        (lambda header: header["outputs"].update(entry="../header"), "no entry '../header'"),
        (
            lambda header: header.update(outputs={"kind": "list", "items": [header["outputs"]] * 2}),
            "no entry 'output_0', or its header asks for it twice",
        ),
        (
            lambda header: header.update(outputs={"kind": "dict", "names": [], "items": [header["outputs"]]}),
            r"must name each of the 1 outputs of a dict. Received: \[\]",
        ),
    ],
)
def test_a_header_that_says_something_impossible_is_refused(change: Any, message: str):
    with pytest.raises(StorageError, match=message):
        load_capture(with_header(change))


@pytest.mark.parametrize("text", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"format": 1} x'])
def test_a_header_that_is_no_json_is_refused(text: bytes):
    with pytest.raises(StorageError, match="The header is not JSON"):
        load_capture(with_entry("header", npy(np.frombuffer(text, np.uint8) if text else np.zeros(0, np.uint8))))


@pytest.mark.parametrize("depth", [600, 100_000])
def test_outputs_nested_without_end_are_refused(depth: int):
    """The shallow one is still JSON to Python, the deep one no longer."""
    entries = entries_of(capture_to_bytes(example_capture(outputs=[])))
    text = np.load(io.BytesIO(entries["header.npy"])).tobytes()
    inner = b'{"kind": "list", "items": []}'
    assert inner in text
    text = text.replace(inner, b'{"kind": "list", "items": [' * depth + inner + b"]}" * depth)
    with pytest.raises(StorageError, match="recursion"):
        load_capture(archive_of({**entries, "header.npy": npy(np.frombuffer(text, np.uint8))}))


def test_an_encrypted_entry_is_refused():
    content = bytearray(capture_to_bytes(example_capture()))
    place = content.index(b"PK\x01\x02")
    content[place + 8] |= 1  # the flag of the directory's first entry, the header
    content[content.index(b"PK\x03\x04") + 6] |= 1
    with pytest.raises(StorageError, match=r"Entry 'header' is damaged: .*encrypted"):
        load_capture(bytes(content))
