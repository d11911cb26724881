"""What a training tells while it runs, and what it leaves behind."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from attnviz.models.card import Metric
from attnviz.records import AttentionCapture

if TYPE_CHECKING:
    from attnviz.models.loaded import LoadedModel

FINISHED, PATIENCE, STOPPED, TIME = "finished", "patience", "stopped", "time"
"""Why a training ended: all epochs were done, validation no longer improved, somebody stopped it, its time was over."""


@dataclass(frozen=True, eq=False, kw_only=True)
class ProbeAttention:
    """What the model says of one probe after an epoch, and where its attention is.

    Attributes:
        sequence: The text, or the series `[steps, features]`.
        capture: A run of the model over it alone: views show it as any other.
        prediction: The class, or the number.
        probabilities: Of each class, in their order; empty for a regression.
    """

    sequence: Any
    capture: AttentionCapture
    prediction: str | float
    probabilities: tuple[float, ...] = ()


@dataclass(frozen=True, eq=False, kw_only=True)
class EpochReport:
    """What is known after one pass over the training part.

    Attributes:
        number: Counted from 1.
        epochs: Most epochs that there will be.
        loss: Mean over the pass, while the weights changed: cross-entropy in nats, or squared error in the square of
            the target's unit.
        validation_loss: The same over the validation part, after the pass.
        metrics: `accuracy` (0 to 1), or `MAE` in the target's unit, over the pass.
        validation_metrics: The same after the pass.
        best: Whether the validation loss is the lowest so far.
        seconds: Since training began.
        seconds_left: At most, if no stop comes early; 0 after the last epoch.
        probes: The attention on each probe.
    """

    number: int
    epochs: int
    loss: float
    validation_loss: float
    metrics: Mapping[str, float]
    validation_metrics: Mapping[str, float]
    best: bool
    seconds: float
    seconds_left: float
    probes: tuple[ProbeAttention, ...] = ()


@dataclass(frozen=True, eq=False, kw_only=True)
class Trained:
    """A model that was trained.

    Attributes:
        model: The model with the weights of `best_epoch`, and its card.
        history: Every epoch, in order.
        best_epoch: The epoch of the lowest validation loss, counted from 1.
        test_metrics: Measured once, on the part that training never saw.
        baselines: The same figures of simple models, on the same part.
        code: Keras code that builds the same model.
        ending: Why training ended, one of `"finished"`, `"patience"`, `"stopped"` and `"time"`.
        seconds: How long training took.
        notices: What a person should know about the data.
    """

    model: "LoadedModel"
    history: tuple[EpochReport, ...]
    best_epoch: int
    test_metrics: tuple[Metric, ...]
    baselines: tuple[Metric, ...]
    code: str
    ending: str
    seconds: float
    notices: tuple[str, ...] = ()

    @property
    def stopped_early(self) -> bool:
        """Whether training ended before its last epoch."""
        return self.ending != FINISHED
