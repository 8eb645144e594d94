"""A lesson as its learner meets it: questions that wait for a guess, and what is done."""

from __future__ import annotations

import html
import importlib
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from qlib.lessons import progress
from qlib.lessons.question import Answer, Question
from qlib.show.cell import CellWidget
from qlib.show.drawing import Drawing


class Lesson:
    """One lesson: it asks, keeps the guesses, and says what is done.

    Args:
        name: the notebook's name, such as "04_choosing_actions".
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def ask(
        self, name: str, answer: Any = None, show: Any = None, known: Drawing | None = None, **numbers: Any
    ) -> Question:
        """Ask a question of `qlib/lessons/NAME/questions.py`, and show the answer only after a guess, which is kept.

        There, by name, stands what a cell must not give away: what is asked, with choices or between, within, unit,
        drag; the answer if no cell computes it, or what to say if the cell computes True or False; and because.

        Args:
            name: the question's name.
            answer: what is right, or nearest to it; None: as the question says.
            show: a Picture, or what else `Question` shows.
            known: where the guess is dragged in a drawing, what of it is there before the guess; None: its axes.
            numbers: what the question and its because name, beside {answer}.

        Raises:
            ValueError: if there is no such question, or nobody says what is right.
        """
        asked = questions(self.name[3:])
        if name not in asked:
            raise ValueError(f"{self.name} has no question {name!r}. It has: {', '.join(asked)}.")
        spec = dict(asked[name])
        said = spec.pop("answer", None)
        answer = (
            said[bool(answer)] if isinstance(said, dict) and answer is not None else said if answer is None else answer
        )
        if answer is None or isinstance(answer, dict):
            raise ValueError(f"There is no answer to {name!r}, neither here nor in the lesson's questions.py.")
        for part in {"question", "because"} & spec.keys():
            spec[part] = spec[part].format(answer=answer, **numbers)
        kept = progress.guesses(self.name).get(spec["question"], {})
        former = kept.get("guess") if kept.get("answer") == answer else None
        made = Question(
            **spec,
            answer=answer,
            show=show,
            known=known,
            former=former,
            tell=lambda guess, right: self._keep(made, guess, right),
        )
        return made

    def again(self) -> Again:
        """Ask the two questions that were guessed worst two lessons ago once more."""
        names = [path.stem for path in sorted(Path().glob("[0-9][0-9]_*.py"))]
        before = names[names.index(self.name) - 2] if self.name in names[2:] else ""
        return Again(before, [Question(question, **_spec(guess)) for question, guess in _worst(before)[:2]])

    def done(self) -> Done:
        """Say how the guesses went, what was guessed worst, and which exercises are passed."""
        return Done(self.name)

    def __repr__(self) -> str:
        return f"{progress.title(self.name)}: {progress.done(self.name)}"

    def _keep(self, question: Question, guess: Answer, right: bool) -> None:
        spec: dict[str, Any] = {
            "answer": question.answer,
            "choices": question.choices,
            "between": list(question.between),
        }
        spec |= {"because": question.because, "within": question.within, "unit": question.unit}
        made = {"guess": guess, "right": right, "off": question.off(guess)} | spec
        progress.guessed(self.name, question.question, made)


class Done:
    """What a learner has done of a lesson, as it stands when it is shown."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        worst = [question for question, guess in _worst(self._name) if not guess["right"]]
        words = f" You were furthest off at: {worst[0]}" if worst else ""
        return f"{progress.title(self._name)}: {progress.done(self._name)}.{words}"

    def _repr_html_(self) -> str:
        return f'<p role="status">{html.escape(repr(self))}</p>'


class Again(CellWidget):
    """Questions of an earlier lesson, asked once more."""

    def __init__(self, lesson: str, questions: list[Question]) -> None:
        self._words = f"From {progress.title(lesson)}, once more:" if questions else "Nothing to ask again."
        super().__init__("again", [widgets.HTML(html.escape(self._words)), *questions])

    def _still(self) -> dict[str, str]:
        return {"text/html": f"<p>{html.escape(self._words)}</p>", "text/plain": self._words}


def _worst(lesson: str) -> list[tuple[str, dict[str, Any]]]:
    """List a lesson's guesses that were not exact, the worst of them first."""
    off = {question: guess for question, guess in progress.guesses(lesson).items() if guess["off"] > 0}
    return sorted(off.items(), key=lambda made: -made[1]["off"])


def questions(topic: str) -> dict[str, dict[str, Any]]:
    """Give the questions of a lesson, such as "choosing_actions", by name."""
    return importlib.import_module(f"qlib.lessons.{topic}.questions").QUESTIONS


def _spec(guess: dict[str, Any]) -> dict[str, Any]:
    return {name: guess[name] for name in ("answer", "choices", "between", "because", "within", "unit")}
