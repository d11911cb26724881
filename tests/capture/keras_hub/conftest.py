"""Every architecture is built and run once, for all tests of this folder."""

from dataclasses import dataclass
from typing import Any

import keras
import pytest

from attnviz import AttentionCapture, capture_attention
from benchmarks.architectures import ARCHITECTURES
from benchmarks.architectures.architecture import Architecture

BY_NAME = {f"{one.name} ({one.kind})": one for one in ARCHITECTURES}


@dataclass(frozen=True, eq=False, kw_only=True)
class ArchitectureRun:
    """One architecture with what was captured of it."""

    architecture: Architecture
    model: Any
    inputs: Any
    capture: AttentionCapture


@pytest.fixture(scope="session")
def run_of():
    """Gives the run of an architecture by `name (kind)`."""
    runs = {}

    def run(name):
        if name not in runs:
            keras.utils.set_random_seed(7)
            architecture = BY_NAME[name]
            model, inputs = architecture.build(), architecture.inputs()
            capture = capture_attention(model, inputs, compare=True)
            runs[name] = ArchitectureRun(architecture=architecture, model=model, inputs=inputs, capture=capture)
        return runs[name]

    return run
