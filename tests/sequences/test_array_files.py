import io
import pickle
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from attnviz.errors import InputError
from attnviz.sequences.reading import UploadLimits, read_upload
from attnviz.sequences.specification import NumericSpecification, TextSpecification

TEXT = TextSpecification(name="text", vocabulary=("good",), maximum_length=5)
PAIRS = NumericSpecification(name="pairs", features=("left", "right"), step="row", length=3)
SERIES = NumericSpecification(name="series", features=("x",), step="day")
GRID = np.array([[1, 2], [3, 4], [5, 6]])


def saved(array):
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=True)
    return stream.getvalue()


def with_header(header, rest=b""):
    text = header.encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + rest


@pytest.mark.parametrize(
    ("array", "specification", "expected"),
    [
        (GRID, PAIRS, [GRID]),
        (np.asfortranarray(GRID), PAIRS, [GRID]),
        (GRID.astype(">f4"), PAIRS, [GRID]),
        (GRID.astype(np.float16), PAIRS, [GRID]),
        (GRID.astype(np.uint8), PAIRS, [GRID]),
        (np.stack([GRID, GRID + 1]), PAIRS, [GRID, GRID + 1]),
        (np.stack([GRID, GRID + 1]).reshape(2, 6), PAIRS, [GRID, GRID + 1]),
        (GRID.ravel(), PAIRS, [GRID]),
        (np.arange(4), SERIES, [np.arange(4)[:, None]]),
        (np.arange(4)[:, None], SERIES, [np.arange(4)[:, None]]),
        (np.arange(6).reshape(2, 3), SERIES, [[[0], [1], [2]], [[3], [4], [5]]]),
    ],
)
def test_the_shapes_of_numbers(array, specification, expected):
    upload = read_upload("a.npy", saved(array), specification)
    assert len(upload.table) == len(expected)
    for row, sequence in enumerate(expected):
        np.testing.assert_array_equal(upload.sequence(row, "values"), sequence)


def test_texts():
    upload = read_upload("a.npy", saved(np.array(["good", "naïve 😀", "1984"])), TEXT)
    assert upload.table["text"].tolist() == ["good", "naïve 😀", "1984"]
    assert upload.sequence(1, "text") == "naïve 😀"


def test_big_endian_texts():
    assert read_upload("a.npy", saved(np.array(["good"], dtype=">U4")), TEXT).sequence(0, "text") == "good"


class Bomb:
    """Says so if anybody unpickles it."""

    def __reduce__(self):
        return (exec, ("raise SystemExit('unpickled')",))


@pytest.mark.parametrize("specification", [TEXT, PAIRS])
def test_objects_are_never_unpickled(specification):
    with pytest.raises(InputError, match=r"holds Python objects, which are never opened because they can run code"):
        read_upload("a.npy", saved(np.array([Bomb()], dtype=object)), specification)


def test_a_pickle_under_another_name_is_never_unpickled():
    with pytest.raises(InputError, match=r"The file is no NumPy array, but a Python pickle"):
        read_upload("a.npy", pickle.dumps(Bomb()), PAIRS)


