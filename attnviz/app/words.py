"""Text that people or files bring, made safe for Streamlit's Markdown."""

import re
from collections.abc import Iterable, Mapping

WORD_JOINER = "\u2060"
"""Has no width and lets no line end: keeps apart what Markdown would read together."""

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&@/=])")
_SPACE = re.compile(r"\s+")
# Markdown makes links of addresses even where each of their characters is escaped.
_ADDRESS = re.compile(r"(https?(?=:)|www(?=\.)|@)", re.IGNORECASE)


def plain(text: str) -> str:
    """`text` as Markdown that shows exactly its characters: no markup, links, formulas, icons or colours."""
    apart = _ADDRESS.sub(rf"\1{WORD_JOINER}", _SPACE.sub(" ", text))
    return _MARKDOWN.sub(r"\\\1", apart)


def told_apart(names: Iterable[str], length: int) -> Mapping[str, str]:
    """What a widget shows for each of its options: at most about `length` characters, and no two alike.

    Streamlit knows options by what it shows for them: of two that look alike, it takes the last for either.
    """
    labels: dict[str, str] = {}
    taken: set[str] = set()
    for position, name in enumerate(names, start=1):
        whole = _SPACE.sub(" ", name).strip() or "unnamed"
        label, suffix = shortened(whole, length), f" ({position})"
        while label in taken:
            label, suffix = f"{shortened(whole, length - 8)}{suffix}", f"{suffix}*"
        labels[name] = label
        taken.add(label)
    return labels


def shortened(text: str, length: int) -> str:
    """At most `length` characters of `text`, with an ellipsis where it goes on."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"
