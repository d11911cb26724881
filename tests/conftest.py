"""What holds for every test: quiet TensorFlow, two threads, and hypothesis that finds the same examples in CI again."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]

# Before anything imports TensorFlow.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "2")
os.environ.setdefault("TF_NUM_INTEROP_THREADS", "2")
os.environ.setdefault("OMP_NUM_THREADS", "2")
os.environ.setdefault("MPLBACKEND", "Agg")

# tools/ holds scripts, not a package. At the end of the path, where its test.py hides nothing.
sys.path.append(str(ROOT / "tools"))

settings.register_profile("local", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Which tests share a process, for `--dist loadfile`; xdist has its own ways for all else."""
    if config.getoption("dist") != "loadfile":
        return None
    from tests.rooms_together import RoomsTogether  # xdist is here now

    return RoomsTogether(config, log)
