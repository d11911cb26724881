"""What holds for labelled files of every format."""

import io
import json
import time
from contextlib import suppress

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attnviz.errors import InputError, ShapeError
from attnviz.sequences.data_files import DATA_EXTENSIONS, DataSet, read_data_set
from attnviz.sequences.upload import UploadLimits


def csv_of(table, delimiter=","):
    return table.to_csv(index=False, sep=delimiter).encode()


def json_lines_of(table):
    return table.to_json(orient="records", lines=True).encode()


def parquet_of(table):
    stream = io.BytesIO()
    table.to_parquet(stream)
    return stream.getvalue()


def archive_of(table):
    stream = io.BytesIO()
    np.savez(stream, **{name: np.array(table[name].tolist()) for name in table})
    return stream.getvalue()


WRITERS = {
    ".csv": csv_of,
    ".tsv": lambda table: csv_of(table, "\t"),
    ".json": lambda table: table.to_json(orient="records").encode(),
    ".jsonl": json_lines_of,
    ".npz": archive_of,
    ".parquet": parquet_of,
}
TABLE = pd.DataFrame(
    {"text": ['a "quoted", word', "naïve 😀", "two\nlines"], "label": [1, 0, -3], "weight": [0.5, 1e-9, 3e300]}
)


def test_every_format_is_written_by_these_tests():
    assert set(WRITERS) == set(DATA_EXTENSIONS)


@pytest.mark.parametrize("extension", WRITERS)
def test_the_same_table_in_every_format(extension, tmp_path):
    content = WRITERS[extension](TABLE)
    data = read_data_set(f"Reviews{extension.upper()}", content)
    pd.testing.assert_frame_equal(data.table, TABLE)
    assert data.name == f"Reviews{extension.upper()}"
    assert data.columns == ("text", "label", "weight")
    assert data.lines.tolist() == ([2, 3, 4] if extension in (".csv", ".tsv") else [1, 2, 3])
    assert data.skipped == data.notices == ()
    path = tmp_path / f"data{extension}"
    path.write_bytes(content)
    pd.testing.assert_frame_equal(read_data_set(path.name, path).table, TABLE)


@pytest.mark.parametrize("extension", WRITERS)
@settings(max_examples=15, deadline=None)
@given(
    rows=st.lists(
        st.tuples(
            st.text(
                st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\x85\u2028\u2029"), min_size=1
            ).map(lambda text: f"x{text}x"),
            st.integers(-(2**31), 2**31),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_what_was_written_is_read_back(extension, rows):
    table = pd.DataFrame(rows, columns=["text", "label"])
    if extension == ".parquet" and len(rows) % 5:  # each costs a process
        return
    pd.testing.assert_frame_equal(read_data_set(f"a{extension}", WRITERS[extension](table)).table, table)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([one for one in WRITERS if one != ".parquet"]), st.binary(max_size=300))
def test_any_bytes_give_a_table_or_a_refusal(extension, content):
    with suppress(InputError):
        data = read_data_set(f"a{extension}", content)
        assert len(data.table) == len(data.lines) > 0


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="ab,;\t\n\"' 1.é", max_size=200))
def test_any_text_gives_a_table_or_a_refusal(content):
    for extension in (".csv", ".tsv"):
        with suppress(InputError):
            data = read_data_set(f"a{extension}", content.encode())
            lines = [*data.lines.tolist(), *(row.line for row in data.skipped)]
            assert len(set(lines)) == len(lines)
            assert max(lines) <= content.count("\n") + 1


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_damage_to_an_archive_is_refused_or_harmless(data):
    content = bytearray(archive_of(TABLE))
    for position in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=4)):
        content[position] = data.draw(st.integers(0, 255))
    with suppress(InputError):
        read_data_set("a.npz", bytes(content[: data.draw(st.integers(1, len(content)))]))


