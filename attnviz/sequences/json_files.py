"""`.json` files as uploads."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from attnviz.errors import InputError
from attnviz.sequences.columns import VALUES, numeric_upload, text_upload
from attnviz.sequences.file_content import TextFile, text_file
from attnviz.sequences.layout import Layout, layout_notice, layout_of
from attnviz.sequences.lines import too_many_rows
from attnviz.sequences.messages import listed
from attnviz.sequences.numeric import parse_numbers
from attnviz.sequences.specification import InputSpecification, NumericSpecification
from attnviz.sequences.upload import Upload, UploadLimits

MAXIMUM_CONTAINERS = 5_000_000
"""Lists and objects in a file; each costs far more memory than its two brackets."""

MAXIMUM_VALUES = 20_000_000

_WRAPPER = "sequences"
_FORMS = 'a list of texts, a list of objects, a list of (lists of) numbers, or {"sequences": …} around one of these'
_KINDS: dict[type, str] = {
    str: "text",
    dict: "object",
    list: "list",
    np.ndarray: "list",
    bool: "true or false",
    type(None): "null",
}


def read_json(name: str, data: bytes, specification: InputSpecification, limits: UploadLimits) -> Upload:
    """A `.json` file: a list of texts, of objects (their keys are the columns) or of numbers; or an object with that
    list under "sequences".

    For a numeric model, three nested lists are sequences of steps; two are read as `layout_of` decides by the inner
    list's size; one is a single sequence. An object's value may be such a list, or text as `parse_numbers` reads it.

    Raises:
        InputError: If it is no JSON, nested too deeply, a mixture, or nothing that the model takes.
    """
    file = text_file(data)
    content = parsed_json(file)
    if isinstance(content, dict) and isinstance(content.get(_WRAPPER), list):
        content = content[_WRAPPER]
    if isinstance(content, str):
        content = [content]
    if not isinstance(content, list):
        raise InputError(f"The JSON must be {_FORMS}. Received: {with_article(json_kind(content))}.")
    if not content:
        raise InputError("The list in the file is empty.")
    kinds = [json_kind(item) for item in content]
    if (different := next((index for index, kind in enumerate(kinds) if kind != kinds[0]), None)) is not None:
        raise InputError(
            f"The items of the list must be of one kind. Received: item 1 is {with_article(kinds[0])}, "
            f"item {different + 1} is {with_article(kinds[different])}."
        )
    if isinstance(specification, NumericSpecification) and kinds[0] in ("list", "number"):
        return _numbers(name, content, specification, limits, file.notices)
    if len(content) > limits.maximum_sequences:
        raise too_many_rows(limits.maximum_sequences)
    columns = _columns(content, kinds[0], specification)
    if not isinstance(specification, NumericSpecification):
        return text_upload(name, columns, specification, file.notices)
    usable = {column: values for column, values in columns.items() if holds_sequences(values, specification)}
    if not usable:
        raise InputError(f"The model takes numbers, and the file holds no sequences of them. Keys: {listed(columns)}.")
    return numeric_upload(name, usable, specification, file.notices)


def parsed_json(file: TextFile) -> Any:
    """What a file of JSON holds.

    Raises:
        InputError: If it is no JSON, nested too deeply, or has too many lists and values.
    """
    check_json_size(file)
    with file.open(newline="") as text:
        try:
            return json.load(text)
        except json.JSONDecodeError as error:
            raise InputError(
                f"The file is not valid JSON: {error.msg} at line {error.lineno}, column {error.colno}."
            ) from None
        except RecursionError:
            raise InputError("The JSON is nested too deeply.") from None
        except ValueError:  # Python's limit on the digits of a whole number
            raise InputError("The JSON holds a number with too many digits.") from None


def check_json_size(file: TextFile) -> None:
    """Before anything is parsed: whether its lists and values would fit in memory.

    Raises:
        InputError: If there are too many.
    """
    structure = file.data.count(b"[") + file.data.count(b"{")
    if structure > MAXIMUM_CONTAINERS or file.data.count(b",") > MAXIMUM_VALUES:
        raise InputError(
            f"The JSON has more than {MAXIMUM_CONTAINERS:,} lists or {MAXIMUM_VALUES:,} values. Split it, or save the "
            "numbers as .npy."
        )


def json_kind(value: Any) -> str:
    """What a message calls a value of JSON: text, number, object, list, null, or true or false."""
    return _KINDS.get(type(value), "number")


def with_article(kind: str) -> str:
    """`an object`, `a list`: what a message calls a kind of JSON value."""
    return {"object": "an object", "list": "a list", "number": "a number"}.get(kind, kind)


def _columns(content: list[Any], kind: str, specification: InputSpecification) -> dict[str, list[Any]]:
    if kind == "object":
        keys = dict.fromkeys(whole_characters(key) for item in content for key in item)
        if len(keys) * len(content) > MAXIMUM_VALUES:
            raise InputError(f"The objects have {len(keys):,} different keys, too many for a table.")
        if not keys:
            raise InputError("The objects in the file are empty.")
        return {key: [_shown(item.get(key)) for item in content] for key in keys}
    if kind == "text":
        if not any(item.strip() for item in content):
            raise InputError("All texts in the file are empty.")
        column = VALUES if isinstance(specification, NumericSpecification) else "text"
        return {column: [whole_characters(item) for item in content]}
    wanted = "numbers" if isinstance(specification, NumericSpecification) else "text"
    raise InputError(f"The model takes {wanted}. Received: a list whose items are each {with_article(kind)}.")


def whole_characters(text: str) -> str:
    """Escapes like \\ud800 can write half a character, which nothing further on could encode."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _shown(value: Any) -> Any:
    if isinstance(value, str):
        return whole_characters(value)
    return value


def holds_sequences(values: Sequence[Any], specification: NumericSpecification) -> bool:
    """Whether the first value that there is holds a sequence: a list or an array, or numbers as text."""
    first = next((value for value in values if not (value is None or (isinstance(value, str) and not value))), None)
    if not isinstance(first, str):
        return isinstance(first, (list, np.ndarray))
    try:
        parse_numbers(first, specification)
    except InputError:
        return False
    return True


def _numbers(
    name: str,
    content: list[Any],
    specification: NumericSpecification,
    limits: UploadLimits,
    notices: tuple[str, ...],
) -> Upload:
    inner = content[0]
    if not isinstance(inner, list):
        return numeric_upload(name, {VALUES: [content]}, specification, notices)
    if not inner:
        raise InputError("The first list in the file is empty.")
    if not isinstance(inner[0], list):
        layout = layout_of(len(inner), specification)
        notices = (*notices, layout_notice(layout, len(content), specification))
        if layout is Layout.STEPS:
            return numeric_upload(name, {VALUES: [content]}, specification, notices)
    if len(content) > limits.maximum_sequences:
        raise too_many_rows(limits.maximum_sequences)
    return numeric_upload(name, {VALUES: content}, specification, notices)
