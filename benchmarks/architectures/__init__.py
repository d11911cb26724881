"""Every attention architecture of KerasHub, small and random: what the tests run and `docs/architectures.md` lists."""

from benchmarks.architectures.decoders import DECODERS
from benchmarks.architectures.encoder_decoders import ENCODER_DECODERS
from benchmarks.architectures.encoders import ENCODERS
from benchmarks.architectures.multimodal import MULTIMODAL
from benchmarks.architectures.vision import VISION

ARCHITECTURES = (*ENCODERS, *DECODERS, *ENCODER_DECODERS, *VISION, *MULTIMODAL)
