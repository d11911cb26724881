"""A checked upload, opened."""

import tempfile
from pathlib import Path

import keras

import attnviz.layers  # noqa: F401 - registers the layers that a saved model may use
from attnviz.errors import UnsafeModelError
from attnviz.models.untrusted.checking import MODEL_FILE, CheckedUpload
from attnviz.models.untrusted.modules import import_modules


def load_checked(upload: CheckedUpload) -> keras.Model:
    """The Keras model of an upload that passed `check_upload`; never compiled, always in Keras' safe mode.

    Args:
        upload: What `check_upload` returned.

    Raises:
        UnsafeModelError: If Keras cannot open it.
    """
    import_modules(upload.allowed_modules)
    with tempfile.TemporaryDirectory(prefix="attnviz-") as folder:  # readable by this user only
        path = Path(folder) / MODEL_FILE
        path.write_bytes(upload.model)
        try:
            return keras.models.load_model(path, compile=False, safe_mode=True)
        except Exception as error:
            reason = " ".join(str(error).split())[:300]
            raise UnsafeModelError(f"{upload.name!r} passed the checks, but Keras cannot open it: {reason}") from error
