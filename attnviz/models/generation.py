"""Outputs of sequence-to-sequence models, token by token: greedy, by beam search, or drawn at random."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import singledispatch

import numpy as np

from attnviz.models.decodings import Beam, Decoding, Greedy, Sampled
from attnviz.sequences.output_specification import OutputSpecification

NextTokens = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""A model: source ids `[rows, source]` and what was written so far, start first, `[rows, target]`, to the
log-probabilities `[rows, tokens]` of the next token, in nats."""

ROWS_AT_ONCE = 256
"""Beginnings that the model reads at once: a row of logits for each of their tokens is held."""


@dataclass(frozen=True, kw_only=True)
class Written:
    """One output.

    Attributes:
        ids: Without the start, with the end, if it came before the longest output was reached.
        log_probabilities: Of each of `ids`, given what stands before it, in nats.
        finished: Whether `ids` ends with the end.
    """

    ids: tuple[int, ...]
    log_probabilities: tuple[float, ...]
    finished: bool

    @property
    def log_probability(self) -> float:
        """Of the whole output: the sum, in nats."""
        return float(np.sum(self.log_probabilities))

    @property
    def probability(self) -> float:
        """Of the whole output: the product, from 0 to 1."""
        return float(np.exp(self.log_probability))


@singledispatch
def write(
    decoding: Decoding, following: NextTokens, sources: np.ndarray, output: OutputSpecification
) -> list[tuple[Written, ...]]:
    """Outputs for each source.

    Padding, start and the unknown token are never written; the log-probabilities are the model's own all the same.

    Args:
        decoding: How tokens are chosen.
        following: The model.
        sources: Ids `[batch, source]`, padded.
        output: Which ids start, end and pad an output, and how long it may become.

    Returns:
        For each source its outputs, best first: one, or for `Beam` up to its size.
    """
    raise TypeError(f"`decoding` must be Greedy, Beam or Sampled. Received: {type(decoding).__name__}.")


@write.register
def _(
    decoding: Greedy, following: NextTokens, sources: np.ndarray, output: OutputSpecification
) -> list[tuple[Written, ...]]:
    return _one_each(following, sources, output, lambda row, allowed: int(np.argmax(allowed)))


@write.register
def _(
    decoding: Sampled, following: NextTokens, sources: np.ndarray, output: OutputSpecification
) -> list[tuple[Written, ...]]:
    generators = [np.random.default_rng(decoding.seed) for _ in sources]

    def draw(row: int, allowed: np.ndarray) -> int:
        scaled = allowed / decoding.temperature
        chances = np.exp(scaled - scaled.max())
        return int(generators[row].choice(len(chances), p=chances / chances.sum()))

    return _one_each(following, sources, output, draw)


@write.register
def _(
    decoding: Beam, following: NextTokens, sources: np.ndarray, output: OutputSpecification
) -> list[tuple[Written, ...]]:
    searches = [_Search(decoding, output) for _ in sources]
    for _ in range(output.maximum_length):
        rows = [(number, live) for number, search in enumerate(searches) for live in search.live]
        if not rows:
            break
        written = np.array([[output.start_id, *live.ids] for _, live in rows], dtype=np.int32)
        chances = _in_parts(following, sources[[number for number, _ in rows]], written)
        start = 0
        for search in searches:
            count = len(search.live)
            if count:
                search.extend(chances[start : start + count])
            start += count
    return [search.best() for search in searches]


@dataclass(frozen=True)
class _Beginning:
    ids: tuple[int, ...] = ()
    log_probabilities: tuple[float, ...] = ()
    total: float = 0.0


