"""What the operator sets, in environment variables."""

import os

from attnviz.errors import InputError
from attnviz.sequences.reading import UploadLimits

UPLOAD_MEGABYTES = "ATTNVIZ_UPLOAD_MEGABYTES"
UPLOAD_SEQUENCES = "ATTNVIZ_UPLOAD_SEQUENCES"


def upload_limits() -> UploadLimits:
    """Largest upload in bytes and in sequences; 100 MB and 100,000 unless the operator says otherwise."""
    standard = UploadLimits()
    return UploadLimits(
        maximum_bytes=_number(UPLOAD_MEGABYTES, standard.maximum_bytes // 2**20) * 2**20,
        maximum_sequences=_number(UPLOAD_SEQUENCES, standard.maximum_sequences),
    )


def _number(name: str, otherwise: int) -> int:
    value = os.environ.get(name, str(otherwise))
    if not value.isdigit() or int(value) == 0:
        raise InputError(f"Environment variable {name} must be a whole number above 0. Received: {value!r}.")
    return int(value)
