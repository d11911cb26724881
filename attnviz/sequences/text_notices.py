"""What a person should know about a text that was encoded all the same."""

from collections.abc import Iterable, Sequence

from attnviz.sequences.encoded import Notice
from attnviz.sequences.messages import counted, listed, quoted


def cut_notice(sample: int, where: str, tokens: Sequence[str], kept: int) -> Notice:
    """The text has more tokens than the model takes.

    Args:
        sample: Index of the text.
        where: How the message starts, see `attnviz.sequences.messages.place`.
        tokens: All tokens of the text.
        kept: How many of them the model takes.
    """
    left_out = len(tokens) - kept
    message = (
        f"{where}The text has {counted(len(tokens), 'token')} and the model takes {kept}: it reads the first {kept} "
        f"and leaves out {counted(left_out, 'token')}, from {quoted(tokens[kept])} on."
    )
    return Notice(sample=sample, kind="cut", message=message, words=(tokens[kept],))


def unknown_notice(
    sample: int,
    where: str,
    unknown: Sequence[str],
    known: Iterable[str],
    *,
    left_out: bool = False,
    noun: str = "word",
) -> Notice:
    """The model does not know some words of the text, or none of them.

    Args:
        sample: Index of the text.
        where: How the message starts.
        unknown: Words that it does not know, each once; at least one.
        known: Words and punctuation marks that it knows.
        left_out: Whether it leaves unknown words out, instead of reading each as the same unknown word.
        noun: What a word of the text is called, where its tokens are something else.
    """
    words = tuple(unknown)
    # A full stop that the model knows does not make a text known.
    if any(any(map(str.isalnum, word)) for word in known):
        several = len(words) > 1
        if left_out:
            rest = "leaves them out" if several else "leaves it out"
        else:
            rest = f"reads each as the same unknown {noun}" if several else f"reads an unknown {noun} in its place"
        message = f"{where}The model does not know {listed(words)}, and {rest}."
        return Notice(sample=sample, kind="unknown_words", message=message, words=words)
    message = f"{where}The model knows none of the {noun}s: {listed(words)}. Its prediction says nothing about them."
    return Notice(sample=sample, kind="only_unknown_words", message=message, words=words)
