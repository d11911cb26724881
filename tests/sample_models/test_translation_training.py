"""The translation script on pairs that the test makes."""

import gzip
import re

import numpy as np
import pytest
import sacrebleu

from attnviz.errors import InputError
from attnviz.models.loaded import open_model
from sample_models.translation.figures import nearest_translations, references_of, translation_figures
from sample_models.translation.sentences import (
    english_vocabulary,
    french_vocabulary,
    read_pairs,
    source_tokens,
    split_pairs,
)
from sample_models.translation.train import main

WHO = {"I": "Je", "You": "Tu", "He": "Il", "She": "Elle", "Tom": "Tom"}
DOES = {"sleep": "dors", "eat": "mange", "sing": "chante", "read": "lis", "run": "cours", "wait": "attends"}
HOW = {"here": "ici", "now": "maintenant", "well": "bien", "there": "là", "today": "aujourd'hui", "often": "souvent"}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "pairs.tsv"
    lines = [
        f"{who} {does} {how}.\t{qui} {fait} {comment}."
        for who, qui in WHO.items()
        for does, fait in DOES.items()
        for how, comment in HOW.items()
    ]
    lines += [line.replace(".", " !") for line in lines[:40]]
    path.write_text("english\tfrench\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def folder(data, tmp_path_factory):
    out = tmp_path_factory.mktemp("models") / "translation"
    main(["--data", str(data), "--epochs", "1", "--seed", "2", "--out", str(out)])
    return out


def test_the_script_writes_a_folder_that_opens_and_writes(folder, data):
    loaded = open_model(folder)
    table = loaded.predict([one.sequence for one in loaded.card.examples])
    assert list(table["prediction"]) == [one.prediction for one in loaded.card.examples]
    assert sum(loaded.card.splits.values()) <= len(read_pairs(data))
    assert "Seed 2 of 2" in loaded.card.training
    assert sorted(path.name for path in folder.iterdir() if path.is_file()) == ["card.json", "model.keras"]


def test_evaluate_prints_the_figures_of_the_card_again(folder, data, capsys):
    main(["--data", str(data), "--evaluate", "--out", str(folder)])
    assert "the card says the same" in capsys.readouterr().out


def pairs_of(tmp_path, lines):
    path = tmp_path / "pairs.tsv"
    path.write_text("english\tfrench\n" + "".join(f"{one}\t{two}\n" for one, two in lines), encoding="utf-8")
    return read_pairs(path)


def test_no_sentence_stands_on_two_sides_however_it_is_written(tmp_path):
    variants = [("I'm cold {}.", "a"), ("I am cold {}!", "b"), ("i am cold, {}", "c"), ("I'm cold {}.", "d")]
    lines = [
        (english.format(f"x{n}y"), french)
        for n in range(160)
        for english, french in variants
        if n < 80 or "," not in english
    ]
    pairs = pairs_of(tmp_path, lines)
    split = split_pairs(pairs)
    words = [
        {re.search(r"x\d+y", pairs[index].english)[0] for index in part}
        for part in (split.training, split.validation, split.test)
    ]
    assert not words[0] & words[1]
    assert not words[0] & words[2]
    assert words[1]
    assert words[2]
    assert len(split.training) > 480
    again = split_pairs(pairs)
    np.testing.assert_array_equal(split.test, again.test)


def test_vocabularies_count_the_first_word_in_lower_case_unless_it_is_a_name(tmp_path):
    pairs = pairs_of(
        tmp_path,
        [
            ("I see Tom.", "Je vois Tom."),
            ("Tom sees me.", "Tom me voit."),
            ("We see Tom.", "Nous voyons Tom."),
            ("I'm here.", "Je suis là."),
            ("One.", "Un."),
        ],
    )
    assert french_vocabulary(pairs, least=2) == (".", "Tom", "je")
    assert english_vocabulary(pairs, least=2) == (".", "tom", "i", "see")


def test_bleu_is_sacrebleus_with_every_version_as_a_reference():
    references = {
        "I'm cold.": ("J'ai froid.", "Il fait froid pour moi."),
        "He came back home late last night again.": ("Il est rentré tard hier soir.",),
    }
    written = ["J'ai froid.", "Il est revenu tard hier soir encore."]
    figures = {one.name: one.value for one in translation_figures(written, references, split="test", note="x")}
    columns = [["J'ai froid.", "Il est rentré tard hier soir."], ["Il fait froid pour moi.", None]]
    assert figures["BLEU"] == pytest.approx(sacrebleu.corpus_bleu(written, columns).score, abs=1e-4)
    assert figures["chrF"] == pytest.approx(sacrebleu.corpus_chrf(written, columns).score, abs=1e-4)
    assert figures["a reference word for word"] == 0.5
    assert figures["BLEU, up to 7 words"] == pytest.approx(sacrebleu.corpus_bleu(written[:1], [["J'ai froid."]]).score)
    assert figures["a reference word for word, up to 7 words"] == 1


def test_the_baseline_takes_the_french_of_the_most_similar_sentence(tmp_path):
    pairs = pairs_of(tmp_path, [("I'm cold.", "J'ai froid."), ("The cat sleeps.", "Le chat dort."), ("Go!", "Va !")])
    assert nearest_translations(["The cat is cold.", "I'm hungry.", "Go away!"], pairs) == [
        "Le chat dort.",
        "J'ai froid.",
        "Va !",
    ]
    assert references_of([*pairs, *pairs]) == {one.english: (one.french,) for one in pairs}
    assert source_tokens("I’m Cold.") == ("i", "'m", "cold", ".")


def test_packed_files_are_read_as_well(data, tmp_path):
    packed = tmp_path / "pairs.tsv.gz"
    packed.write_bytes(gzip.compress(data.read_bytes()))
    assert read_pairs(packed) == read_pairs(data)
    for broken in (b"no gzip", packed.read_bytes()[:-20]):
        packed.write_bytes(broken)
        with pytest.raises(InputError, match=r"pairs.tsv.gz cannot be read: .+"):
            read_pairs(packed)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"en\tfr\na\tb\n", "must have the columns english, french. Received: .'en', 'fr'"),
        (b"english\tfrench\na\n", "Line 2 of .* must have a sentence in both languages"),
        (b"english\tfrench\n\xff\tb\n", "must be UTF-8 text"),
    ],
)
def test_files_that_cannot_be_used(tmp_path, content, message):
    path = tmp_path / "pairs.tsv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_pairs(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_pairs(tmp_path / "none.tsv")
