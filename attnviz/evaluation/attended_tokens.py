"""What each token receives over a whole data set, by class: counted while batches come, in memory that has a limit."""

import itertools
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

PENDING = 200_000
"""Occurrences of tokens that are held before they are added up."""
MOST_KEPT = 500_000
"""Most sums that are held: one for each token, class and prediction. Beyond that the rarest are let go."""
EVEN_PRIOR = 10.0
"""How often each token counts as having been seen at an even share besides: it takes so many for a word to lead."""
MINIMUM_COUNT = 5
"""How often a token has to occur in a class to be listed, unless something else is asked for."""
SUMS = ("count", "examples", "share", "times even")


@dataclass(frozen=True, eq=False, kw_only=True)
class AttendedTokens:
    """Attention that tokens received, added up over a data set.

    Attributes:
        classes: Class names; empty where there are no classes.
        sums: One row for each token, class and prediction that occurred together: `token`, `truth` and `prediction`
            (indices into `classes`; -1 for none), `count` (how often), `examples` (in how many; of those that hold
            a token more than once, once), and sums over the occurrences: `share` of the attention of its example
            (0 to 1 each) and `times even` (share times number of real tokens: 1 is what even attention would give).
        special: Tokens that the model puts around every text.
        forgotten: How many occurrences of rare tokens were let go to keep memory bounded.
    """

    classes: tuple[str, ...]
    sums: pd.DataFrame
    special: frozenset[str] = frozenset()
    forgotten: int = 0


