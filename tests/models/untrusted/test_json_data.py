"""JSON that is deep, large, ambiguous or none."""

import json
import sys
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attnviz.errors import UnsafeModelError
from attnviz.models.untrusted.checking import check_upload
from attnviz.models.untrusted.json_data import parse_json
from attnviz.models.untrusted.limits import ModelLimits
from tests.models.untrusted.model_files import CONFIG, with_entries

LIMITS = ModelLimits(json_bytes=5_000_000, json_values=1_000, json_depth=20)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def parse(data: bytes) -> Any:
    return parse_json(data, label="`config.json`", limits=LIMITS)


def refusal(data: bytes) -> str:
    with pytest.raises(UnsafeModelError) as caught:
        parse(data)
    return str(caught.value)


@given(PLAIN)
def test_plain_data_come_back(value: Any) -> None:
    assert parse(json.dumps(value).encode()) == value


@given(st.binary(max_size=200) | st.text(alphabet='[]{}",:\\u0123456789truefalsn-+.eE ', max_size=60).map(str.encode))
def test_anything_is_read_as_json_does_or_refused(data: bytes) -> None:
    try:
        value = parse(data)
    except UnsafeModelError as error:
        assert str(error).startswith("`config.json`")  # noqa: PT017 - either outcome is right, if it is this one
    else:
        assert value == json.loads(data)


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"a":[', b'{"\\"[[[":'])
def test_depth_is_refused_whatever_the_interpreter_allows(opening: bytes, small: bytes) -> None:
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(1_000_000)  # some libraries do; the parser would then overflow its stack instead
    try:
        for times in (10_000, 500_000):
            with pytest.raises(UnsafeModelError, match="`config.json` is nested more than 200 levels deep"):
                parse_json(opening * times, label="`config.json`", limits=ModelLimits())
    finally:
        sys.setrecursionlimit(limit)
    deep = b"[" * 10_000 + b"]" * 10_000
    for content in (deep, b'{"class_name": "Sequential", "config": ' + deep + b"}"):
        with pytest.raises(UnsafeModelError, match=r"`config.json` in 'model.keras' is nested more than 200 levels"):
            check_upload("model.keras", with_entries(small, {CONFIG: content}))


def test_brackets_in_texts_are_not_depth() -> None:
    text = "[{" * 500 + '\\"['
    assert parse(json.dumps([text]).encode()) == [text]


def test_texts_that_never_end_are_refused_in_time() -> None:
    begin = time.perf_counter()
    for tail in (b"", b"\\", b"["):
        refusal(b"[" * 21 + b'"' + b'\\"' * 1_000_000 + tail)
        refusal(b'["' + b'\\"' * 1_000_000 + b"[" * 30 + tail)
    assert time.perf_counter() - begin < 10


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'{"a": 1, "b": 2, "a": 3}', "names 'a' twice in one object"),
        (b"[NaN]", "holds NaN, which is no number of JSON"),
        (b"[-Infinity]", "holds -Infinity"),
        (b"[1e999]", "holds 1e999, which is too large"),
        (b"[" + b"9" * 5_000 + b"]", "is not valid JSON"),
        (b"\xff\xfe[]", "is not valid JSON"),
        (b"", "is not valid JSON"),
        (b"[" + b"1," * 1_001 + b"1]", "holds more than the 1,000 values allowed"),
        (b" " * 5_000_001, "has 5 MB, more than the 5 MB allowed"),
    ],
)
def test_what_is_refused(data: bytes, message: str) -> None:
    assert message in refusal(data)


@pytest.mark.parametrize("config", [b"[]", b'"text"', b"{}", b'{"config": {}}', b"null"])
def test_a_config_that_describes_no_model(config: bytes, small: bytes) -> None:
    with pytest.raises(UnsafeModelError, match="must be an object|describes no model"):
        check_upload("model.keras", with_entries(small, {CONFIG: config}))