@pytest.mark.parametrize("name", ["reviews.xlsx", "reviews", "reviews.csv.exe", "", ".csv"])
def test_another_extension_is_refused(name):
    with pytest.raises(
        InputError, match=r"must end in one of \.csv, \.tsv, \.json, \.jsonl, \.parquet, \.npz\. Received"
    ):
        read_data_set(name, b"text,label\na,b\n")


@pytest.mark.parametrize("extension", DATA_EXTENSIONS)
def test_an_empty_file_is_refused(extension):
    with pytest.raises(InputError, match="^The file is empty"):
        read_data_set(f"a{extension}", b"")


@pytest.mark.parametrize("extension", DATA_EXTENSIONS)
def test_a_file_over_the_limit_is_refused_before_it_is_read(extension, tmp_path):
    limits = UploadLimits(maximum_bytes=1000)
    with pytest.raises(InputError, match=r"at most 1000 bytes\. Received: 1 kB"):
        read_data_set(f"a{extension}", b"x" * 1024, limits)
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(2**40)  # a terabyte of nothing, which nobody may try to read
    with pytest.raises(InputError, match="at most 1000 bytes"):
        read_data_set(f"a{extension}", path, limits)


def test_a_path_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"none\.csv cannot be read: No such file"):
        read_data_set("none.csv", tmp_path / "none.csv")


@pytest.mark.parametrize("extension", WRITERS)
def test_too_many_rows_are_refused(extension):
    with pytest.raises(InputError, match="more than 2 sequences"):
        read_data_set(f"a{extension}", WRITERS[extension](TABLE), UploadLimits(maximum_sequences=2))
    assert len(read_data_set(f"a{extension}", WRITERS[extension](TABLE), UploadLimits(maximum_sequences=3)).table) == 3


def test_content_of_another_format_is_refused():
    with pytest.raises(InputError, match=r"ends in \.csv, but its content is a Parquet file"):
        read_data_set("a.csv", parquet_of(TABLE))
    with pytest.raises(InputError, match="no Parquet file"):
        read_data_set("a.parquet", csv_of(TABLE))
    with pytest.raises(InputError, match="no archive of arrays"):
        read_data_set("a.npz", csv_of(TABLE))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", b"text,label\n" + b'"open,a\n' * 50_000),
        ("a.csv", b"text,label\n" + b'"open ""x"",a\n' * 50_000),
        ("a.csv", b"text,label\na,b\n" + b"\n" * 1_000_000),
        ("a.jsonl", b"[" * 5_000_000),
        ("a.jsonl", b'{"a":' * 500_000 + b"1" + b"}" * 500_000),
        ("a.jsonl", b"nothing\n" * 200_000),
        ("a.json", b"[" * 5_000_000),
        ("a.json", b'[{"a": ' + b"9" * 100_000 + b"}]"),
        ("a.jsonl", b"\n".join(b'{"k%d": 1}' % number for number in range(20_000))),
    ],
)
def test_hostile_texts_are_answered_soon(name, content):
    started = time.process_time()
    with suppress(InputError):
        read_data_set(name, content)
    assert time.process_time() - started < 10


def test_a_hundred_thousand_rows_of_text_are_read_soon():
    text = "a film that one can see more than once without being bored " * 5
    content = "text,label\n" + "".join(f'"{number}, {text}",{number % 2}\n' for number in range(100_000))
    started = time.process_time()
    data = read_data_set("a.csv", content.encode())
    assert time.process_time() - started < 8
    assert data.table["label"].sum() == 50_000
    assert data.table["text"].iloc[-1] == f"99999, {text}"
    assert data.lines[-1] == 100_001


def test_lines_are_one_a_row():
    with pytest.raises(ShapeError, match=r"one for each row of `table`. Received: shape=\(2,\) for 3 rows"):
        DataSet(name="a", table=TABLE, lines=np.array([1, 2]))


def test_half_characters_become_whole_ones():
    data = read_data_set("a.jsonl", json.dumps({"text": "a\ud800b", "k\udc00": "c"}).encode())
    assert data.table.to_dict("list") == {"text": ["a�b"], "k�": ["c"]}
