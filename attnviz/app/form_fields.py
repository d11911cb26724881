"""Widgets for the fields of a card, each with its guess, where the guess comes from, and what is wrong with it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from attnviz.app.words import plain

_PROBLEM = "problem of the card"


class FormFields:
    """The fields of one form.

    Args:
        form: Keeps this form's widgets from another's.
        guesses: Fields as in `card.json`, those of `input` under `"input"`.
        reasons: Where guesses come from.
    """

    def __init__(
        self,
        form: str,
        guesses: Mapping[str, Any],
        reasons: Mapping[str, str],
    ) -> None:
        self._form = form
        self._guesses = guesses
        self._reasons = reasons
        of, field, message = st.session_state.get(_PROBLEM, ("", "", ""))
        self._problem: tuple[str, str] | None = (field, message) if of == form else None
        self._shown = False

    def guess(self, name: str, otherwise: Any = None) -> Any:
        """The guess for a field; `"input.step"` is that of the input."""
        place, _, field = name.rpartition(".")
        fields = self._guesses.get("input", {}) if place else self._guesses
        return fields.get(field, otherwise)

    def key(self, name: str) -> str:
        """The key of a field's widget."""
        return f"card {self._form[:16]} {name}"

    def text(self, name: str, label: str, *, help: str | None = None) -> str | None:
        """One line; none where it is left empty."""
        guess = self.guess(name, "")
        value = st.text_input(
            label, value=str(guess), key=self.key(name), help=help or self._reason(name), on_change=self.forget_problem
        )
        self.show_problem(name)
        return (value or "").strip() or None

    def lines(self, name: str, label: str, *, otherwise: Sequence[str] = ()) -> tuple[str, ...]:
        """Words, one a line; empty lines are no words."""
        guess = "\n".join(self.guess(name, otherwise))
        value = st.text_area(
            label, value=guess, key=self.key(name), help=self._reason(name), height=130, on_change=self.forget_problem
        )
        self.show_problem(name)
        return tuple(line.strip() for line in (value or "").splitlines() if line.strip())

    def whole(self, name: str, label: str, otherwise: int | None, *, smallest: int = 0) -> int | None:
        """A whole number, or none."""
        value = st.number_input(
            label,
            value=self.guess(name, otherwise),
            min_value=smallest,
            step=1,
            key=self.key(name),
            help=self._reason(name),
            on_change=self.forget_problem,
        )
        self.show_problem(name)
        return None if value is None else int(value)

    def number(self, name: str, label: str, otherwise: float | None = None) -> float | None:
        """Any number, or none."""
        guess = self.guess(name, otherwise)
        value = st.number_input(
            label,
            value=None if guess is None else float(guess),
            key=self.key(name),
            format="%g",
            on_change=self.forget_problem,
        )
        self.show_problem(name)
        return value

    def one_of(
        self, name: str, label: str, options: Sequence[str], words: Callable[[str], str], otherwise: str | None = None
    ) -> str:
        """One of a few."""
        guess = self.guess(name, otherwise)
        index = options.index(guess) if guess in options else 0
        value = st.selectbox(
            label,
            options,
            index=index,
            format_func=words,
            key=self.key(name),
            help=self._reason(name),
            on_change=self.forget_problem,
        )
        self.show_problem(name)
        return str(value)

    def yes_or_no(self, name: str, label: str, otherwise: bool) -> bool:
        """A switch."""
        value = st.toggle(label, value=self.guess(name, otherwise), key=self.key(name), on_change=self.forget_problem)
        self.show_problem(name)
        return bool(value)

    def remember_problem(self, field: str, message: str) -> None:
        """Show this at the field, as `card.json` names it, from the next run on, until something is changed."""
        st.session_state[_PROBLEM] = (self._form, field, message)

    @staticmethod
    def forget_problem() -> None:
        """Something was changed: what was wrong may be right now."""
        st.session_state.pop(_PROBLEM, None)

    def show_problem(self, name: str) -> None:
        """What is wrong with this field, if it is this one."""
        if self._problem is not None and self._problem[0] == name.removeprefix("input."):
            self._show()

    def show_other_problem(self) -> None:
        """What is wrong, unless a field has said it."""
        if self._problem is not None and not self._shown:
            self._show()

    def _show(self) -> None:
        if self._problem is not None and not self._shown:
            self._shown = True
            st.error(plain(self._problem[1]), icon=":material/error:")

    def _reason(self, name: str) -> str | None:
        reason = self._reasons.get(name)
        return None if reason is None else plain(reason)
