"""Backbones that take images, video or sound together with text, and those that draw."""

from typing import Any

import numpy as np

from benchmarks.architectures.architecture import (
    LENGTH,
    SAMPLES,
    VOCABULARY,
    Architecture,
    Expected,
    backbone,
    images,
    padding_mask,
    text,
    token_ids,
)

_VISION = {
    "patch_size": 8,
    "hidden_dim": 8,
    "num_layers": 2,
    "num_heads": 2,
    "intermediate_dim": 16,
    "image_shape": (32, 32, 3),
}
_TEXT = {
    "vocabulary_size": VOCABULARY,
    "embedding_dim": 8,
    "hidden_dim": 8,
    "num_layers": 2,
    "num_heads": 2,
    "intermediate_dim": 16,
    "max_sequence_length": 12,
}
_GROUPED = {
    "vocabulary_size": VOCABULARY,
    "num_layers": 2,
    "num_query_heads": 4,
    "num_key_value_heads": 2,
    "hidden_dim": 16,
    "intermediate_dim": 16,
    "head_dim": 4,
}


def _generator() -> np.random.Generator:
    return np.random.default_rng(8)


def _two_towers(prefix: str, **more: Any) -> Any:
    import keras_hub

    models = keras_hub.models
    return backbone(
        f"{prefix}Backbone",
        vision_encoder=getattr(models, f"{prefix}VisionEncoder")(**_VISION, name="vision_encoder"),
        text_encoder=getattr(models, f"{prefix}TextEncoder")(**_TEXT, name="text_encoder"),
        **more,
    )()


def _images_and_tokens() -> dict[str, np.ndarray]:
    return {"images": images(), "token_ids": token_ids()}


def _blip2() -> Any:
    from keras_hub.src.models.blip2.blip2_custom_opt import BLIP2CustomOPT
    from keras_hub.src.models.blip2.blip2_qformer import BLIP2QFormer
    from keras_hub.src.models.blip2.blip2_vision_encoder import BLIP2VisionEncoder

    vision = BLIP2VisionEncoder(
        image_size=32,
        patch_size=8,
        num_layers=2,
        num_heads=2,
        hidden_dim=8,
        intermediate_dim=16,
        use_patch_bias=True,
        use_class_token=True,
        use_mha_bias=True,
        use_mlp_bias=True,
        dropout_rate=0.0,
        layer_norm_epsilon=1e-6,
        initializer_range=0.02,
        dtype="float32",
    )
    qformer = BLIP2QFormer(
        num_query_tokens=3,
        num_layers=2,
        num_heads=2,
        hidden_dim=4,
        intermediate_dim=8,
        vision_dim=8,
        cross_attention_frequency=2,
        dropout=0.0,
        layer_norm_epsilon=1e-6,
        dtype="float32",
    )
    language = BLIP2CustomOPT(
        vocabulary_size=VOCABULARY,
        num_layers=2,
        num_heads=2,
        hidden_dim=4,
        intermediate_dim=8,
        num_query_tokens=3,
        dropout=0.0,
        max_sequence_length=16,
        qformer_hidden_dim=4,
        dtype="float32",
    )
    return backbone("BLIP2Backbone", vision_encoder=vision, qformer=qformer, language_model=language)()


def _gemma3() -> Any:
    from keras_hub.src.models.gemma3.gemma3_vision_encoder import Gemma3VisionEncoder

    vision = Gemma3VisionEncoder(
        image_size=16,
        patch_size=4,
        num_heads=2,
        hidden_dim=8,
        num_layers=2,
        intermediate_dim=16,
        output_dim=16,
        pool_size=2,
    )
    return backbone("Gemma3Backbone", **_GROUPED, image_size=16, vision_encoder=vision)()


def _with_pictures(**pixels: np.ndarray) -> dict[str, np.ndarray]:
    """Text of 10 tokens, four of which stand for one picture."""
    mask = np.zeros((SAMPLES, 10), "int32")
    mask[:, 3:7] = 1
    indices = np.tile(np.arange(3, 7, dtype="int32"), (SAMPLES, 1))
    return {**text(10), "vision_mask": mask, "vision_indices": indices, **pixels}


def _gemma4_vision() -> Any:
    from keras_hub.src.models.gemma4.gemma4_vision_encoder import Gemma4VisionEncoder

    return Gemma4VisionEncoder(
        image_size=16,
        patch_size=4,
        pool_size=2,
        num_layers=2,
        num_heads=2,
        head_dim=4,
        num_key_value_heads=2,
        hidden_dim=8,
        intermediate_dim=16,
        output_dim=16,
    )


