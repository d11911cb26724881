import pytest
from hypothesis import given
from hypothesis import strategies as st

from attnviz.sequences.sentences import split_sentences


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("  One.\n\nTwo without an end", ["One.", "Two without an end"]),
        ("A line\nanother line", ["A line", "another line"]),
        ("It cost 3.50 at www.example.com. Cheap!", ["It cost 3.50 at www.example.com.", "Cheap!"]),
        ("Dr. Who met J. Smith. They left.", ["Dr. Who met J. Smith.", "They left."]),
        ("Some, e.g. this one. End.", ["Some, e.g. this one.", "End."]),
        ('"Stop!" they said. "Why?" (Nobody knew.)', ['"Stop!"', "they said.", '"Why?"', "(Nobody knew.)"]),
        ("Wait... what?!  No", ["Wait...", "what?!", "No"]),
        ("これは本です。いいですね。", ["これは本です。", "いいですね。"]),
        ("", []),
        (" \n ", []),
    ],
)  # fmt: skip
def test_sentences(text, sentences):
    assert split_sentences(text) == sentences


@given(st.text())
def test_nothing_but_white_space_is_lost(text):
    sentences = split_sentences(text)
    assert "".join("".join(sentences).split()) == "".join(text.split())
    assert all(sentence == sentence.strip() != "" for sentence in sentences)
