"""attnviz: see what a Keras model attends to.

The names below are loaded when they are first used, so `import attnviz` starts neither TensorFlow nor Streamlit.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from attnviz.analysis.padding import padding_audit, padding_findings
    from attnviz.capture.run import capture_attention
    from attnviz.errors import (
        AttnVizError,
        CaptureError,
        CaptureWarning,
        CardError,
        DataError,
        InputError,
        ShapeError,
        StorageError,
    )
    from attnviz.evaluation.metrics import metrics_of
    from attnviz.evaluation.running import evaluate
    from attnviz.layers import AttentionLayer, AttentionLayerWithWeights, AttentionPooling, SelfAttention
    from attnviz.models.decodings import Beam, Greedy, Sampled
    from attnviz.models.loaded import LoadedModel
    from attnviz.models.registry import load_model, model_names
    from attnviz.records import AttentionCapture, AttentionMap
    from attnviz.render.attention_weights import plot_attention_weights
    from attnviz.sequences.data_files import read_data_set
    from attnviz.storage import load_capture, save_capture

__version__ = "0.1.0"

_HOMES = {
    "AttentionCapture": "attnviz.records",
    "AttentionLayer": "attnviz.layers",
    "AttentionLayerWithWeights": "attnviz.layers",
    "AttentionMap": "attnviz.records",
    "AttentionPooling": "attnviz.layers",
    "AttnVizError": "attnviz.errors",
    "Beam": "attnviz.models.decodings",
    "CaptureError": "attnviz.errors",
    "CaptureWarning": "attnviz.errors",
    "CardError": "attnviz.errors",
    "DataError": "attnviz.errors",
    "Greedy": "attnviz.models.decodings",
    "InputError": "attnviz.errors",
    "LoadedModel": "attnviz.models.loaded",
    "Sampled": "attnviz.models.decodings",
    "SelfAttention": "attnviz.layers",
    "ShapeError": "attnviz.errors",
    "StorageError": "attnviz.errors",
    "capture_attention": "attnviz.capture.run",
    "evaluate": "attnviz.evaluation.running",
    "load_capture": "attnviz.storage",
    "load_model": "attnviz.models.registry",
    "metrics_of": "attnviz.evaluation.metrics",
    "model_names": "attnviz.models.registry",
    "padding_audit": "attnviz.analysis.padding",
    "padding_findings": "attnviz.analysis.padding",
    "plot_attention_weights": "attnviz.render.attention_weights",
    "read_data_set": "attnviz.sequences.data_files",
    "save_capture": "attnviz.storage",
}

__all__ = [
    "AttentionCapture",
    "AttentionLayer",
    "AttentionLayerWithWeights",
    "AttentionMap",
    "AttentionPooling",
    "AttnVizError",
    "Beam",
    "CaptureError",
    "CaptureWarning",
    "CardError",
    "DataError",
    "Greedy",
    "InputError",
    "LoadedModel",
    "Sampled",
    "SelfAttention",
    "ShapeError",
    "StorageError",
    "capture_attention",
    "evaluate",
    "load_capture",
    "load_model",
    "metrics_of",
    "model_names",
    "padding_audit",
    "padding_findings",
    "plot_attention_weights",
    "read_data_set",
    "save_capture",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'attnviz' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
