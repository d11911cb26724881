"""What the two sides of a training in a child process tell each other, as messages and back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from attnviz.models.card import card_from_dict, card_to_dict
from attnviz.storage import capture_to_bytes, load_capture
from attnviz.training.pipe_messages import Message, array_bytes, array_of
from attnviz.training.reports import EpochReport, ProbeAttention
from attnviz.training.settings import TrainingSettings
from attnviz.training.trained_files import TrainedFiles
from attnviz.training.training_data import TrainingData

REQUEST, EPOCH, TRAINED, REFUSED, FAILED, READY = "request", "epoch", "trained", "refused", "failed", "ready"


@dataclass(frozen=True, eq=False, kw_only=True)
class Request:
    """What a child process shall train; the fields are the arguments of `fit`."""

    architecture: str
    data: TrainingData
    settings: TrainingSettings
    probes: tuple[Any, ...]
    minutes: float
    name: str


def request_message(request: Request) -> Message:
    """A request as a message."""
    data = request.data
    texts = not data.features
    blocks = {"targets": array_bytes(data.targets)}
    if not texts:
        blocks["sequences"] = array_bytes(np.stack(data.sequences))
        blocks |= {f"probe_{number}": array_bytes(np.asarray(one)) for number, one in enumerate(request.probes)}
    return Message(
        kind=REQUEST,
        fields={
            "architecture": request.architecture,
            "settings": request.settings.as_dict(),
            "minutes": request.minutes,
            "name": request.name,
            "probes": list(request.probes) if texts else len(request.probes),
            "sequences": list(data.sequences) if texts else None,
            "data": {
                "name": data.name,
                "task": data.task,
                "classes": list(data.classes),
                "target": data.target,
                "features": list(data.features),
                "notices": list(data.notices),
            },
        },
        blocks=blocks,
    )


def request_of(message: Message) -> Request:
    """The request that a message is."""
    fields = message.fields
    probes: Sequence[Any]
    if fields["sequences"] is None:
        sequences = tuple(array_of(message.blocks["sequences"]))
        probes = [array_of(message.blocks[f"probe_{number}"]) for number in range(fields["probes"])]
    else:
        sequences, probes = tuple(fields["sequences"]), fields["probes"]
    told = fields["data"]
    return Request(
        architecture=fields["architecture"],
        data=TrainingData(
            name=told["name"],
            task=told["task"],
            sequences=sequences,
            targets=array_of(message.blocks["targets"]),
            classes=tuple(told["classes"]),
            target=told["target"],
            features=tuple(told["features"]),
            notices=tuple(told["notices"]),
        ),
        settings=TrainingSettings(**fields["settings"]),
        probes=tuple(probes),
        minutes=fields["minutes"],
        name=fields["name"],
    )


def epoch_message(report: EpochReport) -> Message:
    """A report as a message, the attention on its probes as captures."""
    blocks: dict[str, bytes] = {}
    probes: list[dict[str, Any]] = []
    for number, probe in enumerate(report.probes):
        blocks[f"capture_{number}"] = capture_to_bytes(probe.capture)
        text = isinstance(probe.sequence, str)
        if not text:
            blocks[f"sequence_{number}"] = array_bytes(np.asarray(probe.sequence))
        probes.append(
            {
                "sequence": probe.sequence if text else None,
                "prediction": probe.prediction,
                "probabilities": list(probe.probabilities),
            }
        )
    plain = {name: getattr(report, name) for name in _PLAIN}
    metrics = {name: dict(getattr(report, name)) for name in ("metrics", "validation_metrics")}
    return Message(kind=EPOCH, fields={**plain, **metrics, "probes": probes}, blocks=blocks)


_PLAIN = ("number", "epochs", "loss", "validation_loss", "best", "seconds", "seconds_left")


def epoch_of(message: Message) -> EpochReport:
    """The report that a message is."""
    fields = dict(message.fields)
    probes = tuple(
        ProbeAttention(
            sequence=array_of(message.blocks[f"sequence_{number}"]) if told["sequence"] is None else told["sequence"],
            capture=load_capture(message.blocks[f"capture_{number}"]),
            prediction=told["prediction"],
            probabilities=tuple(told["probabilities"]),
        )
        for number, told in enumerate(fields.pop("probes"))
    )
    return EpochReport(**fields, probes=probes)


def trained_message(files: TrainedFiles) -> Message:
    """A trained model as a message; its history has been told already."""
    return Message(
        kind=TRAINED,
        fields={
            "card": card_to_dict(files.card),
            "best_epoch": files.best_epoch,
            "code": files.code,
            "ending": files.ending,
            "seconds": files.seconds,
            "notices": list(files.notices),
        },
        blocks={"model": files.model},
    )


def trained_of(message: Message, history: Sequence[EpochReport]) -> TrainedFiles:
    """The trained model that a message is.

    Args:
        message: What `trained_message` made, JSON since.
        history: The reports that came before it.
    """
    fields = dict(message.fields)
    return TrainedFiles(
        model=message.blocks["model"],
        card=card_from_dict(fields.pop("card")),
        history=tuple(history),
        notices=tuple(fields.pop("notices")),
        **fields,
    )
