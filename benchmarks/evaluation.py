"""What an evaluation costs beside `model.predict` on the same batches, and the memory of a large one.

    .venv/bin/python -m benchmarks.evaluation [--examples 3200] [--repeats 9] [--rows 100000]

Texts are drawn at random from the words of a shipped model's examples. Both sides get the same batches, sorted by
length: `predict` from a `tf.data` pipeline in one call, which is its fastest way. Measured twice: with the encoding of
the texts counted on both sides, and on neither, where both find their batches encoded. An evaluation makes its table
of examples and its attention statistics in that time. Each in a fresh process; the ways take turns; medians.
"""

import argparse
import multiprocessing
import os
import platform
import resource
from concurrent.futures import ProcessPoolExecutor
from dataclasses import fields
from typing import Any

from benchmarks.alternating import described, ratio, times_in_turns

MODELS = ("spam", "sentiment_transformer")
BATCH = 32
SHORTEST, LONGEST = 4, 40
"""Words of a text."""
MEGABYTE = 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=3200)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--rows", type=int, default=100_000, help="rows where memory is measured; 0 leaves it out")
    parser.add_argument("--models", nargs="+", default=list(MODELS))
    arguments = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    print(f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, batch {BATCH}\n")
    print("| Model | What | `predict`, ms | Evaluation, ms | Throughput | Target |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name in arguments.models:
        for encoding, words in ((True, "with encoding"), (False, "without encoding")):
            seconds = _in_fresh_process(speed, name, arguments.examples, arguments.repeats, encoding)
            throughput = ratio(seconds, "predict", "evaluate")
            print(
                f"| {name} | {arguments.examples:,} texts, {words} | {described(seconds['predict'])} | "
                f"{described(seconds['evaluate'])} | {throughput:.2f} × | ≥ 0.90 × |",
                flush=True,
            )
    if arguments.rows:
        print("\n| Model | Rows | Seconds | Growth of the process | Target |\n| --- | --- | --- | --- | --- |")
        for name in arguments.models:
            seconds, growth = _in_fresh_process(memory, name, arguments.rows)
            print(f"| {name} | {arguments.rows:,} | {seconds:.0f} | {growth:.0f} MB | < 1,500 MB |", flush=True)


def speed(name: str, examples: int, repeats: int, encoding: bool) -> dict[str, list[float]]:
    import keras
    import numpy as np
    import tensorflow as tf

    import attnviz
    from attnviz.evaluation.batches import batches_by_length
    from attnviz.evaluation.running import evaluate
    from attnviz.models.loaded import LoadedModel
    from attnviz.models.model_inputs import inputs_for

    class AlreadyEncoded(LoadedModel):
        """Finds its batches encoded."""

        def encode(self, sequences: Any) -> Any:
            known = encoded.get((id(sequences[0]), len(sequences)))
            return super().encode(sequences) if known is None else known

    model = attnviz.load_model(name)
    data = _data(model, examples)
    sizes = np.array([len(text) for text in data.sequences])
    batches = [[data.sequences[row] for row in rows] for rows in batches_by_length(sizes, BATCH)]
    encoded = {(id(batch[0]), len(batch)): model.encode(batch) for batch in batches}
    evaluated = model if encoding else AlreadyEncoded(**{one.name: getattr(model, one.name) for one in fields(model)})
    shapes = tf.TensorSpec((None, None), next(iter(encoded.values())).inputs.dtype)

    def inputs() -> Any:
        for batch in batches:
            yield inputs_for(model.keras_model, model.card.input.name, evaluated.encode(batch))[0]

    pipeline = tf.data.Dataset.from_generator(inputs, output_signature=shapes)
    pipeline = pipeline.apply(tf.data.experimental.assert_cardinality(len(batches)))

    def predict() -> Any:
        keras.config.disable_interactive_logging()
        return model.keras_model.predict(pipeline, verbose=0)

    return times_in_turns(
        {"predict": predict, "evaluate": lambda: evaluate(evaluated, data, batch_size=BATCH)}, repeats
    )


def memory(name: str, rows: int) -> tuple[float, float]:
    """Seconds of an evaluation, and by how many megabytes the most that the process held grew in it."""
    import time

    import attnviz
    from attnviz.evaluation.metrics import metrics_of
    from attnviz.evaluation.running import evaluate

    model = attnviz.load_model(name)
    evaluate(model, _data(model, 10 * BATCH), batch_size=BATCH)
    data = _data(model, rows)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    evaluation = evaluate(model, data, batch_size=BATCH)
    seconds = time.perf_counter() - started
    metrics_of(evaluation)
    return seconds, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 / MEGABYTE


def _data(model: Any, examples: int) -> Any:
    import numpy as np

    from attnviz.evaluation.examples import LabelledData

    generator = np.random.default_rng(0)
    words = sorted({word for example in model.card.examples for word in example.sequence.split()})
    texts = [" ".join(generator.choice(words, generator.integers(SHORTEST, LONGEST + 1))) for _ in range(examples)]
    return LabelledData(
        name="drawn at random",
        sequences=texts,
        targets=generator.integers(len(model.card.classes), size=examples),
        lines=np.arange(examples) + 2,
        task=model.card.task,
        classes=model.card.classes,
    )


def _in_fresh_process(function: Any, *arguments: Any) -> Any:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


if __name__ == "__main__":
    main()
