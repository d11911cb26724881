"""A file that opens a view again: which model, which input, what of it is shown. JSON, and nothing in it is trusted."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, NoReturn

import attnviz
from attnviz.components.attention.drawn import LONGEST, MOST_HEADS, Drawn
from attnviz.errors import InputError
from attnviz.models.decodings import Beam, Decoding, Greedy, Sampled
from attnviz.records import Head
from attnviz.views.colour_scale import Scale

FORMAT = "attnviz view"
VERSION = 1
MAXIMUM_BYTES = 4 * 2**20
MAXIMUM_CONTAINERS = 32
"""Lists and objects in a file; one of attnviz has at most nine. Deep nesting could end the process that parses it."""
MAXIMUM_NAME = 1_000
"""Characters of a name."""

_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_MARK = re.compile(rb'"format"\s*:\s*"' + FORMAT.encode() + rb'"')
_SHA256 = re.compile(r"[0-9a-f]{64}")
_DECODINGS: dict[str, type[Decoding]] = {"beam": Beam, "greedy": Greedy, "sampled": Sampled}


@dataclass(frozen=True, kw_only=True)
class Token:
    """A token that is pinned.

    Attributes:
        position: Among the shown tokens, from 1.
        label: The token as it is shown.
    """

    position: int
    label: str


@dataclass(frozen=True, kw_only=True)
class ViewFile:
    """What it takes to see the same again.

    Attributes:
        model: The model's name.
        model_sha256: Digest of `model.keras`, or of the file that was uploaded.
        kind: Whether the input is text or numbers.
        sequence: The input: a text, or numbers as `format_numbers` writes them.
        output: What a model that writes was asked to write; None for what it writes by itself.
        decoding: How a model that writes does it; None for another model.
        layer: `AttentionMap.name`.
        part: Which sentence or window, as the layer's menu calls it; `""` where there is one.
        head: A head's index, or `"mean"` or `"max"`.
        query: The pinned query.
        key: The pinned key.
        scale: How a weight becomes a colour.
        shared: Whether colours run from 0 to 1 for every map.
        padding: Whether padding is shown.
        drawn: How the views draw it: heads of the links, order and filter of the heads, words.
        attnviz: Version that wrote the file.
    """

    model: str
    model_sha256: str
    kind: Literal["text", "numbers"]
    sequence: str
    output: str | None = None
    decoding: Decoding | None = None
    layer: str
    part: str = ""
    head: Head = "mean"
    query: Token | None = None
    key: Token | None = None
    scale: Scale = "linear"
    shared: bool = False
    padding: bool = False
    drawn: Drawn = field(default_factory=Drawn)
    attnviz: str = attnviz.__version__


def is_view_file(name: str, data: bytes) -> bool:
    """Whether an uploaded file says that it is one; it may still be a broken one."""
    return name.lower().endswith(".json") and _MARK.search(data, 0, MAXIMUM_BYTES) is not None


def view_file_bytes(view: ViewFile) -> bytes:
    """The file; `read_view_file` gives `view` back."""
    decoding = view.decoding
    kind = next((name for name, one in _DECODINGS.items() if isinstance(decoding, one)), "")
    content = {
        "format": FORMAT,
        "version": VERSION,
        "attnviz": view.attnviz,
        "model": {"name": view.model, "sha256": view.model_sha256},
        "input": {view.kind: view.sequence},
        "output": view.output,
        "decoding": None if decoding is None else {"kind": kind, **asdict(decoding)},
        "view": {
            "layer": view.layer,
            "part": view.part,
            "head": view.head if isinstance(view.head, str) else view.head + 1,
            "query": None if view.query is None else asdict(view.query),
            "key": None if view.key is None else asdict(view.key),
            "scale": view.scale,
            "shared": view.shared,
            "padding": view.padding,
            "drawn": asdict(view.drawn) | {"heads": [head + 1 for head in view.drawn.heads]},
        },
    }
    return json.dumps(content, indent=2).encode()


def read_view_file(data: bytes) -> ViewFile:
    """What a file says, checked: sizes, types, and every name in it.

    Raises:
        InputError: If it is no such file, of a later version, or has a field that is missing, unknown or impossible;
            the message names it.
    """
    content = _Fields(_parsed(data), "the view file")
    if content.text("format") != FORMAT:
        raise InputError(f"The file is no view of attnviz: its `format` must be {FORMAT!r}.")
    version = content.number("version", 1, 10**9)
    if version != VERSION:
        raise InputError(
            f"The view file has version {version}; this attnviz ({attnviz.__version__}) reads version {VERSION}. Open "
            "it with the attnviz that wrote it, or a later one."
        )
    model, given = content.fields("model"), content.fields("input")
    shown, decoding = content.fields("view"), content.fields("decoding", optional=True)
    kind = next((one for one in ("text", "numbers") if given is not None and one in given.content), "text")
    assert model is not None and given is not None and shown is not None  # noqa: S101, PT018 - not optional
    sha256 = model.text("sha256")
    if not _SHA256.fullmatch(sha256):
        raise InputError("`sha256` of the model in the view file must be 64 hexadecimal digits.")
    head = shown.content.get("head")
    view = ViewFile(
        model=model.text("name"),
        model_sha256=sha256,
        kind="numbers" if kind == "numbers" else "text",
        sequence=given.text(kind, longest=MAXIMUM_BYTES),
        output=content.text("output", longest=MAXIMUM_BYTES, optional=True),
        decoding=None if decoding is None else _decoding(decoding),
        layer=shown.text("layer") or _refuse("`layer` of the view file must not be empty."),
        part=shown.text("part") or "",
        head=_reduced(shown.text("head")) if isinstance(head, str) else shown.number("head", 1, 10**6) - 1,
        query=_token(shown.fields("query", optional=True)),
        key=_token(shown.fields("key", optional=True)),
        scale=_scale(shown.text("scale")),
        shared=shown.switch("shared"),
        padding=shown.switch("padding"),
        drawn=_drawn(shown.fields("drawn")) if "drawn" in shown.content else Drawn(),
        attnviz=content.text("attnviz"),
    )
    for fields in (content, model, given, shown):
        fields.nothing_else()
    return view


class _Fields:
    """An object of the file; every field that is read is checked, and what nobody asks for is refused."""

    def __init__(self, content: Any, where: str) -> None:
        if not isinstance(content, dict):
            _refuse(f"{where} must be an object of JSON. Received: {_kind(content)}.")
        self.content: Mapping[str, Any] = content
        self.where = where
        self._asked: set[str] = set()

    def text(self, name: str, *, longest: int = MAXIMUM_NAME, optional: bool = False) -> Any:
        value = self._value(name)
        if value is None and optional:
            return None
        if not isinstance(value, str):
            self._wrong(name, "text", value)
        if len(value) > longest:
            _refuse(f"`{name}` of {self.where} must have at most {longest:,} characters. Received: {len(value):,}.")
        try:
            value.encode()
        except UnicodeEncodeError:
            _refuse(f"`{name}` of {self.where} holds half a character (a lone surrogate).")
        return value

    def number(self, name: str, lowest: int, highest: int) -> int:
        value = self._value(name)
        if type(value) is not int or not lowest <= value <= highest:
            self._wrong(name, f"a whole number from {lowest:,} to {highest:,}", value)
        return int(value)

    def numbers(self, name: str, lowest: int, highest: int, *, most: int) -> tuple[int, ...]:
        values = self._value(name)
        if not isinstance(values, list) or len(values) > most:
            self._wrong(name, f"a list of at most {most:,} whole numbers", values)
        if any(type(one) is not int or not lowest <= one <= highest for one in values):
            _refuse(f"`{name}` of {self.where} must hold whole numbers from {lowest:,} to {highest:,}.")
        return tuple(values)

    def decimal(self, name: str) -> float:
        value = self._value(name)
        if type(value) not in (int, float) or abs(value) > 1e9:
            self._wrong(name, "a number", value)
        return float(value)

    def switch(self, name: str) -> bool:
        value = self._value(name)
        if not isinstance(value, bool):
            self._wrong(name, "true or false", value)
        return value is True

    def fields(self, name: str, *, optional: bool = False) -> "_Fields | None":
        value = self._value(name)
        return None if value is None and optional else _Fields(value, f"`{name}` of the view file")

    def nothing_else(self) -> None:
        unknown = [name for name in self.content if name not in self._asked]
        if unknown:
            _refuse(f"{self.where} has a field that attnviz does not know: {unknown[0][:60]!r}.")

    def _value(self, name: str) -> Any:
        self._asked.add(name)
        if name not in self.content:
            _refuse(f"{self.where} has no `{name}`.")
        return self.content[name]

    def _wrong(self, name: str, expected: str, value: Any) -> NoReturn:
        received = repr(value)[:60] if isinstance(value, (int, float, str)) else _kind(value)
        _refuse(f"`{name}` of {self.where} must be {expected}. Received: {received}.")


def _parsed(data: bytes) -> Any:
    if len(data) > MAXIMUM_BYTES:
        _refuse(f"A view file has at most {MAXIMUM_BYTES // 2**20} MB. Received: {len(data) / 2**20:,.1f} MB.")
    structure = _STRINGS.sub(b"", data)
    if structure.count(b"[") + structure.count(b"{") > MAXIMUM_CONTAINERS:
        _refuse(f"The view file has more than {MAXIMUM_CONTAINERS} lists and objects, so attnviz did not write it.")
    try:
        return json.loads(data.decode("utf-8"), object_pairs_hook=_without_duplicates, parse_constant=_no_number)
    except InputError:
        raise
    except (ValueError, RecursionError) as error:  # no UTF-8, no JSON, a number with too many digits
        raise InputError(f"The view file is no valid JSON: {str(error)[:200]}.") from error


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        _refuse("The view file names a field twice, so that nobody can say which one counts.")
    return found


def _no_number(constant: str) -> NoReturn:
    _refuse(f"The view file holds {constant}, which is no number of JSON.")


def _decoding(fields: _Fields) -> Decoding:
    kind = fields.text("kind")
    if kind == "beam":
        made: Decoding = Beam(size=fields.number("size", 1, 10**6), length_penalty=fields.decimal("length_penalty"))
    elif kind == "sampled":
        made = Sampled(temperature=fields.decimal("temperature"), seed=fields.number("seed", 0, 2**31 - 1))
    elif kind == "greedy":
        made = Greedy()
    else:
        _refuse(f"`kind` of {fields.where} must be one of {', '.join(_DECODINGS)}. Received: {kind[:60]!r}.")
    fields.nothing_else()
    return made


def _token(fields: _Fields | None) -> Token | None:
    if fields is None:
        return None
    token = Token(position=fields.number("position", 1, 10**9), label=fields.text("label"))
    fields.nothing_else()
    return token


def _drawn(fields: _Fields | None) -> Drawn:
    if fields is None:
        return Drawn()
    mass, pooling = fields.decimal("mass"), fields.text("pooling")
    if not 0 <= mass <= 1:
        _refuse(f"`mass` of {fields.where} must be from 0 to 1. Received: {mass}.")
    if pooling not in ("max", "mean"):
        _refuse(f"`pooling` of {fields.where} must be max or mean. Received: {pooling[:60]!r}.")
    drawn = Drawn(
        heads=tuple(head - 1 for head in fields.numbers("heads", 1, 10**6, most=MOST_HEADS)),
        mass=mass,
        words=fields.switch("words"),
        pooling="mean" if pooling == "mean" else "max",
        sort_by=fields.text("sort_by", longest=LONGEST),
        looked_for=fields.text("looked_for", longest=LONGEST),
        number=fields.text("number", longest=LONGEST),
    )
    fields.nothing_else()
    return drawn


def _reduced(head: str) -> Head:
    if head == "mean":
        return "mean"
    return "max" if head == "max" else _refuse(f'`head` must be a number, "mean" or "max". Received: {head[:60]!r}.')


def _scale(name: str) -> Scale:
    known: tuple[Scale, ...] = ("linear", "log", "rank")
    return next((one for one in known if one == name), None) or _refuse(
        f"`scale` of the view file must be one of {', '.join(known)}. Received: {name[:60]!r}."
    )


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")


def _refuse(message: str) -> NoReturn:
    raise InputError(message[:1].upper() + message[1:])
