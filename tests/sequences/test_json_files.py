import json

import numpy as np
import pytest

from attnviz.errors import InputError
from attnviz.sequences.reading import UploadLimits, read_upload
from attnviz.sequences.specification import NumericSpecification, TextSpecification

TEXT = TextSpecification(name="text", vocabulary=("good",), maximum_length=5)
PAIRS = NumericSpecification(name="pairs", features=("left", "right"), step="row", length=3)
SERIES = NumericSpecification(name="series", features=("x",), step="day")
GRID = [[1, 2], [3, 4], [5, 6]]


def read(content, specification, **limits):
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    return read_upload("a.json", data, specification, UploadLimits(**limits))


@pytest.mark.parametrize("content", [["good", "bad"], {"sequences": ["good", "bad"]}])
def test_a_list_of_texts(content):
    upload = read(content, TEXT)
    assert upload.columns == ("text",)
    assert [upload.sequence(row, "text") for row in range(2)] == ["good", "bad"]


def test_a_single_text():
    assert read("good", TEXT).sequence(0, "text") == "good"


def test_a_list_of_objects_is_a_table():
    upload = read([{"n": 1, "review": "good"}, {"review": None, "tags": ["a"]}, {"n": 2.5, "review": "bad"}], TEXT)
    assert upload.columns == ("review",)
    assert upload.table.to_dict("list") == {
        "n": ["1", "", "2.5"],
        "review": ["good", "", "bad"],
        "tags": ["", "1 value", ""],
    }
    assert upload.sequence(2, "review") == "bad"
    with pytest.raises(InputError, match=r"Row 2: column “review” must hold text\. Received: None"):
        upload.sequence(1, "review")
    with pytest.raises(
        InputError, match=r"Column “n” cannot be used: the model takes text\. Columns with text: “review”"
    ):
        upload.sequence(0, "n")


def test_half_a_character_is_replaced():
    assert read(b'["a\\ud800b", "\\ud83d\\ude00"]', TEXT).table["text"].tolist() == ["a\ufffdb", "😀"]


@pytest.mark.parametrize(
    ("content", "specification", "expected"),
    [
        (GRID, PAIRS, [GRID]),
        ([GRID, GRID], PAIRS, [GRID, GRID]),
        ({"sequences": [GRID]}, PAIRS, [GRID]),
        ([[1, 2, 3, 4, 5, 6], [6, 5, 4, 3, 2, 1]], PAIRS, [GRID, [[6, 5], [4, 3], [2, 1]]]),
        ([1, 2, 3, 4, 5, 6], PAIRS, [GRID]),
        ([1, 2, 3], SERIES, [[[1], [2], [3]]]),
        ([[1], [2]], SERIES, [[[1], [2]]]),
        ([[1, 2], [3]], SERIES, [[[1], [2]], [[3]]]),
        (["1,2,3", "4"], SERIES, [[[1], [2], [3]], [[4]]]),
    ],
)
def test_the_ways_to_write_numbers(content, specification, expected):
    upload = read(content, specification)
    assert len(upload.table) == len(expected)
    for row, sequence in enumerate(expected):
        np.testing.assert_array_equal(upload.sequence(row, "values"), sequence)


def test_objects_with_a_sequence_each():
    upload = read([{"y": 1, "series": GRID}, {"y": 2, "series": "1,2;3,4;5,6"}, {"series": [[1, 2], [3]]}], PAIRS)
    assert upload.columns == ("series",)
    assert upload.table.to_dict("list") == {
        "row": [1, 2, 3],
        "series": ["1, 2, 3, 4, 5, 6", "1,2;3,4;5,6", "1, 2, 3"],
    }
    np.testing.assert_array_equal(upload.sequence(0, "series"), GRID)
    np.testing.assert_array_equal(upload.sequence(1, "series"), GRID)
    with pytest.raises(InputError, match=r"Row 3: All rows must have the same number of values"):
        upload.sequence(2, "series")


@pytest.mark.parametrize(
    ("content", "specification", "message"),
    [
        (b'["good",\n "bad"', TEXT, r"not valid JSON: .* at line 2, column 7"),
        (b"[" * 100_000 + b"]" * 100_000, TEXT, r"nested too deeply"),
        (b"[%b]" % (b"9" * 5000), SERIES, r"number with too many digits"),
        (b"[" * 5_000_001, TEXT, r"more than 5,000,000 lists or 20,000,000 values"),
        (["good", 3], TEXT, r"of one kind\. Received: item 1 is text, item 2 is a number"),
        ([{"a": 1}, ["b"]], TEXT, r"item 1 is an object, item 2 is a list"),
        ([1.5, None], SERIES, r"item 1 is a number, item 2 is null"),
        ([], TEXT, r"The list in the file is empty"),
        ([[]], SERIES, r"The first list in the file is empty"),
        ([{}], TEXT, r"The objects in the file are empty"),
        (["", " "], TEXT, r"All texts in the file are empty"),
        ([{"text": ""}, {"text": None}], TEXT, r"All rows of the file are empty"),
        ({"texts": ["a"]}, TEXT, r"must be a list of texts, .* around one of these\. Received: an object"),
        (3, SERIES, r"Received: a number"),
        ([1, 2], TEXT, r"The model takes text\. Received: a list whose items are each a number"),
        ([True, False], TEXT, r"items are each true or false"),
        ([{"n": 1}], TEXT, r"The model takes text, and the file holds none\. Columns: “n”"),
        (["good"], SERIES, r"The model takes numbers, and the file holds no sequences of them\. Keys: “values”"),
        ([{"y": 1}], SERIES, r"holds no sequences of them\. Keys: “y”"),
        ([[1, 2, 3]], PAIRS, r"Lines of 3 numbers do not fit the model"),
    ],
)
def test_what_cannot_be_used_is_refused(content, specification, message):
    with pytest.raises(InputError, match=message):
        read(content, specification)


@pytest.mark.parametrize(
    ("content", "specification"), [(["a", "b"], TEXT), ([GRID, GRID], PAIRS), ([{"t": "a"}] * 2, TEXT)]
)
def test_too_many_sequences_are_refused(content, specification):
    read(content, specification, maximum_sequences=2)
    with pytest.raises(InputError, match="more than 1 sequences"):
        read(content, specification, maximum_sequences=1)


def test_values_that_are_no_numbers_are_refused_when_they_are_picked():
    upload = read([[[1, 2], [3, "x"], [5, 6]], [[1, 2], [3, float("nan")], [5, 6]]], PAIRS)
    with pytest.raises(InputError, match=r"Row 1: The model takes numbers\. Received: “x”"):
        upload.sequence(0, "values")
    with pytest.raises(InputError, match=r"Row 2: The value of row 2, feature 2 \(right\) must be a finite number"):
        upload.sequence(1, "values")
