"""Vision: transformers and backbones with attention in places."""

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.architectures.architecture import (
    SAMPLES,
    VOCABULARY,
    Architecture,
    Expected,
    backbone,
    images,
    padding_mask,
    token_ids,
)

_TRANSFORMER = {
    "image_shape": (32, 32, 3),
    "patch_size": 8,
    "num_layers": 2,
    "num_heads": 2,
    "hidden_dim": 8,
}


def _dinov2(size: int = 32) -> Any:
    return backbone(
        "DINOV2Backbone",
        **{**_TRANSFORMER, "num_layers": 4, "image_shape": (size, size, 3)},
        intermediate_dim=16,
        position_embedding_shape=(size, size),
    )()


def _depth_anything() -> Any:
    return backbone(
        "DepthAnythingBackbone",
        image_encoder=_dinov2(64),
        reassemble_factors=[4, 2, 1, 0.5],
        neck_hidden_dims=[4, 4, 4, 4],
        fusion_hidden_dim=4,
        head_hidden_dim=4,
        head_in_index=-1,
        feature_keys=["stage1", "stage2", "stage3", "stage4"],
    )()


def _mit_arguments() -> dict[str, Any]:
    return {
        "layerwise_depths": [1, 1],
        "num_layers": 2,
        "layerwise_num_heads": [1, 2],
        "layerwise_sr_ratios": [4, 2],
        "max_drop_path_rate": 0.0,
        "layerwise_patch_sizes": [7, 3],
        "layerwise_strides": [4, 2],
        "image_shape": (32, 32, 3),
        "hidden_dims": [4, 8],
    }


def _segformer() -> Any:
    return backbone(
        "SegFormerBackbone",
        image_encoder=backbone("MiTBackbone", **_mit_arguments())(),
        projection_filters=8,
    )()


def _vit_det(**more: Any) -> Any:
    arguments = {
        "hidden_size": 8,
        "num_layers": 2,
        "intermediate_dim": 16,
        "num_heads": 2,
        "global_attention_layer_indices": [1],
        "image_shape": (32, 32, 3),
        "patch_size": 4,
        "num_output_channels": 8,
        "window_size": 4,
    }
    return backbone("ViTDetBackbone", **{**arguments, **more})()


def _sam() -> Any:
    import keras_hub

    layers = keras_hub.layers
    return backbone(
        "SAMBackbone",
        image_encoder=_vit_det(),
        prompt_encoder=layers.SAMPromptEncoder(
            hidden_size=8, image_embedding_size=(8, 8), input_image_size=(32, 32), mask_in_channels=4
        ),
        mask_decoder=layers.SAMMaskDecoder(
            hidden_size=8,
            num_layers=1,
            intermediate_dim=16,
            num_heads=2,
            embedding_dim=8,
            iou_head_depth=1,
            iou_head_hidden_dim=8,
        ),
    )()


def _sam_inputs() -> dict[str, np.ndarray]:
    generator = np.random.default_rng(6)
    return {
        "images": images(),
        "points": generator.uniform(0, 32, (SAMPLES, 1, 2)).astype("float32"),
        "labels": np.ones((SAMPLES, 1), "float32"),
        "boxes": generator.uniform(0, 32, (SAMPLES, 1, 2, 2)).astype("float32"),
        "masks": np.zeros((SAMPLES, 0, 32, 32, 1), "float32"),
    }


