"""The only caches of the dashboard, each keyed by everything that changes the answer.

A model that a session uploaded, and whatever is computed with it, is kept in caches of that session alone: Streamlit
gives each session its own and empties them when it ends.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from attnviz.app.garbage import collect_soon
from attnviz.app.run import Comparison, ModelRun, compare, look_inside, run_model, typed_sequence, written_outputs
from attnviz.app.settings import model_uploads
from attnviz.app.train_data import Prepared, Reading, prepare
from attnviz.app.uploaded import YourModel, your_models
from attnviz.capture.queries_and_keys import QueriesAndKeys
from attnviz.evaluation.labelled import Columns, LabelledData, labelled_data
from attnviz.evaluation.shipped_data import shipped_data_set
from attnviz.models.card import Card
from attnviz.models.decodings import Decoding
from attnviz.models.digest import folder_digest
from attnviz.models.generation import Written
from attnviz.models.registry import cards, load_model, model_folders, unusable
from attnviz.sequences.data_files import read_data_set
from attnviz.sequences.data_sets import DataSet
from attnviz.sequences.document_specification import DocumentSpecification
from attnviz.sequences.picture_files import DecodedPicture, decode_picture
from attnviz.sequences.reading import Upload, UploadLimits, read_upload
from attnviz.sequences.specification import (
    InputSpecification,
    NumericSpecification,
    RawTextSpecification,
    TextSpecification,
)
from attnviz.training.opinions import opinions_data

if TYPE_CHECKING:
    from attnviz.models.description import ModelDescription
    from attnviz.models.guessing import GuessedCard
    from attnviz.models.loaded import LoadedModel
    from attnviz.models.untrusted.checking import CheckedUpload

FIRST = "sentiment"
"""The model that the page begins with."""
_MOST_SHARED = 32
"""Models of everybody that stay open."""

_log = logging.getLogger(__name__)


@st.cache_resource(show_spinner=False)
def all_cards() -> dict[str, Card]:
    """Card of every model that everybody may use; needs no TensorFlow."""
    return dict(cards())


@st.cache_resource(show_spinner=False)
def unusable_models() -> dict[str, str]:
    """Why a model folder cannot be used, by its name."""
    return dict(unusable())


def cards_here() -> Mapping[str, Card]:
    """Card of every model that this session may use: everybody's, and those that it uploaded."""
    return {**all_cards(), **{name: yours.card for name, yours in your_models().items()}}


def model_named(name: str) -> "LoadedModel":
    """The model of that name, if this session may use it."""
    yours = your_models().get(name)
    return _shared_model(name) if yours is None else your_model(yours)


def run_for(name: str, sequence: str, output: str | Written | None = None) -> ModelRun:
    """What the model says of `sequence`: a text, or numbers as `format_numbers` writes them.

    `output` is what a model that writes is taken to write, see `run_model`.
    """
    yours = your_models().get(name)
    return _shared_run(name, sequence, output) if yours is None else _your_run(yours, sequence, output)


def queries_and_keys_for(name: str, sequence: str, output: str | Written | None, layer: str) -> QueriesAndKeys:
    """What a layer computed its attention from in `run_for(name, sequence, output)`."""
    yours = your_models().get(name)
    if yours is None:
        return _shared_queries_and_keys(name, sequence, output, layer)
    return _your_queries_and_keys(yours, sequence, output, layer)


def reader_for(name: str, sequence: str, output: str | Written | None) -> Callable[[str], QueriesAndKeys]:
    """`queries_and_keys_for` by the layer, for a thread that belongs to no session: one that makes a file."""
    yours = your_models().get(name)
    if yours is None:
        return partial(_shared_queries_and_keys, name, sequence, output)
    return partial(look_inside, your_model(yours), sequence, output)


def outputs_for(name: str, sequence: str, decoding: Decoding) -> tuple[Written, ...]:
    """What a sequence-to-sequence model writes, best first."""
    yours = your_models().get(name)
    return _shared_outputs(name, sequence, decoding) if yours is None else _your_outputs(yours, sequence, decoding)


def comparison_for(name: str, sequence: str) -> Comparison:
    """How far the captured prediction is from the plain model's, compared once: on the card's first example."""
    yours = your_models().get(name)
    first = next(map(typed_sequence, cards_here()[name].examples), sequence)
    return _shared_comparison(name, first) if yours is None else _your_comparison(yours, first)


def digest_of(name: str) -> str:
    """SHA-256 of the model's file, in hexadecimal: of what was uploaded, if it was."""
    yours = your_models().get(name)
    return _shared_digest(name) if yours is None else yours.checked.sha256


