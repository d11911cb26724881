"""Labels as every picture and table shows them."""

import re
import unicodedata
from collections.abc import Sequence

from attnviz.records import Head

PADDING_LABEL = "[padding]"
EMPTY_LABEL = "[empty]"
"""A real token without any text: of a tokenizer whose pieces may be empty."""
LONGEST_QUOTED = 40
SPACE_SYMBOL = "\N{OPEN BOX}"

# Line breaks and controls have pictures of their own; lone surrogates and noncharacters cannot stand in an SVG.
_CONTROL_PICTURES = {
    **{code: chr(0x2400 + code) for code in range(0x20)},
    0x7F: "\N{SYMBOL FOR DELETE}",
    **dict.fromkeys((*range(0x80, 0xA0), 0x2028, 0x2029), "\N{REPLACEMENT CHARACTER}"),
}
_UNSEEN = ("Cf", "Mn", "Me")
_UNWRITABLE = re.compile("[\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def displayed(label: str) -> str:
    """A label as a person can see it: blanks, controls and padding get a visible symbol, all else stays.

    Args:
        label: A token or the name of a step; `""` is padding, as in `AttentionCapture.sequences`.

    Returns:
        Text without control characters and lone surrogates; never empty. What has no width of its own is named by its
        code points.
    """
    if not label:
        return PADDING_LABEL
    if all(unicodedata.category(character) in _UNSEEN for character in label):  # a joiner, a mark of direction
        return " ".join(f"U+{ord(character):04X}" for character in label)
    if label.isspace():
        label = label.replace(" ", SPACE_SYMBOL)
    return _UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", label.translate(_CONTROL_PICTURES))


def shortened(label: str, length: int) -> str:
    """At most `length` characters of `label`, the last of them an ellipsis where it goes on."""
    return label if len(label) <= length else f"{label[: length - 1].rstrip()}…"


def quoted(label: str) -> str:
    """A label inside a sentence: in quotation marks, and short enough to read on."""
    return f"'{shortened(label, LONGEST_QUOTED)}'"


def head_name(head: Head, heads: int) -> str:
    """What a person calls the head, counted from 1; `""` for the only head of a layer.

    Args:
        head: A head's index, or `"mean"` or `"max"`.
        heads: Number of heads of the layer.
    """
    if heads == 1:
        return ""
    if isinstance(head, str):
        return f"{'mean' if head == 'mean' else 'maximum'} of {heads} heads"
    return f"head {head + 1}"


def map_title(layer: str, head: Head, heads: int) -> str:
    """The layer and, where it has several, the head."""
    name = head_name(head, heads)
    return f"layer {displayed(layer)}, {name}" if name else f"layer {displayed(layer)}"


def listed(parts: Sequence[str]) -> str:
    """`a, b and c`."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
