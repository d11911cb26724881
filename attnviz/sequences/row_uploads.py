"""`.jsonl`, `.parquet` and `.npz` files as uploads: what is read as a table of examples, as sequences to pick from."""

from pathlib import PurePosixPath
from typing import Any

import numpy as np
import pandas as pd

from attnviz.errors import InputError
from attnviz.sequences.array_archives import arrays_in, read_array_archive
from attnviz.sequences.array_files import array_upload
from attnviz.sequences.columns import VALUES, numeric_upload, text_upload
from attnviz.sequences.data_sets import DataSet
from attnviz.sequences.json_data import read_json_lines
from attnviz.sequences.json_files import holds_sequences
from attnviz.sequences.layout import Layout, layout_notice
from attnviz.sequences.messages import counted, listed
from attnviz.sequences.parquet_files import read_parquet
from attnviz.sequences.specification import InputSpecification, NumericSpecification
from attnviz.sequences.table_files import chosen_columns
from attnviz.sequences.upload import Upload, UploadLimits


def read_rows(name: str, data: bytes, specification: InputSpecification, limits: UploadLimits) -> Upload:
    """A `.jsonl` or `.parquet` file.

    For a model that takes text every row is a sequence, and a person picks the column. For a numeric model columns of
    lists (or of numbers as text) hold a sequence a row each; else columns of single numbers are read as those of a CSV
    file.

    Raises:
        InputError: If the file cannot be read, or holds nothing that the model takes.
    """
    read = read_json_lines if PurePosixPath(name.lower()).suffix == ".jsonl" else read_parquet
    return _upload(read(name, data, limits), specification)


def read_archive(name: str, data: bytes, specification: InputSpecification, limits: UploadLimits) -> Upload:
    """A `.npz` file.

    For a model that takes text the arrays of texts are columns. For a numeric model each array is read as a `.npy` file
    is, and those with as many sequences as the largest are columns.

    Raises:
        InputError: If it is no archive of arrays, or none of them is what the model takes.
    """
    if not isinstance(specification, NumericSpecification):
        return _upload(read_array_archive(name, data, limits), specification)
    uploads: dict[str, Upload] = {}
    reasons: list[str] = []
    for key, array in arrays_in(data, limits).items():
        try:
            uploads[key] = array_upload(name, np.atleast_1d(array), specification, limits)
        except InputError as error:
            reasons.append(f"{key}: {error}")
    if not uploads:
        raise InputError(f"No array of the file is what the model takes. {' '.join(reasons[:3])}")
    largest = max(uploads, key=lambda key: sum(map(np.size, uploads[key].values[VALUES])))
    alike = [key for key in uploads if len(uploads[key].table) == len(uploads[largest].table)]
    ordered = {key: uploads[key].values[VALUES] for key in dict.fromkeys((largest, *alike))}
    return numeric_upload(name, ordered, specification, uploads[largest].notices)


def _upload(data: DataSet, specification: InputSpecification) -> Upload:
    notices = (*data.notices, *_skipped(data))
    if not isinstance(specification, NumericSpecification):
        columns = {name: _plain(data.table[name]) for name in data.columns}
        return text_upload(data.name, columns, specification, notices)
    columns = {name: _plain(data.table[name]) for name in data.columns if data.table[name].dtype.kind not in "iufb"}
    series = {name: values for name, values in columns.items() if holds_sequences(values, specification)}
    if series:
        return numeric_upload(data.name, series, specification, notices)
    numeric = [name for name in data.columns if data.table[name].dtype.kind in "iuf"]
    if not numeric:
        raise InputError(f"The model takes numbers, and the file holds none. Columns: {listed(data.columns)}.")
    used, layout = chosen_columns(numeric, specification)
    matrix = data.table[used].to_numpy(dtype=np.float64)
    left_out = [name for name in data.columns if name not in used]
    return numeric_upload(
        data.name,
        {VALUES: [matrix] if layout is Layout.STEPS else matrix},
        specification,
        (
            *notices,
            layout_notice(layout, len(matrix), specification),
            *([f"Columns left out: {listed(left_out)}."] if left_out else []),
        ),
    )


def _plain(column: pd.Series) -> list[Any]:
    """The values as Python has them, and `""` where a text or a number is missing."""
    values = column.tolist()
    if column.dtype == object or not column.hasnans:
        return values
    return ["" if missing else value for value, missing in zip(values, column.isna(), strict=True)]


def _skipped(data: DataSet) -> tuple[str, ...]:
    if not data.skipped:
        return ()
    count = len(data.skipped)
    return (f"{counted(count, 'row')} {'was' if count == 1 else 'were'} left out. The first: {data.skipped[0].reason}",)
