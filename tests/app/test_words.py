import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attnviz.app.words import WORD_JOINER, plain, shortened

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
