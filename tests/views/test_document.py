"""Documents: sentences and the words in them, against weights read by hand from the capture."""

import numpy as np
import pytest

import attnviz
from attnviz.errors import ShapeError
from attnviz.records import AttentionCapture, AttentionMap
from attnviz.views.document import DocumentView, document_maps, document_view

SENTENCES = (("A good start.", "It ends badly.", ""), ("Fine.", "", ""))
WORDS = (
    ("A", "good", "start", "."), ("It", "ends", "badly", "."), ("", "", "", ""),
    ("Fine", ".", "", ""), ("", "", "", ""), ("", "", "", ""),
)  # fmt: skip
SENTENCE_WEIGHTS = np.array([[[[0.25, 0.75, 0.0]]], [[[1.0, 0.0, 0.0]]]], np.float32)
WORD_WEIGHTS = np.array(
    [
        [[[0.1, 0.6, 0.2, 0.1]], [[0.5, 0.1, 0.1, 0.3]]],
        [[[0.2, 0.2, 0.5, 0.1]], [[0.0, 0.3, 0.6, 0.1]]],
        np.zeros((2, 1, 4)),
        [[[0.9, 0.1, 0.0, 0.0]], [[0.7, 0.3, 0.0, 0.0]]],
        np.zeros((2, 1, 4)),
        np.zeros((2, 1, 4)),
    ],
    np.float32,
)  # [2 documents × 3 sentences, 2 heads, 1 query, 4 words]


def hierarchical(**others: AttentionMap) -> AttentionCapture:
    """Two documents of at most three sentences, folded as the models of the repository fold them.

    The axes have names that say nothing, and the map over words is not called first.
    """
    maps = (
        AttentionMap(layer="second", weights=SENTENCE_WEIGHTS, query_axis="q", key_axis="a"),
        AttentionMap(layer="first", weights=WORD_WEIGHTS, query_axis="r", key_axis="b"),
    )
    return AttentionCapture(
        model="toy",
        maps=(*maps, *others.values()),
        sequences={
            "q": (("pooled",), ("pooled",)),
            "a": SENTENCES,
            "r": tuple((sentence,) for document in SENTENCES for sentence in document),
            "b": WORDS,
        },
        valid={
            "q": np.ones((2, 1), bool),
            "a": np.array([[bool(one) for one in document] for document in SENTENCES]),
            "r": np.array([[bool(one)] for document in SENTENCES for one in document]),
            "b": np.array([[bool(one) for one in words] for words in WORDS]),
        },
        outputs=None,
    )


def test_maps_are_found_from_their_axes_whatever_they_are_called():
    maps = document_maps(hierarchical())
    assert (maps.axis, maps.sentences, maps.words) == ("a", ("second",), ("first",))


@pytest.mark.parametrize(("head", "weights"), [(0, (0.1, 0.6, 0.2, 0.1)), (1, (0.5, 0.1, 0.1, 0.3))])
def test_one_head_of_the_words(head, weights):
    view = document_view(hierarchical(), word_head=head)
    assert view.sentences == ("A good start.", "It ends badly.")
    assert view.words == (("A", "good", "start", "."), ("It", "ends", "badly", "."))
    assert view.sentence_weights == pytest.approx([0.25, 0.75])
    assert view.word_weights[0] == pytest.approx(weights)


def test_mean_and_maximum_of_the_heads():
    assert document_view(hierarchical()).word_weights[1] == pytest.approx((0.1, 0.25, 0.55, 0.1))
    assert document_view(hierarchical(), word_head="max").word_weights[1] == pytest.approx((0.2, 0.3, 0.6, 0.1))


def test_another_document_of_the_batch():
    view = document_view(hierarchical(), sample=1, word_head=0)
    assert view.words == (("Fine", "."),)
    assert view.word_weights[0] == pytest.approx((0.9, 0.1))
    assert (view.places, view.sample, view.word_samples) == ((0,), 1, (3,))


