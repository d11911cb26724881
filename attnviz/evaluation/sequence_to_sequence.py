"""The figures of a model that writes: exact match, token accuracy, BLEU, chrF."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from attnviz.errors import DataError
from attnviz.evaluation.resampling import (
    WILSON,
    percentile_interval,
    resampled_shares,
    resampled_sums,
    share_interval,
)
from attnviz.evaluation.results import Evaluation, Figure
from attnviz.evaluation.written_outcomes import same_text
from attnviz.models.sequence_to_sequence import output_of


def metrics_of(evaluation: Evaluation) -> tuple[Figure, ...]:
    """Loss, exact match, token accuracy, BLEU and chrF over the evaluated examples, with 95 % bootstrap intervals.

    Raises:
        DataError: If the model writes no text, or nothing was evaluated.
    """
    truths, written = texts(evaluation)
    return (
        _loss(evaluation),
        _exact_match(truths, written),
        _token_accuracy(evaluation, truths, written),
        _corpus_figure("BLEU", BLEU(), truths, written, "0 to 100"),
        _corpus_figure("chrF", CHRF(), truths, written, "0 to 100"),
    )


def texts(evaluation: Evaluation) -> tuple[list[str], list[str]]:
    """Right and written texts of the evaluated examples.

    Raises:
        DataError: If the model writes no text, or nothing was evaluated.
    """
    if evaluation.task != "seq2seq":
        raise DataError(f"Model {evaluation.model!r} is for {evaluation.task}; texts are written by seq2seq models.")
    rows = np.flatnonzero(evaluation.evaluated).tolist()
    if not rows:
        raise DataError("Nothing was evaluated yet: there is no figure of no example.")
    return [str(evaluation.data.targets[row]) for row in rows], [str(evaluation.outputs[row]) for row in rows]


def _loss(evaluation: Evaluation) -> Figure:
    losses = evaluation.examples["loss"].to_numpy(np.float64)
    known = losses[~np.isnan(losses)]
    left_out = len(losses) - len(known)
    note = "nats for each token of the right text, its end counted; a mean over the texts"
    if left_out:
        note += f"; {left_out} left out, which the model has no tokens to write"
    value = float(known.mean()) if len(known) else float("nan")
    return _figure("loss", value, resampled_sums(known[:, None])[:, 0] / max(1, len(known)), len(known), note)


def _exact_match(truths: Sequence[str], written: Sequence[str]) -> Figure:
    same = sum(same_text(one, other) for one, other in zip(truths, written, strict=True))
    total = len(truths)
    lower, upper = share_interval(same, total, resampled_shares(same, total))
    note = f"{same:,} of {total:,}, but for the space between words{f'; {WILSON}' if same in (0, total) else ''}"
    return Figure(
        name="exact match", value=same / total, lower=float(lower), upper=float(upper), examples=total, note=note
    )


def _token_accuracy(evaluation: Evaluation, truths: Sequence[str], written: Sequence[str]) -> Figure:
    """Token by token at the same place; a token that is missing or too many counts as wrong."""
    output = output_of(evaluation.card)
    counts = np.array(
        [
            token_matches(output.tokens_of(truth), output.tokens_of(text))
            for truth, text in zip(truths, written, strict=True)
        ]
    )
    sums = resampled_sums(counts)
    with np.errstate(invalid="ignore"):
        drawn = sums[:, 0] / sums[:, 1]
    note = (
        "share of the places at which written and right text have the same token; a token too many or too few is wrong"
    )
    return _figure("token accuracy", float(counts[:, 0].sum() / counts[:, 1].sum()), drawn, len(counts), note)


def token_matches(truth: Sequence[str], written: Sequence[str]) -> tuple[int, int]:
    """At how many places two texts have the same token, and how many places the longer of them has."""
    return sum(one == other for one, other in zip(truth, written, strict=False)), max(len(truth), len(written))


def _corpus_figure(name: str, metric: Any, truths: Sequence[str], written: Sequence[str], note: str) -> Figure:
    score = metric.corpus_score(list(written), [list(truths)])
    # What sacrebleu adds up over the sentences; its own resampling would hold all of it a thousand times.
    of_sentences = np.array(metric._extract_corpus_statistics(list(written), [list(truths)]))
    drawn = np.array(
        [metric._compute_score_from_stats(sums).score for sums in resampled_sums(of_sentences).round().tolist()]
    )
    return _figure(name, float(score.score), drawn, len(truths), f"{note}; sacrebleu {metric.get_signature()}")


def _figure(name: str, value: float, drawn: np.ndarray, examples: int, note: str) -> Figure:
    lower, upper = percentile_interval(drawn)
    return Figure(name=name, value=value, lower=float(lower), upper=float(upper), examples=examples, note=note)
