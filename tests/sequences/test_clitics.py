import pytest

from attnviz.sequences.clitics import split_english, split_french
from attnviz.sequences.joining import join_french


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("I'm Tom's friend.", ["I", "'m", "Tom", "'s", "friend", "."]),
        ("They’ve left, don't you know?", ["They", "'ve", "left", ",", "don't", "you", "know", "?"]),
        ("It can't've been a well-made O'Neill", ["It", "can't", "'ve", "been", "a", "well-made", "O'Neill"]),
        ("It's 10 o'clock", ["It", "'s", "10", "o'clock"]),
        ("", []),
    ],
)
def test_english(text, tokens):
    assert split_english(text) == tokens


FRENCH = [
    ("Qu'écrivez-vous ?", ["Qu'", "écrivez", "-vous", "?"]),
    ("Il t'aime, n'est-ce pas ?", ["Il", "t'", "aime", ",", "n'", "est", "-ce", "pas", "?"]),
    ("Donnez-le-moi.", ["Donnez", "-le", "-moi", "."]),
    ("Y a-t-il quelqu'un ?", ["Y", "a", "-t-il", "quelqu'un", "?"]),
    (
        "C'est aujourd'hui que ma grand-mère vient.",
        ["C'", "est", "aujourd'hui", "que", "ma", "grand-mère", "vient", "."],
    ),
    ("Celui-ci, peut-être !", ["Celui", "-ci", ",", "peut-être", "!"]),
    ("Jusqu'à l'eau.", ["Jusqu'", "à", "l'", "eau", "."]),
]


@pytest.mark.parametrize(("text", "tokens"), FRENCH)
def test_french(text, tokens):
    assert split_french(text) == tokens


@pytest.mark.parametrize(("text", "tokens"), FRENCH)
def test_joining_undoes_splitting(text, tokens):
    assert join_french(tokens) == text


def test_sentences_begin_with_a_capital():
    assert join_french(["j'", "ai", "faim", ".", "et", "toi", "?"]) == "J'ai faim. Et toi ?"
    assert join_french(["écoute", ":", "ça", "va", "!"]) == "Écoute : ça va !"
    assert join_french(["il", "(", "tom", ")", "a", "50", "%"]) == "Il (tom) a 50%"
    assert join_french([]) == ""


def test_curly_apostrophes_are_read_as_straight_ones():
    assert split_french("l’eau") == ["l'", "eau"]
