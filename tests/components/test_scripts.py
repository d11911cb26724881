"""Modules joined into one: each keeps its scope, and what cannot be joined is refused by name."""

import re
from pathlib import Path

import pytest

from attnviz.components.attention import ENTRY, FOLDER
from attnviz.components.scripts import ScriptError, joined_script, joined_styles


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.js").write_text(text, encoding="utf-8")
    return folder


def test_what_is_imported_comes_first_and_keeps_a_scope_of_its_own(tmp_path):
    write(
        tmp_path,
        entry='import { one } from "./a.js";\nexport default function render() { return one(); }\n',
        a='import {\n  two,\n} from "./b.js";\nconst own = 1;\nexport function one() { return own + two; }\n',
        b="const own = 2;\nexport const two = own;\n",
    )
    script = joined_script(tmp_path, "entry.js")
    assert script.index("module_b = (() =>") < script.index("module_a = (() =>") < script.index("export default")
    assert "const { two } = module_b;" in script
    assert "return { one };" in script
    assert script.count("export") == 1
    assert "import" not in script


def test_modules_of_the_folder_beside_are_joined_with_what_they_import_there(tmp_path):
    for name in ("own", "beside"):
        (tmp_path / name).mkdir()
    write(
        tmp_path / "own",
        entry=(
            'import { a } from "../beside/a.js";\nimport { b } from "./b.js";\nexport default function render() {}\n'
        ),
        b='import { c } from "../beside/b.js";\nexport const b = c;\n',
    )
    write(
        tmp_path / "beside",
        a='import { c } from "./b.js";\nexport const a = c;\n',
        b="export const c = 1;\n",
    )
    script = joined_script(tmp_path / "own", "entry.js")
    assert script.count("const module_beside$b = (() =>") == 1
    assert "const { c } = module_beside$b;" in script
    assert "const { b } = module_b;" in script
    assert "import" not in script


def test_a_round_way_through_the_folder_beside_is_refused(tmp_path):
    for name in ("own", "beside"):
        (tmp_path / name).mkdir()
    write(tmp_path / "own", entry='import { a } from "../beside/a.js";\nexport const b = a;\n')
    write(tmp_path / "beside", a='import { b } from "../own/entry.js";\nexport const a = b;\n')
    with pytest.raises(ScriptError, match=r"entry\.js imports \.\./beside/a\.js imports entry\.js"):
        joined_script(tmp_path / "own", "entry.js")


def test_a_module_that_several_import_is_there_once(tmp_path):
    write(
        tmp_path,
        entry='import { a } from "./a.js";\nimport { b } from "./b.js";\nexport default function render() {}\n',
        a='import { c } from "./c.js";\nexport const a = c;\n',
        b='import { c } from "./c.js";\nexport const b = c;\n',
        c="export const c = 1;\n",
    )
    assert joined_script(tmp_path, "entry.js").count("const module_c =") == 1


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"entry": 'import { a } from "./a.js";', "a": 'import { b } from "./entry.js";'}, "import each other"),
        ({"entry": 'import { a } from "./a.js";'}, "does not exist"),
        ({"entry": 'import { a, b } from "./a.js";', "a": "export const a = 1;"}, "imports b, which a.js does not"),
        ({"entry": 'import * as a from "./a.js";', "a": ""}, "cannot be joined"),
        ({"entry": 'import { a as b } from "./a.js";', "a": "export const a = 1;"}, "does not export"),
        ({"entry": 'import { a } from "./a.js";', "a": "export default function a() {}"}, "cannot be joined"),
        ({"entry": 'import { a } from "elsewhere";'}, "cannot be joined"),
        ({"entry": 'import { a } from "./a.js";', "a": "const a = 1;\nexport { a };"}, "cannot be joined"),
        ({"entry": 'import { a } from "./a.js";', "a": "export const a = 1;\nexport let b = 1;"}, "cannot be joined"),
    ],
)
def test_what_cannot_be_joined_is_refused(tmp_path, files, message):
    with pytest.raises(ScriptError, match=message):
        joined_script(write(tmp_path, **files), "entry.js")


def test_the_linked_views_join_and_fetch_nothing_from_elsewhere():
    script = joined_script(FOLDER, ENTRY)
    assert script.count("export default function render") == 1
    text = script + joined_styles(FOLDER)
    for address in ("http://", "https://", "@import", "url("):
        assert address not in text, address
    assert "innerHTML" not in script
    assert "insertAdjacentHTML" not in script


def test_every_style_stays_inside_its_view():
    for path in FOLDER.glob("*.css"):
        for block in path.read_text(encoding="utf-8").replace("@container", "@media").split("}"):
            selector = block.rpartition("{")[0].rpartition("}")[2].rpartition("{")[2].rpartition("*/")[2].strip()
            for one in selector.split(",\n"):
                if one and not one.startswith(("@", "from", "to")) and not one.strip()[0].isdigit():
                    assert one.strip().startswith(".attnviz-"), f"{path.name}: {one.strip()}"


def test_the_joined_script_is_short_and_says_the_same(tmp_path):
    write(
        tmp_path,
        entry=(
            '/**\n * What it is: "a".\n *\n * @returns {string}\n */\n'
            "export default function render(/** @type {string} */ name) {\n"
            "    // A remark.\n"
            '    const kept = "; // no remark"; // a remark\n'
            '    return /** @type {any} */ (name) + "// – 😀" + `https://x/${name}`;\n'
            "}\n"
        ),
    )
    assert joined_script(tmp_path, "entry.js") == (
        "export default function render(name) {\n"
        'const kept = "; // no remark";\n'
        'return (name) + "// \\u2013 \\ud83d\\ude00" + `https://x/${name}`;\n'
        "}\n"
    )


@pytest.mark.parametrize("path", sorted(FOLDER.parent.glob("*/*.js")), ids=lambda path: path.name)
def test_no_text_of_a_script_runs_over_lines_or_holds_a_comment(path):
    code = re.sub(r"/\*\*.*?\*/|^\s*//.*$", "", path.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    for line in code.splitlines():
        assert line.count("`") % 2 == 0, line
        assert "/*" not in line, line
