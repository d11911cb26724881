"""Text into sentences."""

import re

_END = re.compile(
    r"""
    (?<=[.!?…])          # an end,
    ["'\u201d\u2019)\]]* # with the quotes and brackets that it closes,
    \s+                  # before white space
    | \s*\n\s*           # or a line's end
    | (?<=[\u3002\uff01\uff1f])  # or an end in Chinese or Japanese, which no space follows
    """,
    re.VERBOSE,
)
_ABBREVIATION = re.compile(r"(?:\b(?:[A-Z]|Mr|Mrs|Ms|Dr|Prof|St|vs|etc|approx|no|No|e\.g|i\.e))\.$")


def split_sentences(text: str) -> list[str]:
    """The sentences of a text, as typed, without the white space around them.

    A sentence ends with `.`, `!`, `?` or `…` before white space, and at a line's end. After an initial or one of a few
    English abbreviations ("Dr.", "e.g.") it goes on.

    Args:
        text: Any text.

    Returns:
        The sentences in order; empty if there is nothing but white space.
    """
    sentences: list[str] = []
    start = 0
    for found in _END.finditer(text):
        # The quotes that the end closes belong to the sentence, the white space after them does not.
        sentence = text[start : found.start()] + found[0].rstrip()
        if "\n" not in found[0] and _ABBREVIATION.search(sentence):
            continue
        sentences.append(sentence.strip())
        start = found.end()
    sentences.append(text[start:].strip())
    return [sentence for sentence in sentences if sentence]