class TokenCounter:
    """Adds up what tokens receive, batch by batch.

    Args:
        classes: Class names; empty where there are no classes.
        lowercase: Whether tokens that differ in case alone are one: the model does not tell them apart.
        special: Tokens that the model puts around every text.
    """

    def __init__(
        self, classes: Sequence[str], *, lowercase: bool = False, special: frozenset[str] = frozenset()
    ) -> None:
        self._classes = tuple(classes)
        self._lowercase = lowercase
        self._special = frozenset(map(str.lower, special)) if lowercase else special
        self._ids = _numbering(())
        self._pending: list[tuple[np.ndarray, np.ndarray]] = []
        self._waiting = 0
        self._keys = np.empty(0, np.int64)
        self._sums = np.empty((0, len(SUMS)))
        self._forgotten = 0

    def add(
        self,
        labels: Sequence[Sequence[str]],
        shares: np.ndarray,
        valid: np.ndarray,
        truth: np.ndarray,
        prediction: np.ndarray,
    ) -> None:
        """Count one batch.

        Args:
            labels: `[batch][length]`, as shown.
            shares: `[batch, length]`, the part of the example's attention that each token receives, 0 to 1.
            valid: `[batch, length]`, bool, True at real tokens.
            truth: `[batch]` or `[batch, length]`, class indices; -1 for none.
            prediction: The same, of what was predicted.
        """
        tokens = itertools.compress(itertools.chain.from_iterable(labels), valid.ravel().tolist())
        folded = map(str.lower, tokens) if self._lowercase else tokens
        ids = np.fromiter(map(self._ids.__getitem__, folded), np.int64)
        samples, positions = np.nonzero(valid)
        received = shares[samples, positions]
        known = ~np.isnan(received)
        if not known.all():
            ids, samples, positions, received = ids[known], samples[known], positions[known], received[known]
        lengths = valid.sum(axis=1)
        keys = (ids * self._width + _at(truth, samples, positions) + 1) * self._width
        keys += _at(prediction, samples, positions) + 1
        first = np.zeros(len(keys))
        first[np.unique(keys * len(valid) + samples, return_index=True)[1]] = 1.0
        sums = np.stack([np.ones(len(keys)), first, received, received * lengths[samples]], axis=1)
        self._pending.append((keys, sums))
        self._waiting += len(keys)
        if self._waiting > PENDING:
            self._add_up()

    def finished(self) -> AttendedTokens:
        """What was counted."""
        self._add_up()
        tokens = np.array(list(self._ids), dtype=object)
        rest, prediction = np.divmod(self._keys, self._width)
        token, truth = np.divmod(rest, self._width)
        table = pd.DataFrame(self._sums, columns=list(SUMS))
        table.insert(0, "token", tokens[token] if len(tokens) else [])
        table.insert(1, "truth", truth - 1)
        table.insert(2, "prediction", prediction - 1)
        table = table.astype({"count": np.int64, "examples": np.int64})
        return AttendedTokens(classes=self._classes, sums=table, special=self._special, forgotten=self._forgotten)

    @property
    def _width(self) -> int:
        """Numbers that a class can have in a key, none among them."""
        return len(self._classes) + 1

    def _add_up(self) -> None:
        keys = np.concatenate([self._keys, *(one for one, _ in self._pending)])
        sums = np.concatenate([self._sums, *(one for _, one in self._pending)])
        self._pending, self._waiting = [], 0
        self._keys, where = np.unique(keys, return_inverse=True)
        self._sums = np.stack([np.bincount(where, one, len(self._keys)) for one in sums.T], axis=1)
        if len(self._keys) > MOST_KEPT:
            self._forget_rare()

    def _forget_rare(self) -> None:
        """Half of the sums, those that rest on the fewest occurrences, and the tokens that only they are about."""
        order = np.argsort(-self._sums[:, 0], kind="stable")
        kept = np.sort(order[: MOST_KEPT // 2])
        self._forgotten += int(self._sums[:, 0].sum() - self._sums[kept, 0].sum())
        square = self._width**2
        old, new = np.unique(self._keys[kept] // square, return_inverse=True)
        tokens = list(self._ids)
        self._ids = _numbering([tokens[one] for one in old.tolist()])
        self._keys = new * square + self._keys[kept] % square
        self._sums = self._sums[kept]


def token_table(
    tokens: AttendedTokens,
    *,
    by: Literal["truth", "prediction"] = "truth",
    right: bool | None = None,
    minimum_count: int = MINIMUM_COUNT,
    special: bool = False,
) -> pd.DataFrame:
    """The tokens that receive most attention in each class.

    A word that occurs twice and was looked at both times says less than one that was looked at a hundred times. So
    rare ones are left out, and the order is that of a smoothed mean: every token counts as having been seen
    `EVEN_PRIOR` times more at an even share.

    Args:
        tokens: As counted.
        by: Whether the class is the true or the predicted one.
        right: Only examples (or, for token_classification, tokens) that were predicted right, or wrong; None for all.
        minimum_count: How often a token must occur in a class.
        special: Whether to list the tokens that the model puts around every text.

    Returns:
        One row for each class and token, from the most to the least attended of each class: `class` (empty where
        there are none), `token`, `count` (occurrences), `examples`, `share` (mean part of its example's attention, 0
        to 1), `times even` (mean of the share times the number of tokens: 1 is even attention) and `score`
        (`times even`, smoothed).
    """
    sums = tokens.sums
    if right is not None:
        sums = sums[(sums["truth"] == sums["prediction"]) == right]
    if not special:
        sums = sums[~sums["token"].isin(tokens.special)]
    columns = list(SUMS)
    table = sums.groupby([by, "token"], sort=False)[columns].sum().reset_index()
    table = table[table["count"] >= minimum_count]
    count = table["count"]
    score = (table["times even"] + EVEN_PRIOR) / (count + EVEN_PRIOR)
    table = table.assign(share=table["share"] / count, score=score, **{"times even": table["times even"] / count})
    table = table.sort_values([by, "score", "token"], ascending=[True, False, True], ignore_index=True)
    names = [tokens.classes[one] if one >= 0 else "" for one in table[by]]
    return table.assign(**{"class": names})[["class", "token", *columns, "score"]]


def _numbering(tokens: Sequence[str]) -> dict[str, int]:
    """Numbers tokens in the order in which they are first asked for."""
    ids: defaultdict[str, int] = defaultdict(None, {token: number for number, token in enumerate(tokens)})
    ids.default_factory = ids.__len__
    return ids


def _at(classes: np.ndarray, samples: np.ndarray, positions: np.ndarray) -> np.ndarray:
    array = np.asarray(classes)
    return array[samples] if array.ndim == 1 else array[samples, positions]
