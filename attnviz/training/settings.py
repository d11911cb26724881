"""What a person may set about a training: names, defaults, limits and hints, and the values that were chosen."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from types import MappingProxyType
from typing import Any

from attnviz.errors import TrainingError

LARGEST_SEED = 2**31 - 1


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One number that a person may set.

    Attributes:
        name: The field of `TrainingSettings`.
        title: What a person calls it.
        hint: What it does, and what to try.
        default: The value to begin with.
        minimum: Smallest value.
        maximum: Largest value.
        step: What a button of a form adds or takes away.
        whole: Whether only whole numbers make sense.
    """

    name: str
    title: str
    hint: str
    default: float
    minimum: float
    maximum: float
    step: float
    whole: bool = True


def _whole(name: str, title: str, hint: str, default: int, minimum: int, maximum: int, step: int = 1) -> Setting:
    return Setting(
        name=name, title=title, hint=hint, default=default, minimum=minimum, maximum=maximum, step=step, whole=True
    )


def _share(name: str, title: str, hint: str, default: float, minimum: float, maximum: float, step: float) -> Setting:
    return Setting(
        name=name, title=title, hint=hint, default=default, minimum=minimum, maximum=maximum, step=step, whole=False
    )


SETTINGS: Mapping[str, Setting] = MappingProxyType(
    {
        one.name: one
        for one in (
            _whole(
                "units",
                "Units",
                "Size of the hidden states and of the attention. More can learn more, take longer, and overfit sooner.",
                64,
                4,
                512,
                8,
            ),
            _whole("embedding", "Size of a word's vector", "How many numbers stand for a word.", 64, 4, 512, 8),
            _whole("heads", "Heads", "Attention heads of a block: each may look at something else.", 4, 1, 16),
            _whole(
                "blocks", "Blocks", "Transformer blocks, one after the other. Small data sets need one or two.", 2, 1, 6
            ),
            _share(
                "dropout",
                "Dropout",
                "Share of the numbers that each step leaves out. More of it where validation falls behind training.",
                0.3,
                0.0,
                0.8,
                0.05,
            ),
            _share(
                "word_dropout",
                "Words shown as unknown",
                "Share of the words that each step hides, so that the model learns to do without any one of them.",
                0.05,
                0.0,
                0.5,
                0.05,
            ),
            _share(
                "learning_rate",
                "Learning rate",
                "Adam's step size. Ten times smaller if the loss jumps or becomes NaN, larger if it hardly falls.",
                0.003,
                0.00001,
                0.1,
                0.0005,
            ),
            _whole(
                "batch_size",
                "Batch size",
                "Examples of one training step. Larger is faster, smaller learns in fewer epochs.",
                32,
                1,
                512,
                8,
            ),
            _whole(
                "epochs", "Most epochs", "Passes over the training part; early stopping may end sooner.", 15, 1, 500
            ),
            _whole(
                "patience",
                "Early stopping after",
                "Epochs without a lower validation loss after which training stops. The best weights are always kept.",
                4,
                1,
                100,
            ),
            _share(
                "validation_share",
                "Validation part",
                "Share of the examples on which every epoch is judged; the best one is chosen on it.",
                0.15,
                0.05,
                0.4,
                0.05,
            ),
            _share(
                "test_share",
                "Test part",
                "Share of the examples that training never sees; the final figures are measured on it.",
                0.15,
                0.05,
                0.4,
                0.05,
            ),
            _whole("seed", "Seed", "The same seed, data and settings give the same model.", 0, 0, LARGEST_SEED),
            _whole(
                "maximum_words",
                "Most words of the vocabulary",
                "The most frequent words of the training part; all others are unknown to the model.",
                10_000,
                10,
                50_000,
                1_000,
            ),
            _whole("maximum_length", "Most words of a text", "What is longer is cut at its end.", 100, 2, 512, 10),
            _whole("maximum_sentences", "Most sentences of a text", "What is longer is cut at its end.", 16, 2, 64),
        )
    }
)
"""Every setting, by name, with the default and the limits that hold for most architectures."""


@dataclass(frozen=True, kw_only=True)
class TrainingSettings:
    """How to build and train a model; `SETTINGS` says what each field is. An architecture reads those that it lists.

    Raises:
        TrainingError: If a value is no number, or outside its limits, there are more heads than units, or the parts
            leave less than a third of the examples for training.
    """

    units: int = 64
    embedding: int = 64
    heads: int = 4
    blocks: int = 2
    dropout: float = 0.3
    word_dropout: float = 0.05
    learning_rate: float = 0.003
    batch_size: int = 32
    epochs: int = 15
    patience: int = 4
    validation_share: float = 0.15
    test_share: float = 0.15
    seed: int = 0
    maximum_words: int = 10_000
    maximum_length: int = 100
    maximum_sentences: int = 16

    def __post_init__(self) -> None:
        for field in fields(self):
            object.__setattr__(self, field.name, _checked(SETTINGS[field.name], getattr(self, field.name)))
        if self.heads > self.units:
            raise TrainingError(
                "`heads` must be at most `units`, which they share. "
                f"Received: {self.heads} heads of {self.units} units."
            )
        if self.validation_share + self.test_share > 2 / 3:
            raise TrainingError(
                "`validation_share` and `test_share` must leave a third of the examples or more for training. "
                f"Received: {self.validation_share:g} and {self.test_share:g}."
            )

    def as_dict(self) -> dict[str, float]:
        """All values by name, ready for JSON."""
        return asdict(self)


def _checked(setting: Setting, value: Any) -> float:
    number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    if not number or (setting.whole and value != int(value)) or not setting.minimum <= value <= setting.maximum:
        kind = "a whole number" if setting.whole else "a number"
        raise TrainingError(
            f"`{setting.name}` ({setting.title.lower()}) must be {kind} from {setting.minimum:g} to "
            f"{setting.maximum:,.12g}. Received: {value!r}."
        )
    return int(value) if setting.whole else float(value)
