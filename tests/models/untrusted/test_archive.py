"""Zip archives that lie, lead out of themselves, or are made to fill the memory."""

import contextlib
import io
import stat
import struct
import time
import warnings
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attnviz.errors import UnsafeModelError
from attnviz.models.untrusted.archive import read_archive
from attnviz.models.untrusted.checking import check_upload
from attnviz.models.untrusted.limits import ModelLimits
from tests.models.untrusted.model_files import WEIGHTS, entries_of, with_entries, zip_of

LIMITS = ModelLimits(packed_bytes=20_000_000, unpacked_bytes=30_000_000, entries=20)


def read(content: bytes, limits: ModelLimits = LIMITS) -> dict[str, bytes]:
    return dict(read_archive(content, label="'upload.zip'", limits=limits, wanted=lambda name: True))


def refusal(content: bytes, limits: ModelLimits = LIMITS) -> str:
    with pytest.raises(UnsafeModelError) as caught:
        read(content, limits)
    return str(caught.value)


def zip_with(change: Callable[[zipfile.ZipInfo], None], name: str = "file.txt", data: bytes = b"text") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        entry = zipfile.ZipInfo(name)
        change(entry)
        archive.writestr(entry, data)
    return buffer.getvalue()


@given(
    st.dictionaries(
        st.from_regex(r"[a-z]{1,8}(/[a-z]{1,8})?\.txt", fullmatch=True), st.binary(max_size=300), max_size=9
    )
)
def test_what_went_in_comes_out(entries: dict[str, bytes]) -> None:
    for compression in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        assert read(zip_of(entries, compression)) == entries


@pytest.mark.parametrize(
    "name",
    [
        "../model.keras",
        "/etc/passwd",
        "a/../../b",
        "..",
        "a//b",
        "./a",
        "a\\b",
        "..\\a",
        "C:model.keras",
        "c:/a",
        "a/..",
    ],
)
def test_paths_that_lead_outside(name: str) -> None:
    assert "a path that leads outside of the archive" in refusal(zip_of({name: b"text"}))


def test_names_that_no_file_can_have() -> None:
    with_nul = zip_of({"good.txtXevil.txt": b"text"}).replace(b"good.txtXevil", b"good.txt\0evil")
    assert "whose name cannot be used" in refusal(with_nul)
    assert "whose name cannot be used" in refusal(zip_of({"line\nbreak": b""}))
    assert "whose name cannot be used" in refusal(zip_of({"x" * 500: b""}))


@pytest.mark.parametrize(("kind", "word"), [(stat.S_IFLNK, "a link"), (stat.S_IFIFO, "a special file")])
def test_links_and_special_files(kind: int, word: str) -> None:
    def change(entry: zipfile.ZipInfo) -> None:
        entry.external_attr = (kind | 0o777) << 16

    assert f"'file.txt' in 'upload.zip' is {word}" in refusal(zip_with(change, data=b"/etc/passwd"))


def test_one_name_twice() -> None:
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w") as archive:
        warnings.simplefilter("ignore")  # zipfile warns of what is done here on purpose
        archive.writestr("config.json", "{}")
        archive.writestr("config.json", "[]")
    assert "holds 'config.json' twice" in refusal(buffer.getvalue())
    assert "holds 'CONFIG.JSON' twice" in refusal(zip_of({"config.json": b"", "CONFIG.JSON": b""}))
    assert "holds 'a/' twice" in refusal(zip_of({"a": b"", "a/": b""}))


