import io
import pickle
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest

from attnviz.errors import InputError
from attnviz.sequences.array_archives import MAXIMUM_ARRAYS, arrays_in
from attnviz.sequences.data_files import read_data_set
from attnviz.sequences.upload import UploadLimits

SMALL = UploadLimits(maximum_bytes=1_000_000)


class Bomb:
    """Fails the test if anything unpickles it."""

    def __reduce__(self):
        return (pytest.fail, ("unpickled",))


def npy(array, **options):
    stream = io.BytesIO()
    np.save(stream, array, **options)
    return stream.getvalue()


def archive(members, compression=zipfile.ZIP_DEFLATED):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as file:
        for name, content in members:
            file.writestr(name, content)
    return stream.getvalue()


def saved(**arrays):
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def test_arrays_are_columns():
    x = np.arange(24, dtype=">i2").reshape(4, 3, 2)
    data = read_data_set("a.npz", saved(x=x, y=np.array([1, 0, 1, 0], np.uint8), name=np.array(list("abcd"))))
    assert data.columns == ("x", "y", "name")
    np.testing.assert_array_equal(np.stack(data.table["x"]), x)
    assert data.table["y"].tolist() == [1, 0, 1, 0]
    assert data.table["name"].tolist() == ["a", "b", "c", "d"]
    assert data.lines.tolist() == [1, 2, 3, 4]


def test_arrays_of_another_length_are_left_out_and_named():
    data = read_data_set("a.npz", saved(x=np.zeros((3, 2)), y=np.ones(3), classes=np.array(["a", "b"]), n=np.array(3)))
    assert data.columns == ("x", "y")
    assert data.notices == ("Arrays left out because they do not have 3 rows like the others: “classes”.",)


def test_nothing_is_ever_unpickled():
    for content in (npy(np.array([Bomb()], dtype=object), allow_pickle=True), pickle.dumps(Bomb())):
        with pytest.raises(InputError, match=r"Array “y”: The (array holds Python objects|file is no NumPy array)"):
            read_data_set("a.npz", archive([("x.npy", npy(np.ones(2))), ("y.npy", content)]))


def test_a_bomb_that_declares_its_size_is_refused_before_it_is_unpacked():
    content = archive([("x.npy", npy(np.zeros(5_000_000)))])
    assert len(content) < 50_000
    tracemalloc.start()
    with pytest.raises(InputError, match="more than 3 MB of memory, unpacked"):
        read_data_set("a.npz", content, SMALL)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000


def test_a_bomb_that_lies_about_its_size_is_refused_while_it_is_unpacked():
    content = bytearray(archive([("x.npy", npy(np.zeros(5_000_000)))]))
    size = struct.pack("<I", 5_000_000 * 8 + 128)
    assert content.count(size) == 2
    lying = bytes(content).replace(size, struct.pack("<I", 1_000))
    tracemalloc.start()
    with pytest.raises(InputError, match="no archive of arrays, or is damaged|is damaged"):
        read_data_set("a.npz", lying, SMALL)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10_000_000


def test_many_arrays_together_are_counted():
    content = archive([(f"x{number}.npy", npy(np.zeros(100_000))) for number in range(6)])
    with pytest.raises(InputError, match="more than 3 MB of memory, unpacked"):
        read_data_set("a.npz", content, SMALL)


@pytest.mark.parametrize("count", [MAXIMUM_ARRAYS + 1, 20_000])
def test_too_many_arrays_are_refused(count):
    with pytest.raises(InputError, match=f"at most {MAXIMUM_ARRAYS} arrays"):
        arrays_in(archive([(f"x{number}.npy", b"") for number in range(count)], zipfile.ZIP_STORED), UploadLimits())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (archive([("x.txt", b"a")]), r"must hold \.npy files of different names\. Received: “x\.txt”"),
        (archive([]), "no arrays|no archive"),
        (archive([("x.npy", b"\x93NUMPY\x09\x00")]), "Array “x”: The .npy format must be version"),
        (archive([("x.npy", npy(np.ones(3))[:-1])]), "Array “x”: The .npy file is damaged"),
        (archive([("x.npy", npy(np.ones(2, complex)))]), "Array “x”: The array must hold real numbers or text"),
        (archive([("x.npy", npy(np.ones(2)))], zipfile.ZIP_BZIP2), "Array “x” is encrypted or compressed"),
        (archive([("x.npy", npy(np.array(3.5)))]), "holds single numbers only"),
        (
            archive([("x.npy", npy(np.array(["\U0010ffff"])).replace(b"\xff\xff\x10\x00", b"\xff\xff\xff\x7f"))]),
            "Array “x”: .* characters",
        ),
        (b"PK\x03\x04 and no more", "no archive of arrays"),
    ],
)
def test_what_is_no_archive_of_arrays_is_refused(content, message):
    with pytest.raises(InputError, match=message):
        read_data_set("a.npz", content)


def test_the_same_name_twice_is_refused():
    with pytest.warns(UserWarning, match="Duplicate name"):
        content = archive([("x.npy", npy(np.ones(1)))] * 2)
    with pytest.raises(InputError, match="different names"):
        read_data_set("a.npz", content)
