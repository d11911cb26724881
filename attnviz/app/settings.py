"""What the operator sets: options of the command line, each also an environment variable."""

import argparse
import importlib
import importlib.util
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from attnviz.errors import InputError
from attnviz.models.registry import OPERATOR_DIRECTORY
from attnviz.sequences.upload import UploadLimits
from attnviz.training.limits import TrainingLimits

UPLOAD_MEGABYTES = "ATTNVIZ_UPLOAD_MEGABYTES"
UPLOAD_SEQUENCES = "ATTNVIZ_UPLOAD_SEQUENCES"
NO_UPLOADS = "ATTNVIZ_NO_UPLOADS"
ALLOW_MODULES = "ATTNVIZ_ALLOW_MODULES"
MODEL_MEGABYTES = "ATTNVIZ_MODEL_MEGABYTES"
MODEL_UNPACKED_MEGABYTES = "ATTNVIZ_MODEL_UNPACKED_MEGABYTES"
MODEL_ENTRIES = "ATTNVIZ_MODEL_ENTRIES"
MODELS_A_SESSION = "ATTNVIZ_MODELS_A_SESSION"
MODELS_MEGABYTES = "ATTNVIZ_MODELS_MEGABYTES"
NO_TRAINING = "ATTNVIZ_NO_TRAINING"
TRAININGS = "ATTNVIZ_TRAININGS"
TRAINING_ROWS = "ATTNVIZ_TRAINING_ROWS"
TRAINING_EPOCHS = "ATTNVIZ_TRAINING_EPOCHS"
TRAINING_MINUTES = "ATTNVIZ_TRAINING_MINUTES"

USAGE = "streamlit run dashboard.py -- [options]"


@dataclass(frozen=True, kw_only=True)
class ModelUploads:
    """How many uploaded models are kept, and how large they may be.

    Attributes:
        megabytes: Largest file that can be uploaded.
        unpacked_megabytes: Most that it may hold, unpacked.
        entries: Most files and folders in it.
        a_session: Most models that one browser session keeps.
        total_megabytes: What the uploaded models of all sessions together may take, as files and in memory.
    """

    megabytes: int = 300
    unpacked_megabytes: int = 1_000
    entries: int = 1_000
    a_session: int = 2
    total_megabytes: int = 4_000


def apply_command_line(arguments: Sequence[str]) -> None:
    """Set for this process what the command line says, and import the operator's modules.

    An option becomes the environment variable of its name, so that there is one place to read a setting from. Ends the
    process with a message where an option cannot be used, and with the list of options for `--help`.
    """
    parser = _parser()
    chosen = parser.parse_args(arguments)
    for variable in (
        OPERATOR_DIRECTORY,
        UPLOAD_MEGABYTES,
        UPLOAD_SEQUENCES,
        MODEL_MEGABYTES,
        MODEL_UNPACKED_MEGABYTES,
        MODEL_ENTRIES,
        MODELS_A_SESSION,
        MODELS_MEGABYTES,
        TRAININGS,
        TRAINING_ROWS,
        TRAINING_EPOCHS,
        TRAINING_MINUTES,
    ):
        value = getattr(chosen, variable)
        if value is not None:
            os.environ[variable] = value
    if chosen.no_uploads:
        os.environ[NO_UPLOADS] = "1"
    if chosen.no_training:
        os.environ[NO_TRAINING] = "1"
    if chosen.allow_module:
        os.environ[ALLOW_MODULES] = ",".join((*allowed_modules(), *chosen.allow_module))
    try:
        check_settings()
        import_allowed_modules()
    except InputError as error:
        parser.error(str(error))


def check_settings() -> None:
    """Look at every setting once.

    Raises:
        InputError: If one cannot be used; the message names it.
    """
    directory = operators_directory()
    if directory is not None and not directory.is_dir():
        raise InputError(
            f"--models ({OPERATOR_DIRECTORY}) must name a directory of models. Received: {str(directory)!r}."
        )
    uploads_allowed()
    upload_limits()
    model_uploads()
    training_allowed()
    trainings_at_once()
    training_limits()


def operators_directory() -> Path | None:
    """The directory of the operator's models, if there is one."""
    directory = os.environ.get(OPERATOR_DIRECTORY)
    return Path(directory) if directory else None


def uploads_allowed() -> bool:
    """Whether people may upload models and files of sequences."""
    return not _is_set(NO_UPLOADS)


def training_allowed() -> bool:
    """Whether people may train models on this server."""
    return not _is_set(NO_TRAINING)


def trainings_at_once() -> int:
    """Trainings of all sessions that run at the same time; the others wait."""
    return _number(TRAININGS, 1)


def training_limits() -> TrainingLimits:
    """What one training may take, as the operator says."""
    standard = TrainingLimits()
    return TrainingLimits(
        rows=_number(TRAINING_ROWS, standard.rows),
        epochs=_number(TRAINING_EPOCHS, standard.epochs),
        minutes=_number(TRAINING_MINUTES, round(standard.minutes)),
    )


