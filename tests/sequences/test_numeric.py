import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from attnviz.errors import InputError
from attnviz.sequences.numeric import MAXIMUM_CHARACTERS, format_numbers, is_number, number_cells, parse_numbers
from attnviz.sequences.specification import NumericSpecification

PAIRS = NumericSpecification(name="pairs", features=("a", "b"), step="row")
TWO_PAIRS = NumericSpecification(name="pairs", features=("a", "b"), step="row", length=2)
SERIES = NumericSpecification(name="series", features=("x",), step="day")


@pytest.mark.parametrize(
    "text",
    [
        "1,2;3,4",
        "1,2;3,4;",
        "1 2\n3 4",
        "1\t2\r\n3\t4\r\n",
        "1;2\n3;4",
        "1;2;\n3;4;",
        " 1 , 2 \n\n 3 ,4 ",
        "1\u00a02\n3\u20034",
        "left,right\n1,2\n3,4",
        '"1","2"\n"3","4"',
        "\ufeff1,2\n3,4",
        "[[1, 2], [3, 4]]",
        " [[1, 2],\n [3, 4]] ",
        "1.0e0,20E-1;3,+4",
    ],
)
def test_the_ways_to_write_a_grid(text):
    numbers = parse_numbers(text, PAIRS)
    assert numbers.dtype == np.float64
    np.testing.assert_array_equal(numbers, [[1, 2], [3, 4]])


@pytest.mark.parametrize("text", ["1,2,3", "1 2 3", "1;2;3", "1\n2\n3", "[1, 2, 3]", "[[1], [2], [3]]", "[[1, 2, 3]]"])
def test_the_ways_to_write_a_series_of_one_feature(text):
    np.testing.assert_array_equal(parse_numbers(text, SERIES), [[1], [2], [3]])


@pytest.mark.parametrize("text", ["1,2,3,4", "1;2;3;4", "[1,2,3,4]", "1 2 3 4", "a,b,c,d\n1,2,3,4"])
def test_a_single_line_is_cut_into_steps_where_the_length_is_fixed(text):
    np.testing.assert_array_equal(parse_numbers(text, TWO_PAIRS), [[1, 2], [3, 4]])


def test_the_minus_sign_of_word_processors():
    np.testing.assert_array_equal(parse_numbers("\u22121,\u20132", PAIRS), [[-1, -2]])


def test_not_a_number_is_parsed_and_left_to_encode():
    assert np.isnan(parse_numbers("nan,inf", PAIRS)[0, 0])


@pytest.mark.parametrize(
    ("specification", "text", "message"),
    [
        (PAIRS, "", r"There are no numbers\. Give at least one row of 2 numbers\."),
        (PAIRS, " \n;; ", r"There are no numbers"),
        (PAIRS, ";;", r"There are no numbers"),
        (PAIRS, "1,2\n3,x", r"Line 2, column 2 must be a number\. Received: “x”"),
        (PAIRS, "1,2\n\n3,", r"Line 3, column 2 must be a number\. Received: nothing"),
        (PAIRS, "1,,3\n4,5,6", r"Line 1, column 2 must be a number\. Received: nothing"),
        (PAIRS, "1,2;3,x", r"Row 2, column 2 must be a number\. Received: “x”"),
        (PAIRS, "hello world", r"Line 1, column 1 must be a number\. Received: “hello”"),
        (PAIRS, "a,2\n3,4", r"Line 1, column 1 must be a number\. Received: “a”"),
        (PAIRS, "1_000,2", r"Line 1, column 1 must be a number\. Received: “1_000”"),
        (PAIRS, "1e999,2", r"Line 1, column 1 is too large a number\. Received: “1e999”"),
        (PAIRS, "1,2\n3", r"Line 2 must have 2 numbers\. Received: 1\."),
        (PAIRS, "1,2\n3,4,5", r"Line 2 must have 2 numbers\. Received: 3\."),
        (PAIRS, "1,2;3", r"Row 2 must have 2 numbers\. Received: 1\."),
        (PAIRS, "1,5 2,5", r"Line 1 can be read in two ways: .* Write decimals with a point \(1\.5\)"),
        (PAIRS, "1,2\n1,5;2,5", r"Line 2 can be read in two ways"),
        (SERIES, "1,5;2,5", r"Day 1 must have 1 number\. Received: 2\. Write decimals with a point"),
        (PAIRS, "[[1,2],[3]]", r"same number of values\. Received: row 1 has 2, row 2 has 1"),
        (PAIRS, "[[1,2,3]]", r"List 1 must have 2 numbers\. Received: 3\."),
        (PAIRS, "[[1,2\n", r"not valid JSON: .* at line 2, column 1\. Write it as \[\[1, 2\], \[3, 4\]\]"),
        (PAIRS, "[" * 100_000, r"nested too deeply"),
        (PAIRS, f"[[{'9' * 5000},1]]", r"too many digits"),
        (PAIRS, "[]", r"must hold rows of 2 numbers.*Received: shape=\(0,\)"),
        (PAIRS, "[[[1,2]]]", r"Received: shape=\(1, 1, 2\)"),
        (PAIRS, '[["a",2]]', r"The model takes numbers\. Received: “a”"),
        (PAIRS, '[{"a":2}]', r"The model takes numbers"),
        (SERIES, "1," * MAXIMUM_CHARACTERS, r"at most 2,000,000 characters\. Received: 4,000,000"),
    ],
)
def test_what_is_no_grid_is_refused_with_its_place(specification, text, message):
    with pytest.raises(InputError, match=message):
        parse_numbers(text, specification)


def test_numbers_are_written_as_short_as_they_can_be():
    assert format_numbers([[0, 0, 5], [1, 2.5, -3]]) == "0,0,5;1,2.5,-3"
    assert format_numbers([0.1, 1e22]) == "0.1;1e+22"


@given(
    st.integers(1, 3).flatmap(
        lambda features: npst.arrays(
            np.float64, st.tuples(st.integers(1, 5), st.just(features)), elements=st.floats(allow_nan=True)
        )
    )
)
def test_what_is_written_is_read_back_exactly(numbers):
    specification = NumericSpecification(name="x", features=tuple("abc"[: numbers.shape[1]]))
    back = parse_numbers(format_numbers(numbers), specification)
    np.testing.assert_array_equal(back, numbers)
    np.testing.assert_array_equal(np.signbit(back), np.signbit(numbers) & ~np.isnan(numbers))


@given(
    st.text(alphabet=st.sampled_from("0123456789.,;-+e \t\n[]\"'xn_"), max_size=40),
    st.sampled_from([PAIRS, SERIES, TWO_PAIRS]),
)
def test_any_text_is_parsed_or_refused(text, specification):
    try:
        numbers = parse_numbers(text, specification)
    except InputError:
        return
    assert numbers.dtype == np.float64
    assert numbers.ndim == 2
    assert numbers.shape[0] >= 1
    assert numbers.shape[1] == len(specification.features)


@pytest.mark.parametrize(
    ("cell", "expected"), [("1", True), (" -2.5e3 ", True), ("nan", True), ("1_0", False), ("", False), ("1,2", False)]
)
def test_is_number(cell, expected):
    assert is_number(cell) is expected


@pytest.mark.parametrize(
    ("line", "cells"),
    [("1,2\n", ["1", "2"]), ("1;2;3", ["1", "2", "3"]), ("1,2;3,4", []), ("[1,2]", []), ("a,b", []), ("", [])],
)
def test_number_cells(line, cells):
    assert number_cells(line) == cells
