"""Real `.keras` files with something changed in them: each must open or be refused clearly, in bounded time and memory.

    python -m benchmarks.fuzz_models [--cases 2000] [--seed 0]

Prints how many cases of each mutation opened and why the others were refused, how long the checks took, and how much
memory this process and its child had at most. Ends with 1 if anything but a refusal was raised.
"""

import argparse
import collections
import io
import json
import random
import resource
import statistics
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
from keras import layers

from attnviz.errors import CardError, UnsafeModelError
from attnviz.models.untrusted.checking import check_upload
from attnviz.models.untrusted.examiner import stop_examiner
from attnviz.models.untrusted.limits import MEGABYTE, ModelLimits
from attnviz.models.untrusted.opening import load_checked

LIMITS = ModelLimits(check_seconds=20.0, check_memory=2_000 * MEGABYTE)
SHIPPED = Path(__file__).resolve().parents[1] / "sample_models"
CONFIG, WEIGHTS = "config.json", "model.weights.h5"
CLASSES = (
    "Dense",
    "Lambda",
    "Embedding",
    "LSTM",
    "Functional",
    "function",
    "__lambda__",
    "__tensor__",
    "Zeros",
    "Adam",
)
NUMBERS = (0, -1, 1, 2, 3, 7, 255, 65_536, 10**9, 2**63, -(2**31), 0.5, 1e308)
VALUES = (None, True, "", "relu", "float16", "/etc/passwd", "https://example.org/x", [], {}, [None, 10**9], "os.system")

