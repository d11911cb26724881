"""Zip archives that somebody uploaded: read within limits, into memory, believing nothing they declare."""

import io
import re
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Mapping

from attnviz.errors import UnsafeModelError
from attnviz.models.untrusted.limits import MEGABYTE, ModelLimits, megabytes

_CHUNK = 2**20
_LONGEST_NAME = 400
_CENTRAL_RECORD = b"PK\x01\x02"
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DRIVE = re.compile(r"[A-Za-z]:")
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    ValueError,
    OverflowError,
    RuntimeError,
    OSError,
)


def read_archive(
    content: bytes, *, label: str, limits: ModelLimits, wanted: Callable[[str], bool]
) -> Mapping[str, bytes]:
    """The wanted files in a zip archive, by name; all its entries are checked, wanted or not.

    Args:
        content: The archive.
        label: What messages call it.
        limits: How much it may hold.
        wanted: Whether a file of this name is to be read; the others are never unpacked.

    Raises:
        UnsafeModelError: If it is no archive, damaged, over a limit, or has an entry that could lead outside of it.
    """
    if len(content) > limits.packed_bytes:
        raise UnsafeModelError(
            f"{label} has {megabytes(len(content))}, more than the {megabytes(limits.packed_bytes)} allowed."
        )
    # Before zipfile makes an object of each record: a directory of millions of entries would fill the memory.
    if content.count(_CENTRAL_RECORD) > 2 * limits.entries + 100:
        raise _too_many(label, limits)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            if len(entries) > limits.entries:
                raise _too_many(label, limits)
            _check_names(entries, label)
            for entry in entries:
                _check_entry(entry, label, limits)
            files = [entry for entry in entries if not entry.is_dir() and wanted(entry.filename)]
            return _unpacked(archive, files, label, limits)
    except _BROKEN as error:
        if isinstance(error, UnsafeModelError):
            raise
        raise UnsafeModelError(
            f"{label} is not a zip archive that can be read ({error}). It may be damaged: download or save it again."
        ) from error


def _too_many(label: str, limits: ModelLimits) -> UnsafeModelError:
    return UnsafeModelError(f"{label} holds more than the {limits.entries:,} files allowed.")


def _check_names(entries: list[zipfile.ZipInfo], label: str) -> None:
    seen: set[str] = set()
    for entry in entries:
        name = entry.orig_filename  # zipfile cuts `filename` at a NUL
        shown = name[:100]
        if not name or len(name) > _LONGEST_NAME or not name.isprintable():
            raise UnsafeModelError(f"{label} holds a file whose name cannot be used: {shown!r}.")
        parts = name.removesuffix("/").split("/")
        if "\\" in name or _DRIVE.match(name) or any(part in ("", ".", "..") for part in parts):
            raise UnsafeModelError(
                f"{label} holds {shown!r}, a path that leads outside of the archive. Refused, for such a file would be "
                "written over others. Models saved by Keras hold no such path: save the model again."
            )
        folded = unicodedata.normalize("NFC", name.removesuffix("/")).casefold()
        if folded in seen:
            raise UnsafeModelError(f"{label} holds {shown!r} twice, so that nobody can say which one counts.")
        seen.add(folded)


def _check_entry(entry: zipfile.ZipInfo, label: str, limits: ModelLimits) -> None:
    name = entry.filename[:100]
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        what = "a link" if kind == stat.S_IFLNK else "a special file"
        raise UnsafeModelError(f"{name!r} in {label} is {what}, which could lead outside of the archive. Refused.")
    if entry.flag_bits & _ENCRYPTED:
        raise UnsafeModelError(
            f"{name!r} in {label} is encrypted, so it cannot be checked. Upload it without a password."
        )
    if entry.compress_type not in _METHODS:
        raise UnsafeModelError(
            f"{name!r} in {label} is compressed by a method that is not read here ({entry.compress_type}). Store it, "
            "or use the ordinary compression of zip files (deflate)."
        )
    if entry.is_dir() and entry.file_size:
        raise UnsafeModelError(f"{name!r} in {label} is a folder with content, which no zip program writes.")
    _check_expansion(entry, entry.file_size, label, limits)


def _check_expansion(entry: zipfile.ZipInfo, size: int, label: str, limits: ModelLimits) -> None:
    if size > MEGABYTE and size > limits.expansion * max(entry.compress_size, 1):
        raise UnsafeModelError(
            f"{entry.filename[:100]!r} in {label} unpacks to more than {limits.expansion} times its size, as an "
            "archive does that is made to fill the memory (a zip bomb). Refused. If it is a real model, save it again "
            "without compression."
        )


def _unpacked(
    archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], label: str, limits: ModelLimits
) -> Mapping[str, bytes]:
    found: dict[str, bytes] = {}
    left = limits.unpacked_bytes
    for entry in entries:
        pieces = []
        with archive.open(entry) as stream:
            # zipfile stops at the declared size and then compares the checksum, so a lie ends as a damaged archive.
            while piece := stream.read(_CHUNK):
                left -= len(piece)
                if left < 0:
                    raise UnsafeModelError(
                        f"{label} unpacks to more than the {megabytes(limits.unpacked_bytes)} allowed."
                    )
                pieces.append(piece)
        data = b"".join(pieces)
        if len(data) != entry.file_size:
            raise UnsafeModelError(
                f"{entry.filename[:100]!r} in {label} is damaged: it declares {entry.file_size:,} bytes and has "
                f"{len(data):,}."
            )
        found[entry.filename] = data
    return found
