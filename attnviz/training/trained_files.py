"""A trained model as files: what is downloaded, uploaded again, and handed on between processes. Free of Keras."""

import io
import json
import zipfile
from dataclasses import dataclass

from attnviz.models.card import FILE_NAME, MODEL_FILE, Card, card_to_dict
from attnviz.training.reports import EpochReport


@dataclass(frozen=True, eq=False, kw_only=True)
class TrainedFiles:
    """`Trained` without a model in memory: any process can keep it and pass it on.

    Attributes:
        model: The file `model.keras`.
        card: Its card, with the figures of the test part and of the baselines.
        history: Every epoch, in order; from a child process without the attention on the probes.
        best_epoch: The epoch whose weights the model has, counted from 1.
        code: Keras code that builds the same model.
        ending: Why training ended, as in `Trained`.
        seconds: How long training took.
        notices: What a person should know about the data.
    """

    model: bytes
    card: Card
    history: tuple[EpochReport, ...]
    best_epoch: int
    code: str
    ending: str
    seconds: float
    notices: tuple[str, ...] = ()

    @property
    def archive(self) -> bytes:
        """A zip of `model.keras` and `card.json`, which the dashboard and `attnviz.load_model`, once unpacked, open."""
        return model_archive(self.model, self.card)


def model_archive(model: bytes, card: Card) -> bytes:
    """A zip of `model.keras` and `card.json`, as an upload takes it. Weights hardly shrink, so they are stored."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(MODEL_FILE, model)
        archive.writestr(FILE_NAME, json.dumps(card_to_dict(card), indent=2, ensure_ascii=False) + "\n")
    return stream.getvalue()
