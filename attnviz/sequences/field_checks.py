"""Whether the fields of a card's records hold what their annotations say; a card comes from a file, so they may not."""

import math
import sys
from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from types import MappingProxyType, NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from attnviz.errors import CardError

LONGEST_QUOTE = 80
"""Characters of a wrong value that a message quotes."""

_WORDS = {str: "text", int: "a whole number", float: "a finite number", bool: "true or false", NoneType: "null"}


def check_fields(record: Any, what: str) -> None:
    """Check every field of a frozen dataclass against its annotation, and turn its lists and mappings read-only.

    Args:
        record: An instance of a dataclass whose fields are text, numbers, truth values, None, other records, or
            tuples, mappings and unions of those. Lists count as tuples.
        what: What a message calls the record, such as `"card 'digits'"`.

    Raises:
        CardError: If a field holds anything else, or a number that is not finite.
    """
    hints = _hints(record.__class__)
    for field in fields(record):
        value = _frozen(getattr(record, field.name))
        if not _fits(value, hints[field.name]):
            raise CardError(
                f"`{field.name}` of {what} must be {_described(hints[field.name])}. Received: {received(value)}."
            )
        object.__setattr__(record, field.name, value)


def received(value: Any) -> str:
    """A wrong value as a message quotes it: shortened if it is very long."""
    quote = repr(value)
    return quote if len(quote) <= LONGEST_QUOTE else f"{quote[: LONGEST_QUOTE - 1]}…"


@cache
def _hints(record: Any) -> dict[str, Any]:
    return get_type_hints(record)


def _frozen(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return tuple(_frozen(one) for one in value)
    return MappingProxyType(dict(value)) if isinstance(value, Mapping) else value


def _fits(value: Any, hint: Any) -> bool:
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return any(_fits(value, part) for part in parts)
    if origin is tuple:
        if not isinstance(value, tuple):
            return False
        wanted = (parts[0],) * len(value) if parts[-1] is Ellipsis else parts
        return len(value) == len(wanted) and all(map(_fits, value, wanted))
    if origin is Mapping:
        return isinstance(value, Mapping) and all(
            _fits(key, parts[0]) and _fits(one, parts[1]) for key, one in value.items()
        )
    if hint is float:  # a whole number may be larger than any float
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return number and (abs(value) <= sys.float_info.max if isinstance(value, int) else math.isfinite(value))
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, hint)


def _described(hint: Any) -> str:
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return " or ".join(_described(part) for part in parts)
    if origin is tuple and parts[-1] is Ellipsis:
        return f"a list of {_plural(parts[0])}"
    if origin is tuple:
        return f"a list of {len(parts)}, each {_described(parts[0])}"
    if origin is Mapping:
        return f"an object of {_plural(parts[1])}"
    return _WORDS.get(hint, f"a {hint.__name__}")


def _plural(hint: Any) -> str:
    words = {str: "text", int: "whole numbers", float: "finite numbers"}
    if get_origin(hint) is tuple:
        return f"lists of {_plural(get_args(hint)[0])}"
    return words.get(hint, f"{getattr(hint, '__name__', hint)} objects")