def _d_fine() -> Any:
    encoder = backbone(
        "HGNetV2Backbone",
        stem_channels=[3, 4, 4],
        stackwise_stage_filters=[[4, 4, 8, 1, 1, 3], [8, 4, 8, 1, 1, 3], [8, 4, 8, 1, 1, 3], [8, 4, 8, 1, 1, 3]],
        apply_downsample=[False, True, True, True],
        use_lightweight_conv_block=[False, False, True, True],
        depths=[1, 1, 1, 1],
        hidden_sizes=[8, 8, 8, 8],
        embedding_size=4,
        use_learnable_affine_block=True,
        hidden_act="relu",
        image_shape=(64, 64, 3),
        out_features=["stage3", "stage4"],
    )()
    return backbone(
        "DFineBackbone",
        backbone=encoder,
        decoder_in_channels=[8, 8],
        encoder_hidden_dim=8,
        num_labels=3,
        num_denoising=0,
        learn_initial_query=False,
        num_queries=7,
        anchor_image_size=(64, 64),
        feat_strides=[16, 32],
        num_feature_levels=2,
        hidden_dim=8,
        encoder_in_channels=[8, 8],
        encode_proj_layers=[1],
        num_attention_heads=2,
        encoder_ffn_dim=16,
        num_encoder_layers=1,
        hidden_expansion=0.5,
        depth_multiplier=0.5,
        eval_idx=-1,
        num_decoder_layers=2,
        decoder_attention_heads=2,
        decoder_ffn_dim=16,
        decoder_n_points=[2, 2],
        lqe_hidden_dim=8,
        num_lqe_layers=2,
        out_features=["stage3", "stage4"],
        image_shape=(64, 64, 3),
        seed=0,
    )()


def _parseq() -> Any:
    return backbone(
        "PARSeqBackbone",
        image_encoder=backbone(
            "ViTBackbone",
            image_shape=(16, 32, 3),
            patch_size=(4, 8),
            num_layers=2,
            num_heads=2,
            hidden_dim=8,
            mlp_dim=16,
            use_class_token=False,
        )(),
        vocabulary_size=VOCABULARY,
        max_label_length=8,
        decoder_hidden_dim=8,
        num_decoder_layers=1,
        num_decoder_heads=2,
        decoder_mlp_dim=16,
    )()


def _mobilenet() -> Any:
    def of_stage(attention: Any, convolution: Any) -> list[list[Any]]:
        return [[convolution], [attention]]

    return backbone(
        "MobileNetV5Backbone",
        stackwise_block_types=of_stage("mqa", "er"),
        stackwise_num_blocks=[1, 1],
        stackwise_num_filters=of_stage(8, 8),
        stackwise_strides=of_stage(1, 2),
        stackwise_act_layers=of_stage("gelu", "gelu"),
        stackwise_exp_ratios=of_stage(0.0, 2.0),
        stackwise_se_ratios=of_stage(0.0, 0.0),
        stackwise_dw_kernel_sizes=of_stage(3, 0),
        stackwise_dw_start_kernel_sizes=of_stage(0, 0),
        stackwise_dw_end_kernel_sizes=of_stage(0, 0),
        stackwise_exp_kernel_sizes=of_stage(0, 3),
        stackwise_pw_kernel_sizes=of_stage(0, 1),
        stackwise_num_heads=of_stage(2, 0),
        stackwise_key_dims=of_stage(4, 0),
        stackwise_value_dims=of_stage(4, 0),
        stackwise_kv_strides=of_stage(2, 0),
        stackwise_use_cpe=of_stage(False, False),
        image_shape=(32, 32, 3),
        stem_size=8,
        num_features=8,
        use_msfa=False,
    )()


def _vision(
    name: str, build: Callable[[], Any], *expected: Expected, notes: str = "", inputs: Callable[[], Any] = images
) -> Architecture:
    return Architecture(name=name, kind="vision", build=build, inputs=inputs, expected=expected, notes=notes)


def _on(axis: str, length: int, *, heads: int = 2, count: int = 1, folded: int = 1) -> Expected:
    return Expected(heads=heads, queries=length, keys=length, query_axis=axis, count=count, folded=folded)


def _pooled(source: str) -> tuple[Expected, ...]:
    """Keys of 8 × 8 and 4 × 4 patches, each pooled to 2 × 2."""
    keys = f"{source}: 2 × 2 patches"
    return (
        Expected(heads=1, queries=64, keys=4, query_axis=f"{source}: 8 × 8 patches", key_axis=keys),
        Expected(heads=2, queries=16, keys=4, query_axis=f"{source}: 4 × 4 patches", key_axis=keys),
    )


