"""What a layer of a model with its card compares: queries and keys for a sequence as a person writes it."""

from attnviz.capture.queries_and_keys import QueriesAndKeys
from attnviz.capture.read_scores import capture_queries_and_keys
from attnviz.errors import InputError
from attnviz.models.generation import Written
from attnviz.models.loaded import AnySequence, LoadedModel
from attnviz.models.model_inputs import inputs_for
from attnviz.models.sequence_to_sequence import forced_ids


def queries_and_keys(
    model: LoadedModel, sequence: AnySequence, *, layer: str, output: str | Written | None = None
) -> QueriesAndKeys:
    """What `layer` computed the weights of `model.capture([sequence])` from, see `capture_queries_and_keys`.

    Args:
        model: A model with its card.
        sequence: As for `LoadedModel.capture`, a single one.
        layer: `AttentionMap.name`.
        output: What a seq2seq model was taken to write.

    Raises:
        InputError: If the sequence or the output cannot be used, or a model that writes is not told what it wrote.
        UnreadableScoresError: If they cannot be read; the message says why, and which layers' can.
        CaptureError: If there is no such layer, or the model cannot be run.
    """
    encoded = model.encode([sequence])
    if model.card.output is None:
        inputs, _ = inputs_for(model.keras_model, model.card.input.name, encoded)
    elif output is None:
        raise InputError(f"Model {model.card.name!r} writes: say what it wrote with `output`.")
    else:
        inputs = model.writer.inputs(encoded, forced_ids(model.writer.output, [output]))
    return capture_queries_and_keys(model.keras_model, inputs, layer=layer)
