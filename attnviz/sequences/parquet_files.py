"""`.parquet` files as tables of examples, read by a process that has little to lose."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from attnviz.errors import InputError
from attnviz.sequences.array_archives import UNPACKED_TIMES
from attnviz.sequences.data_columns import column_of_values
from attnviz.sequences.data_sets import DataSet
from attnviz.sequences.json_files import whole_characters
from attnviz.sequences.tables import MAXIMUM_COLUMNS
from attnviz.sequences.upload import UploadLimits

MOST_SECONDS = 60
"""Time that reading a file may take."""

_AT_ONCE = threading.BoundedSemaphore(2)
"""Files that the server reads at the same time, whoever uploaded them; others wait."""

_CHILD = Path(__file__).with_name("parquet_process.py")


def read_parquet(name: str, data: bytes, limits: UploadLimits) -> DataSet:
    """The rows of a `.parquet` file: columns of texts, numbers, truth values, dates (as text) and lists of those.

    Columns of anything else are left out, and a notice says so. `DataSet.lines` counts the rows.

    Args:
        name: The file's name.
        data: Its bytes.
        limits: What it may have at most; unpacked, its values may take `UNPACKED_TIMES` as many bytes.

    Raises:
        InputError: If it is no Parquet file, is damaged, holds too many rows or columns, too much when unpacked, or
            nothing but other columns.
    """
    if not data.startswith(b"PAR1") or not data.endswith(b"PAR1"):
        raise InputError("The file is no Parquet file, or is not complete. Save it again.")
    with _AT_ONCE:
        head, stream = _answer(data, limits)
    if "refused" in head:
        raise InputError(str(head["refused"]))
    try:
        table = pa.ipc.open_stream(stream).read_all()
        table.validate(full=True)
    except (pa.ArrowException, OSError) as error:
        raise _stopped() from error
    columns = {whole_characters(field.name): _column(table.column(index)) for index, field in enumerate(table.schema)}
    return DataSet(
        name=name,
        table=pd.DataFrame(columns),
        lines=np.arange(1, table.num_rows + 1),
        notices=tuple(map(str, head["notices"])),
    )


def _answer(data: bytes, limits: UploadLimits) -> tuple[dict[str, Any], pa.Buffer]:
    """What the child says of a file: one line of JSON, and what follows it."""
    numbers = (limits.maximum_sequences, MAXIMUM_COLUMNS, UNPACKED_TIMES * limits.maximum_bytes)
    try:
        child = subprocess.run(  # noqa: S603 - our own file, run by our own interpreter
            # -P: the modules beside the file have names of the standard library's kind, and are not for it.
            [sys.executable, "-P", str(_CHILD), *map(str, numbers)],
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "ARROW_DEFAULT_MEMORY_POOL": "system", "OMP_NUM_THREADS": "1"},
            timeout=MOST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise InputError(f"The file takes more than {MOST_SECONDS} seconds to read. Split it.") from error
    end = child.stdout.find(b"\n")
    if child.returncode != 0 or end < 0:
        raise _stopped()
    return json.loads(child.stdout[:end]), pa.py_buffer(child.stdout).slice(end + 1)


def _stopped() -> InputError:
    return InputError("The file cannot be read as Parquet: reading it failed. Save it again, or save it as CSV.")


def _column(column: pa.ChunkedArray) -> pd.Series:
    if pa.types.is_large_list(column.type):
        return column_of_values([value.as_py() for value in column])
    return column.to_pandas()
