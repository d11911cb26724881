"""What the child process runs that reads a Parquet file: the format is binary and compressed, and its reader is C++.

Started with the path of this file, so that it imports nothing but the standard library and pyarrow. It reads the file
from its standard input and its limits from its arguments, and writes to its standard output one line of JSON,
`{"notices": […]}` or `{"refused": …}`, and after notices the table as an Arrow stream that holds nothing but texts,
whole and real numbers, truth values and lists of those.
"""

import contextlib
import json
import resource
import sys
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

_ROWS_AT_A_TIME = 1_000
_DEEPEST_LIST = 3
_LARGEST_HEADER = 16 * 2**20
_SECONDS = 60
_MEMORY_BESIDE = 512 * 2**20
"""Address space that reading takes beside the file and its values."""


class _RefusedError(Exception):
    """The message says why the file cannot be used."""


def main() -> None:
    """Answer for the one file."""
    rows, columns, unpacked = map(int, sys.argv[1:4])
    data = sys.stdin.buffer.read()
    _limit_this_process(3 * unpacked + _MEMORY_BESIDE)
    try:
        table, notices = _table(data, rows, columns, unpacked)
    except _RefusedError as error:
        _say({"refused": str(error)})
        return
    except (MemoryError, pa.ArrowMemoryError):
        _say({"refused": f"The values of the file would take more than {unpacked // 2**20:,} MB of memory."})
        return
    except (pa.ArrowException, OSError, ValueError):  # pyarrow's errors are of all these kinds
        _say({"refused": "The file is no Parquet file that can be read, or is damaged. Save it again."})
        return
    _say({"notices": notices})
    with pa.ipc.new_stream(sys.stdout.buffer, table.schema) as stream:
        stream.write_table(table)


def _limit_this_process(memory: int) -> None:
    """Room for `memory` bytes more than by now, and a time limit; there is no way back."""
    by_now = 0
    with contextlib.suppress(OSError), open("/proc/self/statm") as statistics:
        by_now = int(statistics.read().split()[0]) * resource.getpagesize()
    limits = {
        resource.RLIMIT_AS: by_now + memory,
        resource.RLIMIT_CPU: _SECONDS,
        resource.RLIMIT_CORE: 0,
    }
    for kind, value in limits.items():
        _, hard = resource.getrlimit(kind)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        with contextlib.suppress(ValueError, OSError):  # macOS takes no limit on addresses
            resource.setrlimit(kind, (value, value))


def _table(data: bytes, rows: int, columns: int, unpacked: int) -> tuple[pa.Table, list[str]]:
    def opened(texts: list[str]) -> pq.ParquetFile:
        # Texts stay in dictionaries: a dictionary of one long text can be referred to a million times.
        return pq.ParquetFile(
            pa.BufferReader(data),
            read_dictionary=texts,
            thrift_string_size_limit=_LARGEST_HEADER,
            thrift_container_size_limit=1_000_000,
            pre_buffer=False,
        )

    file = opened([])
    if file.metadata.num_rows > rows:
        raise _RefusedError(f"The file has more than {rows:,} sequences, the most that can be read. Split it.")
    if file.metadata.num_columns > columns:
        raise _RefusedError(f"The file may have at most {columns:,} columns. Received: {file.metadata.num_columns:,}.")
    schema = file.schema_arrow
    if not file.metadata.num_rows or not schema.names:
        raise _RefusedError("The file holds no rows.")
    if len(set(schema.names)) < len(schema.names):
        raise _RefusedError("Each column must have a name of its own.")
    usable = [field.name for field in schema if _is_usable(field.type)]
    others = [f"{field.name} ({field.type})" for field in schema if not _is_usable(field.type)]
    if not usable:
        raise _RefusedError(f"The file holds no column of texts, numbers or lists of them, only: {_few(others)}.")
    texts = [field.name for field in schema if pa.types.is_string(field.type) or pa.types.is_large_string(field.type)]
    batches, size = [], 0
    for batch in opened(texts).iter_batches(_ROWS_AT_A_TIME, columns=usable, use_threads=False):
        size += sum(map(_size, batch.columns))
        if size > unpacked:
            raise _RefusedError(f"The values of the file would take more than {unpacked // 2**20:,} MB of memory.")
        arrays = [_plain(name, array) for name, array in zip(batch.schema.names, batch.columns, strict=True)]
        batches.append(pa.record_batch(arrays, names=batch.schema.names))
        if sum(map(len, batches)) > rows:
            raise _RefusedError("The file has more rows than it says. Save it again.")
    notices = (
        [f"Columns left out because they hold no texts, numbers or lists of them: {_few(others)}."] if others else []
    )
    return pa.Table.from_batches(batches), notices


def _is_usable(kind: Any) -> bool:
    return _target(kind) is not None


def _target(kind: Any, depth: int = 0) -> Any:
    """The type that a column is handed on as; None if it is not."""
    types = pa.types
    if types.is_dictionary(kind):
        return _target(kind.value_type, depth)
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        return pa.large_string()
    if types.is_boolean(kind):
        return pa.bool_()
    if types.is_integer(kind):
        return pa.float64() if types.is_uint64(kind) else pa.int64()
    if types.is_floating(kind) or types.is_decimal(kind):
        return pa.float64()
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        inner = None if depth == _DEEPEST_LIST else _target(kind.value_type, depth + 1)
        return None if inner is None else pa.large_list(inner)
    is_written_out = types.is_temporal(kind) or types.is_null(kind)
    return pa.large_string() if is_written_out and not depth else None


def _size(array: Any) -> int:
    """Bytes that a column takes when its dictionary is written out."""
    if not pa.types.is_dictionary(array.type):
        return int(array.nbytes)
    lengths = pc.binary_length(array.dictionary).cast(pa.int64())
    return int(pc.sum(lengths.take(array.indices)).as_py() or 0) + 8 * len(array)


def _plain(name: str, array: Any) -> Any:
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    cast = array.cast(_target(array.type), safe=False)
    try:
        cast.validate(full=True)
    except pa.ArrowInvalid as error:
        raise _RefusedError(f"Column {name[:40]!r} is damaged, or its text is not UTF-8. Save it again.") from error
    return cast


def _few(names: list[str]) -> str:
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(name[:60] for name in names[:5]) + more


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