@pytest.mark.parametrize(
    ("data", "specification", "message"),
    [
        (b"hello", PAIRS, r"no NumPy array, but something else\. Save it with numpy\.save"),
        (b"PK\x03\x04rest", PAIRS, r"no NumPy array, but a ZIP archive"),
        (saved(GRID)[:-1], PAIRS, r"damaged: an array of shape \(3, 2\) and dtype int64 has 48 bytes\. Received: 47"),
        (saved(GRID) + b"x", PAIRS, r"has 48 bytes\. Received: 49"),
        (with_header("{'descr': '<f8', 'fortran_order': False, 'shape': (10**9, 10**9), }"), PAIRS, r"header.*damaged"),
        (
            with_header(f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({10**9}, {10**9}), }}"),
            PAIRS,
            r"Received: 0",
        ),
        (
            with_header("{'descr': '<f8', 'fortran_order': False, 'shape': (-1, -1), }", b"x" * 8),
            PAIRS,
            r"header.*damaged",
        ),
        (
            with_header("{'descr': '<f8', 'fortran_order': False, 'shape': (0, 2), }"),
            PAIRS,
            r"The array is empty\. Received",
        ),
        (with_header("{'descr': '<U0', 'fortran_order': False, 'shape': (3,), }"), TEXT, r"The array is empty"),
        (with_header("__import__('os').system('true')"), PAIRS, r"header of the \.npy file is damaged"),
        (with_header("(" * 5000), PAIRS, r"header of the \.npy file is damaged"),
        (b"\x93NUMPY", PAIRS, r"header of the \.npy file is damaged"),
        (b"\x93NUMPY\x09\x00" + bytes(80), PAIRS, r"must be version 1\.0 or 2\.0\. Received: 9\.0"),
        (saved(np.zeros(2, dtype="i4,f8")), PAIRS, r"The array holds records"),
        (saved(GRID * 1j), PAIRS, r"must hold real numbers or text\. Received: dtype=complex128"),
        (saved(np.array(["2024-01-01"], dtype="M8[D]")), PAIRS, r"Received: dtype=datetime64\[D\]"),
        (saved(np.array([b"good"])), TEXT, r"must hold real numbers or text\. Received: dtype=\|S4"),
        (saved(np.array(["good"])), PAIRS, r"The model takes numbers\. Received: shape=\(1,\), dtype=<U4"),
        (saved(GRID), TEXT, r"The model takes text: .* Received: shape=\(3, 2\), dtype=int64"),
        (saved(np.array("good")), TEXT, r"Received: shape=\(\), dtype=<U4"),
        (saved(np.array(3.0)), PAIRS, r"Received: shape=\(\), dtype=float64"),
        (saved(np.array(["", " "])), TEXT, r"All rows of the file are empty"),
        (saved(np.zeros((2, 3, 5))), PAIRS, r"must have shape \[n, rows, 2\].* Received: shape=\(2, 3, 5\)"),
        (saved(np.zeros((2, 5))), PAIRS, r"Lines of 5 numbers do not fit the model"),
        (
            with_header("{'descr': '<U1', 'fortran_order': False, 'shape': (1,), }", b"\xff" * 4),
            TEXT,
            r"characters that do not exist",
        ),
    ],
)
def test_what_cannot_be_used_is_refused(data, specification, message):
    with pytest.raises(InputError, match=message):
        read_upload("a.npy", data, specification)


@pytest.mark.parametrize(("array", "specification"), [(np.array(["a", "b"]), TEXT), (np.zeros((2, 3, 2)), PAIRS)])
def test_too_many_sequences_are_refused(array, specification):
    with pytest.raises(InputError, match="more than 1 sequences"):
        read_upload("a.npy", saved(array), specification, UploadLimits(maximum_sequences=1))


def test_infinity_is_refused_when_it_is_picked():
    upload = read_upload("a.npy", saved(np.array([1, np.inf])), SERIES)
    with pytest.raises(InputError, match=r"Row 1: The value of day 2, feature 1 \(x\) must be a finite number"):
        upload.sequence(0, "values")


@given(npst.arrays(npst.scalar_dtypes() | npst.unicode_string_dtypes(), npst.array_shapes(max_dims=4, max_side=4)))
def test_any_array_is_read_or_refused(array):
    for specification in (TEXT, PAIRS, SERIES):
        try:
            upload = read_upload("a.npy", saved(array), specification)
            upload.sequence(0, upload.suggested_column)
        except InputError:
            continue


@given(st.text(max_size=60), st.binary(max_size=20))
def test_any_header_is_read_or_refused(header, rest):
    with pytest.raises(InputError):
        read_upload("a.npy", with_header(header.replace("\ud800", ""), rest), PAIRS)
