"""Whether the dates model looks where it should: the right answer is known for every digit that it writes."""

from collections.abc import Sequence

from attnviz.models.decodings import Greedy
from attnviz.models.loaded import LoadedModel
from sample_models.dates.written_dates import WrittenDate


def looks_in_the_field(model: LoadedModel, dates: Sequence[WrittenDate]) -> dict[str, list[bool]]:
    """For every digit whether the character that it attends to most is one of its field, as the right date is written.

    Args:
        model: The dates model.
        dates: What it reads.

    Returns:
        `"source"`: the digits that stand somewhere in what was written; `"filled"`: the zeros before a day or a month
        of one digit, which stand nowhere. Hyphens and the century of a year of two digits count as neither.
    """
    capture = model.capture([date.text for date in dates], decoding=Greedy(), outputs=[date.iso for date in dates])
    (attention,) = capture.maps
    most = attention.weights[:, 0].argmax(axis=-1)
    found: dict[str, list[bool]] = {"source": [], "filled": []}
    for date, looked in zip(dates, most, strict=True):
        for position, field in enumerate(date.output_fields):
            if field is not None:
                start, end = date.fields[field]
                kind = "filled" if position in date.filled_positions else "source"
                found[kind].append(start <= looked[position] < end)
    return found
