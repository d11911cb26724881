"""An evaluation as one HTML file that works without a server, without a network and without a script."""

import base64
import math
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import Any

import pandas as pd

import attnviz
from attnviz.evaluation.attended_tokens import token_table
from attnviz.evaluation.attention_over_data import head_table
from attnviz.evaluation.class_predictions import mistakes
from attnviz.evaluation.results import Evaluation
from attnviz.evaluation.right_against_wrong import INTERVAL, MEASURES, TEST
from attnviz.evaluation.slices import SCORES
from attnviz.render.export import figure_bytes
from attnviz.render.matplotlib_figures import to_matplotlib
from attnviz.report.document import file_text, html_document
from attnviz.report.evaluation_tables import figure_table, headline_figures, interval, number, per_class_table
from attnviz.report.evaluation_views import (
    calibration_of,
    confusion_of,
    curve_views,
    head_differences,
    residual_views,
    token_bars,
)
from attnviz.report.findings import Findings
from attnviz.views.labels import displayed, shortened

MOST_EXAMPLES = 30
"""Examples that a report shows; the CSV has all of them."""
MOST_CLASSES = 12
"""Classes whose tokens a report shows."""
MOST_SKIPPED = 100
LONGEST_CELL = 500
"""Characters of a text in a table; the CSV has it whole."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Section:
    """A part of a report.

    Attributes:
        title: Its heading.
        words: A sentence each.
        pictures: Views.
        tables: By their captions.
    """

    title: str
    words: tuple[str, ...] = ()
    pictures: tuple[Any, ...] = ()
    tables: tuple[tuple[str, pd.DataFrame], ...] = ()


def evaluation_report(findings: Findings) -> bytes:
    """One HTML file with the figures, pictures and tables of an evaluation, to open by a double click.

    It loads nothing, sends nothing and runs nothing: its policy forbids all three, but for the pictures and the style
    that stand in it. Texts of the data set and of the card are escaped.

    Args:
        findings: What was found.

    Returns:
        UTF-8; the same bytes for the same findings.
    """
    evaluation = findings.evaluation
    return html_document(
        title=f"{displayed(evaluation.card.title or evaluation.model)} on {displayed(evaluation.data.name)}",
        facts=_facts(evaluation),
        style=file_text("evaluation.css"),
        allowed={"img-src": "data:"},
        main="\n".join(map(_section, sections_of(findings))),
    )


def sections_of(findings: Findings) -> list[Section]:
    """What a report of these findings holds, from top to bottom."""
    return [
        _figures(findings),
        *_pictures(findings),
        _examples(findings.evaluation),
        *_attention(findings),
        _parts(findings),
        *_left_out(findings.evaluation),
        Section(title="Every figure", tables=(("With 95 % intervals", figure_table(findings.figures)),)),
    ]


def _facts(evaluation: Evaluation) -> list[tuple[str, str]]:
    done, every = int(evaluation.evaluated.sum()), len(evaluation.data)
    facts = [
        ("Model", f"{displayed(evaluation.card.title)} ({evaluation.model})"),
        ("Data set", evaluation.data.name),
        ("Examples", f"{done:,}" if done == every else f"{done:,} of {every:,}"),
        (
            "Settings",
            ", ".join(f"{name} {value}" for name, value in evaluation.settings.items() if name != "attention"),
        ),
        ("Made by", f"attnviz {attnviz.__version__}"),
    ]
    if not evaluation.complete:
        facts.insert(3, ("Cancelled", "All figures are of the examples that were done, which were drawn at random."))
    return [(term, displayed(text)) for term, text in facts if text]


def _figures(findings: Findings) -> Section:
    top = pd.DataFrame(
        {
            "figure": [one.name for one in headline_figures(findings)],
            "value": [number(one.value) for one in headline_figures(findings)],
            "95 % interval": [interval(one) or "" for one in headline_figures(findings)],
            "examples": [one.examples for one in headline_figures(findings)],
            "how it is measured": [one.note for one in headline_figures(findings)],
        }
    )
    tables = [("The main figures", top)]
    by_class = per_class_table(findings.figures)
    if not by_class.empty:
        tables.append(("By class, with 95 % intervals", by_class))
    return Section(title="Figures", words=findings.evaluation.notices, tables=tuple(tables))


def _pictures(findings: Findings) -> list[Section]:
    if findings.evaluation.task == "regression":
        return [Section(title="Residuals", pictures=residual_views(findings))]
    confusion, calibration = confusion_of(findings), calibration_of(findings)
    if confusion is None or calibration is None:
        return []
    return [
        Section(title="Confusions", words=(confusion.description,), pictures=(confusion,)),
        Section(title="Curves and calibration", pictures=(*curve_views(findings), calibration)),
    ]


def _examples(evaluation: Evaluation) -> Section:
    columns = ["line", "input", "truth", "prediction", "confidence", "loss", "attention entropy", "most attended token"]
    if evaluation.task == "regression":
        table = evaluation.examples.sort_values("loss", ascending=False, kind="stable")
        columns.remove("confidence")
        title = "Largest errors"
    else:
        table, title = mistakes(evaluation), "Most confident mistakes"
    if evaluation.attention is None:
        columns = columns[:-2]
    if table.empty:
        return Section(title=title, words=("There is none: every prediction is right.",))
    shown = table[columns].head(MOST_EXAMPLES)
    return Section(title=title, tables=((f"{len(shown):,} of {len(table):,}", shown),))


def _attention(findings: Findings) -> Iterable[Section]:
    attention = findings.evaluation.attention
    if attention is None or not attention.places:
        return
    tokens = token_table(attention.tokens)
    names = list(dict.fromkeys(tokens["class"]))[:MOST_CLASSES]
    yield Section(
        title="Tokens that receive most attention",
        words=(
            "1 × is an even share of the example's attention; in brackets how often the token occurs. Tokens that "
            "occur fewer than 5 times are left out.",
        ),
        pictures=tuple(token_bars(tokens[tokens["class"] == name], name) for name in names),
    )
    heads = head_table(attention)
    differences = [head_differences(findings, measure) for measure in MEASURES]
    compared = findings.heads.assign(head=findings.heads["head"] + 1)
    yield Section(
        title="Heads",
        words=(f"{INTERVAL}. {TEST}. A difference does not say that a head is the reason.",),
        pictures=tuple(filter(None, differences)),
        tables=(
            ("Means over the examples", heads.assign(head=heads["head"] + 1)),
            *((("Right against wrong", compared),) if len(compared) else ()),
        ),
    )


def _parts(findings: Findings) -> Section:
    score = SCORES[findings.evaluation.task]
    table = findings.slices.rename(columns={"score": score, "lower": "from", "upper": "to"})
    return Section(title="Parts of the data", tables=((f"{score.capitalize()} with 95 % intervals", table),))


def _left_out(evaluation: Evaluation) -> Iterable[Section]:
    words = tuple(f"{one.message} {one.action}" for one in evaluation.data.problems)
    rows = evaluation.skipped[:MOST_SKIPPED]
    table = pd.DataFrame({"line": [one.line for one in rows], "reason": [one.reason for one in rows]})
    tables = ((f"Rows without a prediction: {len(evaluation.skipped):,}", table),) if rows else ()
    if words or tables:
        yield Section(title="What to know of the data set", words=words, tables=tables)


def _section(section: Section) -> str:
    parts = [f"<section><h2>{escape(section.title)}</h2>"]
    parts += [f"<p dir=auto>{escape(displayed(text))}</p>" for text in section.words]
    if section.pictures:
        parts += ['<div class="pictures">', *map(_picture, section.pictures), "</div>"]
    parts += [_table(caption, table) for caption, table in section.tables]
    return "".join((*parts, "</section>"))


def _picture(view: Any) -> str:
    content = base64.b64encode(figure_bytes(to_matplotlib(view), "png")).decode()
    return f'<figure><img src="data:image/png;base64,{content}" alt="{escape(view.description)}"></figure>'


def _table(caption: str, table: pd.DataFrame) -> str:
    """With a focus, so that who has no mouse can scroll what is wider than the page."""
    head = "".join(f"<th scope=col>{escape(displayed(str(name)))}</th>" for name in table)
    rows = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in table.itertuples(index=False))
    return (
        f'<div class="table" tabindex="0" role="region" aria-label="{escape(caption)}"><table>'
        f"<caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return f"<td dir=auto>{escape(displayed(shortened(value, LONGEST_CELL))) if value else ''}</td>"
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return '<td class="number">\N{EN DASH}</td>'
    return f'<td class="number">{value:.4g}</td>' if isinstance(value, float) else f'<td class="number">{value:,}</td>'