def _gemma4_audio() -> Any:
    from keras_hub.src.models.gemma4.gemma4_audio_encoder import Gemma4AudioEncoder

    return Gemma4AudioEncoder(
        input_feat_size=8,
        hidden_size=8,
        num_heads=2,
        num_layers=1,
        chunk_size=4,
        context_left=5,
        context_right=0,
        sscp_conv_channels=(4, 2),
        output_proj_dims=None,
        output_dim=16,
    )


def _gemma4() -> Any:
    return backbone(
        "Gemma4Backbone",
        **_GROUPED,
        image_size=16,
        vision_encoder=_gemma4_vision(),
        audio_encoder=_gemma4_audio(),
        num_audio_tokens_per_clip=4,
    )()


def _gemma4_inputs() -> dict[str, np.ndarray]:
    patches = np.stack(np.meshgrid(np.arange(4), np.arange(4), indexing="ij"), -1).reshape(16, 2)
    return {
        **_with_pictures(
            pixel_values=_generator().normal(size=(SAMPLES, 1, 16, 48)).astype("float32"),
            pixel_position_ids=np.tile(patches.astype("int32"), (SAMPLES, 1, 1, 1)),
        ),
        "position_ids": np.tile(np.arange(10, dtype="int32"), (SAMPLES, 1)),
        "audio_mel": _generator().normal(size=(SAMPLES, 1, 16, 8)).astype("float32"),
        "audio_mel_mask": np.ones((SAMPLES, 1, 16), "int32"),
        "audio_indices": np.zeros((SAMPLES, 4), "int32"),
        "audio_mask": np.zeros((SAMPLES, 10), "int32"),
    }


def _pali_gemma() -> Any:
    return backbone(
        "PaliGemmaBackbone",
        **_GROUPED,
        image_size=16,
        vit_patch_size=4,
        vit_num_heads=2,
        vit_hidden_dim=8,
        vit_num_layers=2,
    )()


def _pali_gemma_inputs() -> dict[str, np.ndarray]:
    return {**text(), "images": images(16), "response_mask": np.zeros((SAMPLES, LENGTH), "int32")}


def _qwen_vision() -> Any:
    from keras_hub.src.models.qwen3_5.qwen3_5_vision_encoder import Qwen3_5VisionEncoder

    return Qwen3_5VisionEncoder(
        depth=2,
        hidden_size=8,
        num_heads=2,
        intermediate_size=16,
        patch_size=4,
        temporal_patch_size=2,
        spatial_merge_size=2,
        out_hidden_size=16,
        num_position_embeddings=16,
    )


def _video_prism() -> Any:
    return backbone(
        "VideoPrismBackbone",
        num_frames=3,
        patch_size=4,
        hidden_dim=8,
        intermediate_dim=16,
        num_heads=2,
        num_spatial_layers=1,
        num_temporal_layers=1,
        num_auxiliary_layers=1,
        vocabulary_size=VOCABULARY,
        num_text_layers=1,
        attention_logit_soft_cap=50.0,
        image_shape=(16, 16, 3),
    )()


def _sam3() -> Any:
    import keras_hub

    layers = keras_hub.layers
    sizes = {"hidden_dim": 8, "intermediate_dim": 16, "num_heads": 2}
    image = {"image_shape": (56, 56, 3), "patch_size": 14}
    return backbone(
        "SAM3PromptableConceptBackbone",
        vision_encoder=layers.SAM3VisionEncoder(
            **image,
            **sizes,
            num_layers=2,
            fpn_hidden_dim=8,
            fpn_scale_factors=[4.0, 2.0, 1.0, 0.5],
            pretrain_image_shape=(28, 28, 3),
            window_size=2,
            global_attn_indexes=[1],
        ),
        text_encoder=layers.SAM3TextEncoder(vocabulary_size=VOCABULARY, embedding_dim=8, num_layers=1, **sizes),
        geometry_encoder=layers.SAM3GeometryEncoder(num_layers=1, roi_size=3, **sizes),
        detr_encoder=layers.SAM3DetrEncoder(num_layers=1, **sizes),
        detr_decoder=layers.SAM3DetrDecoder(**image, **sizes, num_layers=1, num_queries=7),
        mask_decoder=layers.SAM3MaskDecoder(num_upsampling_stages=3, hidden_dim=8, num_heads=2),
    )()


def _sam3_inputs() -> dict[str, np.ndarray]:
    return {
        "pixel_values": images(56),
        "token_ids": token_ids(),
        "padding_mask": padding_mask(),
        "boxes": np.tile(np.array([0, 0.3, 0.3, 0.2, 0.2], "float32"), (SAMPLES, 1, 1)),
        "box_labels": np.ones((SAMPLES, 1), "int32"),
    }


def _vae() -> Any:
    from keras_hub.src.models.vae.vae_backbone import VAEBackbone

    return VAEBackbone([32] * 4, [1] * 4, [32] * 4, [1] * 4, sampler_method="mode", name="vae")


