import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attnviz.errors import InputError, ShapeError
from attnviz.sequences.encoding import MAXIMUM_CHARACTERS, EncodedSequences, encode
from attnviz.sequences.specification import NumericSpecification, TextSpecification

TEXT = TextSpecification(name="text", vocabulary=("good", "film", ".", "don't"), maximum_length=5)
PIXELS = NumericSpecification(
    name="pixels", features=("left", "right"), step="row", length=2, minimum=0, maximum=16, offset=8, scale=4
)
DAYS = NumericSpecification(name="days", features=("x",), step="day", maximum_length=3)


def test_known_words_get_their_ids_and_padding_gets_0():
    encoded = encode(TEXT, ["Good FILM.", "Don’t"])
    assert encoded.inputs.tolist() == [[2, 3, 4], [5, 0, 0]]
    assert encoded.inputs.dtype == np.int32
    assert encoded.labels == (("Good", "FILM", "."), ("Don’t", "", ""))
    assert encoded.valid.tolist() == [[True, True, True], [True, False, False]]
    assert encoded.notices == ()


def test_case_counts_where_the_vocabulary_keeps_it():
    cased = TextSpecification(name="text", vocabulary=("Good",), maximum_length=5, lowercase=False)
    assert encode(cased, ["Good good"]).inputs.tolist() == [[2, 1]]


def test_numbers_of_one_shape_are_one_word_where_digits_are_alike():
    shapes = TextSpecification(
        name="text", vocabulary=("0000", "0.00", "call", "0pm"), maximum_length=9, digits_alike=True
    )
    encoded = encode(shapes, ["Call 1984 2024 £9.50 7pm 12 ٣pm"])
    assert encoded.inputs.tolist() == [[4, 2, 2, 1, 3, 5, 1, 5]]
    assert encoded.labels[0][1:3] == ("1984", "2024")  # shown as typed
    assert encoded.notices[0].words == ("£", "12")


def test_unknown_words_are_listed_once_each_as_typed():
    (notice,) = encode(TEXT, ["Zork good zork QUX"]).notices
    assert (notice.sample, notice.kind, notice.words) == (0, "unknown_words", ("Zork", "QUX"))
    assert notice.message == "The model does not know “Zork”, “QUX”, and reads each as the same unknown word."


def test_words_from_right_to_left_do_not_turn_the_sentence_round():
    (notice,) = encode(TEXT, ["good שלום qux"]).notices
    assert notice.words == ("שלום", "qux")
    assert "does not know \u2068“שלום”\u2069, “qux”, and" in notice.message


def test_a_text_of_only_unknown_words_is_said_to_be_so_even_with_a_known_full_stop():
    encoded = encode(TEXT, ["asdf qux ."])
    (notice,) = encoded.notices
    assert (notice.kind, notice.words) == ("only_unknown_words", ("asdf", "qux"))
    assert re.search("knows none of the words: “asdf”, “qux”", notice.message)
    assert encoded.inputs.tolist() == [[1, 1, 4]]


def test_a_long_text_is_cut_and_the_notice_says_how_many_tokens_and_where():
    encoded = encode(TEXT, ["good", "good film good film good here it ends"])
    (notice,) = encoded.notices
    assert encoded.labels[1] == ("good", "film", "good", "film", "good")
    assert (notice.sample, notice.kind, notice.words) == (1, "cut", ("here",))
    assert notice.message == (
        "Sequence 2 of 2: The text has 8 tokens and the model takes 5: it reads the first 5 and leaves out 3 tokens, "
        "from “here” on."
    )


def test_long_and_many_words_are_shortened_in_messages_only():
    long = TextSpecification(name="text", vocabulary=("a",), maximum_length=100)
    words = [f"w{index}" for index in range(30)]
    (notice,) = encode(long, [f"{'x' * 5000} {' '.join(words)}"]).notices
    assert notice.words == ("x" * 5000, *words)
    assert len(notice.message) < 500
    assert notice.message.count("“w") == 19
    assert re.search("and 11 more", notice.message)


@pytest.mark.parametrize("text", ["", "  \n\t", "\u200b\x00\u200d"])
def test_empty_text_is_refused(text):
    with pytest.raises(InputError, match=r"^The text is empty\. Type at least one word\.$"):
        encode(TEXT, [text])


def test_the_message_names_the_sequence_where_there_are_several():
    with pytest.raises(InputError, match=r"^Sequence 3 of 3: The text is empty\."):
        encode(TEXT, ["good", "film", " "])


@pytest.mark.parametrize("specification", [TEXT, PIXELS])
def test_no_sequence_at_all_is_refused(specification):
    with pytest.raises(InputError, match=r"There is no sequence\. Give at least one\."):
        encode(specification, [])


def test_a_lone_text_is_refused_because_its_letters_would_be_sequences():
    with pytest.raises(InputError, match=r"must be a list of texts\. Received: str"):
        encode(TEXT, "good")


def test_numbers_for_a_text_model_are_refused():
    with pytest.raises(InputError, match=r"The model takes text\. Received: int"):
        encode(TEXT, [3])


def test_an_endless_text_is_refused():
    with pytest.raises(InputError, match=r"at most 1,000,000 characters\. Received: 1,000,001"):
        encode(TEXT, ["a" * (MAXIMUM_CHARACTERS + 1)])


def test_numbers_are_normalised_and_labelled_by_step():
    encoded = encode(PIXELS, [[[0, 16], [8, 10]]])
    np.testing.assert_array_equal(encoded.inputs, np.float32([[[-2, 2], [0, 0.5]]]))
    assert encoded.inputs.dtype == np.float32
    assert encoded.labels == (("row 1", "row 2"),)
    assert encoded.valid.all()


