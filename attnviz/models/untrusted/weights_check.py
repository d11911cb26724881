"""The HDF5 file with an uploaded model's weights: plain arrays of numbers, all of them inside of the file."""

import math
from dataclasses import dataclass
from typing import Any

import h5py  # type: ignore[import-untyped]

from attnviz.errors import UnsafeModelError
from attnviz.models.untrusted.limits import MEGABYTE, ModelLimits, megabytes

_FILTERS = {h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_FLETCHER32, h5py.h5z.FILTER_LZF}
_MOST_ATTRIBUTES = 64
_KINDS = "biuf"
_BFLOAT16 = "V2"
"""What NumPy calls a type that it does not know; Keras writes bfloat16 as two bytes with a note."""

_NOT_OF_THE_MODEL = ("optimizer", "seed_generator")
"""Groups with the state of training and of the random numbers, which are no parameters."""


@dataclass(frozen=True, kw_only=True)
class HeldNumbers:
    """How many numbers a file of weights holds.

    Attributes:
        total: All of them.
        parameters: Those of the model, without its optimizer and its random numbers.
    """

    total: int
    parameters: int


def check_weights(path: str, *, label: str, limits: ModelLimits) -> HeldNumbers:
    """Refuse whatever is no plain array inside of the file.

    Args:
        path: The HDF5 file.
        label: What messages call the model.
        limits: Number of arrays, and size of all of them when they are read.

    Raises:
        UnsafeModelError: If it holds links, data that lie elsewhere, unusual filters or types, or too much.
    """
    try:
        with h5py.File(path, "r") as file:
            return _Walk(label, limits).of(file)
    except (OSError, RuntimeError, KeyError, TypeError, ValueError) as error:
        if isinstance(error, UnsafeModelError):
            raise
        reason = " ".join(str(error).split())[:200]
        raise UnsafeModelError(
            f"The weights of {label} cannot be read: {reason}. The file is damaged: save it again."
        ) from error


class _Walk:
    """One pass over a file, by its links, none of which it follows before it knows what they are."""

    def __init__(self, label: str, limits: ModelLimits) -> None:
        self._label, self._limits = label, limits
        self._seen: set[int] = set()
        self._bytes = 0

    def of(self, file: h5py.File) -> HeldNumbers:
        total = parameters = 0
        self._seen.add(h5py.h5o.get_info(file.id).addr)
        waiting: list[tuple[h5py.Group, tuple[str, ...]]] = [(file, ())]
        while waiting:
            group, path = waiting.pop()
            self._check_attributes(group, path)
            for name in group:
                inner = (*path, name)
                self._check_link(group, name, inner)
                found = group[name]
                self._check_first_time(found, inner)
                if isinstance(found, h5py.Group):
                    waiting.append((found, inner))
                elif isinstance(found, h5py.Dataset):
                    self._check_attributes(found, inner)
                    size = self._checked_size(found, inner)
                    total += size
                    parameters += 0 if _is_no_parameter(inner) else size
                else:
                    raise self._refused(inner, "is neither an array nor a group of arrays")
        return HeldNumbers(total=total, parameters=parameters)

    def _check_link(self, group: h5py.Group, name: str, path: tuple[str, ...]) -> None:
        link = group.get(name, getlink=True)
        if isinstance(link, h5py.ExternalLink):
            raise self._refused(path, f"is a link to another file on this server ({str(link.filename)[:100]!r})")
        if not isinstance(link, h5py.HardLink):
            raise self._refused(path, "is a link to another place")

    def _check_first_time(self, found: Any, path: tuple[str, ...]) -> None:
        address = h5py.h5o.get_info(found.id).addr
        if address in self._seen:
            raise self._refused(path, "is there twice, under two names, or holds itself")
        self._seen.add(address)
        if len(self._seen) > self._limits.weight_arrays:
            raise UnsafeModelError(
                f"The weights of {self._label} hold more than the {self._limits.weight_arrays:,} arrays allowed."
            )

    def _check_attributes(self, found: Any, path: tuple[str, ...]) -> None:
        if len(found.attrs) > _MOST_ATTRIBUTES:
            raise self._refused(path, f"carries more than {_MOST_ATTRIBUTES} notes (attributes)")

    def _checked_size(self, dataset: h5py.Dataset, path: tuple[str, ...]) -> int:
        properties = dataset.id.get_create_plist()
        layout = properties.get_layout()
        if properties.get_external_count():
            raise self._refused(path, f"has its numbers in another file ({str(properties.get_external(0)[0])[:100]})")
        if layout == h5py.h5d.VIRTUAL:
            raise self._refused(path, "is put together from other files (a virtual dataset)")
        if layout not in (h5py.h5d.COMPACT, h5py.h5d.CONTIGUOUS, h5py.h5d.CHUNKED):
            raise self._refused(path, "is laid out in a way that is not read here")
        for index in range(properties.get_nfilters()):
            if properties.get_filter(index)[0] not in _FILTERS:
                raise self._refused(path, "is compressed by a plug-in; gzip and LZF are read")
        if dataset.dtype.kind not in _KINDS and dataset.dtype.str[-2:] != _BFLOAT16:
            raise self._refused(path, f"holds no numbers, but {str(dataset.dtype)[:60]}")
        if dataset.shape is None:
            raise self._refused(path, "is empty, without a shape")
        size = math.prod(dataset.shape)
        declared, stored = size * dataset.dtype.itemsize, dataset.id.get_storage_size()
        if declared > MEGABYTE and declared > self._limits.expansion * stored:
            raise self._refused(path, f"claims {size:,} numbers, but only {stored:,} bytes are stored for them")
        self._bytes += declared
        if self._bytes > self._limits.unpacked_bytes:
            raise UnsafeModelError(
                f"The weights of {self._label} take more than the {megabytes(self._limits.unpacked_bytes)} allowed."
            )
        return size

    def _refused(self, path: tuple[str, ...], what: str) -> UnsafeModelError:
        return UnsafeModelError(
            f"{'/'.join(path)[:200]!r} in the weights of {self._label} {what}. Refused; nothing was read. Weights that "
            "Keras saves are plain arrays inside of the file: save the model again."
        )


def _is_no_parameter(path: tuple[str, ...]) -> bool:
    return any(part.startswith(_NOT_OF_THE_MODEL) for part in path)
