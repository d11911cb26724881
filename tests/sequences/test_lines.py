import numpy as np
import pytest

from attnviz.errors import InputError
from attnviz.sequences.reading import UploadLimits, read_upload
from attnviz.sequences.specification import NumericSpecification, TextSpecification

TEXT = TextSpecification(name="text", vocabulary=("good",), maximum_length=5)
PAIRS = NumericSpecification(name="pairs", features=("a", "b"), step="row")
SERIES = NumericSpecification(name="series", features=("x",), step="day")


def test_each_line_is_a_text_and_empty_ones_are_counted():
    upload = read_upload("a.txt", b"one\r\n\n  two words \n\n1984", TEXT)
    assert upload.columns == ("text",)
    assert upload.table.to_dict("list") == {"line": [1, 3, 5], "text": ["one", "two words", "1984"]}
    assert upload.notices == ("2 empty lines were left out.",)
    assert upload.sequence(2, "text") == "1984"


def test_a_single_empty_line():
    assert read_upload("a.txt", b"one\n\n", TEXT).notices == ("1 empty line was left out.",)


def test_only_line_ends_end_a_line():
    assert read_upload("a.txt", "a\x0cb\u2028c\x85d\n".encode(), TEXT).sequence(0, "text") == "a\x0cb\u2028c\x85d"


@pytest.mark.parametrize("specification", [TEXT, SERIES])
def test_only_empty_lines_are_refused(specification):
    with pytest.raises(InputError, match=r"only empty lines|starts with none of them"):
        read_upload("a.txt", b"\n \n\t\n", specification)


def test_too_many_lines_are_refused():
    limits = UploadLimits(maximum_sequences=2)
    assert len(read_upload("a.txt", b"a\nb\n\n", TEXT, limits).table) == 2
    with pytest.raises(InputError, match=r"more than 2 sequences, the most that can be read\. Split it\."):
        read_upload("a.txt", b"a\nb\nc\n", TEXT, limits)


def test_a_hundred_thousand_lines():
    upload = read_upload("a.txt", b"a good film\n" * 100_000, TEXT)
    assert len(upload.table) == 100_000
    assert upload.sequence(99_999, "text") == "a good film"


@pytest.mark.parametrize("data", [b"1,2\n3,4\n", b"a b\n1 2\n\n3 4", b"1;2\n3;4"])
def test_lines_as_wide_as_a_step_are_one_sequence(data):
    upload = read_upload("a.txt", data, PAIRS)
    assert len(upload.table) == 1
    assert upload.notices[0].endswith("were read as a single sequence, one row each.")
    np.testing.assert_array_equal(upload.sequence(0, "values"), [[1, 2], [3, 4]])


def test_lines_of_several_steps_are_a_sequence_each():
    upload = read_upload("a.txt", b"1,2;3,4\n\n5,6\n", PAIRS)
    assert upload.table.to_dict("list") == {"row": [1, 2], "values": ["1,2;3,4", "5,6"]}
    np.testing.assert_array_equal(upload.sequence(1, "values"), [[5, 6]])


def test_lines_of_one_feature_are_a_sequence_each():
    upload = read_upload("a.txt", b"1,2,3\n4,5\n", SERIES)
    np.testing.assert_array_equal(upload.sequence(1, "values"), [[4], [5]])


def test_text_for_a_numeric_model_is_refused():
    with pytest.raises(
        InputError, match=r"takes numbers, and the file starts with none of them\. Line 1, column 1 .* Received: “good”"
    ):
        read_upload("a.txt", b"good film\nbad film\n", PAIRS)


def test_lines_of_a_width_that_does_not_fit_are_refused():
    with pytest.raises(InputError, match=r"Lines of 3 numbers do not fit the model\. Expected: 2 numbers a line"):
        read_upload("a.txt", b"1,2,3\n", PAIRS)
