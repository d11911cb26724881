"""Seeded splits in which no two copies of the same example stand on both sides."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import StratifiedGroupKFold  # type: ignore[import-untyped]

from attnviz.errors import ShapeError
from attnviz.records import read_only


@dataclass(frozen=True, eq=False, kw_only=True)
class Split:
    """Positions of the examples of each part; together they are all examples, each once.

    Attributes:
        training: int64 `[examples]`, ascending.
        validation: int64 `[examples]`, ascending; choices between models and settings are made on it.
        test: int64 `[examples]`, ascending; only the reported figures are measured on it.
    """

    training: np.ndarray
    validation: np.ndarray
    test: np.ndarray

    def __post_init__(self) -> None:
        for part in ("training", "validation", "test"):
            object.__setattr__(self, part, read_only(np.sort(getattr(self, part)), dtype=np.int64))

    @property
    def sizes(self) -> dict[str, int]:
        """Number of examples of each part, as a card's `splits` gives it."""
        return {"training": len(self.training), "validation": len(self.validation), "test": len(self.test)}


def grouped_split(
    strata: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
    *,
    test_share: float = 0.2,
    validation_share: float = 0.1,
    seed: int,
) -> Split:
    """Split examples into training, validation and test, each with about the same share of every stratum.

    Args:
        strata: `[examples]`, what to keep in proportion: the class, or the class and where it comes from.
        groups: `[examples]`; examples of one group stay on one side. None: each example is its own group.
        test_share: Share of all examples for the test, from 0 to 1; one over a whole number is met best.
        validation_share: Share of all examples for the validation.
        seed: Same seed, same split. Keep it apart from the seed of training, so that every model is measured on
            the same test.

    Raises:
        ShapeError: If strata and groups differ in length, the shares leave nothing for training, or there are too few
            examples to share.
    """
    kinds = np.asarray(strata)
    members = np.arange(len(kinds)) if groups is None else np.asarray(groups)
    if kinds.shape != members.shape or kinds.ndim != 1:
        raise ShapeError(
            f"`strata` and `groups` must have one entry an example. Received: {kinds.shape} and {members.shape}."
        )
    if not (0 < test_share <= 0.5 and validation_share > 0 and test_share + validation_share < 1):
        raise ShapeError(
            "`test_share` (at most 0.5) and `validation_share` must be above 0 and leave a share for training. "
            f"Received: {test_share} and {validation_share}."
        )
    everything = np.arange(len(kinds))
    rest, test = _take(everything, kinds, members, test_share, seed)
    training, validation = _take(rest, kinds, members, validation_share / (1 - test_share), seed)
    return Split(training=training, validation=validation, test=test)


def split_every_stratum(
    strata: npt.ArrayLike, groups: npt.ArrayLike, *, test_share: float, validation_share: float, seed: int
) -> Split:
    """Split examples so that every part has some of every stratum, however rare it is.

    Unlike `grouped_split`, which meets the shares best but may leave a part without a stratum of a few examples.

    Args:
        strata: `[examples]`, what every part shall have, such as the class.
        groups: `[examples]`; examples of one group stay on one side, with the stratum of the first of them.
        test_share: Share of the examples of each stratum for the test.
        validation_share: Share of the examples of each stratum for the validation.
        seed: Same seed, same split.

    Raises:
        ShapeError: If strata and groups differ in length, or a stratum has fewer than three groups.
    """
    kinds, members = np.asarray(strata), np.asarray(groups)
    if kinds.shape != members.shape or kinds.ndim != 1:
        raise ShapeError(
            f"`strata` and `groups` must have one entry an example. Received: {kinds.shape} and {members.shape}."
        )
    _, first, group_of, sizes = np.unique(members, return_index=True, return_inverse=True, return_counts=True)
    part = np.zeros(len(first), dtype=np.int64)
    generator = np.random.default_rng(seed)
    for stratum in np.unique(kinds[first]):
        mine = generator.permutation(np.flatnonzero(kinds[first] == stratum))
        if len(mine) < 3:
            raise ShapeError(f"Each stratum needs three groups or more. Received: {len(mine)} of {stratum!r}.")
        total = sizes[mine].sum()
        # A group that is larger than a whole part belongs to training.
        mine = mine[np.argsort(sizes[mine] > max(1.0, min(test_share, validation_share) * total), kind="stable")]
        reached = np.cumsum(sizes[mine])
        tested = min(max(1, int(np.searchsorted(reached, test_share * total + 0.5, side="right"))), len(mine) - 2)
        held = int(np.searchsorted(reached, (test_share + validation_share) * total + 0.5, side="right"))
        part[mine[:tested]] = 2
        part[mine[tested : min(max(tested + 1, held), len(mine) - 1)]] = 1
    of_examples = part[group_of]
    training, validation, test = (np.flatnonzero(of_examples == number) for number in range(3))
    return Split(training=training, validation=validation, test=test)


def _take(
    among: np.ndarray, strata: np.ndarray, groups: np.ndarray, share: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """`among` without a stratified share of whole groups, and that share."""
    folds = StratifiedGroupKFold(max(2, round(1 / share)), shuffle=True, random_state=seed)
    try:
        kept, taken = next(folds.split(among, strata[among], groups[among]))
    except ValueError as error:  # scikit-learn's word for fewer examples than parts
        raise ShapeError(
            f"A share of {share:.3g} needs {folds.n_splits} examples or more of some stratum. "
            f"Received: {len(among)} examples in all."
        ) from error
    return among[kept], among[taken]
