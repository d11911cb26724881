"""Encoder-decoders of text and of speech."""

from collections.abc import Mapping

import numpy as np

from benchmarks.architectures.architecture import (
    DECODER_LENGTH,
    LENGTH,
    SAMPLES,
    VOCABULARY,
    Architecture,
    Expected,
    backbone,
    padding_mask,
    text_pair,
    token_ids,
)

_SIZES = {
    "vocabulary_size": VOCABULARY,
    "num_layers": 2,
    "num_heads": 2,
    "hidden_dim": 8,
    "intermediate_dim": 16,
}
_T5_GEMMA = {
    "vocabulary_size": VOCABULARY,
    **{
        f"{side}_{name}": size
        for side in ("encoder", "decoder")
        for name, size in {
            "hidden_dim": 16,
            "intermediate_dim": 16,
            "num_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "head_dim": 4,
            "layer_types": ["full_attention", "sliding_attention"],
        }.items()
    },
    "sliding_window": 4,
    "cross_attention_hidden_size": 16,
}
_MEL_FRAMES = 20
_WAVE = 1700
_ENCODED_WAVE = 3
"""Three convolutions with kernels of 127, 7 and 3 and strides of 64, 3 and 2 leave this many of `_WAVE` samples."""


def _self(heads: int, *, count: int = 1) -> Expected:
    return Expected(heads=heads, queries=LENGTH, keys=LENGTH, query_axis="encoder_token_ids", count=count)


def _decoder_self(heads: int) -> Expected:
    return Expected(heads=heads, queries=DECODER_LENGTH, keys=DECODER_LENGTH, query_axis="decoder_token_ids")


def _cross(heads: int, keys: int = LENGTH, key_axis: str = "encoder_token_ids") -> Expected:
    return Expected(heads=heads, queries=DECODER_LENGTH, keys=keys, query_axis="decoder_token_ids", key_axis=key_axis)


def _merged() -> Expected:
    return Expected(
        heads=4,
        queries=DECODER_LENGTH,
        keys=DECODER_LENGTH + LENGTH,
        query_axis="decoder_token_ids",
        key_axis="decoder_token_ids + encoder_token_ids",
        count=2,
    )


def _speech(**encoder: np.ndarray) -> Mapping[str, np.ndarray]:
    decoder = {
        "decoder_token_ids": token_ids(DECODER_LENGTH),
        "decoder_padding_mask": padding_mask(DECODER_LENGTH),
    }
    return {**encoder, **decoder}


def _features(*shape: int) -> np.ndarray:
    return np.random.default_rng(4).normal(size=(SAMPLES, *shape)).astype("float32")


_WHISPER_AXIS = f"encoder_features: {_MEL_FRAMES // 2} positions"
_MOONSHINE_AXIS = f"encoder_input_values: {_ENCODED_WAVE} positions"

ENCODER_DECODERS = (
    Architecture(
        name="BartBackbone",
        kind="encoder-decoder",
        build=backbone("BartBackbone", **_SIZES, max_sequence_length=12),
        inputs=text_pair,
        expected=(_self(2, count=2), *(_decoder_self(2), _cross(2)) * 2),
    ),
    Architecture(
        name="EdRecBackbone",
        kind="encoder-decoder",
        build=backbone(
            "EdRecBackbone",
            vocab_size=VOCABULARY,
            num_layers_enc=2,
            num_layers_dec=2,
            hidden_dim=8,
            intermediate_dim=16,
            num_heads=2,
        ),
        inputs=text_pair,
        expected=(_self(2, count=2), *(_decoder_self(2), _cross(2)) * 2),
    ),
    Architecture(
        name="T5Backbone",
        kind="encoder-decoder",
        build=backbone("T5Backbone", **_SIZES),
        inputs=text_pair,
        expected=(_self(2, count=2), *(_decoder_self(2), _cross(2)) * 2),
        notes="relative position as a bias on the scores",
    ),
    Architecture(
        name="T5GemmaBackbone",
        kind="encoder-decoder",
        build=backbone("T5GemmaBackbone", **_T5_GEMMA, attn_logit_softcapping=5.0),
        inputs=text_pair,
        expected=(_self(4, count=2), *(_decoder_self(4), _cross(4)) * 2),
        notes="4 query heads on 2 key and value heads; soft cap, sliding window",
    ),
    Architecture(
        name="T5Gemma2Backbone",
        kind="encoder-decoder",
        build=backbone("T5Gemma2Backbone", **_T5_GEMMA),
        inputs=text_pair,
        expected=(_self(4, count=2), _merged()),
        notes="4 query heads on 2 key and value heads; the decoder attends to itself and the encoder in one softmax",
    ),
    Architecture(
        name="MoonshineBackbone",
        kind="audio",
        build=backbone(
            "MoonshineBackbone",
            vocabulary_size=VOCABULARY,
            filter_dim=8,
            encoder_num_layers=2,
            decoder_num_layers=2,
            hidden_dim=8,
            intermediate_dim=16,
            encoder_num_heads=2,
            decoder_num_heads=2,
        ),
        inputs=lambda: _speech(
            encoder_input_values=_features(_WAVE, 1), encoder_padding_mask=np.ones((SAMPLES, _WAVE), "int32")
        ),
        expected=(
            Expected(heads=2, queries=_ENCODED_WAVE, keys=_ENCODED_WAVE, query_axis=_MOONSHINE_AXIS, count=2),
            *(_decoder_self(2), _cross(2, _ENCODED_WAVE, _MOONSHINE_AXIS)) * 2,
        ),
        notes="speech; the encoder's positions are convolved sound",
    ),
    Architecture(
        name="WhisperBackbone",
        kind="audio",
        build=backbone(
            "WhisperBackbone", **_SIZES, num_mels=4, max_encoder_sequence_length=40, max_decoder_sequence_length=12
        ),
        inputs=lambda: _speech(encoder_features=_features(_MEL_FRAMES, 4)),
        expected=(
            Expected(heads=2, queries=10, keys=10, query_axis=_WHISPER_AXIS, count=2),
            *(_decoder_self(2), _cross(2, 10, _WHISPER_AXIS)) * 2,
        ),
        notes="speech; the encoder's positions are convolved sound",
    ),
)
