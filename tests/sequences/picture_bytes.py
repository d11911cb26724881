"""Picture files that tests make."""

import io
from typing import Any

import numpy as np
from PIL import Image


def file_of(picture: Any, kind: str = "PNG", **options: Any) -> bytes:
    """The bytes of a file: `picture` is a Pillow image, or an array of greys or colours."""
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(np.asarray(picture))
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()
