"""What the bytes of a file are: its signature, its encoding, its lines of text."""

import codecs
import io
from dataclasses import dataclass
from typing import TextIO

from attnviz.errors import InputError

_CHUNK = 2**20

_SIGNATURES = (
    (b"\x93NUMPY", "a NumPy array (.npy)"),
    (b"PK\x03\x04", "a ZIP archive, such as an Excel workbook or .npz"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document, such as .xls"),
    (b"%PDF-", "a PDF document"),
    (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF87a", "a GIF picture"),
    (b"GIF89a", "a GIF picture"),
    (b"\x1f\x8b\x08", "a gzip archive"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    (b"PAR1", "a Parquet file"),
    (b"\x80\x02", "a Python pickle"),
    (b"\x80\x03", "a Python pickle"),
    (b"\x80\x04", "a Python pickle"),
    (b"\x80\x05", "a Python pickle"),
    (b"{\\rtf", "an RTF document"),
)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", ""),
    (codecs.BOM_UTF32_LE, "utf-32", "The file was decoded as UTF-32."),
    (codecs.BOM_UTF32_BE, "utf-32", "The file was decoded as UTF-32."),
    (codecs.BOM_UTF16_LE, "utf-16", "The file was decoded as UTF-16."),
    (codecs.BOM_UTF16_BE, "utf-16", "The file was decoded as UTF-16."),
)
_CONTROLS = bytes(code for code in range(32) if code not in b"\t\n\v\f\r\x1a") + b"\x7f"


@dataclass(frozen=True, kw_only=True)
class TextFile:
    """The bytes of a text file whose encoding is known to decode all of them.

    Attributes:
        data: The bytes.
        encoding: Python's name of the encoding.
        notices: What was assumed about it.
    """

    data: bytes
    encoding: str
    notices: tuple[str, ...] = ()

    def open(self, *, newline: str | None = None) -> TextIO:
        """The text, decoded piece by piece as it is read: a large file never stands in memory a second time.

        Args:
            newline: As for the built-in `open`.
        """
        return io.TextIOWrapper(io.BytesIO(self.data), encoding=self.encoding, newline=newline)


def signature(data: bytes) -> str | None:
    """What the first bytes say the file is, for a handful of well-known formats that are not text; else None."""
    return next((kind for start, kind in _SIGNATURES if data.startswith(start)), None)


def text_file(data: bytes) -> TextFile:
    """The bytes as text: UTF-8, whatever a byte order mark says, or else Windows-1252 if it makes sense in it.

    Raises:
        InputError: If they are no text, or text in another encoding.
    """
    for mark, encoding, notice in _MARKS:
        if data.startswith(mark):
            _check_decodes(data, encoding)
            return TextFile(data=data, encoding=encoding, notices=(notice,) if notice else ())
    if (position := data.find(b"\0")) >= 0:
        raise InputError(
            f"The file holds a NUL byte (at byte {position + 1:,}), so it is no text, or UTF-16 without a byte order "
            "mark. Save it as UTF-8."
        )
    problem = _first_undecodable(data, "utf-8")
    if problem is None:
        return TextFile(data=data, encoding="utf-8")
    if _first_undecodable(data, "cp1252") is None and data.translate(None, delete=_CONTROLS) == data:
        notice = f"The file is not UTF-8 (see line {_line(data, problem)}) and was decoded as Windows-1252."
        return TextFile(data=data, encoding="cp1252", notices=(notice,))
    raise InputError(
        f"The file is neither UTF-8 nor Windows-1252: line {_line(data, problem)} (byte {problem + 1:,}) cannot be "
        "decoded. Save it as UTF-8."
    )


def _check_decodes(data: bytes, encoding: str) -> None:
    plain = encoding.removesuffix("-sig")  # which does not count the mark's own bytes
    problem = _first_undecodable(data, plain)
    if problem is not None:
        name = plain.upper()
        raise InputError(
            f"The file starts with the byte order mark of {name}, but cannot be decoded as {name} near byte "
            f"{problem + 1:,}. Save it as UTF-8."
        )
    with TextFile(data=data, encoding=encoding).open(newline="") as text:
        while piece := text.read(_CHUNK):
            if "\0" in piece:
                raise InputError("The file holds a NUL character, so it is no text. Save it as UTF-8.")


def _first_undecodable(data: bytes, encoding: str) -> int | None:
    """Index of the first byte (or of its code unit) that is wrong in this encoding; None if all decode."""
    decoder = codecs.getincrementaldecoder(encoding)()
    for start in range(0, len(data), _CHUNK):
        pending = len(decoder.getstate()[0])
        try:
            decoder.decode(data[start : start + _CHUNK], final=start + _CHUNK >= len(data))
        except UnicodeDecodeError as error:
            return min(max(start - pending + error.start, 0), len(data) - 1)
    return None


def _line(data: bytes, position: int) -> int:
    return data.count(b"\n", 0, position) + 1
