import io
import re
import time
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attnviz.errors import InputError
from attnviz.sequences.encoding import encode
from attnviz.sequences.picture_files import PICTURE_EXTENSIONS
from attnviz.sequences.picture_specification import PictureSpecification
from attnviz.sequences.reading import EXTENSIONS, Upload, UploadLimits, accepted_extensions, read_upload
from attnviz.sequences.specification import NumericSpecification, TextSpecification
from tests.sequences.picture_bytes import file_of

TEXT = TextSpecification(name="text", vocabulary=("good",), maximum_length=5)
PAIRS = NumericSpecification(name="pairs", features=("left", "right"), step="row", length=3)
SERIES = NumericSpecification(name="series", features=("x",), step="day", maximum_length=10)
PICTURES = NumericSpecification(
    name="rows", features=("left", "right"), length=2, picture=PictureSpecification(white=0, black=16)
)


def test_the_standard_limits_are_100_mb_and_100_000_sequences():
    assert UploadLimits() == UploadLimits(maximum_bytes=104_857_600, maximum_sequences=100_000)


@pytest.mark.parametrize("name", ["reviews.xlsx", "reviews", "reviews.csv.exe", ".csv", ""])
def test_a_wrong_extension_is_refused_with_the_right_ones(name):
    with pytest.raises(
        InputError,
        match=rf"must end in one of {re.escape(', '.join(EXTENSIONS))}\. Received: “{name}”",
    ):
        read_upload(name, b"good", TEXT)


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_an_empty_file_is_refused(extension):
    with pytest.raises(InputError, match=r"^The file is empty\.$"):
        read_upload(f"a{extension}", b"", TEXT)


@pytest.mark.parametrize(
    ("limit", "size", "message"),
    [
        (2 * 2**20, 3 * 2**20 + 2**19, r"at most 2 MB\. Received: 3\.5 MB\. Split it"),
        (1536, 2048, r"at most 1\.5 kB\. Received: 2 kB"),
        (3, 4, r"at most 3 bytes\. Received: 4 bytes"),
    ],
)
def test_a_file_over_the_limit_is_refused_with_both_sizes(limit, size, message):
    with pytest.raises(InputError, match=message):
        read_upload("a.txt", b"a" * size, TEXT, UploadLimits(maximum_bytes=limit))
    assert read_upload("a.txt", b"a" * limit, TEXT, UploadLimits(maximum_bytes=limit)).columns == ("text",)


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"PK\x03\x04", "a ZIP archive"),
        (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
        (b"%PDF-1.4", "a PDF document"),
        (b"\x93NUMPY", "a NumPy array"),
    ],
)
@pytest.mark.parametrize("extension", [".txt", ".csv", ".tsv", ".json"])
def test_content_that_contradicts_the_extension_is_refused(start, kind, extension):
    with pytest.raises(
        InputError, match=rf"name ends in {extension}, but its content is {kind}.*Save it as {extension}"
    ):
        read_upload(f"a{extension}", start + b"rest", TEXT)


def test_markup_in_a_file_stays_plain_text():
    script = "<script>alert(1)</script>"
    assert read_upload(f"{script}.txt", script.encode(), TEXT).sequence(0, "text") == script


@settings(max_examples=300, deadline=2000)
@given(
    st.sampled_from((*EXTENSIONS, *PICTURE_EXTENSIONS)),
    st.binary(max_size=200)
    | st.text(max_size=200).map(str.encode)
    | st.text(st.sampled_from("01,;.\t\n\"[]{}:a'|-e "), max_size=80).map(str.encode)
    | st.binary(max_size=60).map(lambda rest: b"\x93NUMPY\x01\x00v\x00" + rest),
    st.sampled_from([TEXT, PAIRS, SERIES, PICTURES]),
)
def test_any_bytes_give_sequences_or_a_refusal(extension, data, specification):
    try:
        upload = read_upload(f"a{extension}", data, specification)
    except InputError:
        return
    assert isinstance(upload, Upload)
    assert set(upload.columns) <= set(upload.table)
    for column in upload.columns:
        for row in range(len(upload.table)):
            try:
                encode(specification, [upload.sequence(row, column)])
            except InputError:
                continue


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.txt", b"\n" * 1_000_000),
        ("a.csv", b'"' * 1_000_000),
        ("a.csv", b'a,b\n"' + b"x\n" * 500_000),
        ("a.tsv", b'a\tb\n"' + b"x\ty\n" * 200_000),
        ("a.json", b"[" * 1_000_000),
        ("a.json", b'{"a":' * 200_000),
        ("a.npy", b"\x93NUMPY\x02\x00\x00\x00\x0f\x00" + b"(" * 1_000_000),
    ],
)
def test_hostile_files_are_answered_soon(name, data):
    started = time.perf_counter()
    with suppress(InputError):
        read_upload(name, data, TEXT)
    assert time.perf_counter() - started < 10


def test_pictures_are_read_for_models_that_take_them():
    assert set(accepted_extensions(PICTURES)) == {*EXTENSIONS, *PICTURE_EXTENSIONS}
    upload = read_upload("A.PNG", file_of(np.array([[0, 255], [255, 0]], np.uint8)), PICTURES)
    np.testing.assert_array_equal(upload.sequence(0, upload.suggested_column), [[16, 0], [0, 16]])
    assert upload.notices == ("The picture was written as numbers from 16 (black) to 0 (white).",)


@pytest.mark.parametrize("specification", [TEXT, SERIES])
def test_pictures_are_for_no_other_model(specification):
    assert accepted_extensions(specification) == EXTENSIONS
    with pytest.raises(
        InputError, match=r"must end in one of .txt, .csv, .tsv, .json, .jsonl, .parquet, .npy, .npz. Received: “a.png”"
    ):
        read_upload("a.png", file_of(np.zeros((2, 2), np.uint8)), specification)


@pytest.mark.parametrize("shape", [(3, 2, 2), (3, 2, 2, 1), (2, 2, 1), (2, 2)])
def test_arrays_of_pictures(shape):
    pixels = np.arange(np.prod(shape)).reshape(shape)
    stream = io.BytesIO()
    np.save(stream, pixels)
    upload = read_upload("a.npy", stream.getvalue(), PICTURES)
    assert len(upload.table) == (3 if shape[0] == 3 else 1)
    np.testing.assert_array_equal(upload.sequence(0, "values"), [[0, 1], [2, 3]])


def test_an_array_of_coloured_pictures():
    colours = NumericSpecification(
        name="rows", features=tuple("abcdef"), length=2, picture=PictureSpecification(white=255, black=0, channels=3)
    )
    pixels = np.arange(24).reshape(2, 2, 2, 3)
    stream = io.BytesIO()
    np.save(stream, pixels)
    upload = read_upload("a.npy", stream.getvalue(), colours)
    np.testing.assert_array_equal(upload.sequence(1, "values"), pixels[1].reshape(2, 6))
