"""Trained models into files and back."""

import json
import tempfile
from pathlib import Path

from attnviz.models.card import FILE_NAME, MODEL_FILE, card_to_dict
from attnviz.models.loaded import LoadedModel, open_model
from attnviz.training.folders import write_folder
from attnviz.training.reports import Trained
from attnviz.training.trained_files import TrainedFiles


def files_of(trained: Trained) -> TrainedFiles:
    """A training as files."""
    return TrainedFiles(
        model=keras_file(trained.model),
        card=trained.model.card,
        history=trained.history,
        best_epoch=trained.best_epoch,
        code=trained.code,
        ending=trained.ending,
        seconds=trained.seconds,
        notices=trained.notices,
    )


def opened(files: TrainedFiles) -> Trained:
    """The training with its model in memory; for files of our own only, an upload is checked first."""
    return Trained(
        model=_opened_model(files),
        history=files.history,
        best_epoch=files.best_epoch,
        test_metrics=files.card.metrics,
        baselines=files.card.baselines,
        code=files.code,
        ending=files.ending,
        seconds=files.seconds,
        notices=files.notices,
    )


def keras_file(model: LoadedModel) -> bytes:
    """The bytes of `model.keras`."""
    with tempfile.TemporaryDirectory(prefix="attnviz-") as folder:
        write_folder(model.keras_model, model.card, Path(folder))
        return (Path(folder) / MODEL_FILE).read_bytes()


def _opened_model(files: TrainedFiles) -> LoadedModel:
    with tempfile.TemporaryDirectory(prefix="attnviz-") as parent:
        folder = Path(parent) / "model"
        folder.mkdir()
        (folder / MODEL_FILE).write_bytes(files.model)
        (folder / FILE_NAME).write_text(json.dumps(card_to_dict(files.card)), encoding="utf-8")
        return LoadedModel(card=files.card, keras_model=open_model(folder).keras_model)
