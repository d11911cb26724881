"""Encoders of text."""

from collections.abc import Mapping

import numpy as np

from benchmarks.architectures.architecture import LENGTH, SAMPLES, VOCABULARY, Architecture, Expected, backbone, text

_SIZES = {
    "vocabulary_size": VOCABULARY,
    "num_layers": 2,
    "num_heads": 2,
    "hidden_dim": 8,
    "intermediate_dim": 16,
    "max_sequence_length": 12,
}
_ELECTRA = {
    "vocab_size": VOCABULARY,
    "num_layers": 2,
    "num_heads": 2,
    "hidden_dim": 8,
    "embedding_dim": 8,
    "intermediate_dim": 16,
}
_UNPOSITIONED = {name: size for name, size in _SIZES.items() if name != "max_sequence_length"}
_MAPS = Expected(heads=2, queries=LENGTH, keys=LENGTH, query_axis="token_ids", count=2)


def _with_segments() -> Mapping[str, np.ndarray]:
    segments = np.zeros((SAMPLES, LENGTH), "int32")
    segments[:, LENGTH // 2 :] = 1
    return text(segment_ids=segments)


ENCODERS = (
    Architecture(
        name="AlbertBackbone",
        kind="encoder",
        build=backbone("AlbertBackbone", **_SIZES, embedding_dim=8, num_inner_repetitions=1),
        inputs=_with_segments,
        expected=(_MAPS,),
        notes="one layer shared by all blocks: its calls are counted",
    ),
    Architecture(
        name="BertBackbone",
        kind="encoder",
        build=backbone("BertBackbone", **_SIZES),
        inputs=_with_segments,
        expected=(_MAPS,),
    ),
    Architecture(
        name="DebertaV3Backbone",
        kind="encoder",
        build=backbone("DebertaV3Backbone", **_SIZES, bucket_size=4),
        inputs=text,
        expected=(_MAPS,),
        notes="content and relative position disentangled",
    ),
    Architecture(
        name="DistilBertBackbone",
        kind="encoder",
        build=backbone("DistilBertBackbone", **_SIZES),
        inputs=text,
        expected=(_MAPS,),
    ),
    Architecture(
        name="ElectraBackbone",
        kind="encoder",
        build=backbone("ElectraBackbone", **_ELECTRA),
        inputs=_with_segments,
        expected=(_MAPS,),
    ),
    Architecture(
        name="ESMBackbone",
        kind="encoder",
        build=backbone("ESMBackbone", **_SIZES),
        inputs=lambda: {"token_ids": text()["token_ids"]},
        expected=(_MAPS,),
        notes="rotary positions",
    ),
    Architecture(
        name="RobertaBackbone",
        kind="encoder",
        build=backbone("RobertaBackbone", **_SIZES),
        inputs=text,
        expected=(_MAPS,),
    ),
    Architecture(
        name="RoformerV2Backbone",
        kind="encoder",
        build=backbone("RoformerV2Backbone", **_UNPOSITIONED, head_size=4),
        inputs=lambda: {name: one for name, one in _with_segments().items() if name != "padding_mask"},
        expected=(_MAPS,),
        notes="rotary positions",
    ),
    Architecture(
        name="XLMRobertaBackbone",
        kind="encoder",
        build=backbone("XLMRobertaBackbone", **_SIZES),
        inputs=text,
        expected=(_MAPS,),
    ),
    Architecture(
        name="XLNetBackbone",
        kind="encoder",
        build=backbone("XLNetBackbone", **_UNPOSITIONED),
        inputs=_with_segments,
        expected=(_MAPS,),
        notes="content, relative position and segment summed before softmax; KerasHub lets its tokens see padding",
    ),
)
