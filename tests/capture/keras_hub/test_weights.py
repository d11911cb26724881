"""Captured weights of KerasHub's layers against NumPy, from what each layer was given and its own kernels."""

from contextlib import contextmanager

import keras
import numpy as np
import pytest

MULTI_HEAD = [
    *(f"{one}Backbone (encoder)" for one in ("Albert", "Bert", "DistilBert", "Electra", "Roberta", "XLMRoberta")),
    *(f"{one}Backbone (decoder)" for one in ("GPT2", "OPT")),
    "BartBackbone (encoder-decoder)",
    "WhisperBackbone (audio)",
    *(f"{one}Backbone (vision)" for one in ("DINOV2", "DeiT", "PARSeq", "ViT")),
    *(f"{one}Backbone (multimodal)" for one in ("BLIP2", "CLIP", "MetaCLIP2")),
]


def _softmax(scores, mask=None):
    if mask is not None:
        scores = np.where(mask, scores, -1e9)
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return raised / raised.sum(axis=-1, keepdims=True)


@contextmanager
def _recorded(model, kinds):
    """What each layer of `kinds` is given and gives, in call order."""
    layers = {id(one): one for one in model._flatten_layers() if isinstance(one, kinds)}
    calls = []
    for layer in layers.values():

        def call(*arguments, _layer=layer, _call=layer.call, **named):
            result = _call(*arguments, **named)
            calls.append((_layer, arguments, named, result))
            return result

        object.__setattr__(layer, "call", call)
    try:
        yield calls
    finally:
        for layer in layers.values():
            object.__delattr__(layer, "call")


def _calls(run, kinds):
    """Each recorded call with the map of the same layer and call; checks that there is one for each."""
    with _recorded(run.model, kinds) as calls:
        run.model(run.inputs, training=False)
    names = {layer.name for layer, *_ in calls}
    maps = [one for one in run.capture.maps if one.layer.split("/")[-1] in names]
    assert [one.layer.split("/")[-1] for one in maps] == [layer.name for layer, *_ in calls]
    assert maps
    return list(zip(maps, calls, strict=True))


def _dense(layer, values):
    """`values` through a layer's kernel, which may be of any rank, and its bias."""
    kernel = np.asarray(layer.kernel)
    result = np.tensordot(np.asarray(values), kernel, axes=1)
    bias = getattr(layer, "bias", None)
    return result if bias is None else result + np.asarray(bias)


def _argument(call, position, name):
    _, arguments, named, _ = call
    return arguments[position] if len(arguments) > position else named.get(name)


@pytest.mark.parametrize("name", MULTI_HEAD)
def test_multi_head_attention(name, run_of):
    for one, call in _calls(run_of(name), keras.layers.MultiHeadAttention):
        layer = call[0]
        query, value = _argument(call, 0, "query"), _argument(call, 1, "value")
        key = _argument(call, 2, "key")
        mask = call[2].get("attention_mask")
        if call[2].get("use_causal_mask"):
            mask = np.tril(np.ones((1, query.shape[1], query.shape[1]), bool))
        queries = _dense(layer._query_dense, query)
        keys = _dense(layer._key_dense, value if key is None else key)
        scores = np.einsum("bqhd,bkhd->bhqk", queries, keys) / np.sqrt(queries.shape[-1])
        weights = _softmax(scores, None if mask is None else np.asarray(mask, bool)[:, None])
        np.testing.assert_allclose(one.weights, weights, atol=1e-5)


def _rotated(values, longest=10000.0):
    """Rotary positions: pairs of the first and second half of each head, turned by position."""
    length, half = values.shape[1], values.shape[-1] // 2
    angles = np.arange(length)[:, None] / longest ** (np.arange(half) / half)
    cosine, sine = np.cos(angles)[None, :, None], np.sin(angles)[None, :, None]
    first, second = values[..., :half], values[..., half:]
    return np.concatenate([first * cosine - second * sine, second * cosine + first * sine], axis=-1)


def _causal(padding, window=None):
    length = padding.shape[1]
    allowed = np.tril(np.ones((length, length), bool)) & np.asarray(padding, bool)[:, None, :]
    return allowed if window is None else allowed & ~np.tril(np.ones((length, length), bool), -window)


