import numpy as np
import pytest

from attnviz.errors import CardError, InputError, ShapeError
from attnviz.sequences.document_encoding import EncodedDocuments
from attnviz.sequences.document_specification import DocumentSpecification
from attnviz.sequences.encoding import encode


def _specification(**changes):
    fields = {
        "name": "sentences", "vocabulary": ("good", "bad", "."), "maximum_sentences": 3, "maximum_length": 4,
    }  # fmt: skip
    return DocumentSpecification(**(fields | changes))


def test_ids_stand_by_document_sentence_and_word():
    encoded = encode(_specification(), ["Good. Bad bad.", "Strange."])
    assert encoded.inputs.tolist() == [
        [[2, 4, 0, 0], [3, 3, 4, 0], [0, 0, 0, 0]],
        [[1, 4, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]],
    ]
    assert encoded.inputs.dtype == np.int32
    assert encoded.labels == (("Good.", "Bad bad.", ""), ("Strange.", "", ""))
    assert encoded.valid.tolist() == [[True, True, False], [True, False, False]]
    assert encoded.words[0] == (("Good", ".", "", ""), ("Bad", "bad", ".", ""), ("", "", "", ""))
    np.testing.assert_array_equal(encoded.valid_words, encoded.inputs != 0)


def test_unknown_words_are_told_once_a_document():
    (notice,) = encode(_specification(), ["Good. Odd. odd good.", "Good."]).notices
    assert (notice.sample, notice.kind, notice.words) == (0, "unknown_words", ("Odd",))
    assert notice.message.startswith("Sequence 1 of 2: ")


def test_too_many_sentences_and_words_are_cut_and_told():
    sentences, words = encode(_specification(), ["Good. Bad bad bad bad bad. Good. Bad. Good."]).notices
    assert "has 5 sentences and the model takes 3" in sentences.message
    assert "leaves out 2 sentences, from “Bad.” on" in sentences.message
    assert "Sentence 2 has 6 tokens and the model takes 4" in words.message
    assert sentences.kind == words.kind == "cut"


def test_tokens_that_are_left_out_can_leave_a_sentence_out():
    encoded = encode(_specification(unknown_id=None, vocabulary=("good",)), ["Odd. Good odd."])
    assert encoded.inputs[0, 0].tolist() == [2, 0, 0, 0]
    assert encoded.labels == (("Good odd.", "", ""),)


@pytest.mark.parametrize("text", ["", " \n\t "])
def test_a_text_without_words_is_refused(text):
    with pytest.raises(InputError, match="Sequence 2 of 2: The text is empty"):
        encode(_specification(), ["Good.", text])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"maximum_sentences": 0}, "`maximum_sentences` of input 'sentences' must be a whole number of at least 1"),
        ({"maximum_sentences": "3"}, "`maximum_sentences` of input 'sentences' must be a whole number"),
        ({"maximum_length": 0}, "`maximum_length`"),
        ({"words": "sentences"}, "must be another name than that of the sentences"),
        ({"before": {"[start]": 1}}, "has no `before`"),
        ({"padding_side": "left"}, "padded on the right"),
    ],
)
def test_what_no_model_of_documents_takes_is_refused(changes, message):
    with pytest.raises(CardError, match=message):
        _specification(**changes)


def test_labels_must_fit_the_ids():
    with pytest.raises(ShapeError, match="must agree on"):
        EncodedDocuments(
            inputs=np.zeros((1, 1, 2), np.int32), labels=(("One",),), valid=np.ones((1, 1), bool),
            words=((("One",),),), valid_words=np.ones((1, 1, 2), bool),
        )  # fmt: skip
