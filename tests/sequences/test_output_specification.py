import pytest

from attnviz.errors import CardError
from attnviz.sequences.output_specification import OutputSpecification

FRENCH = OutputSpecification(
    name="french",
    vocabulary=("je", "suis", "Tom", "l'", "ami", ".", "et", "-ce", "est"),
    maximum_length=10,
    splitting="french_words",
    joining="french_words",
    sentence_case=True,
)


def test_text_to_ids_and_back():
    ids = FRENCH.ids_of("Je suis l'ami. Et Tom est-ce")
    assert ids == [4, 5, 7, 8, 9, 10, 6, 12, 11]
    assert FRENCH.text_of([2, *ids, 3, 0]) == "Je suis l'ami. Et Tom est-ce"
    assert FRENCH.labels_of([2, 4, 3, 1, 0]) == ["<start>", "je", "<end>", "<unknown>", ""]


def test_a_name_keeps_its_capital_at_the_start_of_a_sentence():
    assert FRENCH.tokens_of("Tom est. Tom suis") == ["Tom", "est", ".", "Tom", "suis"]
    assert FRENCH.tokens_of("Est Je") == ["est", "Je"]  # inside a sentence case says something
    assert FRENCH.ids_of("Est Je") == [12, FRENCH.unknown_id]


def test_without_sentence_case_the_case_is_as_typed():
    plain = OutputSpecification(name="out", vocabulary=("Je", "je"), maximum_length=3, joining="words")
    assert plain.ids_of("Je je") == [4, 5]
    assert plain.text_of([4, 5]) == "Je je"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"vocabulary": ()}, "`vocabulary` of output 'out' must hold a token or more, each once"),
        ({"vocabulary": ("a", "a")}, "each once"),
        ({"vocabulary": ("a", "<end>")}, "must leave <start>, <end>.*Received: '<end>'"),
        ({"maximum_length": 0}, "`maximum_length` of output 'out' must be at least 1"),
        ({"splitting": "syllables"}, "`splitting` of output 'out' must be one of .*Received: 'syllables'"),
        ({"joining": "glue"}, "`joining` of output 'out' must be one of characters, words, french_words"),
        ({"end_id": 2}, "must have ids of their own"),
        ({"end_id": 5}, "outside the vocabulary's 4 to 5"),
        ({"start_id": -1}, "not negative"),
        ({"first_id": "4"}, "`first_id` of output 'out' must be a whole number"),
    ],
)
def test_impossible_specifications(fields, message):
    with pytest.raises(CardError, match=message):
        OutputSpecification(**{"name": "out", "vocabulary": ("a", "b"), "maximum_length": 3, **fields})
