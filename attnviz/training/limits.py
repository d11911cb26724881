"""How much one training may take of a server."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from attnviz.errors import TrainingError
from attnviz.training.settings import TrainingSettings

if TYPE_CHECKING:
    from attnviz.training.training_data import TrainingData


@dataclass(frozen=True, kw_only=True)
class TrainingLimits:
    """What the operator allows.

    Attributes:
        rows: Most examples of a data set.
        epochs: Most passes over its training part.
        minutes: How long training may take; then it ends and keeps its best weights.
    """

    rows: int = 100_000
    epochs: int = 200
    minutes: float = 30.0

    def check(self, data: "TrainingData", settings: TrainingSettings) -> None:
        """See whether a training is allowed.

        Raises:
            TrainingError: If it asks for too much; the message says what to leave out.
        """
        if len(data.sequences) > self.rows:
            raise TrainingError(
                f"{data.name} has {len(data.sequences):,} examples, more than the {self.rows:,} that this server "
                "trains on. Leave some out, or train from Python, where there is no limit."
            )
        if settings.epochs > self.epochs:
            raise TrainingError(
                f"This server trains for at most {self.epochs:,} epochs. Received: {settings.epochs:,}. Choose fewer, "
                "or train from Python, where there is no limit."
            )