def digest_reader(name: str) -> Callable[[], str]:
    """`digest_of` for a thread that belongs to no session."""
    yours = your_models().get(name)
    return partial(_shared_digest, name) if yours is None else partial(str, yours.checked.sha256)


def description_of(name: str) -> "ModelDescription":
    """The model's summary, size and attention layers."""
    yours = your_models().get(name)
    return _shared_description(name) if yours is None else _your_description(yours)


@st.cache_resource(max_entries=_MOST_SHARED, show_spinner=False, on_release=lambda _: collect_soon())
def _shared_model(name: str) -> "LoadedModel":
    return load_model(name)


@st.cache_resource(max_entries=1024, show_spinner=False)
def _shared_digest(name: str) -> str:
    return folder_digest(model_folders()[name])


_OF_OUTPUTS: dict[str | type[Any], Callable[[Any], Any]] = {Written: lambda written: written.ids}


@st.cache_resource(max_entries=64, show_spinner="Running the model …", hash_funcs=_OF_OUTPUTS)
def _shared_run(name: str, sequence: str, output: str | Written | None) -> ModelRun:
    return run_model(_shared_model(name), sequence, output)


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=_OF_OUTPUTS)
def _shared_queries_and_keys(name: str, sequence: str, output: str | Written | None, layer: str) -> QueriesAndKeys:
    return look_inside(_shared_model(name), sequence, output, layer)


@st.cache_resource(max_entries=256, show_spinner="Writing …")
def _shared_outputs(name: str, sequence: str, decoding: Decoding) -> tuple[Written, ...]:
    return written_outputs(_shared_model(name), sequence, decoding)


@st.cache_resource(show_spinner=False)
def _shared_comparison(name: str, _sequence: str) -> Comparison:
    return compare(_shared_model(name), _sequence)  # once a model, whatever the first sequence is


@st.cache_resource(max_entries=64, show_spinner="Reading the model …")
def _shared_description(name: str) -> "ModelDescription":
    return _described(_shared_model(name))


_MOST_UPLOADED = model_uploads().a_session + 1  # the one more is being described by a person


@st.cache_resource(
    scope="session",
    max_entries=_MOST_UPLOADED,
    show_spinner="Opening the model …",
    hash_funcs={"attnviz.models.untrusted.checking.CheckedUpload": lambda checked: checked.sha256},
    on_release=lambda _: collect_soon(),
)
def uploaded_keras_model(checked: "CheckedUpload") -> Any:
    """The Keras model of an upload, built in this session."""
    from attnviz.models.untrusted.opening import load_checked  # starts TensorFlow

    return load_checked(checked)


@st.cache_resource(
    scope="session",
    max_entries=_MOST_UPLOADED,
    show_spinner=False,
    hash_funcs={"attnviz.models.untrusted.checking.CheckedUpload": lambda checked: checked.sha256},
)
def guess_for(checked: "CheckedUpload") -> "GuessedCard":
    """What an upload says of itself, for its card."""
    from attnviz.models.guessing import guess_card  # starts TensorFlow

    return guess_card(uploaded_keras_model(checked), checked.name)


_OF_YOURS: dict[str | type[Any], Callable[[Any], Any]] = {YourModel: lambda yours: yours.key}


@st.cache_resource(scope="session", max_entries=_MOST_UPLOADED, show_spinner=False, hash_funcs=_OF_YOURS)
def your_model(yours: YourModel) -> "LoadedModel":
    """An uploaded model with its card."""
    from attnviz.models.loaded import LoadedModel  # starts TensorFlow

    return LoadedModel(card=yours.card, keras_model=uploaded_keras_model(yours.checked))


@st.cache_resource(
    scope="session", max_entries=16, show_spinner="Running the model …", hash_funcs={**_OF_YOURS, **_OF_OUTPUTS}
)
def _your_run(yours: YourModel, sequence: str, output: str | Written | None) -> ModelRun:
    return run_model(your_model(yours), sequence, output)


@st.cache_resource(scope="session", max_entries=4, show_spinner=False, hash_funcs={**_OF_YOURS, **_OF_OUTPUTS})
def _your_queries_and_keys(yours: YourModel, sequence: str, output: str | Written | None, layer: str) -> QueriesAndKeys:
    return look_inside(your_model(yours), sequence, output, layer)


@st.cache_resource(scope="session", max_entries=64, show_spinner="Writing …", hash_funcs=_OF_YOURS)
def _your_outputs(yours: YourModel, sequence: str, decoding: Decoding) -> tuple[Written, ...]:
    return written_outputs(your_model(yours), sequence, decoding)


