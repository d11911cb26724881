"""What a sequence-to-sequence model writes, what else it could have written, and "why not this one?"."""

from collections.abc import Sequence

import streamlit as st

from attnviz.app import cache
from attnviz.app.run import ModelRun
from attnviz.app.words import plain, shortened
from attnviz.app.writing_words import LONGEST_QUOTE, Scored, comparison_in_words, probability_in_words, tokens_in_words
from attnviz.errors import InputError
from attnviz.models.card import Card
from attnviz.models.decodings import Decoding
from attnviz.models.generation import Written
from attnviz.sequences.output_specification import END

FIGURE_SPACE = "\u2007"
"""As wide as a digit, and not swallowed by Markdown."""

TOKEN_COLUMNS = {
    "token": "token",
    "probability": "probability",
    "most_probable": "most probable there",
    "most_probable_probability": "its probability",
    "rank": "rank",
    "log_probability": "log-probability (nats)",
}
MOST_TOKENS_HIGH = 8
"""Rows of the table that are shown without scrolling."""


def show_writing(card: Card, sequence: str, decoding: Decoding) -> ModelRun:
    """What the model writes, the other outputs that it found, and a field for one that it did not write.

    Returns:
        The run of the output that is looked at: the one that was typed or chosen, if the model can write it, else what
        the model wrote.

    Raises:
        AttnVizError: If the sequence cannot be used, or the model not be run.
    """
    found = cache.outputs_for(card.name, sequence, decoding)
    texts = [_text(card, one) for one in found]
    best = cache.run_for(card.name, sequence, found[0])
    st.markdown(f"**It writes.** {plain(texts[0])} ({plain(probability_in_words(found[0].log_probability))})")
    if card.output and not found[0].finished:
        st.caption(f"Not finished: it writes at most {card.output.maximum_length:,} tokens.")
    outputs = st.container()
    asked = _ask(card, sequence)
    run, problem = best, ""
    if asked:
        try:
            run = cache.run_for(card.name, sequence, found[texts.index(asked)] if asked in texts else asked)
        except InputError as error:
            problem = str(error)
    looked_at = run.predictions.iloc[0]
    text = looked_at["prediction"] or END
    with outputs:
        _show_found(found, texts, None if problem else text)
    if problem:
        st.error(plain(problem), icon=":material/error:")
    elif text != texts[0]:
        rank = texts.index(text) + 1 if text in texts else 0
        output = Scored(text=text, log_probability=float(looked_at["log_probability"]))
        written = Scored(text=texts[0], log_probability=found[0].log_probability)
        st.markdown(plain(comparison_in_words(output, written, decoding, rank)))
    elif asked:
        st.markdown("That is what it writes.")
    if asked:
        st.button("Back to what it writes", icon=":material/undo:", type="tertiary", on_click=_let_go)
    return run


def show_tokens(run: ModelRun) -> None:
    """How probable each token of the output that is looked at is; nothing for a model that writes nothing."""
    if run.tokens is None:
        return
    text = shortened(run.predictions["prediction"][0] or END, LONGEST_QUOTE)
    st.markdown(f"**“{plain(text)}”, token by token.** {plain(tokens_in_words(run.tokens))}")
    # As a percentage, what is improbable would be 0 %.
    share = st.column_config.ProgressColumn(min_value=0.0, max_value=1.0, format="%.3g")
    st.dataframe(
        run.tokens[list(TOKEN_COLUMNS)].rename(columns=TOKEN_COLUMNS),
        hide_index=True,
        height=min(len(run.tokens), MOST_TOKENS_HIGH) * 35 + 38,
        column_config={
            "probability": share,
            "its probability": st.column_config.NumberColumn(format="%.3g"),
            "log-probability (nats)": st.column_config.NumberColumn(format="%.3g"),
        },
        alt="For every token of the output: its probability, and the token that the model finds most probable there",
        key="output_tokens",
    )


def _ask(card: Card, sequence: str) -> str:
    """The field for another output; what is in it belongs to one model and sequence, and goes with them."""
    belongs_to = (card.name, sequence)
    if st.session_state.setdefault("output belongs to", belongs_to) != belongs_to:
        _let_go()
    st.session_state["output belongs to"] = belongs_to
    asked = st.text_input(
        "Why not this one?",
        key="output",
        bind="query-params",
        placeholder="Type another output and press Enter",
        help="See how probable the model finds another output, at which token it disagrees, and what it attends to "
        "while it is made to write it.",
    )
    return asked or ""


def _show_found(found: Sequence[Written], texts: Sequence[str], looked_at: str | None) -> None:
    """The outputs to choose from, if there are several."""
    if len(found) == 1:
        return
    labels = [
        f"`{probability_in_words(one.log_probability).rjust(6, FIGURE_SPACE)}` {plain(text)}"
        + ("" if one.finished else " :small[(not finished)]")
        for one, text in zip(found, texts, strict=True)
    ]
    st.session_state["outputs"] = texts.index(looked_at) if looked_at in texts else None
    st.radio(
        "The best outputs that it found",
        range(len(labels)),
        format_func=labels.__getitem__,
        key="outputs",
        on_change=_take_output,
        args=(tuple(texts),),
        help="In the order of the search, with the probability of the whole text. Choose one to see its attention.",
    )


def _take_output(texts: Sequence[str]) -> None:
    chosen = st.session_state["outputs"]
    st.session_state["output"] = texts[chosen] if chosen else ""


def _let_go() -> None:
    st.session_state["output"] = ""


def _text(card: Card, written: Written) -> str:
    """What was written; the sign of the end where that is nothing."""
    return (card.output.text_of(written.ids) if card.output else "") or END
