"""How good a model is on parts of the data: short and long inputs, each class, inputs that hold a word."""

import re
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pandas as pd

from attnviz.evaluation.resampling import percentile_interval, resampled_shares, resampled_sums, share_interval
from attnviz.evaluation.results import Evaluation
from attnviz.sequences.specification import NumericSpecification

LENGTH_BINS = 4
"""Parts of about equally many examples."""
SCORES = {
    "classification": "accuracy",
    "token_classification": "share of inputs with every token right",
    "regression": "mean absolute error",
    "seq2seq": "exact match",
}
"""What `score` is, by task."""
Part = tuple[str, str, np.ndarray]
"""By what the examples are parted, the name of the part, and `[evaluated]`, bool, which are in it."""


def slices(evaluation: Evaluation, containing: Sequence[str] = ()) -> pd.DataFrame:
    """The score of parts of the evaluated examples.

    Args:
        evaluation: Of any task; `SCORES` says what its score is.
        containing: Words; for each there is a slice with the inputs that hold it as a whole word, in any case, and one
            with the others. Inputs of numbers hold no words.

    Returns:
        One row a slice, all examples first: `by` ("all", "length", "class" or "word"), `slice` (its name), `examples`,
        `score` with its 95 % interval `lower` and `upper` (bootstrap; Wilson's where all are right or all wrong),
        `loss` and `attention entropy` (means). Slices without examples are left out.
    """
    return _table(evaluation, [*_parts(evaluation), *_with_words(evaluation, containing)])


def word_slices(evaluation: Evaluation, containing: Sequence[str]) -> pd.DataFrame:
    """The rows of `slices` that are about words, without the others."""
    return _table(evaluation, _with_words(evaluation, containing))


def _table(evaluation: Evaluation, parts: Iterable[Part]) -> pd.DataFrame:
    rows = [_row(evaluation, by, name, inside) for by, name, inside in parts if inside.any()]
    columns = ["by", "slice", "examples", "score", "lower", "upper", "loss", "attention entropy"]
    return pd.DataFrame(rows, columns=columns)


def _parts(evaluation: Evaluation) -> Iterator[Part]:
    examples = evaluation.examples
    yield "all", "all examples", np.ones(len(examples), bool)
    lengths = examples["length"].to_numpy(np.int64)
    for low, high in _length_bins(lengths):
        yield "length", str(low) if low == high else f"{low} to {high}", (lengths >= low) & (lengths <= high)
    if evaluation.task == "classification":
        for name in evaluation.card.classes:
            yield "class", name, examples["truth"].to_numpy() == name


def _with_words(evaluation: Evaluation, containing: Sequence[str]) -> Iterator[Part]:
    if isinstance(evaluation.card.input, NumericSpecification):
        return
    for word in containing:
        whole = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE)
        sequences = evaluation.data.sequences
        rows = evaluation.examples.index.tolist()
        holds = np.array([whole.search(str(sequences[row])) is not None for row in rows], bool)
        yield "word", f"with {word}", holds
        yield "word", f"without {word}", ~holds


def _length_bins(lengths: np.ndarray) -> list[tuple[int, int]]:
    """First and last length of each bin; no bin is empty."""
    if not len(lengths):
        return []
    ends = np.unique(np.quantile(lengths, np.arange(1, LENGTH_BINS + 1) / LENGTH_BINS, method="inverted_cdf"))
    starts = [int(lengths.min()), *(int(lengths[lengths > end].min()) for end in ends[:-1])]
    return list(zip(starts, (int(end) for end in ends), strict=True))


def _row(evaluation: Evaluation, by: str, name: str, inside: np.ndarray) -> dict[str, object]:
    examples = evaluation.examples[inside]
    losses = examples["loss"].to_numpy(np.float64)
    is_share = evaluation.task != "regression"
    values = examples["right"].to_numpy(bool).astype(np.float64) if is_share else np.sqrt(losses)
    lower, upper = _interval(values, is_share=is_share)
    entropy = examples["attention entropy"].to_numpy(np.float64)
    return {
        "by": by,
        "slice": name,
        "examples": len(examples),
        "score": float(values.mean()),
        "lower": lower,
        "upper": upper,
        "loss": _mean_of_known(losses),
        "attention entropy": _mean_of_known(entropy),
    }


def _interval(values: np.ndarray, *, is_share: bool) -> tuple[float, float]:
    if is_share:
        hits, total = int(values.sum()), len(values)
        lower, upper = share_interval(hits, total, resampled_shares(hits, total))
    else:
        lower, upper = percentile_interval(resampled_sums(values[:, None])[:, 0] / len(values))
    return float(lower), float(upper)


def _mean_of_known(values: np.ndarray) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")
