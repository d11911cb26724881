"""The other backbones of KerasHub: without softmax attention, abstract, or other names of one that was run."""

WITHOUT_ATTENTION = {
    "BASNetBackbone": "convolutions",
    "CSPNetBackbone": "convolutions",
    "DeepLabV3Backbone": "convolutions",
    "DenseNetBackbone": "convolutions",
    "EfficientNetBackbone": "convolutions",
    "FNetBackbone": "Fourier transforms in the place of attention",
    "HGNetV2Backbone": "convolutions",
    "MobileNetBackbone": "convolutions",
    "ResNetBackbone": "convolutions",
    "RetinaNetBackbone": "convolutions",
    "RWKV7Backbone": "a recurrence in the place of attention",
    "VGGBackbone": "convolutions",
    "XceptionBackbone": "convolutions",
}
ABSTRACT = ("Backbone", "FeaturePyramidBackbone")
OTHER_NAMES = {"ESM2Backbone": "ESMBackbone", "Qwen2Backbone": "QwenBackbone", "SmolLMBackbone": "SmolLM3Backbone"}