_WINDOWED = (_on("images: 4 groups of 16 positions", 16, folded=4), _on("images: 8 × 8 patches", 64))
_POINTS = "pixel_values: 2 positions + pixel_values: 2 positions"
_PROMPTS = "iou_token + mask_tokens: 4 learned + points + boxes"

VISION = (
    _vision(
        "DeiTBackbone",
        backbone("DeiTBackbone", **_TRANSFORMER, intermediate_dim=16),
        _on("class_token + distillation_token + input: 4 × 4 patches", 18, count=2),
        notes="a class and a distillation token before the patches",
    ),
    _vision(
        "DINOV2Backbone",
        _dinov2,
        _on("cls_token + images: 4 × 4 patches", 17, count=4),
        notes="a class token before the patches",
    ),
    _vision(
        "DINOV3Backbone",
        backbone("DINOV3Backbone", **_TRANSFORMER, intermediate_dim=16, num_register_tokens=2),
        _on("cls_token + register_tokens: 2 learned + pixel_values: 4 × 4 patches", 19, count=2),
        notes="a class token and registers before the patches; rotary positions of the patches alone",
    ),
    _vision(
        "DepthAnythingBackbone",
        _depth_anything,
        _on("cls_token + images: 8 × 8 patches", 65, count=4),
        inputs=lambda: images(64),
        notes="a class token before the patches",
    ),
    _vision(
        "DFineBackbone",
        _d_fine,
        _on("pixel_values: 2 × 2 patches", 4),
        *(
            _on("pixel_values: 7 positions", 7),
            Expected(heads=2, queries=7, keys=4, query_axis="pixel_values: 7 positions", key_axis=_POINTS),
        )
        * 2,
        inputs=lambda: images(64),
        notes="deformable attention: each query weighs 4 points that it samples; the positions of corners are a "
        "distribution, not attention, and are not listed",
    ),
    _vision("MiTBackbone", backbone("MiTBackbone", **_mit_arguments()), *_pooled("input"), notes="pooled keys"),
    _vision(
        "MobileNetV5Backbone",
        _mobilenet,
        Expected(heads=2, queries=64, keys=16, query_axis="input: 8 × 8 patches", key_axis="input: 4 × 4 patches"),
        notes="one key and value head; pooled keys",
    ),
    _vision(
        "PARSeqBackbone",
        _parseq,
        _on("images: 16 positions", 16, count=2),
        Expected(heads=2, queries=5, keys=5, query_axis="pos_query_embeddings: 5 learned", key_axis="token_ids"),
        Expected(
            heads=2,
            queries=5,
            keys=16,
            query_axis="pos_query_embeddings: 5 learned",
            key_axis="images: 16 positions",
        ),
        inputs=lambda: {
            "images": np.random.default_rng(2).normal(size=(SAMPLES, 16, 32, 3)).astype("float32"),
            "token_ids": token_ids(5),
            "padding_mask": padding_mask(5),
        },
        notes="text in pictures; learned queries; patches that are no squares",
    ),
    _vision("SAMBackbone", _sam, *_WINDOWED, inputs=_sam_inputs, notes="windows and heads folded into the batch"),
    _vision("SegFormerBackbone", _segformer, *_pooled("input"), notes="pooled keys"),
    _vision(
        "SwinTransformerBackbone",
        backbone(
            "SwinTransformerBackbone",
            image_shape=(32, 32, 3),
            embed_dim=8,
            depths=[2, 2],
            num_heads=[2, 4],
            window_size=4,
            patch_size=4,
        ),
        _on("input: 4 groups of 16 positions", 16, count=2, folded=4),
        _on("input: 4 × 4 patches", 16, heads=4, count=2),
        notes="windows folded into the batch, every second time shifted and masked",
    ),
    _vision(
        "ViTBackbone",
        backbone("ViTBackbone", **_TRANSFORMER, mlp_dim=16),
        _on("class_token + images: 4 × 4 patches", 17, count=2),
        notes="a class token before the patches",
    ),
    _vision("ViTDetBackbone", _vit_det, *_WINDOWED, notes="windows and heads folded into the batch"),
)
