"""How good translations are, and how good a translation memory is on the same sentences."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import sacrebleu
from sklearn.feature_extraction.text import TfidfVectorizer  # type: ignore[import-untyped]

from attnviz.models.card import Metric
from attnviz.training.figures import DECIMALS
from sample_models.translation.sentences import Pair, source_tokens

SHORT = 7
"""Words, between spaces, of an English sentence that counts as short."""


def references_of(pairs: Iterable[Pair]) -> dict[str, tuple[str, ...]]:
    """Each English sentence with all its French versions."""
    found: dict[str, dict[str, None]] = {}
    for pair in pairs:
        found.setdefault(pair.english, {})[pair.french] = None
    return {english: tuple(french) for english, french in found.items()}


def translation_figures(
    written: Sequence[str], references: Mapping[str, Sequence[str]], *, split: str, note: str
) -> tuple[Metric, ...]:
    """BLEU (Papineni et al., 2002) and chrF (Popović, 2015) as sacrebleu computes them, and the share of exact hits.

    Args:
        written: A translation for each sentence of `references`, in their order.
        references: All French versions of each English sentence.
        split: What the sentences are.
        note: How the translations were made.

    Returns:
        BLEU and chrF from 0 to 100, of sentences of up to `SHORT` words and of all; rounded to `DECIMALS`.
    """
    short = [len(english.split()) <= SHORT for english in references]
    pairs = list(zip(written, references.values(), strict=True))
    figures: list[Metric] = []
    for name, chosen in (
        (f", up to {SHORT} words", [pair for pair, one in zip(pairs, short, strict=True) if one]),
        ("", pairs),
    ):
        # sacrebleu takes as many columns of references as the richest sentence has, None where there are fewer.
        most = max(len(known) for _, known in chosen)
        columns = [[known[column] if column < len(known) else None for _, known in chosen] for column in range(most)]
        texts = [text for text, _ in chosen]
        exact = float(np.mean([text in known for text, known in chosen]))
        counted = f"{note}; {len(chosen)} sentences, {sum(len(known) for _, known in chosen)} references"
        for what, value in (
            ("BLEU", sacrebleu.corpus_bleu(texts, columns).score),
            ("chrF", sacrebleu.corpus_chrf(texts, columns).score),
            ("a reference word for word", exact),
        ):
            figures.append(Metric(name=f"{what}{name}", value=round(value, DECIMALS), split=split, note=counted))
    return tuple(figures)


def nearest_translations(sentences: Sequence[str], memory: Sequence[Pair]) -> list[str]:
    """For each English sentence the French of the most similar one that is known: words and word pairs, TF-IDF."""
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"\S+")  # noqa: S106 - a pattern of words, no password
    known = vectorizer.fit_transform([" ".join(pair.source) for pair in memory])
    asked = vectorizer.transform([" ".join(source_tokens(sentence)) for sentence in sentences])
    found: list[str] = []
    for start in range(0, len(sentences), 256):
        closest = np.asarray((asked[start : start + 256] @ known.T).argmax(axis=1)).reshape(-1)
        found.extend(memory[index].french for index in closest)
    return found
