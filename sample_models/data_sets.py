"""Make the labelled data sets again that are not written by hand: `python -m sample_models.data_sets`.

Those of `sentiment`, `spam` and `translation` were written for this project and are their own source. The others follow
from them, from the generators of their models, or from the test split of their models' data; `data.md` in each folder
says which.
"""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from attnviz.sequences.data_files import read_data_set

FOLDER = Path(__file__).parent
SEED = 20_250_101
"""Of what is drawn for data sets; training draws with seeds of its own."""

DATES, QUESTIONS, DOCUMENTS = 200, 300, 120
"""Examples of each drawn data set."""


def main() -> None:
    """Write all of them where they stand."""
    for name, make in GENERATED.items():
        path = FOLDER / name
        path.write_bytes(make())
        print(f"{path}: {path.stat().st_size / 1024:.1f} kB")


def dates() -> bytes:
    """Written dates with their ISO form, of days that training never saw."""
    from sample_models.dates.train import draw_data
    from sample_models.dates.written_dates import draw_days, write_date

    drawn = draw_data()
    known = {one.iso for part in ("training", "validation") for one in drawn[part]}
    generator = np.random.default_rng(SEED)
    days = [day for day in draw_days(2 * DATES, generator) if day.isoformat() not in known][:DATES]
    return _csv(("written", "iso"), ((one.text, one.iso) for one in (write_date(day, generator) for day in days)))


def recall() -> bytes:
    """Different questions of the part that training never asks, with their answer and their number of pairs."""
    from sample_models.recall.pairs import VALUES, questions

    asked: dict[str, str] = {}
    for question in questions("test", np.random.default_rng(SEED)):
        asked[question.text] = VALUES[question.answer]
        if len(asked) == QUESTIONS:
            break
    return _csv(
        ("tokens", "label", "pairs"), ((text, answer, len(text.split()) // 2) for text, answer in asked.items())
    )


def forecast() -> bytes:
    """The windows of the test: 33 years in a row, and the year after them."""
    from sample_models.forecast.years import FIRST_TEST_YEAR, LENGTH, read_sunspots, windows

    tested = windows(read_sunspots())["test"]
    years = [f"year {number}" for number in range(1, LENGTH + 1)]
    return _csv(
        ("predicted", *years, "target"),
        (
            (FIRST_TEST_YEAR + number, *np.ravel(series).tolist(), target)
            for number, (series, target) in enumerate(zip(tested.sequences, tested.targets.tolist(), strict=True))
        ),
    )


def digits() -> bytes:
    """The pictures of the test and their digits."""
    from attnviz.training.splits import grouped_split
    from sample_models.digits.pictures import SPLIT_SEED, read_digits

    every = read_digits(None)
    test = grouped_split(every.targets, seed=SPLIT_SEED).test
    file = io.BytesIO()
    np.savez_compressed(
        file, x=np.asarray(every.sequences)[test].astype(np.uint8), y=every.targets[test].astype(np.uint8)
    )
    return file.getvalue()


def reviews() -> bytes:
    """Documents drawn from the sentences that were written for `sentiment`."""
    from sample_models.reviews_hierarchical.documents import draw_documents
    from sample_models.sentiment.recipe import CLASSES
    from sample_models.sentiment.sentences import Sentence

    table = read_data_set("data.csv", FOLDER / "sentiment" / "data.csv").table
    sentences = [
        Sentence(domain="", label=CLASSES.index(label), text=text, words=())
        for text, label in zip(table["text"], table["label"], strict=True)
    ]
    drawn = draw_documents(sentences, DOCUMENTS, np.random.default_rng(SEED))
    return _csv(
        ("text", "label"),
        ((text, CLASSES[target]) for text, target in zip(drawn.sequences, drawn.targets, strict=True)),
    )


def sentences() -> bytes:
    """Those of `sentiment`, as they are."""
    return (FOLDER / "sentiment" / "data.csv").read_bytes()


GENERATED: Mapping[str, Callable[[], bytes]] = {
    "dates/data.csv": dates,
    "digits/data.npz": digits,
    "digits_vit/data.npz": digits,
    "forecast/data.csv": forecast,
    "recall/data.csv": recall,
    "reviews_hierarchical/data.csv": reviews,
    "sentiment_transformer/data.csv": sentences,
}
"""What makes each file, by its path in this folder."""


def _csv(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return file.getvalue().encode()


if __name__ == "__main__":
    main()
