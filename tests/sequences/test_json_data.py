import json

import numpy as np
import pytest

from attnviz.errors import InputError
from attnviz.sequences.data_files import read_data_set


def read(content, name="a.json"):
    return read_data_set(name, content if isinstance(content, bytes) else json.dumps(content).encode())


def read_lines(*lines):
    return read("\n".join(lines).encode(), "a.jsonl")


ROWS = [{"text": "good", "label": 1}, {"text": "bad", "label": 0}]


@pytest.mark.parametrize(
    "content",
    [
        ROWS,
        {"data": ROWS},
        {"text": ["good", "bad"], "label": [1, 0]},
        {"data": {"text": ["good", "bad"], "label": [1, 0]}},
    ],
)
def test_rows_or_columns_plain_or_wrapped(content):
    data = read(content)
    assert data.table.to_dict("records") == ROWS
    assert data.lines.tolist() == [1, 2]


def test_a_line_that_is_no_object_is_skipped_and_named():
    data = read_lines('{"text": "a"}', "", "{", "[1]", '"b"', '{"text": "c"}', "1" * 5000, "[" * 100_000)
    assert data.table["text"].tolist() == ["a", "c"]
    assert data.lines.tolist() == [1, 6]
    assert [row.line for row in data.skipped] == [3, 4, 5, 7, 8]
    assert [row.reason for row in data.skipped[:3]] == [
        "Line 3 is not valid JSON: Expecting property name enclosed in double quotes at column 2.",
        "Line 4 must be an object. Received: a list.",
        "Line 5 must be an object. Received: text.",
    ]
    assert "nested too deeply, or a number in it has too many digits" in data.skipped[-1].reason
    assert data.notices == ("1 empty line was left out.",)


def test_an_item_that_is_no_object_is_skipped_and_named():
    data = read([{"text": "a"}, None, {"text": "b"}, 3])
    assert data.lines.tolist() == [1, 3]
    assert [row.reason for row in data.skipped] == [
        "Item 2 of the list must be an object. Received: null.",
        "Item 4 of the list must be an object. Received: a number.",
    ]


def test_values_keep_their_type():
    rows = [
        {
            "whole": 1,
            "real": 0.5,
            "truth": True,
            "numbers": [[1, 2], [3, 4]],
            "words": ["a", "b"],
            "gaps": 2,
            "late": None,
        },
        {"whole": 2, "real": 2, "truth": False, "numbers": [[5, 6]], "words": [], "gaps": None, "late": "x"},
    ]
    table = read(rows).table
    assert [table[name].dtype.kind for name in ("whole", "real", "truth", "gaps")] == ["i", "f", "b", "f"]
    np.testing.assert_array_equal(table["numbers"][0], [[1, 2], [3, 4]])
    assert table["words"].tolist() == [["a", "b"], []]
    np.testing.assert_array_equal(table["gaps"], [2, np.nan])
    assert table["late"].isna().tolist() == [True, False]


def test_a_column_that_changes_type_half_way_is_kept_and_named():
    data = read([{"label": 1}, {"label": None}, {"label": "x"}, {"label": {"a": 1}}, {"label": 10**400}])
    assert data.table["label"].tolist()[:3] == [1, None, "x"]
    assert data.table["label"][3] == {"a": 1}
    assert data.notices == ("Column “label” changes at line 3: it begins with numbers, and there stands “x”.",)


def test_numbers_beyond_floats_and_words_for_numbers():
    table = read(b'[{"a": NaN, "b": 1%s}, {"a": Infinity, "b": 1}]' % (b"0" * 400)).table
    np.testing.assert_array_equal(table["a"], [np.nan, np.inf])
    assert table["b"].tolist() == [10**400, 1]


def test_keys_that_only_some_rows_have():
    table = read_lines('{"a": "x"}', '{"b": 1}', '{"a": "y", "a": "z"}').table
    assert table["a"].tolist()[0::2] == ["x", "z"]
    assert table["a"].isna().tolist() == [False, True, False]
    np.testing.assert_array_equal(table["b"], [np.nan, 1, np.nan])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (["a", "b"], r"No row of the file can be read\. The first: Item 1 of the list must be an object"),
        ([], "holds no rows"),
        ([{}], "holds no rows"),
        ({"a": [], "b": []}, "holds no rows"),
        ({"a": [1], "b": [1, 2]}, "Received: an object of other values"),
        ({"a": 1}, "Received: an object of other values"),
        ({}, "must be a list of objects"),
        ("text", r"must be a list of objects .* Received: text"),
        (b"[1,", "not valid JSON: Expecting value at line 1"),
        (b"[" * 100_000, "nested too deeply"),
        (b"[[]," * 3_000_000, "more than 5,000,000 lists"),
    ],
)
def test_what_is_no_table_is_refused(content, message):
    with pytest.raises(InputError, match=message):
        read(content)


def test_a_new_key_in_every_line_is_refused_before_it_fills_the_memory():
    with pytest.raises(InputError, match="different keys so far, too many for a table"):
        read_lines(*(json.dumps({f"key {number}": 1}) for number in range(11_000)))
