import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attnviz.app.words import WORD_JOINER, plain, shortened, told_apart

SPECIAL = set("\\`*_{}[]()#+-.!|<>~$:&@/=")


@given(st.text())
def test_plain_escapes_every_character_that_markdown_reads(text):
    shown = plain(text)
    assert not SPECIAL & set(re.sub(r"\\.", "", shown))
    unescaped = re.sub(r"\\(.)", r"\1", shown).replace(WORD_JOINER, "")
    assert unescaped == re.sub(r"\s+", " ", text).replace(WORD_JOINER, "")


def test_plain_leaves_words_alone():
    assert plain("good  film\n") == "good film "
    assert plain("<b>") == r"\<b\>"
    assert plain(":red[x]") == r"\:red\[x\]"


@pytest.mark.parametrize("address", ["http://x.y", "HTTPS://x.y", "www.example.com", "someone@example.com"])
def test_plain_takes_addresses_apart(address):
    """Markdown finds them by what is left once the escapes are read; tests/browser shows that no link is made."""
    assert address not in plain(f"see {address}.").replace("\\", "")


def test_shortened_says_that_it_goes_on():
    assert shortened("abc", 3) == "abc"
    assert shortened("abcd", 3) == "ab…"


@given(st.lists(st.text(max_size=30), unique=True))
def test_no_two_options_look_alike(names):
    shown = told_apart(names, 12)
    assert list(shown) == names
    assert len(set(shown.values())) == len(names)
    assert all(shown.values())


def test_long_names_with_one_beginning_are_told_apart_by_their_place():
    names = ["temperature of the first sensor", "temperature of the second sensor", "rain", " "]
    assert list(told_apart(names, 20).values()) == ["temperature of the…", "temperature… (2)", "rain", "unnamed"]
