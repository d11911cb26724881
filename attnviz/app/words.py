"""Text that people or files bring, made safe for Streamlit's Markdown."""

import re

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


def shortened(text: str, length: int) -> str:
    """At most `length` characters of `text`, with an ellipsis where it goes on."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"