@dataclass
class _Search:
    """Beam search for one source."""

    decoding: Beam
    output: OutputSpecification
    live: list[_Beginning] = field(default_factory=lambda: [_Beginning()])
    finished: list[_Beginning] = field(default_factory=list)

    def extend(self, chances: np.ndarray) -> None:
        """Go on by one token, with the log-probabilities `[live, tokens]` of each."""
        allowed = may_be_written(chances, self.output)
        totals = np.array([one.total for one in self.live])[:, None] + allowed
        wanted = min(2 * self.decoding.size, int(np.isfinite(totals).sum()))  # at least `size` of them do not end
        order = np.argpartition(-totals, wanted - 1, axis=None)[:wanted]
        order = order[np.lexsort((order, -totals.reshape(-1)[order]))]
        going_on: list[_Beginning] = []
        for rank, (parent, token) in enumerate(zip(*np.unravel_index(order, totals.shape), strict=True)):
            one = self.live[parent]
            longer = _Beginning(
                ids=(*one.ids, int(token)),
                log_probabilities=(*one.log_probabilities, float(chances[parent, token])),
                total=float(totals[parent, token]),
            )
            if token != self.output.end_id:
                going_on.append(longer)
            elif rank < self.decoding.size:  # an end that is no better than that would not have been kept either
                self.finished.append(longer)
        self.finished = sorted(self.finished, key=self._worth, reverse=True)[: self.decoding.size]
        self.live = [] if self._decided(going_on) else going_on[: self.decoding.size]
        if self.live and len(self.live[0].ids) == self.output.maximum_length:
            self._give_up()

    def best(self) -> tuple[Written, ...]:
        """The outputs that were found, best first; unfinished ones only where nothing else was found."""
        return tuple(_written(one.ids, one.log_probabilities, self.output) for one in self.finished)

    def _give_up(self) -> None:
        if not self.finished:
            self.finished = sorted(self.live, key=self._worth, reverse=True)
        self.live = []

    def _decided(self, going_on: Sequence[_Beginning]) -> bool:
        """Whether none of `going_on` can become better than the worst of enough finished outputs.

        Log-probabilities only fall, and the longest output divides them by most.
        """
        if len(self.finished) < self.decoding.size or not going_on:
            return not going_on
        most = going_on[0].total / self._penalty(self.output.maximum_length)
        return most <= self._worth(self.finished[-1])

    def _worth(self, one: _Beginning) -> float:
        return one.total / self._penalty(len(one.ids))

    def _penalty(self, length: int) -> float:
        return float(((5 + length) / 6) ** self.decoding.length_penalty)


def _one_each(
    following: NextTokens,
    sources: np.ndarray,
    output: OutputSpecification,
    choose: Callable[[int, np.ndarray], int],
) -> list[tuple[Written, ...]]:
    ids: list[list[int]] = [[] for _ in sources]
    chances: list[list[float]] = [[] for _ in sources]
    live = list(range(len(sources)))
    for _ in range(output.maximum_length):
        if not live:
            break
        written = np.array([[output.start_id, *ids[number]] for number in live], dtype=np.int32)
        rows = _in_parts(following, sources[live], written)
        for number, row, allowed in zip(live, rows, may_be_written(rows, output), strict=True):
            token = choose(number, allowed)
            ids[number].append(token)
            chances[number].append(float(row[token]))
        live = [number for number in live if ids[number][-1] != output.end_id]
    return [(_written(own, each, output),) for own, each in zip(ids, chances, strict=True)]


def _written(ids: Sequence[int], log_probabilities: Sequence[float], output: OutputSpecification) -> Written:
    return Written(ids=tuple(ids), log_probabilities=tuple(log_probabilities), finished=ids[-1] == output.end_id)


def may_be_written(log_probabilities: np.ndarray, output: OutputSpecification) -> np.ndarray:
    """A copy of `[..., tokens]`, in nats, in which what is never written (padding, start, unknown) is impossible."""
    allowed = np.full(log_probabilities.shape, -np.inf)
    words = slice(output.first_id, output.size)
    allowed[..., words] = log_probabilities[..., words]
    allowed[..., output.end_id] = log_probabilities[..., output.end_id]
    return allowed


def _in_parts(following: NextTokens, sources: np.ndarray, written: np.ndarray) -> np.ndarray:
    return np.concatenate(
        [
            following(sources[start : start + ROWS_AT_ONCE], written[start : start + ROWS_AT_ONCE])
            for start in range(0, len(written), ROWS_AT_ONCE)
        ]
    )
