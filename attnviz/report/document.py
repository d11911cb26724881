"""The HTML files that a person takes along: what all of them have around their content."""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from html import escape
from pathlib import Path
from string import Template

CAVEAT = (
    "Attention shows where a layer may mix information, not why the model predicted what it did: a weight does not "
    "measure how much a token mattered."
)

LONGEST_AT_ONCE, MOST_LINES_AT_ONCE = 120, 5
"""Characters and lines of a fact that are seen whole on a phone too."""

_FOLDER = Path(__file__).parent


def html_document(
    *,
    title: str,
    facts: Iterable[tuple[str, str]],
    style: str,
    allowed: Mapping[str, str],
    main: str,
    scripts: str = "",
) -> bytes:
    """A page that loads nothing and sends nothing: its policy forbids both.

    Args:
        title: What the file is; escaped here.
        facts: What a reader should know, each with what it is called; escaped here.
        style: Its style sheet, beside the one that all of them have.
        allowed: What the policy allows beside that, by directive.
        main: Markup of its content.
        scripts: Markup of its scripts.

    Returns:
        UTF-8; the same bytes for the same arguments.
    """
    style = file_text("page.css") + style
    sources = "; ".join(f"{directive} {text}" for directive, text in {**allowed, "style-src": digest(style)}.items())
    page = filled(
        "document.html",
        policy=f"default-src 'none'; {sources}; base-uri 'none'; form-action 'none'",
        title=escape(" ".join(title.split())),
        heading=escape(title),
        facts="".join(_fact(term, text) for term, text in facts),
        main=main.rstrip("\n"),
        caveat=escape(CAVEAT),
        style=style,
        scripts=scripts,
    )
    return page.encode("utf-8", "replace")


def _fact(term: str, text: str) -> str:
    """One fact; a long one may have to be scrolled, which needs the keyboard's focus."""
    may_scroll = len(text) > LONGEST_AT_ONCE or text.count("\n") > MOST_LINES_AT_ONCE
    return f"<dt>{escape(term)}</dt><dd dir=auto{' tabindex=0' if may_scroll else ''}>{escape(text)}</dd>"


def filled(name: str, **parts: str) -> str:
    """A template of this folder with its parts."""
    return Template(file_text(name)).substitute(parts)


def digest(text: str) -> str:
    """A style or a script as a policy names it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def file_text(name: str) -> str:
    """A file of this folder."""
    return (_FOLDER / name).read_text(encoding="utf-8")
