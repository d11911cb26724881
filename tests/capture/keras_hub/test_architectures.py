"""Every attention architecture of KerasHub: the maps that its configuration says, unchanged predictions, right axes."""

import inspect
import re
from pathlib import Path

import numpy as np
import pytest

from attnviz import capture_attention
from attnviz.records import POOLED_AXIS
from benchmarks.architectures import ARCHITECTURES
from benchmarks.architectures.without_attention import ABSTRACT, OTHER_NAMES, WITHOUT_ATTENTION

PAGE = Path(__file__).resolve().parents[3] / "docs" / "architectures.md"
NAMES = [f"{one.name} ({one.kind})" for one in ARCHITECTURES]


@pytest.mark.parametrize("name", NAMES)
def test_maps_axes_and_prediction(name, run_of):
    run = run_of(name)
    capture = run.capture
    expected = run.architecture.maps
    found = [(one.weights.shape, one.query_axis, one.key_axis) for one in capture.maps]
    assert found == [
        (
            (one.samples * one.folded, one.heads, one.queries, one.keys),
            one.query_axis,
            one.query_axis if one.key_axis is None else one.key_axis,
        )
        for one in expected
    ]
    assert capture.prediction_difference < 1e-4
    for one, wanted in zip(capture.maps, expected, strict=True):
        sums = one.weights.sum(axis=-1)
        if wanted.below_one:
            assert sums.max() < 1 - 1e-3
            assert sums.min() > 0
        else:
            np.testing.assert_allclose(sums, 1, atol=1e-5)
        if one.mask is not None:
            # A row without any key is 0 or uniform, as the model computes it.
            masked = ~one.mask & one.mask.any(axis=-1, keepdims=True)
            assert one.weights.max(axis=1)[masked].max(initial=0) < 1e-6
    assert len({one.name for one in capture.maps}) == len(capture.maps)


# KerasHub's XLNet reads its padding mask in a way of its own: tokens see padding, which the maps show.
@pytest.mark.parametrize(
    "name", [name for name in NAMES if name.endswith(("(encoder)", "(decoder)")) and "XLNet" not in name]
)
def test_tokens_padding_and_what_lies_ahead(name, run_of):
    run = run_of(name)
    inputs, capture = run.inputs, run.capture
    mask = np.asarray(inputs.get("padding_mask", np.ones_like(inputs["token_ids"])), bool)
    real = capture.valid["token_ids"]
    np.testing.assert_array_equal(real, mask)
    for ids, labels, valid in zip(inputs["token_ids"], capture.sequences["token_ids"], mask, strict=True):
        assert [label for label, real in zip(labels, valid, strict=True) if real] == [str(one) for one in ids[valid]]
    for one in capture.maps:
        # No real token attends to padding; what a padded query attends to is nobody's concern.
        to_padding = one.weights * (mask[:, None, :, None] & ~mask[:, None, None, :])
        assert to_padding.max() < 1e-6
        if run.architecture.kind == "decoder":
            assert one.weights[:, :, *np.triu_indices(mask.shape[1], 1)].max() < 1e-6


@pytest.mark.parametrize(
    "name",
    [f"{one}Backbone (encoder-decoder)" for one in ("Bart", "EdRec", "T5", "T5Gemma")]
    + [f"{one}Backbone (audio)" for one in ("Moonshine", "Whisper")],
)
def test_a_decoder_does_not_look_at_padding_or_ahead(name, run_of):
    run = run_of(name)
    decoder = np.asarray(run.inputs["decoder_padding_mask"], bool)
    encoder = run.inputs.get("encoder_padding_mask") if "encoder_token_ids" in run.inputs else None
    for one in run.capture.maps:
        if one.query_axis != "decoder_token_ids":
            continue
        queries = decoder[:, None, :, None]
        if one.key_axis == "decoder_token_ids":
            assert one.weights[:, :, *np.triu_indices(decoder.shape[1], 1)].max() < 1e-6
            assert (one.weights * (queries & ~decoder[:, None, None, :])).max() < 1e-6
        elif encoder is not None:
            assert (one.weights * ~np.asarray(encoder, bool)[:, None, None, :]).max() < 1e-6


