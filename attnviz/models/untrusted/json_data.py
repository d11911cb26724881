"""JSON that somebody uploaded, as plain data within limits."""

import json
import math
import re
from typing import Any, NoReturn

from attnviz.errors import UnsafeModelError
from attnviz.models.untrusted.limits import ModelLimits, megabytes

_BRACKETS_AND_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)
_OPENING = frozenset((b"[", b"{"))
_CLOSING = frozenset((b"]", b"}"))


def parse_json(data: bytes, *, label: str, limits: ModelLimits) -> Any:
    """The content of a JSON file.

    Args:
        data: The file.
        label: What messages call it.
        limits: Its size, depth and number of values.

    Raises:
        UnsafeModelError: If it is no JSON, over a limit, names a key twice, or holds a number that is not finite.
    """
    if len(data) > limits.json_bytes:
        raise UnsafeModelError(
            f"{label} has {megabytes(len(data))}, more than the {megabytes(limits.json_bytes)} allowed."
        )
    if data.count(b",") + data.count(b":") > limits.json_values:
        raise UnsafeModelError(f"{label} holds more than the {limits.json_values:,} values allowed.")
    _check_depth(data, label, limits)
    try:
        return json.loads(
            data.decode("utf-8"), object_pairs_hook=_without_duplicates, parse_constant=_refuse, parse_float=_finite
        )
    except RecursionError:
        raise _too_deep(label, limits) from None
    except ValueError as error:  # no UTF-8, no JSON, a number with too many digits, and what the hooks refuse
        if isinstance(error, UnsafeModelError):
            raise UnsafeModelError(f"{label} {error}") from None
        raise UnsafeModelError(f"{label} is not valid JSON: {error}. Save the model again.") from error


def _check_depth(data: bytes, label: str, limits: ModelLimits) -> None:
    # The parser recurses, so the depth is found before: its own limit is the interpreter's, which libraries raise.
    depth = 0
    if data.count(b"[") + data.count(b"{") <= limits.json_depth:
        return
    for match in _BRACKETS_AND_STRINGS.finditer(data):
        token = match[0]
        if token in _OPENING:
            depth += 1
            if depth > limits.json_depth:
                raise _too_deep(label, limits)
        elif token in _CLOSING:
            depth -= 1


def _too_deep(label: str, limits: ModelLimits) -> UnsafeModelError:
    return UnsafeModelError(
        f"{label} is nested more than {limits.json_depth} levels deep, deeper than any model that Keras saves."
    )


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise UnsafeModelError(f"names {twice[:100]!r} twice in one object, so that nobody can say which one counts.")
    return found


def _refuse(constant: str) -> NoReturn:
    raise UnsafeModelError(f"holds {constant}, which is no number of JSON.")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise UnsafeModelError(f"holds {text[:40]}, which is too large for a number.")
    return value