def test_shorter_series_are_padded_on_the_right():
    encoded = encode(DAYS, [[1, 2, 3], np.array([[4.0]])])
    np.testing.assert_array_equal(encoded.inputs[..., 0], [[1, 2, 3], [4, 0, 0]])
    assert encoded.labels == (("day 1", "day 2", "day 3"), ("day 1", "", ""))
    assert encoded.valid.tolist() == [[True, True, True], [True, False, False]]


@pytest.mark.parametrize(
    ("specification", "sequence", "message"),
    [
        (PIXELS, [[1, 2, 3]], r"Each row must have 2 numbers\. Received: 3\."),
        (PIXELS, [[1, 2]], r"The model takes exactly 2 rows\. Received: 1 row\."),
        (PIXELS, [[1, 2], [3]], r"same number of values\. Received: row 1 has 2, row 2 has 1\."),
        (PIXELS, [[1, 2], 3], r"must be lists of numbers, all of one length"),
        (PIXELS, [[1, 2], [3, np.nan]], r"value of row 2, feature 2 \(right\) must be a finite number\. Received: NaN"),
        (PIXELS, [[np.inf, 2], [3, 4]], r"row 1, feature 1 \(left\) must be a finite number\. Received: inf"),
        (PIXELS, [[1, 2], [17.5, 4]], r"row 2, feature 1 \(left\) must be from 0 to 16\. Received: 17\.5"),
        (PIXELS, [[1, -1], [3, 4]], r"row 1, feature 2 \(right\) must be from 0 to 16\. Received: -1"),
        (PIXELS, [1, 2], r"must have two dimensions, rows by 2 features\. Received: shape=\(2,\)"),
        (PIXELS, [], r"The sequence is empty\. Give at least one row of 2 numbers\."),
        (PIXELS, [[], []], r"The sequence is empty"),
        (PIXELS, [["a", 1], [2, 3]], r"The model takes numbers\. Received: “a”"),
        (PIXELS, "1,2;3,4", r"The model takes numbers\. Received: “1,2;3,4”"),
        (PIXELS, [[None, 1], [2, 3]], r"The model takes numbers\. Received: “None”"),
        (PIXELS, [[1j, 1], [2, 3]], r"The model takes numbers\. Received: “1j”"),
        (DAYS, [1, 2, 3, 4], r"The model takes at most 3 days\. Received: 4 days\. Shorten the sequence\."),
        (DAYS, [1e300], r"day 1, feature 1 \(x\) is too large for the model\. Received: 1e\+300"),
        (DAYS, [10**400], r"The model takes numbers\. Received: a whole number that is too large"),
    ],
)
def test_numbers_that_the_model_cannot_take_are_refused(specification, sequence, message):
    with pytest.raises(InputError, match=f"^(?!Sequence).*{message}"):
        encode(specification, [sequence])
    with pytest.raises(InputError, match=f"^Sequence 1 of 2: .*{message}"):
        encode(specification, [sequence, [[1, 2], [3, 4]]])


@pytest.mark.parametrize(("minimum", "maximum", "expected"), [(0, None, "at least 0"), (None, 1.5, r"at most 1\.5")])
def test_half_open_ranges(minimum, maximum, expected):
    open_end = NumericSpecification(name="days", features=("x",), minimum=minimum, maximum=maximum)
    with pytest.raises(InputError, match=f"must be {expected}. Received"):
        encode(open_end, [[-3.0 if maximum is None else 3.0]])


def test_what_is_no_specification_is_a_bug_of_the_caller():
    with pytest.raises(TypeError, match="must be an InputSpecification"):
        encode("text", ["good"])


def test_the_record_is_read_only_and_checks_itself():
    encoded = encode(TEXT, ["good"])
    with pytest.raises(ValueError, match="read-only"):
        encoded.inputs[0, 0] = 3
    with pytest.raises(ShapeError, match=r"must agree on \[batch, length\]"):
        EncodedSequences(inputs=np.zeros((1, 2), np.int32), labels=(("a",),), valid=np.ones((1, 2), bool))


@given(st.lists(st.text(), max_size=4))
def test_any_text_is_encoded_or_refused(texts):
    try:
        encoded = encode(TEXT, texts)
    except InputError:
        return
    lengths = encoded.valid.sum(axis=1)
    assert encoded.inputs.shape == encoded.valid.shape == (len(texts), lengths.max())
    assert lengths.min() >= 1
    assert lengths.max() <= TEXT.maximum_length
    assert encoded.inputs.min() >= 0
    assert encoded.inputs.max() < len(TEXT.vocabulary) + 2
    np.testing.assert_array_equal(encoded.inputs > 0, encoded.valid)
    np.testing.assert_array_equal(np.sort(~encoded.valid, axis=1), ~encoded.valid)  # padding is on the right
    for labels, valid in zip(encoded.labels, encoded.valid, strict=True):
        assert [bool(label) for label in labels] == valid.tolist()
    for index, row in enumerate(encoded.inputs):
        told = {notice.kind for notice in encoded.notices if notice.sample == index} - {"cut"}
        assert bool(told) == (1 in row)


@given(st.lists(st.lists(st.floats(allow_nan=True), max_size=4), max_size=3))
def test_any_series_is_encoded_or_refused(series):
    try:
        encoded = encode(DAYS, series)
    except InputError:
        return
    assert np.isfinite(encoded.inputs).all()
    for row, valid, own in zip(encoded.inputs[..., 0], encoded.valid, series, strict=True):
        np.testing.assert_array_equal(row[valid], np.float32(own))
        assert not row[~valid].any()