def test_words_are_shaded_within_their_sentence_and_sentences_against_each_other():
    view = document_view(hierarchical(), word_head=0)
    assert view.limits == pytest.approx((0, 0.75))
    assert np.asarray(view.word_limits) == pytest.approx(np.array([(0, 0.6), (0, 0.5)]))
    assert document_view(hierarchical(), shared_scale=True).limits == (0, 1)


def test_description_names_the_most_attended_sentence_and_its_words():
    assert document_view(hierarchical(), word_head=0).description.endswith(
        "Most attention goes to sentence 2 of 2, 'It ends badly.' (0.75), and in it to 'badly' (0.50), 'It' (0.20) "
        "and 'ends' (0.20)."
    )


def test_a_map_with_several_queries_shows_their_mean_and_a_pooling_one_goes_first():
    weights = np.zeros((2, 1, 3, 3), np.float32)
    weights[0, 0, :2, :2] = [[0.2, 0.8], [0.6, 0.4]]
    weights[1, 0, 0, 0] = 1.0
    capture = hierarchical(mixing=AttentionMap(layer="mixing", weights=weights, query_axis="a", key_axis="a"))
    assert document_view(capture).sentence_layer == "second"
    assert document_view(capture, sentence_layer="mixing").sentence_weights == pytest.approx([0.4, 0.6])


def test_a_layer_that_weighs_something_else_is_refused():
    with pytest.raises(ShapeError, match="'first' does not weigh the sentences of a document. Those that do: 'second'"):
        document_view(hierarchical(), sentence_layer="first")


def test_a_capture_of_plain_text_is_no_document():
    one = AttentionMap(layer="plain", weights=np.eye(3)[None, None], query_axis="t", key_axis="t")
    capture = AttentionCapture(
        model="toy", maps=(one,), sequences={"t": (("a", "b", "c"),)}, valid={"t": np.ones((1, 3), bool)}, outputs=None
    )
    assert document_maps(capture) is None
    with pytest.raises(ShapeError, match=r"needs a map over sentences.*\{'t': \(1, 3\)\}"):
        document_view(capture)


def test_the_view_checks_what_it_is_given():
    with pytest.raises(ShapeError, match="`word_weights` of sentence 1 must have one entry for each of its 2 words"):
        DocumentView(sentences=("a b",), sentence_weights=[1.0], words=(("a", "b"),), word_weights=([1.0],))
    with pytest.raises(ShapeError, match="`words` of a document must have one entry for each of its 1 sentences"):
        DocumentView(sentences=("a b",), sentence_weights=[1.0], words=(), word_weights=([1.0],))


def test_the_shipped_model_against_its_weights_read_by_hand():
    review = "The room was clean and quiet. Breakfast was excellent. The lift was broken, though."
    capture = attnviz.load_model("reviews_hierarchical").capture([review])
    over_words, over_sentences = capture.maps  # 1 document of 8 places, each with 32 words
    assert over_words.weights.shape == (8, 1, 1, 32)
    view = document_view(capture)
    assert view.sentences == (
        "The room was clean and quiet.",
        "Breakfast was excellent.",
        "The lift was broken, though.",
    )
    assert view.words[1] == ("Breakfast", "was", "excellent", ".")
    np.testing.assert_array_equal(view.sentence_weights, over_sentences.weights[0, 0, 0, :3])
    np.testing.assert_array_equal(view.word_weights[1], over_words.weights[1, 0, 0, :4])
    assert sum(view.sentence_weights) == pytest.approx(1, abs=1e-5)
    most = int(over_sentences.weights[0, 0, 0].argmax())
    word = view.words[most][int(over_words.weights[most, 0, 0].argmax())]
    assert f"to sentence {most + 1} of 3, '{view.sentences[most]}'" in view.description
    assert f"and in it to '{word}' ({over_words.weights[most].max():.2f})" in view.description
