"""Files that are no `.keras` archive: what they are, and how to make one of them."""

from attnviz.errors import UnsafeModelError

WANTED = "Upload `model.keras` as `model.save('model.keras')` writes it, or a zip of it and its `card.json`."

_FROM_H5 = """Convert it where you trust it:
import keras
model = keras.models.load_model('{name}', compile=False)
model.save('model.keras')"""
_FROM_SAVED_MODEL = """Convert it where you trust it, with `import tf_keras` (pip install tf-keras) and its code:
model = build_model()  # the same layers, from Keras 3
model.set_weights(tf_keras.models.load_model('FOLDER').get_weights())
model.save('model.keras')"""
_WEIGHTS_ONLY = """Load the weights into the model that they belong to:
model = build_model()  # your own function, the one that made this model
model.load_weights('{name}')
model.save('model.keras')"""

_BY_SIGNATURE: tuple[tuple[bytes, str], ...] = (
    (b"\x89HDF\r\n\x1a\n", "h5"),
    (b"\x93NUMPY", "npy"),
    (b"\x80\x02", "pickle"),
    (b"\x80\x03", "pickle"),
    (b"\x80\x04", "pickle"),
    (b"\x80\x05", "pickle"),
    (b"\x1f\x8b", "tar"),
    (b"7z\xbc\xaf\x27\x1c", "tar"),
    (b"Rar!\x1a\x07", "tar"),
    (b"BZh", "tar"),
    (b"\xfd7zXZ\x00", "tar"),
)
_BY_SUFFIX = {
    ".weights.h5": "weights",
    ".h5": "h5",
    ".hdf5": "h5",
    ".npz": "npz",
    ".npy": "npy",
    ".pb": "saved_model",
    ".pt": "torch",
    ".pth": "torch",
    ".ckpt": "torch",
    ".safetensors": "torch",
    ".bin": "torch",
    ".gguf": "torch",
    ".onnx": "onnx",
    ".tflite": "onnx",
    ".pkl": "pickle",
    ".pickle": "pickle",
    ".joblib": "pickle",
    ".tar": "tar",
    ".gz": "tar",
    ".tgz": "tar",
    ".7z": "tar",
    ".rar": "tar",
}
_EXPLANATIONS = {
    "weights": "holds weights without a model (.weights.h5). " + _WEIGHTS_ONLY,
    "h5": "is a model in the old HDF5 format, which can carry Python code that no setting of Keras stops. " + _FROM_H5,
    "saved_model": "is a TensorFlow SavedModel: a program of its own, which cannot be checked before it runs. "
    + _FROM_SAVED_MODEL,
    "npz": "is a NumPy archive (.npz): arrays, or Python pickles, which run code when they are read. " + WANTED,
    "npy": "is a NumPy array (.npy), not a model. " + WANTED,
    "pickle": "is a Python pickle, which runs code when it is read. It was not opened. " + WANTED,
    "torch": "is a file of weights of another library (PyTorch or the like), not a Keras model. " + WANTED,
    "onnx": "is a model of another library (ONNX or TensorFlow Lite), not a Keras model. " + WANTED,
    "tar": "is an archive other than zip. " + WANTED,
}


def refuse_other_format(name: str, content: bytes) -> None:
    """Say what a file is that is no zip archive.

    Args:
        name: Its name, as uploaded.
        content: Its bytes.

    Raises:
        UnsafeModelError: Always, unless it begins as a zip archive does and its name promises nothing else.
    """
    lower = name.lower()
    by_suffix = next((kind for suffix, kind in _BY_SUFFIX.items() if lower.endswith(suffix)), None)
    if content.startswith(b"PK\x03\x04"):
        if by_suffix in ("npz", "torch", "pickle"):  # zip archives too, in all three formats
            raise refused_format(name, by_suffix)
        return
    kind = next((kind for start, kind in _BY_SIGNATURE if content.startswith(start)), None)
    if kind == "h5" and by_suffix == "weights":
        kind = "weights"
    kind = kind or by_suffix
    if kind is not None:
        raise refused_format(name, kind)
    if not content:
        raise UnsafeModelError(f"{name!r} is empty. {WANTED}")
    raise UnsafeModelError(f"{name!r} is not a zip archive, as every `.keras` file is. {WANTED}")


def refused_format(name: str, kind: str) -> UnsafeModelError:
    """The refusal of one of the kinds named above, with what to do instead."""
    return UnsafeModelError(f"{name!r} {_EXPLANATIONS[kind].replace('{name}', name)}")
