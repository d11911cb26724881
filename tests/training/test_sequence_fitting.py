import keras
import numpy as np
import pytest

from attnviz.training.fitting import FitSettings
from attnviz.training.sequence_batches import SequenceBatches
from attnviz.training.sequence_fitting import fit_sequences
from attnviz.training.sequence_to_sequence import transcriber, translator


def reversing(count, seed):
    """Numbers, and the same numbers backwards; in one order where there is no seed."""
    generator = np.random.default_rng(seed or 0)
    sources = [generator.integers(4, 9, size=generator.integers(1, 5)).tolist() for _ in range(count)]
    return SequenceBatches(
        sources,
        [one[::-1] for one in sources],
        start_id=2,
        end_id=3,
        unknown_id=1,
        batch_size=32,
        seed=seed,
    )


@pytest.fixture(scope="module", params=["translator", "transcriber"])
def run(request):
    keras.utils.set_random_seed(0)
    if request.param == "translator":
        model = translator(source_words=9, target_words=9, embedding=16, units=24, dropout=0.0)
    else:
        model = transcriber(source_characters=9, target_characters=9, embedding=16, units=24)
    settings = FitSettings(epochs=8, patience=4, learning_rate=0.01, batch_size=32)
    return fit_sequences(model, reversing(480, 1), reversing(50, None), settings, seed=0)


def test_a_model_learns_to_write_backwards(run):
    assert run.best.validation_metric > 0.7
    assert run.best.validation_loss == min(one.validation_loss for one in run.epochs)
    assert run.epochs[0].validation_loss > 1.4 * run.best.validation_loss
    assert [one.number for one in run.epochs] == list(range(1, len(run.epochs) + 1))


def test_the_model_has_the_best_weights_and_the_loss_is_the_mean_over_tokens(run):
    means, sizes = [], []
    for (source, written), following, counts in reversing(50, None):
        logits = run.model([source, written]).numpy().astype(np.float64)
        exponents = np.exp(logits - logits.max(axis=-1, keepdims=True))
        chances = exponents / exponents.sum(axis=-1, keepdims=True)
        each = -np.log(np.take_along_axis(chances, following[..., None], axis=-1)[..., 0])
        means.append(float((each * counts).sum() / counts.sum()))
        sizes.append(len(source))
    # Keras weighs each batch by its size.
    assert np.average(means, weights=sizes) == pytest.approx(run.best.validation_loss, rel=1e-3)
    assert not run.model.compiled


def test_a_training_that_was_stopped_goes_on(tmp_path):
    class StoppedError(Exception):
        pass

    def stop(epoch):
        if epoch.number == 2:
            raise StoppedError

    def fit(on_epoch):
        keras.utils.set_random_seed(0)
        model = transcriber(source_characters=9, target_characters=9, embedding=4, units=4)
        settings = FitSettings(epochs=3, patience=4, learning_rate=0.01)
        return fit_sequences(
            model,
            reversing(32, 1),
            reversing(32, None),
            settings,
            seed=0,
            on_epoch=on_epoch,
            backup=tmp_path / "backup",
        )

    with pytest.raises(StoppedError):
        fit(stop)
    assert [epoch.number for epoch in fit(None).epochs] == [2, 3]
    assert not (tmp_path / "backup").exists() or not any((tmp_path / "backup").iterdir())
