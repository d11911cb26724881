"""Which architectures of KerasHub pass as uploads: `.venv/bin/python -m benchmarks.upload_architectures`.

Each is built small and random, saved, and checked as the file of a stranger. Prints how many pass, and why the others
are refused; takes some minutes.
"""

import os
import tempfile
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras

from attnviz.errors import UnsafeModelError
from attnviz.models.untrusted.checking import check_upload
from benchmarks.architectures import ARCHITECTURES


def main() -> None:
    begin = time.perf_counter()
    refused = {}
    for architecture in ARCHITECTURES:
        content = _saved(architecture.build())
        try:
            check_upload("model.keras", content)
        except UnsafeModelError as error:
            refused[architecture.name] = str(error)
        keras.backend.clear_session()
    names = {architecture.name for architecture in ARCHITECTURES}  # some are built with pictures and without
    print(f"{len(names) - len(refused)} of {len(names)} pass, {time.perf_counter() - begin:.0f} s.")
    for name, reason in refused.items():
        print(f"{name}: {reason}")


def _saved(model: keras.Model) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        return path.read_bytes()


if __name__ == "__main__":
    main()
