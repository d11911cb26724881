"""Messages over a pipe between two processes: a JSON header and blocks of bytes. Nothing in them is executed.

A message is eight bytes with the length of its header, the header, and its blocks, whose names and lengths the header
gives. Numbers travel as `.npy` without pickles.
"""

import io
import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import numpy as np

_LENGTH = struct.Struct(">Q")
MAXIMUM_HEADER_BYTES = 2**30
MAXIMUM_BLOCK_BYTES = 2**32


@dataclass(frozen=True, eq=False, kw_only=True)
class Message:
    """One message.

    Attributes:
        kind: What it is about.
        fields: Plain data, as JSON has it.
        blocks: Bytes by name.
    """

    kind: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    blocks: Mapping[str, bytes] = field(default_factory=dict)


def message_bytes(message: Message) -> bytes:
    """The message as it goes through a pipe."""
    sizes = {name: len(block) for name, block in message.blocks.items()}
    header = json.dumps({"kind": message.kind, "fields": dict(message.fields), "blocks": sizes}).encode()
    return b"".join((_LENGTH.pack(len(header)), header, *message.blocks.values()))


def read_message(stream: BinaryIO) -> Message | None:
    """The next message of a stream; None at its end, in the middle of a message too."""
    start = _read(stream, _LENGTH.size)
    if start is None:
        return None
    (length,) = _LENGTH.unpack(start)
    if length > MAXIMUM_HEADER_BYTES:
        raise ValueError(f"A header of {length:,} bytes is none.")
    content = _read(stream, length)
    if content is None:
        return None
    header = json.loads(content)
    blocks: dict[str, bytes] = {}
    for name, size in header["blocks"].items():
        if not 0 <= size <= MAXIMUM_BLOCK_BYTES:
            raise ValueError(f"A block of {size:,} bytes is none.")
        block = _read(stream, size)
        if block is None:
            return None
        blocks[name] = block
    return Message(kind=header["kind"], fields=header["fields"], blocks=blocks)


def array_bytes(array: np.ndarray) -> bytes:
    """An array of numbers as a `.npy` file."""
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=False)
    return stream.getvalue()


def array_of(block: bytes) -> np.ndarray:
    """The array of a `.npy` file."""
    return np.asarray(np.load(io.BytesIO(block), allow_pickle=False))


def _read(stream: BinaryIO, size: int) -> bytes | None:
    pieces: list[bytes] = []
    while size:
        piece = stream.read(min(size, 2**20))
        if not piece:
            return None
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)
