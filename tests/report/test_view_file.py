import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import attnviz
from attnviz.components.attention.drawn import Drawn
from attnviz.errors import InputError
from attnviz.models.decodings import Beam, Greedy, Sampled
from attnviz.report.view_file import (
    MAXIMUM_BYTES,
    Token,
    ViewFile,
    is_view_file,
    read_view_file,
    view_file_bytes,
)

DIGEST = "0123456789abcdef" * 4
SENTENCE = 'He said "</script>" – שלום\u2028\n'
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
tokens = st.none() | st.builds(Token, position=st.integers(1, 10**6), label=texts)
views = st.builds(
    ViewFile,
    model=texts,
    model_sha256=st.just(DIGEST),
    kind=st.sampled_from(["text", "numbers"]),
    sequence=texts,
    output=st.none() | texts,
    decoding=st.sampled_from([None, Greedy(), Beam(size=3, length_penalty=0.1), Sampled(temperature=0.7, seed=9)]),
    layer=texts.filter(bool),
    part=texts,
    head=st.sampled_from(["mean", "max"]) | st.integers(0, 999),
    query=tokens,
    key=tokens,
    scale=st.sampled_from(["linear", "log", "rank"]),
    shared=st.booleans(),
    padding=st.booleans(),
    drawn=st.builds(
        Drawn,
        heads=st.lists(st.integers(0, 99), max_size=4).map(tuple),
        mass=st.floats(0, 1),
        words=st.booleans(),
        pooling=st.sampled_from(["max", "mean"]),
        sort_by=texts,
        looked_for=texts,
        number=texts,
    ),
    attnviz=texts,
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


def view(**changes):
    return ViewFile(
        **{"model": "toy", "model_sha256": DIGEST, "kind": "text", "sequence": SENTENCE, "layer": "attention"} | changes
    )


def content(**changes):
    return json.loads(view_file_bytes(view())) | changes


def read(document):
    return read_view_file(json.dumps(document).encode())


def changed(place, value):
    """A file with another value at `place`, names from the outside in."""
    document = content(decoding={"kind": "beam", "size": 4, "length_penalty": 0.6})
    inner = document
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = value
    return document


@given(views)
def test_what_is_written_is_read_again(one):
    data = view_file_bytes(one)
    assert read_view_file(data) == one
    assert is_view_file("some.JSON", data)


def test_a_person_can_read_the_file():
    document = json.loads(view_file_bytes(view(head=2, query=Token(position=4, label="cat"))))
    assert document["format"] == "attnviz view"
    assert document["attnviz"] == attnviz.__version__
    assert document["model"] == {"name": "toy", "sha256": DIGEST}
    assert document["input"] == {"text": SENTENCE}
    assert document["view"]["head"] == 3  # counted from 1, as on the page
    assert document["view"]["query"] == {"position": 4, "label": "cat"}


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (["format"], "attnviz capture", "no view of attnviz"),
        (["version"], 2, "version 2; this attnviz"),
        (["version"], True, "`version` of the view file must be a whole number"),
        (["model"], None, "`model` of the view file must be an object"),
        (["model"], [1], "Received: a list"),
        (["model", "name"], 7, "`name` of `model` of the view file must be text"),
        (["model", "name"], "x" * 1_001, "at most 1,000 characters. Received: 1,001"),
        (["model", "sha256"], DIGEST.upper(), "64 hexadecimal digits"),
        (["model", "more"], 1, "does not know: 'more'"),
        (["more"], 1, "does not know: 'more'"),
        (["input"], {}, "has no `text`"),
        (["input"], {"text": "a", "numbers": "1"}, "does not know: 'numbers'"),
        (["input", "text"], "\ud800", "half a character"),
        (["decoding", "kind"], "other", "one of beam, greedy, sampled"),
        (["decoding", "size"], 0, "`size` of `decoding`"),
        (["decoding", "length_penalty"], -1, "length_penalty"),
        (["decoding", "length_penalty"], 1e300, "must be a number"),
        (["decoding", "more"], 1, "does not know"),
        (["view", "layer"], "", "must not be empty"),
        (["view", "head"], 0, "`head` of `view`"),
        (["view", "head"], 1.5, "`head` of `view`"),
        (["view", "head"], True, "`head` of `view`"),
        (["view", "head"], "median", '"mean" or "max"'),
        (["view", "query"], 3, "`query` of the view file must be an object"),
        (["view", "query"], {"position": 0, "label": "a"}, "`position`"),
        (["view", "scale"], "sqrt", "linear, log, rank"),
        (["view", "shared"], 1, "true or false. Received: 1"),
        (["view", "drawn"], None, "`drawn` of the view file must be an object"),
        (["view", "drawn", "heads"], 3, "`heads` .* must be a list"),
        (["view", "drawn", "heads"], [1, 0], "`heads` .* whole numbers from 1"),
        (["view", "drawn", "heads"], [True], "`heads` .* whole numbers"),
        (["view", "drawn", "mass"], 1.5, "`mass` .* from 0 to 1"),
        (["view", "drawn", "pooling"], "median", "max or mean. Received: 'median'"),
        (["view", "drawn", "sort_by"], "x" * 201, "at most 200 characters"),
        (["view", "drawn", "more"], 1, "does not know: 'more'"),
    ],
)
def test_what_is_wrong_is_named(place, value, message):
    with pytest.raises(InputError, match=message):
        read(changed(place, value))


def test_a_file_that_says_nothing_of_how_it_is_drawn_is_read_too():
    document = json.loads(view_file_bytes(view(drawn=Drawn(mass=0.3))))
    del document["view"]["drawn"]
    assert read(document) == view()


@pytest.mark.parametrize("name", ["format", "version", "attnviz", "model", "input", "output", "decoding", "view"])
def test_no_field_may_be_missing(name):
    document = content()
    del document[name]
    with pytest.raises(InputError, match=name):
        read(document)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no valid JSON"),
        (b"\xff{}", "no valid JSON"),
        (b"[]", "must be an object"),
        (b"[" * 100_000, "more than 32 lists"),
        (b'{"a":' * 1_000 + b"1" + b"}" * 1_000, "more than 32 lists"),
        (b'{"format": "attnviz view", "format": 1}', "names a field twice"),
        (b'{"format": NaN}', "no number of JSON"),
        (b'{"format": ' + b"9" * 5_000 + b"}", "no valid JSON"),
        (b'"' + b"x" * MAXIMUM_BYTES, "at most 4 MB"),
        (b'"' + b"\\" * 100_000, "no valid JSON"),
    ],
)
def test_what_is_no_such_json_is_refused(data, message):
    with pytest.raises(InputError, match=message):
        read_view_file(data)


@given(st.sampled_from(sorted(content())), anything)
def test_any_value_in_any_field_is_read_or_refused(name, value):
    try:
        found = read(content(**{name: value}))
    except InputError:
        return
    assert isinstance(found, ViewFile)


@given(st.binary(max_size=200))
def test_any_bytes_are_refused(data):
    with pytest.raises(InputError):
        read_view_file(data)


def test_a_text_that_holds_many_brackets_is_no_structure():
    long = view(sequence="[{" * 10_000 + '"\\')
    assert read_view_file(view_file_bytes(long)) == long


def test_other_json_is_no_view():
    assert not is_view_file("view.json", b'["a text", "another"]')
    assert not is_view_file("view.csv", view_file_bytes(view()))


def test_the_example_in_the_documentation_is_read():
    page = (Path(attnviz.__file__).parents[1] / "docs" / "export.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    found = read_view_file(example.encode())
    assert (found.model, found.head, found.query) == ("dates", 0, Token(position=6, label="0"))
