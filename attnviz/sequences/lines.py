"""`.txt` files: one sequence a line."""

from itertools import islice

from attnviz.errors import InputError
from attnviz.sequences.columns import VALUES, numeric_upload, text_upload
from attnviz.sequences.file_content import TextFile, text_file
from attnviz.sequences.layout import Layout, layout_notice, layout_of
from attnviz.sequences.messages import counted
from attnviz.sequences.numeric import number_cells, parse_numbers
from attnviz.sequences.specification import InputSpecification, NumericSpecification
from attnviz.sequences.upload import Upload, UploadLimits


def read_lines(name: str, data: bytes, specification: InputSpecification, limits: UploadLimits) -> Upload:
    """A `.txt` file, whose lines are sequences.

    For a numeric model a line holds a sequence as `parse_numbers` reads it; but where each line is one step (see
    `layout_of`), the whole file is a single sequence.

    Raises:
        InputError: If it is no text, or all lines are empty, or there are too many.
    """
    file = text_file(data)
    if isinstance(specification, NumericSpecification):
        return _numeric(name, file, specification, limits)
    texts, numbers, empty = _lines(file, limits.maximum_sequences)
    notices = (*file.notices, *empty_notice(empty))
    return text_upload(name, {"line": numbers, "text": texts}, specification, notices, numbers_are_text=True)


def empty_notice(empty: int) -> tuple[str, ...]:
    """That lines were left out because they are empty, if any were."""
    if not empty:
        return ()
    return (f"{counted(empty, 'empty line')} {'was' if empty == 1 else 'were'} left out.",)


def too_many_rows(maximum: int) -> InputError:
    """The refusal of a file with more than `maximum` sequences."""
    return InputError(f"The file has more than {maximum:,} sequences, the most that can be read. Split it.")


def _lines(file: TextFile, maximum: int) -> tuple[list[str], list[int], int]:
    """Texts, the number of each one's line, and how many lines are empty."""
    texts: list[str] = []
    numbers: list[int] = []
    number = 0
    with file.open() as lines:
        for number, line in enumerate(lines, start=1):
            if text := line.strip():
                texts.append(text)
                numbers.append(number)
                if len(texts) > maximum:
                    raise too_many_rows(maximum)
    if not texts:
        raise InputError("The file holds only empty lines.")
    return texts, numbers, number - len(texts)


def _numeric(name: str, file: TextFile, specification: NumericSpecification, limits: UploadLimits) -> Upload:
    width = _width(file, specification)
    if width and layout_of(width, specification) is Layout.STEPS:
        with file.open() as lines:
            whole = lines.read()
        rows = sum(1 for line in whole.split("\n") if line.strip())
        notice = layout_notice(Layout.STEPS, rows, specification)
        return numeric_upload(name, {VALUES: [whole.strip()]}, specification, (*file.notices, notice))
    texts, _, empty = _lines(file, limits.maximum_sequences)
    return numeric_upload(name, {VALUES: texts}, specification, (*file.notices, *empty_notice(empty)))


def _width(file: TextFile, specification: NumericSpecification) -> int:
    """Numbers in the first line that is a plain row of them; 0 if lines hold several steps each."""
    problem: InputError | None = None
    with file.open() as lines:
        for line in islice((line for line in lines if line.strip()), 2):  # the first may be a header
            if cells := number_cells(line):
                return len(cells)
            try:
                parse_numbers(line, specification)
                return 0
            except InputError as error:
                problem = problem or error
    raise InputError(f"The model takes numbers, and the file starts with none of them. {problem or ''}".rstrip())
