"""What the `train.py` of every sample model takes on its command line."""

import argparse
import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from attnviz.errors import AttnVizError
from attnviz.training.fitting import Epoch


def training_parser(
    description: str, *, folder: Path, epochs: int, data: str = "", own_data: str = ""
) -> argparse.ArgumentParser:
    """The options of a training script: the same for all.

    Args:
        description: What the script makes.
        folder: Where it writes by default.
        epochs: Most passes over the training data by default.
        data: What the file of `--data` holds; `""` for a script that makes its data itself, which refuses a file.
        own_data: What is used without `--data`; `""` where a file has to be named.
    """
    parser = argparse.ArgumentParser(description=description)
    if data:
        said = f"{data} (default: {own_data})" if own_data else data
        parser.add_argument("--data", type=Path, required=not own_data, metavar="FILE", help=said)
    else:
        parser.add_argument("--data", type=_refused, metavar="FILE", help="not taken: the script makes its data itself")
    parser.add_argument(
        "--epochs", type=_count, default=epochs, help="most passes over the training data (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of the first training (default: %(default)s)")
    parser.add_argument(
        "--seeds", type=_count, default=5, help="how many trainings, each with the next seed (default: %(default)s)"
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=folder,
        metavar="FOLDER",
        help="where model.keras and card.json go (default: %(default)s)",
    )
    parser.add_argument(
        "--evaluate", action="store_true", help="train nothing: measure the model in --out again and compare its card"
    )
    return parser


def seeds_of(arguments: argparse.Namespace) -> tuple[int, ...]:
    """The training seeds that `--seed` and `--seeds` ask for."""
    return tuple(range(arguments.seed, arguments.seed + arguments.seeds))


def progress(seed: int, report: Callable[[str], None]) -> Callable[[Epoch], None]:
    """What `fit` may call after every pass: one line each."""

    def show(epoch: Epoch) -> None:
        report(
            f"seed {seed}  epoch {epoch.number:3}  training loss {epoch.training_loss:.4f}  "
            f"validation loss {epoch.validation_loss:.4f}  "
            f"validation {epoch.metric.replace('_', ' ')} {epoch.validation_metric:.4f}"
        )

    return show


def run_script(main: Callable[[Sequence[str] | None], None], report: Callable[[str], None]) -> int:
    """Run a training script; returns its exit status, 1 with a message instead of a traceback for our own errors."""
    logging.getLogger("tensorflow").setLevel(logging.ERROR)  # it warns of every new model that it traces
    try:
        main(None)
    except AttnVizError as error:
        report(str(error))
        return 1
    return 0


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1. Received: {text!r}")
    return int(text)


def _refused(file: str) -> Path:
    raise argparse.ArgumentTypeError(f"must be left away, as this script makes its data itself. Received: {file!r}")
