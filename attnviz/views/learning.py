"""How a figure changes over the epochs of a training, on the training part and on the validation part."""

from dataclasses import dataclass

import numpy as np

from attnviz.errors import ShapeError
from attnviz.records import read_only


@dataclass(frozen=True, eq=False, kw_only=True)
class LearningView:
    """Two lines over epochs.

    Attributes:
        name: What was measured ("loss").
        training: float64 `[epoch]`, while the weights changed; the first is that of epoch 1. NaN where there is none.
        validation: float64 `[epoch]`, after each epoch.
        best: Epoch whose weights are kept, from 1; None for none yet.
        share: Whether the figure runs from 0 to 1 and is written in percent.

    Raises:
        ShapeError: If the lines are not of one length, or `best` is none of their epochs.
    """

    name: str
    training: np.ndarray
    validation: np.ndarray
    best: int | None = None
    share: bool = False

    def __post_init__(self) -> None:
        for name in ("training", "validation"):
            object.__setattr__(self, name, read_only(getattr(self, name), dtype=np.float64))
        if self.training.ndim != 1 or self.training.shape != self.validation.shape or not self.training.size:
            raise ShapeError(
                "`training` and `validation` must have shape [epoch], one epoch or more. Received: shapes "
                f"{self.training.shape} and {self.validation.shape}."
            )
        if self.best is not None and not 1 <= self.best <= len(self.training):
            raise ShapeError(f"`best` must be an epoch from 1 to {len(self.training)}. Received: {self.best}.")

    @property
    def title(self) -> str:
        """What the picture is."""
        return self.name[:1].upper() + self.name[1:]

    @property
    def description(self) -> str:
        """What the picture shows, in words."""
        epochs = len(self.training)
        last = f"training {self._written(self.training[-1])}, validation {self._written(self.validation[-1])}"
        told = f"{self.title} over {epochs} {'epoch' if epochs == 1 else 'epochs'}. After the last: {last}."
        if self.best is None:
            return told
        return f"{told} Kept: epoch {self.best}, validation {self._written(self.validation[self.best - 1])}."

    def _written(self, value: float) -> str:
        return f"{value:.1%}" if self.share else f"{value:.3g}"
