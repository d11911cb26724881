import time
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from attnviz.sequences.text import MOST_MARKS, lookup_form, split_words


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Good film.", ["Good", "film", "."]),
        ("I don't, can’t", ["I", "don't", ",", "can’t"]),
        ("well-made state-of-the-art", ["well-made", "state-of-the-art"]),
        ("a--b -x- dogs' 'tis", ["a", "-", "-", "b", "-", "x", "-", "dogs", "'", "'", "tis"]),
        ("3.5 stars, 2,000 votes, 10/10", ["3.5", "stars", ",", "2,000", "votes", ",", "10", "/", "10"]),
        ("1990s mp3 1.5kg", ["1990s", "mp3", "1.5", "kg"]),
        ("no!!! …", ["no", "!", "!", "!", "…"]),
        ("<b>snake_case</b>", ["<", "b", ">", "snake", "_", "case", "<", "/", "b", ">"]),
        ("我喜欢。", ["我", "喜", "欢", "。"]),
        ("カナ", ["カ", "ナ"]),
        ("한국어 영화", ["한국어", "영화"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("می\u200cخواهم", ["می\u200cخواهم"]),  # noqa: RUF001
        ("great👍🏽👩\u200d👩\u200d👧❤️🇩🇪🇫🇷1️⃣", ["great", "👍🏽", "👩\u200d👩\u200d👧", "❤️", "🇩🇪", "🇫🇷", "1️⃣"]),
    ],
)
def test_tokens(text, tokens):
    assert split_words(text) == tokens


@pytest.mark.parametrize(
    "space", [" ", "\t", "\n", "\r\n", "\u00a0", "\u2003", "\u2028", "\u3000", "\u200b", "\x00", "\x1f", "\x85"]
)
def test_any_white_space_and_any_control_character_ends_a_word(space):
    assert split_words(f"a{space}b") == ["a", "b"]


@pytest.mark.parametrize(
    "unseen", ["\u00ad", "\ufeff", "\u2060", "\u202e", "\u200c", "\u200d", "\ud800", "\ufffe", "\u3164"]
)
def test_characters_that_show_nothing_do_not_break_a_word(unseen):
    assert split_words(f"won{unseen}derful") == ["wonderful"]
    assert split_words(unseen) == []


def test_accents_are_composed_so_that_both_spellings_are_one_word():
    assert split_words("cafe\u0301") == split_words("caf\u00e9") == ["caf\u00e9"]


@pytest.mark.parametrize(
    ("word", "form"),
    [("Don’t", "don't"), ("DON\u02bcT", "don't"), ("Well\u2011Made", "well-made"), ("É", "é"), ("ÉTÉ", "été")],
)
def test_lookup_form_in_lower_case(word, form):
    assert lookup_form(word, lowercase=True) == form


def test_lookup_form_keeps_case_where_the_vocabulary_has_it():
    assert lookup_form("Don’t", lowercase=False) == "Don't"


def test_piled_marks_are_cut_and_cost_linear_time():
    started = time.perf_counter()
    tokens = split_words("a" + "\u0301\u0316" * 200_000)
    assert time.perf_counter() - started < 5  # composing all of them would take minutes
    assert len(tokens) == 1
    assert len(tokens[0]) <= MOST_MARKS + 1


@given(st.text())
@example("\u200d👩")
@example("1\u20e3#\ufe0f\u20e3")
def test_every_token_can_be_seen_and_encoded(text):
    for token in split_words(text):
        assert token.strip()
        assert not any(character.isspace() for character in token)
        assert not any(unicodedata.category(character) in ("Cc", "Cs") for character in token)
        assert token.encode("utf-8")


@given(st.text())
def test_no_letter_and_no_digit_is_lost(text):
    expected = [
        one for one in unicodedata.normalize("NFC", text) if one.isalnum() and one not in "\u115f\u1160\u3164\uffa0"
    ]
    assert [one for token in split_words(text) for one in token if one.isalnum()] == expected


@given(st.lists(st.from_regex(r"[a-z]+('[a-z]+)?", fullmatch=True)))
def test_plain_words_are_split_as_str_split_does(words):
    assert split_words(" ".join(words)) == words
