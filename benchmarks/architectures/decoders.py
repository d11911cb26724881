"""Decoders of text."""

from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.architectures.architecture import LENGTH, SAMPLES, VOCABULARY, Architecture, Expected, backbone, text

_SIZES = {"vocabulary_size": VOCABULARY, "num_layers": 2, "hidden_dim": 16, "intermediate_dim": 16}
_GROUPED = {**_SIZES, "num_query_heads": 4, "num_key_value_heads": 2}
_HEAD = {**_GROUPED, "head_dim": 4}
_MAPS = Expected(heads=2, queries=LENGTH, keys=LENGTH, query_axis="token_ids", count=2)
_GROUPED_MAPS = Expected(heads=4, queries=LENGTH, keys=LENGTH, query_axis="token_ids", count=2)
_GROUPS = "4 query heads on 2 key and value heads"


def _decoder(name: str, expected: Expected, *, notes: str = "", **arguments: Any) -> Architecture:
    return Architecture(
        name=name, kind="decoder", build=backbone(name, **arguments), inputs=text, expected=(expected,), notes=notes
    )


_GEMMA_3N = {
    "text_vocab_size": VOCABULARY,
    "text_hidden_size": 16,
    "num_hidden_layers": 2,
    "pad_token_id": 0,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 4,
    "intermediate_size": [16, 16],
    "hidden_activation": "gelu_approximate",
    "layer_types": ["full_attention", "sliding_attention"],
    "sliding_window": 4,
    "rope_theta": 10000.0,
    "max_position_embeddings": 16,
    "vocab_size_per_layer_input": VOCABULARY,
    "hidden_size_per_layer_input": 4,
    "altup_num_inputs": 2,
    "laurel_rank": 2,
}
_SMOLLM = {
    "vocabulary_size": VOCABULARY,
    "hidden_dim": 16,
    "intermediate_dim": 16,
    "num_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "attention_bias": False,
    "attention_dropout": 0.0,
    "rope_layer_enabled_list": [True, False],
    "layer_types": ["attention", "attention"],
    "mlp_bias": False,
    "layer_norm_epsilon": 1e-5,
    "max_position_embeddings": 16,
    "rope_theta": 10000.0,
    "partial_rotary_factor": 1.0,
}
_LINEAR = {
    "layer_types": ["linear_attention", "full_attention"],
    "linear_num_key_heads": 2,
    "linear_num_value_heads": 2,
    "linear_key_head_dim": 4,
    "linear_value_head_dim": 4,
    "partial_rotary_factor": 0.5,
}
_EXPERTS = {"num_experts": 3, "top_k": 2}

DECODERS = (
    _decoder("BloomBackbone", _MAPS, **_SIZES, num_heads=2, notes="a bias that falls with distance (ALiBi)"),
    _decoder("FalconBackbone", _MAPS, **_SIZES, num_attention_heads=2, notes="one key and value head; ALiBi"),
    _decoder("GPT2Backbone", _MAPS, **_SIZES, num_heads=2, max_sequence_length=12),
    _decoder("GPTNeoXBackbone", _MAPS, **_SIZES, num_heads=2, max_sequence_length=12, notes="rotary positions"),
    _decoder(
        "GemmaBackbone",
        _GROUPED_MAPS,
        **_HEAD,
        attention_logit_soft_cap=2.0,
        use_sliding_window_attention=True,
        sliding_window_size=4,
        notes=f"{_GROUPS}; soft cap, sliding window",
    ),
    _decoder(
        "Gemma3Backbone",
        _GROUPED_MAPS,
        **_HEAD,
        image_size=16,
        use_sliding_window_attention=True,
        sliding_window_size=4,
        notes=f"{_GROUPS}; sliding window",
    ),
    _decoder("Gemma3nBackbone", _GROUPED_MAPS, **_GEMMA_3N, notes=_GROUPS),
    Architecture(
        name="Gemma4Backbone",
        kind="decoder",
        build=backbone("Gemma4Backbone", **_HEAD, image_size=16),
        inputs=lambda: text(position_ids=np.tile(np.arange(LENGTH, dtype="int32"), (SAMPLES, 1))),
        expected=(_GROUPED_MAPS,),
        notes=f"{_GROUPS}; sliding window",
    ),
    _decoder(
        "GptOssBackbone",
        replace(_GROUPED_MAPS, below_one=True),
        **_GROUPED,
        **_EXPERTS,
        sliding_window=4,
        notes=f"{_GROUPS}; an attention sink, sliding window; its router is not listed",
    ),
    _decoder("LlamaBackbone", _GROUPED_MAPS, **_GROUPED, notes=f"{_GROUPS}; rotary positions"),
    _decoder("Llama3Backbone", _GROUPED_MAPS, **_GROUPED, notes=f"{_GROUPS}; rotary positions"),
    _decoder("MistralBackbone", _GROUPED_MAPS, **_GROUPED, sliding_window=4, notes=f"{_GROUPS}; sliding window"),
    _decoder("MixtralBackbone", _GROUPED_MAPS, **_GROUPED, **_EXPERTS, notes=f"{_GROUPS}; its router is not listed"),
    _decoder("OPTBackbone", _MAPS, **_SIZES, num_heads=2, max_sequence_length=12),
    _decoder("Phi3Backbone", _GROUPED_MAPS, **_GROUPED, notes=_GROUPS),
    _decoder("QwenBackbone", _GROUPED_MAPS, **_GROUPED, notes=_GROUPS),
    _decoder(
        "QwenMoeBackbone",
        _GROUPED_MAPS,
        **_GROUPED,
        **_EXPERTS,
        moe_intermediate_dim=8,
        shared_expert_intermediate_dim=8,
        notes=f"{_GROUPS}; its router is not listed",
    ),
    _decoder("Qwen3Backbone", _GROUPED_MAPS, **_HEAD, notes=_GROUPS),
    _decoder(
        "Qwen3MoeBackbone",
        _GROUPED_MAPS,
        **_HEAD,
        **_EXPERTS,
        moe_intermediate_dim=8,
        notes=f"{_GROUPS}; its router is not listed",
    ),
    _decoder(
        "Qwen3_5Backbone",
        Expected(heads=4, queries=LENGTH, keys=LENGTH, query_axis="token_ids", count=1),
        **_HEAD,
        **_LINEAR,
        notes=f"{_GROUPS}; one of two layers is linear attention, which has no weights",
    ),
    _decoder(
        "Qwen3_5MoeBackbone",
        Expected(heads=4, queries=LENGTH, keys=LENGTH, query_axis="token_ids", count=1),
        **{name: size for name, size in _HEAD.items() if name != "intermediate_dim"},
        **_LINEAR,
        **_EXPERTS,
        moe_intermediate_dim=8,
        shared_expert_intermediate_size=8,
        notes=f"{_GROUPS}; one of two layers is linear attention; its router is not listed",
    ),
    _decoder("SmolLM3Backbone", _GROUPED_MAPS, **_SMOLLM, notes=_GROUPS),
)
