"""Texts that a model cannot read whole: words that it does not know, and what is too long for it."""

from attnviz.evaluation.examples import MOST_LINES, LabelledData, Problem
from attnviz.sequences.document_specification import DocumentSpecification
from attnviz.sequences.messages import counted
from attnviz.sequences.specification import InputSpecification, TextSpecification
from attnviz.sequences.tokens import tokens_of

MOST_TEXTS, MOST_CHARACTERS = 2_000, 1_000_000
"""Texts that are looked up, and characters of them; of more, so many spread evenly over the data set."""

LARGE_SHARE = 0.02
"""Share of unknown words from which a person should know of it."""


def text_problems(kept: LabelledData, specification: InputSpecification | None) -> list[Problem]:
    """Unknown words and texts that are cut; none where the model encodes text itself or takes numbers."""
    if not isinstance(specification, TextSpecification):
        return []
    characters = sum(map(len, kept.sequences))
    step = max(-(-len(kept) // MOST_TEXTS), -(-characters // MOST_CHARACTERS))
    rows = range(0, len(kept), step)
    words = unknown = 0
    strange: list[int] = []
    long: list[int] = []
    room = specification.maximum_length - len(specification.before) - len(specification.after)
    for row in rows:
        text = kept.sequences[row]
        tokens = tokens_of(specification, text) if isinstance(text, str) else []
        missing = sum(token.id is None or token.id == specification.unknown_id for token in tokens)
        words, unknown = words + len(tokens), unknown + missing
        line = int(kept.lines[row])
        if missing:
            strange.append(line)
        if len(tokens) > room and not isinstance(specification, DocumentSpecification):
            long.append(line)
    sample = f" (of {len(rows):,} texts, spread evenly)" if step > 1 else ""
    found = []
    if words and unknown / words >= LARGE_SHARE:
        treated = "read as unknown" if specification.unknown_id is not None else "left out of the text"
        found.append(
            Problem(
                kind="unknown words",
                count=unknown,
                lines=tuple(strange[:MOST_LINES]),
                message=f"The model does not know {unknown / words:.1%} of the words{sample}.",
                action=f"Kept: such words are {treated}.",
            )
        )
    if long:
        found.append(
            Problem(
                kind="cut",
                count=len(long),
                lines=tuple(long[:MOST_LINES]),
                message=f"{counted(len(long), 'text')}{sample} {'is' if len(long) == 1 else 'are'} longer than the "
                f"{room} tokens that the model reads.",
                action=f"Kept: what comes after the first {room} tokens is not read.",
            )
        )
    return found