def test_models_with_a_task_give_the_maps_of_their_backbone(run_of):
    import keras_hub

    models = keras_hub.models
    tasks = {
        "BertBackbone (encoder)": lambda backbone: models.BertTextClassifier(
            backbone, num_classes=3, preprocessor=None
        ),
        "GPT2Backbone (decoder)": lambda backbone: models.GPT2CausalLM(backbone, preprocessor=None),
        "BartBackbone (encoder-decoder)": lambda backbone: models.BartSeq2SeqLM(backbone, preprocessor=None),
        "ViTBackbone (vision)": lambda backbone: models.ViTImageClassifier(backbone, num_classes=3, preprocessor=None),
    }
    for name, task in tasks.items():
        run = run_of(name)
        capture = capture_attention(task(run.model), run.inputs, compare=True)
        assert capture.prediction_difference < 1e-4
        assert len(capture.maps) == len(run.capture.maps)
        for one, other in zip(capture.maps, run.capture.maps, strict=True):
            assert one.layer.endswith(other.layer)
            np.testing.assert_allclose(one.weights, other.weights, atol=1e-6)
            assert (one.query_axis, one.key_axis) == (other.query_axis, other.key_axis)


def test_the_segmenter_of_sam_shows_how_prompts_and_picture_look_at_each_other(run_of):
    import keras_hub

    run = run_of("SAMBackbone (vision)")
    model = keras_hub.models.SAMImageSegmenter(run.model, preprocessor=None)
    capture = capture_attention(model, run.inputs, compare=True)
    # Five learned tokens, a point and two corners of a box with 64 places: to themselves, there and back, and there.
    assert [one.weights.shape[1:] for one in capture.maps[2:]] == [
        (2, 8, 8),
        (2, 8, 64),
        (2, 64, 8),
        (2, 8, 64),
    ]
    # The mask that a prompt may hold lies on the same places.
    places = {one.key_axis for one in capture.maps if one.weights.shape[-1] == 64}
    assert places <= {"images: 8 × 8 patches", "masks: 8 × 8 patches"}


def test_patches_are_labelled_by_row_and_column_and_learned_tokens_by_name(run_of):
    labels = run_of("ViTBackbone (vision)").capture.sequences["class_token + images: 4 × 4 patches"]
    assert labels[0][:6] == ("class token", "1, 1", "1, 2", "1, 3", "1, 4", "2, 1")
    assert labels[0][-1] == "4, 4"
    registers = run_of("DINOV3Backbone (vision)").capture.maps[0].query_axis
    labels = run_of("DINOV3Backbone (vision)").capture.sequences[registers]
    assert labels[0][:4] == ("cls token", "register tokens 1", "register tokens 2", "1, 1")


def test_joined_sequences_keep_the_labels_of_each(run_of):
    run = run_of("PaliGemmaBackbone (multimodal)")
    labels = run.capture.sequences["images: 4 × 4 patches + token_ids"]
    assert labels[0][:2] == ("1, 1", "1, 2")
    assert labels[0][16:] == tuple(map(str, run.inputs["token_ids"][0]))
    both = run_of("T5Gemma2Backbone (encoder-decoder)")
    labels = both.capture.sequences["decoder_token_ids + encoder_token_ids"]
    sides = [both.inputs[f"{side}_token_ids"][0] for side in ("decoder", "encoder")]
    assert labels[0] == tuple(str(one) for side in sides for one in side)


def test_a_shared_layer_is_counted(run_of):
    names = [one.name for one in run_of("AlbertBackbone (encoder)").capture.maps]
    assert names[1] == f"{names[0]} (call 2)"


def test_one_query_that_stands_for_all_is_pooled(run_of):
    pooled = [one for one in run_of("SigLIPBackbone (multimodal)").capture.maps if one.query_axis == POOLED_AXIS]
    assert [one.weights.shape for one in pooled] == [(2, 2, 1, 16)]


def test_every_backbone_of_kerashub_is_accounted_for():
    import keras_hub

    classes = {
        name
        for name, one in vars(keras_hub.models).items()
        if inspect.isclass(one) and name.endswith("Backbone") and name not in ABSTRACT
    }
    run = {one.name for one in ARCHITECTURES}
    assert classes == run | set(WITHOUT_ATTENTION) | set(OTHER_NAMES)
    assert not run & set(WITHOUT_ATTENTION)
    for name, of in OTHER_NAMES.items():
        assert getattr(keras_hub.models, name) is getattr(keras_hub.models, of)


def test_the_page_lists_every_architecture():
    page = PAGE.read_text(encoding="utf-8")
    listed = re.findall(r"^\| `(\w+)` \| ([\w-]+) \| (\d+) \|", page, re.MULTILINE)
    assert listed == [(one.name, one.kind, str(len(one.maps))) for one in ARCHITECTURES]
    assert all(f"`{name}`" in page for name in (*WITHOUT_ATTENTION, *OTHER_NAMES))