@pytest.mark.parametrize("name", ["Llama", "Llama3", "Mixtral", "Qwen", "QwenMoe"])
def test_grouped_heads_with_rotary_positions(name, run_of):
    run = run_of(f"{name}Backbone (decoder)")
    kind = type(run.model.transformer_layers[0]._self_attention_layer)
    for one, call in _calls(run, kind):
        layer, states = call[0], _argument(call, 0, "hidden_states")
        query_dense, key_dense = (
            getattr(layer, f"_{side}_dense", None) or getattr(layer, f"{side}_dense") for side in ("query", "key")
        )
        queries = _rotated(_dense(query_dense, states))
        keys = np.repeat(_rotated(_dense(key_dense, states)), 2, axis=2)
        scores = np.einsum("bqhd,bkhd->bhqk", queries, keys) / np.sqrt(queries.shape[-1])
        np.testing.assert_allclose(
            one.weights, _softmax(scores, _causal(run.inputs["padding_mask"])[:, None]), atol=1e-5
        )


def test_an_attention_sink_takes_its_share_and_is_cut_off(run_of):
    run = run_of("GptOssBackbone (decoder)")
    for one, call in _calls(run, type(run.model.transformer_layers[0].self_attention_layer)):
        layer, states = call[0], _argument(call, 0, "hidden_states")
        queries = _rotated(_dense(layer.query_dense, states))
        keys = np.repeat(_rotated(_dense(layer.key_dense, states)), 2, axis=2)
        scores = np.einsum("bqhd,bkhd->bhqk", queries, keys) / np.sqrt(queries.shape[-1])
        # KerasHub's window of 4, in every second layer, lets a token see four before it.
        window = layer.sliding_window + 1 if layer.sliding_window else None
        scores = np.where(_causal(run.inputs["padding_mask"], window)[:, None], scores, -1e9)
        sinks = np.broadcast_to(np.asarray(layer.sinks).reshape(1, -1, 1, 1), (*scores.shape[:3], 1))
        weights = _softmax(np.concatenate([scores, sinks], axis=-1))[..., :-1]
        np.testing.assert_allclose(one.weights, weights, atol=1e-5)


def test_soft_cap_and_sliding_window(run_of):
    run = run_of("GemmaBackbone (decoder)")
    for one, call in _calls(run, type(run.model.transformer_layers[0].attention)):
        layer, states = call[0], np.asarray(_argument(call, 0, "x"))
        queries, keys = (
            _rotated(np.einsum("btd,ndh->btnh", states, np.asarray(dense.kernel)))
            for dense in (layer.query_dense, layer.key_dense)
        )
        scores = np.einsum("bqhd,bkhd->bhqk", queries / np.sqrt(4), np.repeat(keys, 2, axis=2))
        scores = np.tanh(scores / 2) * 2
        padding = run.inputs["padding_mask"]
        window = 4 if layer.use_sliding_window_attention else None
        np.testing.assert_allclose(one.weights, _softmax(scores, _causal(padding, window)[:, None]), atol=1e-5)


def test_relative_position_bias(run_of):
    run = run_of("T5Backbone (encoder-decoder)")
    kind = type(run.model.encoder_transformer_layers[0].self_attention)
    for one, call in _calls(run, kind):
        layer, states = call[0], np.asarray(_argument(call, 0, "hidden_states"))
        others = call[2].get("key_value_states")
        queries = _dense(layer.query_projector, states)
        keys = _dense(layer.key_projector, states if others is None else others)
        queries, keys = (one.reshape(*one.shape[:2], layer.num_heads, -1) for one in (queries, keys))
        bias = np.asarray(call[3][1])  # what the layer added: positions in buckets, and -1e9 at padding
        weights = _softmax(np.einsum("bqhd,bkhd->bhqk", queries, keys) + bias)
        np.testing.assert_allclose(one.weights, weights, atol=1e-5)


def _parted(values, heads):
    """`[batch, length, 3 * heads * depth]` as queries, keys and values `[batch, heads, length, depth]`."""
    return np.asarray(values).reshape(*values.shape[:2], 3, heads, -1).transpose(2, 0, 3, 1, 4)


