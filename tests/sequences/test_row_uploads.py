import io
import json

import numpy as np
import pandas as pd
import pytest

from attnviz.errors import InputError
from attnviz.sequences.picture_specification import PictureSpecification
from attnviz.sequences.reading import UploadLimits, read_upload
from attnviz.sequences.specification import NumericSpecification, TextSpecification

TEXT = TextSpecification(name="text", vocabulary=("good",), maximum_length=5)
PAIRS = NumericSpecification(name="pairs", features=("left", "right"), step="row", length=3)
SERIES = NumericSpecification(name="series", features=("x",), step="day")
PICTURES = NumericSpecification(
    name="pixels",
    features=("a", "b", "c"),
    length=2,
    minimum=0.0,
    maximum=1.0,
    picture=PictureSpecification(white=0.0, black=1.0),
)
GRID = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]


def lines(rows):
    return "\n".join(json.dumps(row) for row in rows).encode()


def parquet(columns):
    stream = io.BytesIO()
    pd.DataFrame(columns).to_parquet(stream)
    return stream.getvalue()


def archive(**arrays):
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)
    return stream.getvalue()


ROWS = [{"text": "good film", "year": 1999}, {"text": "a, b; c\nd", "year": 2001}]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.jsonl", lines(ROWS)),
        ("A.PARQUET", parquet({key: [row[key] for row in ROWS] for key in ROWS[0]})),
        ("a.npz", archive(text=np.array([row["text"] for row in ROWS]), year=np.array([1999, 2001]))),
    ],
)
def test_texts_of_every_new_format(name, data):
    upload = read_upload(name, data, TEXT)
    assert upload.columns == ("text",)
    assert [upload.sequence(row, "text") for row in range(2)] == ["good film", "a, b; c\nd"]
    assert upload.table["year"].tolist() == [1999, 2001]


@pytest.mark.parametrize("name", ["a.jsonl", "a.parquet"])
@pytest.mark.parametrize("value", [GRID, [1, 2, 3, 4, 5, 6], "1,2;3,4;5,6"])
def test_series_in_a_column(name, value):
    columns = {"id": [7, 8], "note": ["one 1", "two"], "values": [value, value]}
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    upload = read_upload(name, lines(rows) if name.endswith("jsonl") else parquet(columns), PAIRS)
    assert upload.columns == ("values",)
    np.testing.assert_array_equal(upload.sequence(1, "values"), GRID)


def test_columns_of_numbers_are_read_like_those_of_a_csv():
    data = {"label": [0, 1], **{f"v{number}": [number, 10 * number] for number in range(1, 7)}}
    upload = read_upload("a.parquet", parquet(data), PAIRS)
    np.testing.assert_array_equal(upload.sequence(0, "values"), GRID)
    np.testing.assert_array_equal(upload.sequence(1, "values"), 10 * np.array(GRID))
    assert upload.notices == (
        "Each line was read as a whole sequence, row by row.",
        "Columns left out: “label”.",
    )
    steps = read_upload("a.jsonl", lines([{"left": left, "right": right} for left, right in GRID]), PAIRS)
    assert len(steps.table) == 1
    np.testing.assert_array_equal(steps.sequence(0, "values"), GRID)


def test_arrays_of_an_archive_that_are_no_sequences_are_left_out():
    x = np.arange(12.0).reshape(2, 3, 2)
    upload = read_upload("a.npz", archive(y=np.array([0, 1]), x=x, z=-x, name=np.array("t")), PAIRS)
    assert set(upload.columns) == {"x", "z"}
    np.testing.assert_array_equal(upload.sequence(1, "x"), x[1])
    np.testing.assert_array_equal(upload.sequence(1, "z"), -x[1])


def test_the_labels_of_an_archive_are_not_taken_for_one_long_series():
    x = np.arange(12.0).reshape(3, 4)
    upload = read_upload("a.npz", archive(y=np.array([0, 1, 0]), x=x), SERIES)
    assert upload.columns == ("x",)
    np.testing.assert_array_equal(upload.sequence(2, "x"), x[2][:, np.newaxis])


@pytest.mark.parametrize("shape", [(2, 2, 3), (2, 2, 3, 1), (2, 6)])
def test_pictures_of_an_archive(shape):
    pixels = np.linspace(0, 1, 12)
    upload = read_upload("a.npz", archive(images=pixels.reshape(shape)), PICTURES)
    np.testing.assert_array_equal(upload.sequence(1, "images"), pixels[6:].reshape(2, 3))


def test_a_missing_text_is_empty_and_a_bad_line_is_named():
    upload = read_upload("a.jsonl", b'{"text": "good"}\n{"text": null}\nnothing\n', TEXT)
    assert upload.table["text"].tolist() == ["good", ""]
    assert upload.notices == ("1 row was left out. The first: Line 3 is not valid JSON: Expecting value at column 1.",)
    with pytest.raises(InputError, match="Row 2: column “text” is empty"):
        upload.sequence(1, "text")


@pytest.mark.parametrize(
    ("name", "data", "specification", "message"),
    [
        ("a.jsonl", lines([{"a": 1}]), TEXT, "takes text, and the file holds none"),
        ("a.jsonl", lines([{"a": "b"}]), SERIES, "takes numbers, and the file holds none"),
        ("a.parquet", parquet({"a": [1], "b": [2], "c": [3]}), PAIRS, "Lines of 3 numbers do not fit the model"),
        ("a.npz", archive(a=np.array(["b"])), SERIES, "No array of the file is what the model takes. a: "),
        ("a.npz", archive(a=np.zeros((2, 5))), PAIRS, "No array of the file is what the model takes. a: Lines of 5"),
        ("a.npz", archive(a=np.array([1.5])), TEXT, "takes text, and the file holds none"),
    ],
)
def test_a_file_without_what_the_model_takes_is_refused(name, data, specification, message):
    with pytest.raises(InputError, match=message):
        read_upload(name, data, specification)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.jsonl", lines([{"text": "a"}] * 3)),
        ("a.parquet", parquet({"text": ["a"] * 3})),
        ("a.npz", archive(text=np.array(["a"] * 3))),
    ],
)
def test_too_many_rows_are_refused(name, data):
    with pytest.raises(InputError, match="more than 2 sequences"):
        read_upload(name, data, TEXT, UploadLimits(maximum_sequences=2))
