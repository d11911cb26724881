import datetime
import decimal
import io
import time

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from attnviz.errors import InputError
from attnviz.sequences.data_files import read_data_set
from attnviz.sequences.upload import UploadLimits


def parquet(columns, **options):
    stream = io.BytesIO()
    pq.write_table(columns if isinstance(columns, pa.Table) else pa.table(columns), stream, **options)
    return stream.getvalue()


def read(columns, **options):
    return read_data_set("a.parquet", parquet(columns, **options))


def test_kinds_of_columns():
    data = read(
        {
            "text": ["a", None, "é"],
            "gaps": [1, None, 3],
            "small": pa.array([1, -2, 3], pa.int8()),
            "large": pa.array([2**63, 1, 2], pa.uint64()),
            "half": pa.array(np.array([0.5, 1, 2], np.float16)),
            "money": [decimal.Decimal("1.50")] * 3,
            "truth": [True, False, True],
            "day": [datetime.date(2020, 2, 29)] * 3,
            "choice": pa.array(["x", "y", "x"]).dictionary_encode(),
            "series": [[1.5, 2.0], [3.0], []],
            "picture": [[[1, 2], [3, 4]]] * 3,
            "tokens": [["a", "b"], ["c"], None],
            "none": pa.nulls(3),
        }
    )
    table = data.table
    assert table["text"].isna().tolist() == [False, True, False]
    assert table["text"][2] == "é"
    np.testing.assert_array_equal(table["gaps"], [1, np.nan, 3])
    assert table["small"].tolist() == [1, -2, 3]
    assert table["large"].tolist() == [2.0**63, 1, 2]
    assert table["half"].tolist() == [0.5, 1, 2]
    assert table["money"].tolist() == [1.5] * 3
    assert table["truth"].dtype == bool
    assert table["day"].tolist() == ["2020-02-29"] * 3
    assert table["choice"].tolist() == ["x", "y", "x"]
    assert [list(values) for values in table["series"]] == [[1.5, 2.0], [3.0], []]
    np.testing.assert_array_equal(table["picture"][1], [[1, 2], [3, 4]])
    assert table["tokens"].tolist() == [["a", "b"], ["c"], None]
    assert table["none"].isna().all()
    assert data.notices == ()


def test_columns_of_other_kinds_are_left_out_and_named():
    data = read(
        {"text": ["a"], "inside": [{"b": 1}], "bytes": [b"x"], "map": pa.array([[("k", 1)]], pa.map_("str", "i8"))}
    )
    assert data.columns == ("text",)
    (notice,) = data.notices
    assert "inside (struct<b: int64>), bytes (binary), map (map<" in notice
    with pytest.raises(InputError, match=r"no column of texts, numbers or lists of them, only: inside \(struct"):
        read({"inside": [{"b": 1}]})


def test_lists_inside_each_other_have_an_end():
    deep = [[[[1]]]]
    with pytest.raises(InputError, match="no column of texts, numbers or lists"):
        read({"deep": [[deep]]})


@pytest.mark.parametrize("compression", ["zstd", "snappy", "gzip", "none"])
def test_one_long_text_that_is_referred_to_many_times_is_refused(compression):
    text = pa.DictionaryArray.from_arrays(pa.array([0] * 50_000, pa.int32()), pa.array(["x" * 1_000_000]))
    content = parquet({"text": text}, compression=compression)
    started = time.monotonic()
    with pytest.raises(InputError, match="more than 400 MB of memory"):
        read_data_set("a.parquet", content)
    assert time.monotonic() - started < 30


def test_numbers_that_unpack_to_too_much_are_refused():
    content = parquet({"series": pa.array([np.zeros(5_000)] * 1000)}, compression="zstd")
    assert len(content) < 100_000
    with pytest.raises(InputError, match="more than 3 MB of memory"):
        read_data_set("a.parquet", content, UploadLimits(maximum_bytes=1_000_000))


def test_damage_is_refused_whatever_it_does_to_the_reader():
    content = parquet({"text": ["a", "b"] * 500, "label": list(range(1000))})
    with pytest.raises(InputError, match="not complete"):
        read_data_set("a.parquet", content[:-10])
    for position in (4, 20, len(content) // 2, len(content) - 9, len(content) - 60):
        damaged = bytearray(content)
        damaged[position : position + 8] = b"\xff" * 8
        damaged[-4:] = b"PAR1"
        try:
            data = read_data_set("a.parquet", bytes(damaged))
        except InputError as error:
            assert "Save it again" in str(error)  # noqa: PT017 - damage to a value alone is no error
        else:
            assert len(data.table) == 1000


def test_text_that_is_no_utf_8_is_refused():
    broken = pa.array([b"\xff\xfe\xff"]).view(pa.string())
    with pytest.raises(InputError, match="Column 'text' is damaged, or its text is not UTF-8"):
        read({"text": broken})


def test_nothing_but_a_header_is_refused():
    with pytest.raises(InputError, match="holds no rows"):
        read({"text": pa.array([], pa.string())})
    with pytest.raises(InputError, match="not be read|can be read"):
        read_data_set("a.parquet", b"PAR1" + bytes(20) + b"PAR1")


def test_too_many_columns_are_refused():
    with pytest.raises(InputError, match=r"at most 10,000 columns\. Received: 10,001"):
        read({f"column {number}": [1] for number in range(10_001)})


def test_columns_of_one_name_are_refused():
    table = pa.table([pa.array([1]), pa.array([2])], names=["a", "a"])
    with pytest.raises(InputError, match="name of its own"):
        read(table)
