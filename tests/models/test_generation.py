"""Decoding against exhaustive search over a table of probabilities, and by hand."""

import itertools

import numpy as np
import pytest

from attnviz.errors import InputError
from attnviz.models.decodings import Beam, Greedy, Sampled
from attnviz.models.generation import write
from attnviz.sequences.output_specification import OutputSpecification

OUTPUT = OutputSpecification(name="target", vocabulary=("a", "b", "c"), maximum_length=4)
A, B, C = 4, 5, 6
END = OUTPUT.end_id
WRITABLE = (END, A, B, C)


class Table:
    """A made-up model: the next token depends on the source's first id and on everything that was written."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.rows = 0

    def probabilities(self, source: int, written: tuple[int, ...]) -> np.ndarray:
        generator = np.random.default_rng((self.seed, source, *written))
        return generator.dirichlet(np.full(OUTPUT.size, 0.7))

    def __call__(self, sources: np.ndarray, written: np.ndarray) -> np.ndarray:
        assert (written[:, 0] == OUTPUT.start_id).all()
        self.rows += len(sources)
        pairs = zip(sources, written, strict=True)
        return np.log([self.probabilities(int(one[0]), tuple(map(int, ids[1:]))) for one, ids in pairs])


def every_output(table: Table, source: int) -> dict[tuple[int, ...], float]:
    """The log-probability of each output that ends, from the table alone."""
    found = {}
    for length in range(OUTPUT.maximum_length):
        for words in itertools.product((A, B, C), repeat=length):
            ids = (*words, END)
            found[ids] = sum(
                float(np.log(table.probabilities(source, ids[:position])[one])) for position, one in enumerate(ids)
            )
    return found


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("penalty", [0.0, 0.6, 1.5])
def test_a_beam_as_wide_as_all_outputs_finds_the_best(seed, penalty):
    table = Table(seed)
    sources = np.array([[1], [2], [3]])
    found = write(Beam(size=200, length_penalty=penalty), table, sources, OUTPUT)
    for source, outputs in zip((1, 2, 3), found, strict=True):
        worth = {ids: one / ((5 + len(ids)) / 6) ** penalty for ids, one in every_output(table, source).items()}
        expected = sorted(worth, key=worth.__getitem__, reverse=True)
        assert [one.ids for one in outputs] == expected
        assert all(one.finished for one in outputs)
        totals = every_output(table, source)
        assert [one.log_probability for one in outputs] == pytest.approx([totals[one.ids] for one in outputs])


@pytest.mark.parametrize("seed", range(20))
def test_a_narrow_beam_does_what_the_textbook_says(seed):
    """Against a plain search that stops only at the longest output: stopping early must not change the answer."""
    table = Table(seed)
    size, penalty = 2, 0.6
    live, finished = [((), 0.0)], []
    for _ in range(OUTPUT.maximum_length):
        longer = sorted(
            (
                ((*ids, one), total + float(np.log(table.probabilities(7, ids)[one])))
                for ids, total in live
                for one in WRITABLE
            ),
            key=lambda pair: -pair[1],
        )[: 2 * size]
        finished += [pair for pair in longer[:size] if pair[0][-1] == END]
        live = [pair for pair in longer if pair[0][-1] != END][:size]
    best = max(finished or live, key=lambda pair: pair[1] / ((5 + len(pair[0])) / 6) ** penalty)
    found = write(Beam(size=size, length_penalty=penalty), table, np.array([[7]]), OUTPUT)[0]
    assert found[0].ids == best[0]
    assert len(found) <= size


@pytest.mark.parametrize("seed", range(8))
def test_greedy_takes_the_most_probable_token_each_time(seed):
    table = Table(seed)
    for source, (output,) in zip((4, 9), write(Greedy(), table, np.array([[4], [9]]), OUTPUT), strict=True):
        ids, logs = (), []
        while len(ids) < OUTPUT.maximum_length and END not in ids:
            row = table.probabilities(source, ids)
            ids = (*ids, max(WRITABLE, key=row.__getitem__))
            logs.append(np.log(row[ids[-1]]))
        assert output.ids == ids
        assert output.log_probabilities == pytest.approx(tuple(logs))
        assert output.finished == (ids[-1] == END)


@pytest.mark.parametrize("seed", range(8))
def test_a_beam_of_one_is_greedy(seed):
    table = Table(seed)
    sources = np.arange(5)[:, None]
    greedy = write(Greedy(), table, sources, OUTPUT)
    narrow = write(Beam(size=1), table, sources, OUTPUT)
    for (one,), (other,) in zip(greedy, narrow, strict=True):
        assert one.ids == other.ids
        assert one.log_probabilities == pytest.approx(other.log_probabilities)


def test_padding_start_and_the_unknown_token_are_never_written():
    def stubborn(sources, written):
        row = np.log(np.array([0.5, 0.2, 0.2, 0.01, 0.04, 0.03, 0.02]))
        return np.tile(row, (len(sources), 1))

    source = np.array([[1]])
    for decoding in (Greedy(), Beam(size=3), Sampled(seed=3), Sampled(temperature=50.0)):
        for output in write(decoding, stubborn, source, OUTPUT)[0]:
            assert set(output.ids) <= set(WRITABLE)
    (greedy,) = write(Greedy(), stubborn, source, OUTPUT)[0]
    assert greedy.ids == (A,) * OUTPUT.maximum_length
    assert not greedy.finished
    assert greedy.log_probability == pytest.approx(4 * np.log(0.04))  # the model's own, not shared out anew


def test_an_output_that_never_ends_is_given_where_nothing_else_was_found():
    def endless(sources, written):
        row = np.full(OUTPUT.size, -np.inf)
        row[[A, B]] = np.log([0.75, 0.25])
        return np.tile(row, (len(sources), 1))

    found = write(Beam(size=2), endless, np.array([[1]]), OUTPUT)[0]
    assert [one.finished for one in found] == [False, False]
    assert found[0].ids == (A, A, A, A)
    assert found[1].log_probability == pytest.approx(np.log(0.75**3 * 0.25))


def test_draws_follow_the_probabilities_sharpened_by_the_temperature():
    chances = np.array([0.6, 0.3, 0.1])
    single = OutputSpecification(name="target", vocabulary=("a", "b", "c"), maximum_length=1)

    def model(sources, written):
        row = np.full(single.size, -np.inf)
        row[4:] = np.log(chances)
        return np.tile(row, (len(sources), 1))

    source = np.array([[1]])
    for temperature in (0.5, 1.0, 2.0):
        drawn = [
            write(Sampled(temperature=temperature, seed=seed), model, source, single)[0][0].ids[0]
            for seed in range(1500)
        ]
        expected = chances ** (1 / temperature) / (chances ** (1 / temperature)).sum()
        np.testing.assert_allclose(np.bincount(drawn, minlength=7)[4:] / 1500, expected, atol=0.05)


def test_a_draw_depends_on_its_seed_and_not_on_its_neighbours():
    table = Table(1)
    alone = write(Sampled(seed=5), table, np.array([[2]]), OUTPUT)[0]
    beside = write(Sampled(seed=5), table, np.array([[8], [2], [3]]), OUTPUT)[1]
    assert alone == beside
    others = {write(Sampled(seed=seed), table, np.array([[2]]), OUTPUT)[0][0].ids for seed in range(20)}
    assert len(others) > 3


def test_what_has_ended_is_not_read_again():
    table = Table(0)

    def ends_at_once(sources, written):
        table(sources, written)
        row = np.full(OUTPUT.size, -20.0)
        row[END] = -1e-9
        return np.tile(row, (len(sources), 1))

    write(Greedy(), ends_at_once, np.arange(3)[:, None], OUTPUT)
    assert table.rows == 3
    write(Beam(size=1), ends_at_once, np.arange(3)[:, None], OUTPUT)
    assert table.rows == 6


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Beam(size=0), "`size` of a beam must be at least 1. Received: 0"),
        (lambda: Beam(length_penalty=-0.1), "`length_penalty` of a beam must be a finite number that is not negative"),
        (lambda: Beam(length_penalty=float("nan")), "`length_penalty` of a beam must be a finite number.*nan"),
        (lambda: Sampled(temperature=0), "`temperature` must be a finite number above 0. Received: 0"),
        (lambda: Sampled(temperature=float("inf")), "`temperature` must be a finite number above 0. Received: inf"),
        (lambda: Sampled(seed=-1), "`seed` must not be negative"),
    ],
)
def test_impossible_decodings(make, message):
    with pytest.raises(InputError, match=message):
        make()