def test_encrypted_entries() -> None:
    content = bytearray(zip_of({"file.txt": b"text"}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + offset] |= 1
    assert "'file.txt' in 'upload.zip' is encrypted" in refusal(bytes(content))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_compressions(method: int) -> None:
    assert "compressed by a method that is not read here" in refusal(zip_of({"file.txt": b"text"}, method))


@pytest.mark.parametrize("declared", [0, 3, 99, 2**31])
@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_size_that_is_not_the_declared_one(declared: int, compression: int) -> None:
    content = bytearray(zip_of({"file.txt": b"some text", "next.txt": b"more"}, compression))
    struct.pack_into("<I", content, content.index(b"PK\x01\x02") + 24, declared)
    message = refusal(bytes(content))
    assert any(part in message for part in ("not a zip archive that can be read", "is damaged", "unpacks to more than"))


def test_archives_made_to_fill_the_memory() -> None:
    zeros = bytes(12_000_000)
    assert "unpacks to more than 200 times its size" in refusal(zip_of({"zeros": zeros}, zipfile.ZIP_DEFLATED))
    assert "more than the 30 MB allowed" in refusal(
        zip_of({str(number): zeros for number in range(3)}, zipfile.ZIP_DEFLATED),
        ModelLimits(unpacked_bytes=30_000_000, expansion=2_000),
    )
    assert "more than the 20 MB allowed" in refusal(zip_of({"random": bytes(20_000_001)}))


def test_entries_that_share_their_data() -> None:
    """The bomb that unpacks one kernel of data a thousand times (Fifield, 2019)."""
    content = bytearray(zip_of({f"{number:02}": b"x" * 1000 for number in range(10)}))
    position = 0
    while (position := content.find(b"PK\x01\x02", position + 1)) >= 0:
        struct.pack_into("<I", content, position + 42, 0)
    assert "not a zip archive that can be read" in refusal(bytes(content))


def test_too_many_entries_are_not_even_listed() -> None:
    assert "more than the 20 files allowed" in refusal(zip_of({str(number): b"" for number in range(21)}))
    many = zip_of({f"{number:06}": b"" for number in range(60_000)})
    begin = time.perf_counter()
    assert "more than the 20 files allowed" in refusal(many)
    assert time.perf_counter() - begin < 0.5


def test_only_what_is_wanted_is_unpacked() -> None:
    content = zip_of({"wanted": b"yes", "large": bytes(10_000_000)})
    limits = ModelLimits(unpacked_bytes=1_000)
    assert read_archive(content, label="it", limits=limits, wanted=lambda name: name == "wanted") == {"wanted": b"yes"}


@given(st.data())
def test_a_damaged_archive_is_read_or_refused(data: st.DataObject) -> None:
    content = bytearray(zip_of({"a.txt": b"some text " * 9, "b/c.txt": b"\0" * 50}, zipfile.ZIP_DEFLATED))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    del content[data.draw(st.integers(1, len(content))) :]
    with contextlib.suppress(UnsafeModelError):
        assert all(name.isprintable() for name in read(bytes(content)))


def test_archives_in_archives(small: bytes) -> None:
    for name in ("more.zip", "model/other.keras", "weights.npz", "a.tar.gz"):
        with pytest.raises(UnsafeModelError, match="holds another archive"):
            check_upload("upload.zip", zip_of({"model.keras": small, name: b""}))
    with pytest.raises(UnsafeModelError, match="holds another archive, 'a/b/model.keras'"):
        check_upload("upload.zip", zip_of({"a/b/model.keras": small}))  # one folder, not two
    with pytest.raises(UnsafeModelError, match="holds 2 files called `model.keras`"):
        check_upload("upload.zip", zip_of({"a/model.keras": small, "b/model.keras": small}))
    with pytest.raises(UnsafeModelError, match=r"holds 'mine.keras'. In a zip the model must be called `model.keras`"):
        check_upload("upload.zip", zip_of({"mine.keras": small}))
    inner = zip_of({"model.keras": small})
    with pytest.raises(UnsafeModelError, match=r"`model.keras` in 'upload.zip' holds no `config.json`"):
        check_upload("upload.zip", zip_of({"model.keras": inner}))


def test_files_that_no_model_holds(small: bytes) -> None:
    for name in ("evil.py", "assets/run.sh", "assets/a.pkl", "layers/vocabulary.txt", "model.weights.json"):
        with pytest.raises(UnsafeModelError, match="no part of a Keras model|keeps its weights in several files"):
            check_upload("model.keras", with_entries(small, {name: b""}))
    without = {name: data for name, data in entries_of(small).items() if name != WEIGHTS}
    with pytest.raises(UnsafeModelError, match="holds no weights"):
        check_upload("model.keras", zip_of(without))
    with pytest.raises(UnsafeModelError, match="keeps its weights in several files"):
        check_upload("model.keras", zip_of({**without, "model_00000.weights.h5": b"", "model.weights.json": b"{}"}))
