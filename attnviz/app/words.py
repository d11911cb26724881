"""Text that people or files bring, made safe for Streamlit's Markdown."""

import re

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&@/=])")
_SPACE = re.compile(r"\s+")


def plain(text: str) -> str:
    """`text` as Markdown that shows exactly its characters: no markup, links, formulas, icons or colours."""
    return _MARKDOWN.sub(r"\\\1", _SPACE.sub(" ", text))


def shortened(text: str, length: int) -> str:
    """At most `length` characters of `text`, with an ellipsis where it goes on."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"
