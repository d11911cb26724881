"""Several JavaScript modules as the one text that Streamlit, or an HTML file without a server, can take."""

import re
from functools import partial
from pathlib import Path

from attnviz.errors import AttnVizError

_IMPORT = re.compile(
    r'^import\s*\{(?P<names>[^}]*)\}\s*from\s*"(?P<place>\./|\.\./[\w-]+/)(?P<file>[\w-]+\.js)";[^\S\n]*$', re.MULTILINE
)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function\*?|const|class)\s+(?P<name>[A-Za-z_$][\w$]*))", re.MULTILINE)
_COMMENT = re.compile(r"/\*\*.*?\*/[ \t]*\n?", re.DOTALL)
_STYLE_COMMENT = re.compile(r"/\*.*?\*/[ \t]*\n?", re.DOTALL)
_REMARK = re.compile(r"^[ \t]*//.*\n", re.MULTILINE)
_REMARK_BEHIND = re.compile(r"(?<=[;{},(\[]) // [^\"'`\n]*$", re.MULTILINE)  # what has a quote may be within a text
_INDENTATION = re.compile(r"^[ \t\n]+", re.MULTILINE)  # and empty lines
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_LEFT = re.compile(r"^(?:import|export)\b.*$", re.MULTILINE)
_DEFAULT = "export default "


class ScriptError(AttnVizError, ValueError):
    """A module of a component cannot be joined with the others; the message says which, where and why."""


def joined_script(folder: Path, entry: str) -> str:
    """`entry` with everything that it imports, as one module whose default export is `entry`'s.

    Each file keeps a scope of its own, as it has as a module: it becomes a function that is called once, after those
    that it imports. Comments and indentation, a third of the text, are left out: Streamlit sends it again with all new
    data. So templates must not run over lines, and no text may hold the beginning of a comment.

    Args:
        folder: Where the modules lie; others may come from the folders beside it.
        entry: File name of the module with the `export default function`.

    Raises:
        ScriptError: If a module imports itself by a round way, imports what another does not export, or has an import
            or export of another form than `import { a, b } from "./file.js";` (or `"../folder/file.js"`),
            `export function`, `export const` and `export class`.
    """
    order: list[str] = []
    exports: dict[str, list[str]] = {}
    _visit(folder, entry, [], order, exports)
    parts = []
    for name in order:
        source = _IMPORT.sub(partial(_from_scope, folder, name), _source(folder, name))
        if name == entry:
            parts.append(_EXPORT.sub("", source))
        else:
            given = ", ".join(exports[name])
            parts.append(
                f"const {_scope(name)} = (() => {{\n{_EXPORT.sub('', source)}\nreturn {{ {given} }};\n}})();\n"
            )
    return _lean("\n".join(parts))


def joined_styles(folder: Path) -> str:
    """Every style sheet of `folder`, in the order of their names, without comments and indentation."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.css")))
    return _INDENTATION.sub("", _STYLE_COMMENT.sub("", text))


def _lean(script: str) -> str:
    """The same program, shorter; in ASCII, of which a browser keeps a character in one byte."""
    for left_out in (_COMMENT, _REMARK, _REMARK_BEHIND, _INDENTATION):
        script = left_out.sub("", script)
    return _BEYOND_ASCII.sub(_escaped, script)


def _escaped(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be").hex()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))


def _visit(folder: Path, name: str, above: list[str], order: list[str], exports: dict[str, list[str]]) -> None:
    if name in above:
        raise ScriptError(f"{' imports '.join([*above, name])}: modules that import each other cannot be joined.")
    if name in order:
        return
    source = _source(folder, name)
    exports[name] = [match["name"] for match in _EXPORT.finditer(source)]
    for match in _IMPORT.finditer(source):
        imported = _imported(folder, name, match)
        _visit(folder, imported, [*above, name], order, exports)
        missing = [wanted for wanted in _names(match) if wanted not in exports[imported]]
        if missing:
            raise ScriptError(f"{name} imports {', '.join(missing)}, which {imported} does not export.")
    left = _LEFT.search(_EXPORT.sub("", _IMPORT.sub("", source)).replace(_DEFAULT, "" if not above else _DEFAULT))
    if left:
        raise ScriptError(
            f'{name} has {left[0]!r}, which cannot be joined. Write `import {{ a, b }} from "./file.js";`, and '
            "`export` before function, const or class."
        )
    order.append(name)


def _imported(folder: Path, name: str, match: re.Match[str]) -> str:
    """What the module `name` imports, as seen from `folder`: `"file.js"`, or `"../beside/file.js"`."""
    place = match["place"]
    here, _, _ = name.rpartition("/")
    if place == "./":
        return f"{here}/{match['file']}" if here else match["file"]
    return match["file"] if place == f"../{folder.name}/" else f"{place}{match['file']}"


def _source(folder: Path, name: str) -> str:
    path = folder / name
    if not path.is_file():
        raise ScriptError(f"{path} does not exist.")
    return path.read_text(encoding="utf-8")


def _names(match: re.Match[str]) -> list[str]:
    return [name.strip() for name in match["names"].split(",") if name.strip()]


def _from_scope(folder: Path, name: str, match: re.Match[str]) -> str:
    return f"const {{ {', '.join(_names(match))} }} = {_scope(_imported(folder, name, match))};"


def _scope(name: str) -> str:
    parts = name.removesuffix(".js").removeprefix("../").split("/")
    return "module_" + "$".join(re.sub(r"\W", "_", part) for part in parts)