def _stable_diffusion() -> Any:
    import keras_hub

    def clip(name: str, width: int) -> Any:
        return keras_hub.models.CLIPTextEncoder(VOCABULARY, width, width, 2, 2, 2 * width, "gelu", -2, name=name)

    model = backbone(
        "StableDiffusion3Backbone",
        mmdit_patch_size=2,
        mmdit_hidden_dim=16,
        mmdit_num_layers=2,
        mmdit_num_heads=2,
        mmdit_position_size=16,
        mmdit_qk_norm=None,
        mmdit_dual_attention_indices=None,
        vae=_vae(),
        clip_l=clip("clip_l", 8),
        clip_g=clip("clip_g", 12),
        image_shape=(64, 64, 3),
    )()
    model.configure_scheduler(1)  # as KerasHub's own `generate` does: it cannot be traced before
    return model


def _stable_diffusion_inputs() -> dict[str, np.ndarray]:
    generator = _generator()
    return {
        "images": generator.uniform(-1, 1, (SAMPLES, 64, 64, 3)).astype("float32"),
        "latents": generator.normal(size=(SAMPLES, 8, 8, 16)).astype("float32"),
        **{
            f"clip_{size}{negative}_token_ids": token_ids(5, seed=seed)
            for seed, (size, negative) in enumerate([("l", ""), ("l", "_negative"), ("g", ""), ("g", "_negative")])
        },
        "num_steps": np.ones((SAMPLES,), "int32"),
        "guidance_scale": np.ones((SAMPLES,), "float32"),
    }


def _flux() -> Any:
    return backbone(
        "FluxBackbone",
        input_channels=8,
        hidden_size=24,
        mlp_ratio=2.0,
        num_heads=2,
        depth=1,
        depth_single_blocks=1,
        axes_dim=[4, 4, 4],
        theta=10_000,
        use_bias=True,
        guidance_embed=True,
        image_shape=(9, 8),
        text_shape=(6, 8),
        image_ids_shape=(9, 3),
        text_ids_shape=(6, 3),
        y_shape=(8,),
    )()


def _flux_inputs() -> dict[str, np.ndarray]:
    generator = _generator()
    return {
        "image": generator.normal(size=(SAMPLES, 9, 8)).astype("float32"),
        "image_ids": np.zeros((SAMPLES, 9, 3), "float32"),
        "text": generator.normal(size=(SAMPLES, 6, 8)).astype("float32"),
        "text_ids": np.zeros((SAMPLES, 6, 3), "float32"),
        "y": generator.normal(size=(SAMPLES, 8)).astype("float32"),
        "timesteps": np.ones((SAMPLES,), "float32"),
        "guidance": np.ones((SAMPLES,), "float32"),
    }


def _on(axis: str, length: int, *, heads: int = 2, count: int = 2, folded: int = 1) -> Expected:
    return Expected(heads=heads, queries=length, keys=length, query_axis=axis, count=count, folded=folded)


def _between(query_axis: str, queries: int, key_axis: str, keys: int) -> Expected:
    return Expected(heads=2, queries=queries, keys=keys, query_axis=query_axis, key_axis=key_axis)


_PATCHES = "images: 4 × 4 patches"
_TOKENS = _on("token_ids", LENGTH)
_GROUPS = "4 query heads on 2 key and value heads"
_QUERIES = "query_tokens: 3 learned"
_BOXES = "boxes: 2 positions"
_DETECTED = "presence_token + query_embed: 7 learned"
_VIDEO = "pixel_values: 4 × 4 patches in 3 pictures"
_DIFFUSED = "2 groups of 98 positions"


def _clip_texts() -> tuple[Expected, ...]:
    names = ("clip_l_negative_token_ids", "clip_g_negative_token_ids", "clip_l_token_ids", "clip_g_token_ids")
    return tuple(_on(name, 5) for name in names)