@st.cache_resource(scope="session", max_entries=_MOST_UPLOADED, show_spinner=False, hash_funcs=_OF_YOURS)
def _your_comparison(yours: YourModel, _sequence: str) -> Comparison:
    return compare(your_model(yours), _sequence)


@st.cache_resource(
    scope="session", max_entries=_MOST_UPLOADED, show_spinner="Reading the model …", hash_funcs=_OF_YOURS
)
def _your_description(yours: YourModel) -> "ModelDescription":
    return _described(your_model(yours))


def _described(model: "LoadedModel") -> "ModelDescription":
    from attnviz.models.description import describe_model  # starts TensorFlow

    return describe_model(model)


@st.cache_resource(
    scope="session",
    max_entries=2,
    show_spinner="Reading the file …",
    hash_funcs={
        UploadedFile: lambda file: file.file_id,
        **dict.fromkeys((TextSpecification, DocumentSpecification, RawTextSpecification, NumericSpecification), repr),
    },
)
def upload_of(file: UploadedFile, specification: InputSpecification, limits: UploadLimits) -> Upload:
    """The file of sequences that this session uploaded, read once; another session never reaches it."""
    return read_upload(file.name, file.getvalue(), specification, limits)


@st.cache_resource(
    scope="session",
    max_entries=2,
    show_spinner="Reading the file …",
    hash_funcs={UploadedFile: lambda file: file.file_id},
)
def uploaded_data_set(file: UploadedFile, limits: UploadLimits) -> DataSet:
    """The labelled data that this session uploaded, read once; another session never reaches it."""
    return read_data_set(file.name, file.getvalue(), limits)


@st.cache_resource(max_entries=_MOST_SHARED, show_spinner="Reading the data set …")
def shipped_data(name: str) -> DataSet | None:
    """The labelled data that comes with the model of that name, if there is any."""
    return shipped_data_set(name)


@st.cache_resource(
    scope="session", max_entries=2, show_spinner="Looking at the data …", hash_funcs={Card: repr, Columns: repr}
)
def labelled(
    source: str, _data: DataSet, card: Card, columns: Columns, label_names: tuple[tuple[str, str], ...]
) -> LabelledData:
    """The rows of a data set as examples for a model.

    Args:
        source: Names the data set: another one for another file.
        _data: Its rows.
        card: Of the model.
        columns: Which column is what.
        label_names: Labels of the file, each with its class.
    """
    return labelled_data(_data, card, columns, dict(label_names))


@st.cache_resource(show_spinner="Reading the data set …")
def opinions() -> DataSet:
    """The opinions that a first model is trained on."""
    return opinions_data()


@st.cache_resource(scope="session", max_entries=2, show_spinner="Looking at the data …", hash_funcs={Reading: repr})
def prepared(source: str, _data: DataSet, reading: Reading) -> Prepared:
    """The rows of a data set as a new model can learn from them; arguments as for `labelled`."""
    return prepare(_data, reading)


@st.cache_resource(
    scope="session",
    max_entries=2,
    show_spinner="Reading the picture …",
    hash_funcs={UploadedFile: lambda file: file.file_id},
)
def decoded_picture(file: UploadedFile, channels: int) -> DecodedPicture:
    """The pixels of a picture that this session uploaded, read once; another session never reaches them."""
    return decode_picture(file.getvalue(), channels=channels)


def warm_up() -> None:
    """Open the model that the page begins with and run it once, so that nobody waits for its first trace."""
    _warm_up([name for name in all_cards() if name == FIRST] or list(all_cards())[:1])


def warm_up_others() -> None:
    """The same for all other models, which people can be spared but need not wait for."""
    _warm_up(list(all_cards()))


def _warm_up(names: Iterable[str]) -> None:
    for name in names:
        try:
            _shared_model(name)
            for example in all_cards()[name].examples[:1]:
                _shared_comparison(name, typed_sequence(example))
        except Exception:  # noqa: BLE001 - one model must not take the others down; the page says so at this one
            _log.exception("Model %r cannot be used", name)


def forget_uploads() -> None:
    """Let go of everything that was computed with this session's uploads; what it still has is opened anew."""
    of_models = (uploaded_keras_model, guess_for, your_model, _your_description)
    for cached in (*of_models, _your_run, _your_queries_and_keys, _your_outputs, _your_comparison):
        cached.clear()


def forget_shared_models() -> None:
    """Let go of everything that belongs to the models that everybody may use, so that they are read anew."""
    of_models = (all_cards, unusable_models, shipped_data, _shared_model, _shared_digest, _shared_description)
    for cached in (*of_models, _shared_run, _shared_queries_and_keys, _shared_outputs, _shared_comparison):
        cached.clear()
