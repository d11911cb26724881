"""Training: models with attention from labelled sequences.

The names below are loaded when they are first used: architectures and settings can be listed without TensorFlow.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from attnviz.training.architecture_list import ARCHITECTURES, Architecture
    from attnviz.training.child_process import ChildTraining
    from attnviz.training.limits import TrainingLimits
    from attnviz.training.model_code import generated_code
    from attnviz.training.reports import EpochReport, ProbeAttention, Trained
    from attnviz.training.settings import SETTINGS, Setting, TrainingSettings
    from attnviz.training.trained_files import TrainedFiles
    from attnviz.training.training_data import TrainingData
    from attnviz.training.training_run import fit

_HOMES = {
    "ARCHITECTURES": "architecture_list",
    "SETTINGS": "settings",
    "Architecture": "architecture_list",
    "ChildTraining": "child_process",
    "EpochReport": "reports",
    "ProbeAttention": "reports",
    "Setting": "settings",
    "Trained": "reports",
    "TrainedFiles": "trained_files",
    "TrainingData": "training_data",
    "TrainingLimits": "limits",
    "TrainingSettings": "settings",
    "fit": "training_run",
    "generated_code": "model_code",
}

__all__ = [
    "ARCHITECTURES",
    "SETTINGS",
    "Architecture",
    "ChildTraining",
    "EpochReport",
    "ProbeAttention",
    "Setting",
    "Trained",
    "TrainedFiles",
    "TrainingData",
    "TrainingLimits",
    "TrainingSettings",
    "fit",
    "generated_code",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'attnviz.training' has no attribute {name!r}")
    return getattr(importlib.import_module(f"attnviz.training.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