MULTIMODAL = (
    Architecture(
        name="BLIP2Backbone",
        kind="multimodal",
        build=_blip2,
        inputs=lambda: {"images": images(), **text()},
        expected=(
            _on(f"class_token + {_PATCHES}", 17),
            _on(_QUERIES, 3, count=1),
            _between(_QUERIES, 3, f"class_token + {_PATCHES}", 17),
            _on(_QUERIES, 3, count=1),
            _on(f"{_QUERIES} + token_ids", 3 + LENGTH),
        ),
        notes="learned queries attend to themselves and to the picture, and stand before the text",
    ),
    Architecture(
        name="CLIPBackbone",
        kind="multimodal",
        build=lambda: _two_towers("CLIP", projection_dim=8),
        inputs=_images_and_tokens,
        expected=(_TOKENS, _on(f"class_embedding + {_PATCHES}", 17)),
    ),
    Architecture(
        name="MetaCLIP2Backbone",
        kind="multimodal",
        build=lambda: _two_towers("MetaCLIP2", projection_dim=8),
        inputs=_images_and_tokens,
        expected=(_on(f"class_embedding + {_PATCHES}", 17), _TOKENS),
    ),
    Architecture(
        name="SigLIPBackbone",
        kind="multimodal",
        build=lambda: _two_towers("SigLIP"),
        inputs=lambda: {"images": images(), "token_ids": token_ids(12)},
        expected=(
            _on(_PATCHES, 16),
            Expected(heads=2, queries=1, keys=16, query_axis="pooled", key_axis=_PATCHES),
            _on("token_ids", 12),
        ),
        notes="a learned query pools the patches",
    ),
    Architecture(
        name="Gemma3Backbone",
        kind="multimodal",
        build=_gemma3,
        inputs=lambda: _with_pictures(images=images(16, 1)),
        expected=(_on(_PATCHES, 16), _on("token_ids", 10, heads=4)),
        notes=f"{_GROUPS}; pictures take the place of tokens",
    ),
    Architecture(
        name="Gemma4Backbone",
        kind="multimodal",
        build=_gemma4,
        inputs=_gemma4_inputs,
        expected=(
            _on("pixel_values: 16 positions", 16),
            _between("audio_mel: 4 positions", 4, "audio_mel: 8 positions", 8),
            _on("token_ids", 10, heads=4),
        ),
        notes=f"{_GROUPS}; pictures and sound take the place of tokens; sound in chunks",
    ),
    Architecture(
        name="PaliGemmaBackbone",
        kind="multimodal",
        build=_pali_gemma,
        inputs=_pali_gemma_inputs,
        expected=(_on(_PATCHES, 16), _on(f"{_PATCHES} + token_ids", 16 + LENGTH, heads=4)),
        notes=f"{_GROUPS}; patches stand before the text",
    ),
    Architecture(
        name="VideoPrismBackbone",
        kind="multimodal",
        build=_video_prism,
        inputs=lambda: {"pixel_values": images(16, 3), **text()},
        expected=(
            _on(_VIDEO, 16, count=1, folded=3),
            _on("pixel_values: 16 groups of 3 positions", 3, count=1, folded=16),
            _on("pixel_values: 3 × 4 × 4 patches", 48, count=1),
            _on("token_ids + cls_token", LENGTH + 1, count=1),
            Expected(heads=2, queries=1, keys=48, query_axis="pooled", key_axis="pixel_values: 3 × 4 × 4 patches"),
        ),
        notes="frames, then places, folded into the batch; soft cap",
    ),
    Architecture(
        name="SAM3PromptableConceptBackbone",
        kind="multimodal",
        build=_sam3,
        inputs=_sam3_inputs,
        expected=(
            _on("pixel_values: 4 groups of 4 positions", 4, count=1, folded=4),
            _on("pixel_values: 4 × 4 patches", 16, count=1),
            _on("token_ids", LENGTH, count=1),
            _on(_BOXES, 2, count=1),
            _between(_BOXES, 2, "pixel_values: 4 × 4 patches", 16),
            _on("pixel_values: 4 × 4 patches", 16, count=1),
            _between("pixel_values: 4 × 4 patches", 16, f"token_ids + {_BOXES}", LENGTH + 2),
            _on(_DETECTED, 8, count=1),
            _between(_DETECTED, 8, f"token_ids + {_BOXES}", LENGTH + 2),
            _between(_DETECTED, 8, "pixel_values: 4 × 4 patches", 16),
            _between("pixel_values: 4 × 4 patches", 16, f"token_ids + {_BOXES}", LENGTH + 2),
        ),
        notes="windows folded into the batch; learned queries; text and boxes joined",
    ),
    Architecture(
        name="StableDiffusion3Backbone",
        kind="diffusion",
        build=_stable_diffusion,
        inputs=_stable_diffusion_inputs,
        expected=(
            *_clip_texts(),
            _on(f"clip_l_token_ids + latents: {_DIFFUSED}", 98, count=1, folded=2),
            _on(f"clip_l_token_ids: {_DIFFUSED}", 98, count=1, folded=2),
            _on("images: 8 × 8 patches", 64, heads=1, count=1),
            _on("latents: 8 × 8 patches", 64, heads=1, count=1),
        ),
        notes="with and without guidance side by side in the batch; its own `generate` sets the number of steps first, "
        "and so must a capture (`configure_scheduler`)",
    ),
    Architecture(
        name="FluxBackbone",
        kind="diffusion",
        build=_flux,
        inputs=_flux_inputs,
        expected=(_on("text + image", 15),),
    ),
)