def upload_limits() -> UploadLimits:
    """Largest file of sequences in bytes and in sequences; 100 MB and 100,000 unless the operator says otherwise."""
    standard = UploadLimits()
    return UploadLimits(
        maximum_bytes=_number(UPLOAD_MEGABYTES, standard.maximum_bytes // 2**20) * 2**20,
        maximum_sequences=_number(UPLOAD_SEQUENCES, standard.maximum_sequences),
    )


def model_uploads() -> ModelUploads:
    """How many uploaded models are kept and how large they may be, as the operator says."""
    standard = ModelUploads()
    return ModelUploads(
        megabytes=_number(MODEL_MEGABYTES, standard.megabytes),
        unpacked_megabytes=_number(MODEL_UNPACKED_MEGABYTES, standard.unpacked_megabytes),
        entries=_number(MODEL_ENTRIES, standard.entries),
        a_session=_number(MODELS_A_SESSION, standard.a_session),
        total_megabytes=_number(MODELS_MEGABYTES, standard.total_megabytes),
    )


def largest_upload() -> int:
    """Megabytes of the largest file that the server takes, whatever it holds."""
    return max(upload_limits().maximum_bytes // 2**20, model_uploads().megabytes)


def allowed_modules() -> tuple[str, ...]:
    """Names of the operator's own modules of layers, which uploaded models may use."""
    return tuple(name.strip() for name in os.environ.get(ALLOW_MODULES, "").split(",") if name.strip())


def import_allowed_modules() -> None:
    """Import the operator's modules, so that Keras knows their layers; from the current directory too.

    Raises:
        InputError: If one cannot be imported; the message gives the reason.
    """
    names = allowed_modules()
    if not names:
        return
    if os.getcwd() not in sys.path:
        sys.path.append(os.getcwd())
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # these modules import Keras
    for name in names:
        try:
            importlib.import_module(name)
        except Exception as error:
            raise InputError(
                f"--allow-module ({ALLOW_MODULES}) must name a module that can be imported from {os.getcwd()} or the "
                f"environment. Received: {name!r}, which raises {type(error).__name__}: {error}"
            ) from error


def _parser() -> argparse.ArgumentParser:
    reading, models, training = UploadLimits(), ModelUploads(), TrainingLimits()
    parser = argparse.ArgumentParser(
        prog="dashboard.py",
        usage=USAGE,
        description="attnviz: see what a Keras model attends to.",
        epilog="Every option is also an environment variable, given in parentheses; the option wins.",
    )
    parser.add_argument(
        "--models",
        dest=OPERATOR_DIRECTORY,
        metavar="DIR",
        help=f"offer the models in this directory too: one folder each, with a card.json ({OPERATOR_DIRECTORY})",
    )
    parser.add_argument(
        "--no-uploads",
        action="store_true",
        help=f"take no files from people: neither models nor sequences ({NO_UPLOADS}=1)",
    )
    parser.add_argument("--no-training", action="store_true", help=f"train no models for people ({NO_TRAINING}=1)")
    parser.add_argument(
        "--allow-module",
        action="append",
        metavar="MODULE",
        help="import this module of your own Keras layers, which models may then use; may be given several times "
        f"({ALLOW_MODULES}, separated by commas)",
    )
    numbers = (
        (
            "--upload-megabytes",
            UPLOAD_MEGABYTES,
            "largest file of sequences or labelled data",
            reading.maximum_bytes // 2**20,
        ),
        ("--upload-sequences", UPLOAD_SEQUENCES, "most sequences in a file", reading.maximum_sequences),
        ("--model-megabytes", MODEL_MEGABYTES, "largest model that can be uploaded", models.megabytes),
        (
            "--model-unpacked-megabytes",
            MODEL_UNPACKED_MEGABYTES,
            "most that an uploaded model may hold, unpacked",
            models.unpacked_megabytes,
        ),
        ("--model-entries", MODEL_ENTRIES, "most files in an uploaded model", models.entries),
        ("--models-a-session", MODELS_A_SESSION, "most uploaded models that one session keeps", models.a_session),
        (
            "--models-megabytes",
            MODELS_MEGABYTES,
            "what the uploaded models of all sessions together may take, as files and in memory",
            models.total_megabytes,
        ),
        ("--trainings", TRAININGS, "trainings of all sessions that run at the same time", 1),
        ("--training-rows", TRAINING_ROWS, "most examples that a model is trained on", training.rows),
        ("--training-epochs", TRAINING_EPOCHS, "most epochs of a training", training.epochs),
        ("--training-minutes", TRAINING_MINUTES, "how long a training may take", round(training.minutes)),
    )
    for flag, variable, what, standard in numbers:
        parser.add_argument(flag, dest=variable, metavar="N", help=f"{what}; {standard:,} ({variable})")
    return parser


def _is_set(name: str) -> bool:
    value = os.environ.get(name, "0")
    if value not in ("", "0", "1"):
        raise InputError(f"Environment variable {name} must be 1 or 0. Received: {value!r}.")
    return value == "1"


def _number(name: str, otherwise: int) -> int:
    value = os.environ.get(name, str(otherwise))
    if not value.isdigit() or int(value) == 0:
        raise InputError(f"Environment variable {name} must be a whole number above 0. Received: {value!r}.")
    return int(value)
