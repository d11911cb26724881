import hashlib

from attnviz.models.digest import folder_digest


def test_the_digest_is_that_of_the_model_file(tmp_path):
    (tmp_path / "model.keras").write_bytes(b"weights")
    (tmp_path / "card.json").write_text("{}")
    digest = folder_digest(tmp_path)
    assert digest == hashlib.sha256(b"weights").hexdigest()
    (tmp_path / "card.json").write_text('{"title": "other"}')
    assert folder_digest(tmp_path) == digest


def test_a_presets_digest_changes_with_each_of_its_files(tmp_path):
    (tmp_path / "assets").mkdir()
    for name, content in (("config.json", "{}"), ("model.weights.h5", "w"), ("assets/vocabulary.txt", "a")):
        (tmp_path / name).write_text(content)
    digests = {folder_digest(tmp_path)}
    (tmp_path / "assets" / "vocabulary.txt").write_text("b")
    digests.add(folder_digest(tmp_path))
    (tmp_path / "assets" / "vocabulary.txt").rename(tmp_path / "assets" / "words.txt")
    digests.add(folder_digest(tmp_path))
    (tmp_path / "card.json").write_text("{}")
    assert folder_digest(tmp_path) in digests
    assert len(digests) == 3
