import itertools
import re

import numpy as np
import pytest

import attnviz
from attnviz.errors import InputError
from attnviz.models.loaded import open_model
from sample_models.spam.messages import CLASSES, alike, frequent_words, read_messages, split_messages
from sample_models.spam.train import main


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Made-up messages; every advertisement is sent twice, with another number and another word."""
    lines = ["label\ttext"]
    for number in range(30):
        words = [f"{'abcdef'[number % 6]}{'uvwxyz'[number // 6]}{one}" for one in "klmn"]
        advertised = " ".join(words)
        lines.append(f"spam\tWIN a {advertised}! Call 0800 100{number} now")
        lines.append(f"spam\tWIN one {advertised}. Call 0900 200{number} now")
        lines.append(f"ham\tsee you {' '.join(words[:3])} later &lt;3")
        lines.append(f"ham\tare you {' '.join(words[1:])}")
    path = tmp_path_factory.mktemp("data") / "messages.tsv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def folder(data, tmp_path_factory):
    """What the script writes after one epoch with one seed."""
    out = tmp_path_factory.mktemp("models") / "spam"
    main(["--data", str(data), "--epochs", "1", "--seeds", "1", "--out", str(out)])
    return out


def test_the_script_writes_a_folder_that_opens_and_predicts(folder):
    loaded = open_model(folder)
    table = loaded.predict([one.sequence for one in loaded.card.examples])
    assert list(table["prediction"]) == [one.prediction for one in loaded.card.examples]
    assert sum(loaded.card.splits.values()) == 120


def test_evaluate_prints_the_figures_of_the_card_again(folder, data, capsys):
    main(["--evaluate", "--data", str(data), "--out", str(folder)])
    printed = capsys.readouterr().out
    assert "F1 of spam" in printed
    assert "the card says the same" in printed


def test_copies_of_a_message_stay_on_one_side(data):
    messages = read_messages(data)
    split = split_messages(messages)
    side = {int(index): part for part in split.sizes for index in getattr(split, part)}
    pairs = [index for index, one in enumerate(messages) if one.label == CLASSES.index("spam")]
    for first, second in zip(pairs[::2], pairs[1::2], strict=True):
        assert messages[first].text != messages[second].text
        assert side[first] == side[second]


def test_texts_are_alike_from_half_of_their_words_on_and_from_text_to_text():
    texts = (
        "You won a prize! Call 0900 1",
        "YOU WON A PRIZE, call 0900 2 NOW",  # 5 of 6 words are those of the first
        "Prize: call now, won today",  # 4 of 7 are those of the second, 3 of 7 those of the first
        "won a car",  # 2 of 6 are those of the first
        "123",
        ":-)",
    )
    assert list(alike(texts)) == [0, 0, 0, 1, 2, 3]
    assert list(alike(("one two three", "two three four", "one five six seven"))) == [0, 0, 1]


def test_groups_are_those_of_a_plain_comparison_of_every_two(data):
    texts = [one.text for one in read_messages(data)]
    having = [set(re.findall("[a-z]+", text.lower())) for text in texts]
    groups = alike(texts)
    for first, second in itertools.combinations(range(len(texts)), 2):
        if len(having[first] & having[second]) >= 0.5 * len(having[first] | having[second]):
            assert groups[first] == groups[second]
    assert len(set(groups)) == 90  # 30 advertisements, twice each, and 60 messages


def test_characters_are_read_as_they_were_sent(data):
    assert any(one.text.endswith("later <3") for one in read_messages(data))


def test_words_come_most_frequent_first_and_digits_are_alike(data):
    words = frequent_words(read_messages(data), least=40, lowercase=True)
    assert words == ("0000", "call", "now", "win", "you", "00000")  # 80, four times 60, and 40 of them


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"text\tlabel\nhi\tham\n", "must have the columns label, text"),
        (b"label\ttext\nother\thi\n", "Line 2 .* must have a label of ham or spam and a text"),
        (b"label\ttext\nham\tgr\xfcn\n", "must be UTF-8 text"),
    ],
)
def test_data_that_cannot_be_used_is_refused(content, message, tmp_path):
    path = tmp_path / "data.tsv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_messages(path)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="cannot be read: No such file"):
        read_messages(tmp_path / "none.tsv")


def test_there_is_one_weight_a_word_and_none_on_padding():
    loaded = attnviz.load_model("spam")
    texts = ["Call now to claim your prize!", "ok"]
    capture = loaded.capture(texts)
    (pooling,) = capture.maps
    assert pooling.weights.shape == (2, 1, 1, 7)
    np.testing.assert_allclose(pooling.weights.sum(axis=-1), 1, atol=1e-5)
    assert pooling.weights[1, 0, 0, 1:].sum() == 0


def test_everyday_messages_come_out_right():
    ham = ["I am on my way, see you in ten minutes", "Did you feed the cat?", "Thanks for dinner, it was lovely"]
    spam = ["You have WON a free holiday! Call 09061234567 now to claim", "FREE ringtones! Text TONE to 85555 now"]
    table = attnviz.load_model("spam").predict([*ham, *spam])
    assert list(table["prediction"]) == ["ham"] * 3 + ["spam"] * 2
