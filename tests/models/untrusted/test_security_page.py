"""docs/security.md says what the code does."""

import dataclasses
import re
from pathlib import Path

from attnviz.app.settings import ModelUploads, _parser
from attnviz.models.untrusted.allow_list import REFUSED_LAYERS
from attnviz.models.untrusted.checking import ASSET_KINDS
from attnviz.models.untrusted.limits import MEGABYTE, ModelLimits

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "security.md").read_text(encoding="utf-8")


def test_the_page_gives_the_limits_and_their_defaults() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| ([\d,]+(?: MB)?) \|", PAGE, re.MULTILINE))
    assert list(rows) == [field.name for field in dataclasses.fields(ModelLimits)]
    for name, shown in rows.items():
        factor = MEGABYTE if shown.endswith(" MB") else 1
        assert int(shown.removesuffix(" MB").replace(",", "")) * factor == getattr(ModelLimits(), name)


def test_the_page_names_the_operators_options_for_uploaded_models() -> None:
    options = {option for action in _parser()._actions for option in action.option_strings}
    assert set(re.findall(r"`(--model[a-z-]*)[ `]", PAGE)) == {one for one in options if one.startswith("--model")}
    standard = ModelUploads()
    assert f"models in one tab, {standard.a_session})" in PAGE
    assert f"{standard.total_megabytes:,} MB)" in PAGE
    rows = dict(re.findall(r"^\| `(\w+)` \| [\d,]+(?: MB)? \| .*`(--[a-z-]+)` \|$", PAGE, re.MULTILINE))
    assert list(rows) == ["packed_bytes", "unpacked_bytes", "entries"]


def test_the_page_names_what_is_left_out() -> None:
    assert all(f"`{layer}`" in PAGE for layer in REFUSED_LAYERS)
    assert all(f"`{kind}`" in PAGE for kind in ASSET_KINDS)