def test_shifted_windows(run_of):
    run = run_of("SwinTransformerBackbone (vision)")
    from keras_hub.src.models.swin_transformer.swin_transformer_layers import WindowAttention

    masked = 0
    for one, call in _calls(run, WindowAttention):
        layer, states, mask = call[0], np.asarray(_argument(call, 0, "x")), call[2].get("mask")
        queries, keys, _ = _parted(_dense(layer.qkv, states), layer.num_heads)
        scores = np.einsum("bhqd,bhkd->bhqk", queries, keys) / np.sqrt(queries.shape[-1])
        scores = scores + np.asarray(layer._get_rel_pos_bias())
        if mask is not None:
            mask = np.asarray(mask)
            scores += np.tile(mask, (len(scores) // len(mask), 1, 1))[:, None]
            np.testing.assert_array_equal(one.mask, np.tile(mask == 0, (len(scores) // len(mask), 1, 1)))
            masked += 1
        np.testing.assert_allclose(one.weights, _softmax(scores), atol=1e-5)
    assert masked == 1


def test_windows_and_heads_folded_into_the_batch_mix_their_own_values(run_of):
    from keras_hub.src.models.vit_det.vit_layers import MultiHeadAttentionWithRelativePE

    for name in ("SAMBackbone (vision)", "ViTDetBackbone (vision)"):
        for one, call in _calls(run_of(name), MultiHeadAttentionWithRelativePE):
            layer, states = call[0], np.asarray(_argument(call, 0, "x"))
            flat = states.reshape(len(states), -1, states.shape[-1])
            queries, keys, values = _parted(_dense(layer.qkv, flat), layer.num_heads)
            mixed = np.einsum("bhqk,bhkd->bqhd", one.weights, values).reshape(flat.shape)
            np.testing.assert_allclose(
                _dense(layer.projection, mixed), np.asarray(call[3]).reshape(flat.shape), atol=1e-4
            )
            folded = queries.reshape(-1, *queries.shape[2:])
            scores = (queries * layer.scale) @ keys.swapaxes(-1, -2)
            scores = layer.add_decomposed_relative_pe(
                scores.reshape(-1, *scores.shape[2:]),
                queries=folded,
                query_size=states.shape[1:3],
                key_size=states.shape[1:3],
            )
            np.testing.assert_allclose(one.weights, _softmax(np.asarray(scores)).reshape(one.weights.shape), atol=1e-5)


@pytest.mark.parametrize("name", ["MiTBackbone (vision)", "SegFormerBackbone (vision)"])
def test_pooled_keys(name, run_of):
    run = run_of(name)
    from keras_hub.src.models.mit.mit_layers import SegFormerMultiheadAttention

    for one, call in _calls(run, SegFormerMultiheadAttention):
        layer, states = call[0], np.asarray(_argument(call, 0, "x"))
        side = round(np.sqrt(states.shape[1]))
        pooled = np.asarray(layer.sr(states.reshape(len(states), side, side, -1)))
        pooled = np.asarray(layer.norm(pooled.reshape(len(states), -1, states.shape[-1])))
        queries, keys = (
            _dense(dense, x).reshape(len(states), x.shape[1], layer.num_heads, -1)
            for dense, x in ((layer.q, states), (layer.k, pooled))
        )
        scores = np.einsum("bqhd,bkhd->bhqk", queries, keys) * layer.scale
        np.testing.assert_allclose(one.weights, _softmax(scores), atol=1e-5)


def test_disentangled_attention_mixes_the_values(run_of):
    run = run_of("DebertaV3Backbone (encoder)")
    from keras_hub.src.models.deberta_v3.disentangled_self_attention import DisentangledSelfAttention

    for one, call in _calls(run, DisentangledSelfAttention):
        layer, states = call[0], _argument(call, 0, "inputs")
        mixed = np.einsum("bhqk,bkhd->bqhd", one.weights, _dense(layer._value_dense, states))
        mixed = mixed.reshape(*mixed.shape[:2], -1)
        np.testing.assert_allclose(_dense(layer._output_dense, mixed), np.asarray(call[3]), atol=1e-5)


def test_two_stream_relative_attention_mixes_the_values(run_of):
    run = run_of("XLNetBackbone (encoder)")
    from keras_hub.src.models.xlnet.relative_attention import TwoStreamRelativeAttention

    for one, call in _calls(run, TwoStreamRelativeAttention):
        layer, states = call[0], _argument(call, 0, "content_stream")
        values = _dense(layer._value_dense, states)
        mixed = np.einsum("bhqk,bkhd->bqhd", one.weights, values)
        output = np.einsum("bqhd,ohd->bqo", mixed, np.asarray(layer._output_dense.kernel))
        if layer._output_dense.bias is not None:
            output += np.asarray(layer._output_dense.bias)
        given = call[3][0] if isinstance(call[3], (tuple, list)) else call[3]
        np.testing.assert_allclose(output, np.asarray(given), atol=1e-5)
