"""What a learner has passed and guessed, kept in a folder of their own: `my_agent/progress.json`.

A checked or refreshed notebook (`QLIB_STILL`) reads and writes no file, so that its outputs are everybody's.
"""

from __future__ import annotations

import html
import json
import os
import re
from pathlib import Path
from typing import Any

KINDS = ("passed", "guesses", "hunted", "experiments")
"""What is kept: exercises, guesses by lesson, lesson 08's agents by day, and lesson 17's held-out seeds by claim."""
_here: dict[str, dict] = {kind: {} for kind in KINDS}  # stands for the file where none is used


def folder() -> Path:
    """Say where a learner's own things are kept: `my_agent` beside the notebook, or `QLIB_MY_AGENT`."""
    return Path(os.environ.get("QLIB_MY_AGENT", "my_agent"))


def kept() -> bool:
    """Say whether files are read and written."""
    return not os.environ.get("QLIB_STILL")


def passed(exercise: str) -> None:
    """Remember that an exercise was passed, in place of a former one of its number."""
    everything, number = _read(), exercise.partition(" ")[0]
    others = {name: True for name in everything["passed"] if name.partition(" ")[0] != number}
    everything["passed"] = others | {exercise: True}
    _write(everything)


def guessed(lesson: str, question: str, guess: dict[str, Any]) -> None:
    """Remember a guess: what was asked, said and right, so that it can be asked again."""
    note("guesses", lesson, guesses(lesson) | {question: guess})


def exercises(number: str) -> list[str]:
    """List the exercises passed of a lesson, such as "04"."""
    return [name for name in _read()["passed"] if name.partition(".")[0].zfill(2) == number]


def guesses(lesson: str) -> dict[str, dict[str, Any]]:
    """Give the guesses of a lesson by question, in the order in which they were made."""
    return dict(_read()["guesses"].get(lesson, {}))


def begin_again(lesson: str | None = None) -> str:
    """Forget one lesson's progress, or all of it; the former file stays beside it as `progress.before.json`.

    Args:
        lesson: a notebook's name, such as "04_choosing_actions"; None: all lessons.

    Returns:
        What was done, in a sentence.
    """
    everything = _read()
    path = folder() / "progress.json"
    if kept() and path.exists():
        path.with_name("progress.before.json").write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    if lesson is None:
        _write(everything | {"passed": {}, "guesses": {}})  # seeds that were looked at stay so
        return "All lessons begin again. What you had done is kept in progress.before.json."
    gone = exercises(lesson[:2])
    everything["passed"] = {name: True for name in everything["passed"] if name not in gone}
    everything["guesses"].pop(lesson, None)
    _write(everything)
    return f"{lesson} begins again. What you had done is kept in progress.before.json."


class Overview:
    """All lessons, with what is done and what is not."""

    def __init__(self) -> None:
        self._rows = [(path.stem, *totals(path.stem)) for path in sorted(Path().glob("[0-9][0-9]_*.py"))]

    def __repr__(self) -> str:
        return "\n".join(f"{name:26} {done(name)}" for name, *_ in self._rows)

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><td style="text-align:left"><a href="{name}.ipynb">{html.escape(title(name))}</a></td>'
            f'<td style="text-align:left">{done(name)}</td></tr>'
            for name, *_ in self._rows
        )
        return f"<table><thead><tr><th>lesson</th><th>done</th></tr></thead><tbody>{rows}</tbody></table>"


def title(lesson: str) -> str:
    """Give a notebook's name as a reader would say it: "04 Choosing actions"."""
    return f"{lesson[:2]} {lesson[3:].replace('_', ' ').capitalize()}"


def totals(lesson: str) -> tuple[int, int]:
    """Count the exercises and the questions of a lesson in its text; 0 where the text is not at hand."""
    path = Path(f"{lesson}.py")
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    judged = r"^checks?\.\w+|^# \w+\.(?:judge|cartpole|acrobot|mountain_car)\("  # lesson 17's wait to be called
    return len(re.findall(judged, text, re.MULTILINE)), len(re.findall(r"^lesson\.ask\(", text, re.MULTILINE))


def done(lesson: str) -> str:
    """Say how many of a lesson's exercises are passed, and how many of its questions were guessed right."""
    n_exercises, n_questions = totals(lesson)
    made = guesses(lesson)
    right = sum(guess["right"] for guess in made.values())
    exercise_words = f"{len(exercises(lesson[:2]))} of {n_exercises} exercises passed"
    question_words = f"{len(made)} of {n_questions} questions answered" + (f", {right} of them right" if made else "")
    return "; ".join([exercise_words] * bool(n_exercises) + [question_words] * bool(n_questions))


def noted(kind: str) -> dict[str, Any]:
    """Give what is kept of a kind, one of KINDS."""
    return dict(_read()[kind])


def note(kind: str, key: str, value: Any) -> None:
    """Keep something under a key of a kind."""
    everything = _read()
    everything[kind][key] = value
    _write(everything)


def _read() -> dict[str, dict]:
    path = folder() / "progress.json"
    if not kept():
        return _here
    nothing: dict[str, dict] = {kind: {} for kind in KINDS}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {kind: dict(found[kind] if kind in KINDS[:2] else found.get(kind, {})) for kind in KINDS}
    except FileNotFoundError:
        return nothing
    except (ValueError, KeyError, TypeError):  # spoilt by hand: nothing is thrown away
        path.replace(path.with_name("progress.unreadable.json"))
        return nothing


def _write(everything: dict[str, dict]) -> None:
    if not kept():
        _here.update(everything)
        return
    folder().mkdir(parents=True, exist_ok=True)
    path = folder() / "progress.json"
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    temporary.write_text(json.dumps(everything, indent=1, ensure_ascii=False), encoding="utf-8")
    temporary.replace(path)