Mutation = Callable[[bytes, random.Random], bytes]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one case: `opened`, a reason of refusal, or `FAILED` with the error that must not be."""

    mutation: str
    result: str
    seconds: float


def originals() -> tuple[bytes, ...]:
    """Models as Keras saves them: recurrent, with attention and operations, with a vocabulary, and compiled."""
    keras.utils.set_random_seed(0)
    tokens = keras.Input((None,), dtype="int32")
    hidden = layers.Embedding(30, 8, mask_zero=True)(tokens)
    hidden = layers.LayerNormalization()(hidden + layers.MultiHeadAttention(2, 4)(hidden, hidden))
    classifier = keras.Model(tokens, layers.Dense(2, activation="softmax")(layers.GlobalMaxPooling1D()(hidden)))
    vectorize = layers.TextVectorization(max_tokens=9, output_sequence_length=4)
    vectorize.adapt(["one small text", "one more"])
    text = keras.Input((), dtype="string")
    vocabulary = keras.Model(text, layers.Embedding(9, 3)(vectorize(text)))
    compiled = keras.Sequential([keras.Input((4, 2)), layers.Bidirectional(layers.GRU(3)), layers.Dense(1)])
    compiled.compile("adam", "mse", metrics=["mae"])
    compiled.fit(np.ones((2, 4, 2)), np.ones((2, 1)), verbose=0)
    return (*map(_saved, (classifier, vocabulary, compiled)), (SHIPPED / "digits" / "model.keras").read_bytes())


def _saved(model: keras.Model) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        return path.read_bytes()


def flip_bytes(content: bytes, chance: random.Random) -> bytes:
    """A few bytes of the file, anywhere or among those that describe it."""
    changed = bytearray(content)
    end = len(changed) if chance.random() < 0.5 else min(len(changed), 2_000)
    for _ in range(chance.choice((1, 1, 2, 8, 40))):
        changed[chance.randrange(end)] = chance.randrange(256)
    return bytes(changed)


def truncate(content: bytes, chance: random.Random) -> bytes:
    """The file without its end, or without a piece from its middle."""
    begin, end = sorted(chance.randrange(len(content)) for _ in range(2))
    return content[:begin] if chance.random() < 0.5 else content[:begin] + content[end:]


def change_config(content: bytes, chance: random.Random) -> bytes:
    """Nodes of the config removed, replaced, repeated, renamed, or with other numbers."""
    entries = _entries(content)
    config = json.loads(entries[CONFIG])
    for _ in range(chance.choice((1, 1, 2, 5))):
        _change_node(config, chance)
    return _packed({**entries, CONFIG: json.dumps(config).encode()})


def change_config_text(content: bytes, chance: random.Random) -> bytes:
    """Bytes of the config, in an archive that is whole."""
    entries = _entries(content)
    return _packed({**entries, CONFIG: flip_bytes(entries[CONFIG], chance)})


def change_weights(content: bytes, chance: random.Random) -> bytes:
    """Bytes of the HDF5 file, in an archive that is whole."""
    entries = _entries(content)
    change = chance.choice((flip_bytes, flip_bytes, truncate))
    return _packed({**entries, WEIGHTS: change(entries[WEIGHTS], chance)})


def change_arrays(content: bytes, chance: random.Random) -> bytes:
    """Arrays of the weights removed, reshaped, of another type, linked, or somewhere else."""
    entries = _entries(content)
    buffer = io.BytesIO(entries[WEIGHTS])
    with h5py.File(buffer, "r+") as file:
        names: list[str] = []
        file.visititems(lambda name, one: names.append(name) if isinstance(one, h5py.Dataset) else None)
        name = chance.choice(names)
        values = file[name][()]
        if chance.random() < 0.9:
            del file[name]
        replacement = chance.choice(
            (
                lambda: file.create_dataset(name + "x", data=values),
                lambda: file.create_dataset(name, data=np.ravel(values)),
                lambda: file.create_dataset(name, data=values.astype(chance.choice(("f2", "f8", "i8", "S3", "?")))),
                lambda: file.create_dataset(name, shape=(10**8,), dtype="f4"),
                lambda: file.create_dataset(name, shape=(10**8,), dtype="f4", chunks=True, compression="gzip"),
                lambda: file.create_dataset(name, shape=(4,), dtype="f4", external=[("/etc/passwd", 0, 16)]),
                lambda: file.__setitem__(name, h5py.ExternalLink("/etc/passwd", "/x")),
                lambda: file.__setitem__(name, h5py.SoftLink("/")),
                lambda: file.create_dataset(name, data=np.full_like(values, np.nan)),
            )
        )
        try:
            replacement()
        except (ValueError, OSError, RuntimeError):  # the name is still there
            file.attrs["x" * 9] = "y" * chance.randrange(1, 60_000)
    return _packed({**entries, WEIGHTS: buffer.getvalue()})


def change_entries(content: bytes, chance: random.Random) -> bytes:
    """Entries of the archive removed, renamed, added or exchanged."""
    entries = _entries(content)
    name = chance.choice(list(entries))
    data = entries.pop(name)
    for new in chance.choice(
        ((), (name + "x",), ("../" + name,), ("a/" + name,), (name, "model.keras"), (name.upper(),))
    ):
        entries[new] = data
    if chance.random() < 0.3:
        entries[chance.choice((CONFIG, WEIGHTS, "assets/vocabulary.txt", "metadata.json"))] = data
    return _packed(entries, chance.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)))


MUTATIONS: tuple[Mutation, ...] = (
    flip_bytes,
    truncate,
    change_config,
    change_config,
    change_config,
    change_config_text,
    change_weights,
    change_arrays,
    change_entries,
)


def cases(number: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """Name of the mutation and the file, `number` times; the same ones for the same seed."""
    chance = random.Random(seed)
    sources = originals()
    for index in range(number):
        mutation = MUTATIONS[index % len(MUTATIONS)]
        yield mutation.__name__, mutation(chance.choice(sources), chance)


def tried(mutation: str, content: bytes) -> Outcome:
    """Check one file, and open it if it passes."""
    begin = time.perf_counter()
    try:
        upload = check_upload("model.keras", content, limits=LIMITS)
        seconds = time.perf_counter() - begin
        load_checked(upload)
        result = "opened"
    except (UnsafeModelError, CardError) as error:
        seconds = time.perf_counter() - begin
        result = _reason(str(error))
    except Exception as error:  # noqa: BLE001 - what must not happen is what is counted
        seconds = time.perf_counter() - begin
        result = f"FAILED: {type(error).__name__}: {error}"[:300]
    return Outcome(mutation=mutation, result=result, seconds=seconds)


_REASONS = (
    ("took longer", "refused: time"),
    ("of memory allowed. The", "refused: memory"),
    ("crashed the process", "refused: crash in the child"),
    ("passed the checks, but", "refused: passed, then not opened"),
    ("Keras cannot open", "refused: Keras' own error"),
    ("does not fit together", "refused: config and weights differ"),
    ("declares", "refused: more than the file holds"),
    ("computes an array", "refused: more than the file holds"),
    ("in the weights of", "refused: weights"),
    ("The weights of", "refused: weights"),
    ("HDF5", "refused: weights"),
    ("`config.json`", "refused: JSON"),
    ("`metadata.json`", "refused: JSON"),
    ("': ", "refused: named in the config"),
)


def _reason(message: str) -> str:
    return next((reason for part, reason in _REASONS if part in message), "refused: archive, or otherwise")


def _change_node(config: Any, chance: random.Random) -> None:
    places: list[tuple[Any, Any]] = []
    waiting = [config]
    while waiting:
        node = waiting.pop()
        keys = list(node) if isinstance(node, dict) else range(len(node))
        places.extend((node, key) for key in keys)
        waiting.extend(node[key] for key in keys if isinstance(node[key], (dict, list)))
    if not places:
        return
    node, key = chance.choice(places)
    value = node[key]
    kind = chance.randrange(5)
    if kind == 0:
        del node[key]
    elif kind == 1:
        node[key] = chance.choice(VALUES)
    elif kind == 2 and isinstance(node, list):
        node.insert(key, value)
    elif kind == 2:
        other, other_key = chance.choice(places)
        node[key] = json.loads(json.dumps(other[other_key]))
    elif key == "class_name" or isinstance(value, str):
        node[key] = chance.choice(CLASSES)
    else:
        node[key] = chance.choice(NUMBERS)


def _entries(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _packed(entries: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def main() -> int:
    """Run the cases and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    check_upload("model.keras", originals()[0])  # starts the child, which is no part of the first case
    outcomes = []
    for index, (mutation, content) in enumerate(cases(options.cases, options.seed)):
        outcomes.append(tried(mutation, content))
        if outcomes[-1].result.startswith("FAILED") or outcomes[-1].seconds > LIMITS.check_seconds:
            print(f"case {index}: {outcomes[-1]}", flush=True)
    _print(outcomes)
    stop_examiner()
    own, child = (resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(f"\nPeak memory: {own:,.0f} MiB in this process, {child:,.0f} MiB in the child.")
    return int(any(outcome.result.startswith("FAILED") for outcome in outcomes))


def _print(outcomes: list[Outcome]) -> None:
    mutations = list(dict.fromkeys(outcome.mutation for outcome in outcomes))
    results = collections.Counter(outcome.result for outcome in outcomes)
    print(f"| {len(outcomes)} cases | all | " + " | ".join(mutations) + " |")
    print("| --- | ---: |" + " ---: |" * len(mutations))
    for result, number in results.most_common():
        counts = [sum((one.mutation, one.result) == (name, result) for one in outcomes) for name in mutations]
        print(f"| {result} | {number} | " + " | ".join(map(str, counts)) + " |")
    seconds = sorted(outcome.seconds for outcome in outcomes)
    print(
        f"\nTime of a check: median {statistics.median(seconds):.2f} s, 99 % within "
        f"{seconds[int(0.99 * (len(seconds) - 1))]:.2f} s, at most {seconds[-1]:.2f} s."
    )


if __name__ == "__main__":
    sys.exit(main())
