import re

from hypothesis import given
from hypothesis import strategies as st

from attnviz.app.words import plain, shortened

SPECIAL = set("\\`*_{}[]()#+-.!|<>~$:&@/=")


@given(st.text())
def test_plain_escapes_every_character_that_markdown_reads(text):
    shown = plain(text)
    assert not SPECIAL & set(re.sub(r"\\.", "", shown))
    assert re.sub(r"\\(.)", r"\1", shown) == re.sub(r"\s+", " ", text)


def test_plain_leaves_words_alone():
    assert plain("good  film\n") == "good film "
    assert plain("<b>") == r"\<b\>"
    assert plain(":red[x]") == r"\:red\[x\]"


def test_shortened_says_that_it_goes_on():
    assert shortened("abc", 3) == "abc"
    assert shortened("abcd", 3) == "ab…"
