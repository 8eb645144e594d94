"""The learner's own agent: what passed an exercise is kept as plain Python in `my_agent/`, and plays where it is asked.

@exercise("6.2 The TD target", piece="td_target")      # a check that passes keeps the answer
td_target = pieces.mine("td_target", td_target_of_qlib)  # the learner's, or else the one that is given
"""

from __future__ import annotations

import ast
import importlib.util
import inspect
import textwrap
import types
from collections.abc import Callable
from typing import Any

from qlib.lessons import progress

_HEAD = '"""{name}, as you wrote it for exercise {exercise}."""\n\n'


class CannotKeepError(Exception):
    """The answer passed, and its text cannot stand alone; the message says what it leans on."""


def keep(name: str, exercise: str, answer: Callable) -> str:
    """Write an answer with all that it needs to `my_agent/NAME.py`.

    Args:
        name: the piece's name; the file and what it defines bear it.
        exercise: the exercise that it passed, for the file's first line.
        answer: the learner's function or class.

    Returns:
        The file's text.

    Raises:
        CannotKeepError: if it leans on something that has no text of its own.
    """
    parts: dict[str, str] = {}
    own = _write(answer, parts)
    alias = "" if own == name else f"\n\n{name} = {own}\n"
    imports = sorted(text for text in parts.values() if text.startswith(("import ", "from ")))
    rest = [text for text in parts.values() if not text.startswith(("import ", "from "))]
    text = _HEAD.format(name=name, exercise=exercise) + "\n".join(imports) + "\n\n\n" + "\n\n\n".join(rest) + alias
    text = text.rstrip() + "\n"
    if progress.kept():
        progress.folder().mkdir(parents=True, exist_ok=True)
        (progress.folder() / f"{name}.py").write_text(text, encoding="utf-8")
    return text


def mine(name: str, otherwise: Any) -> Any:
    """Give the learner's piece of a name, or, if there is none that can be read, what stands in for it."""
    path = progress.folder() / f"{name}.py"
    if not progress.kept() or not path.exists():
        return otherwise
    spec = importlib.util.spec_from_file_location(f"my_agent_{name}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
        return getattr(module, name)
    except Exception as error:  # their file, which they may have edited
        raise ImportError(
            f"{path} cannot be read: {error!r}. Mend it, or delete it and pass its exercise again."
        ) from error


def is_mine(piece: Any) -> bool:
    """Say whether a piece came out of the learner's folder."""
    return getattr(piece, "__module__", "").startswith("my_agent_")


def whose(**used: Any) -> str:
    """Say of each piece whether it is the learner's or qlib's, in a sentence."""
    yours = [name for name, piece in used.items() if is_mine(piece)]
    ours = [name for name in used if name not in yours]
    return "; ".join([f"yours: {', '.join(yours)}"] * bool(yours) + [f"qlib's: {', '.join(ours)}"] * bool(ours))


def _write(thing: Any, parts: dict[str, str]) -> str:
    """Add a function's or class's text, and before it that of all it leans on; give its name."""
    name = thing.__name__
    if name in parts:
        return name
    source = _source(thing)
    if name == "<lambda>":
        raise CannotKeepError("a lambda has no text of its own: write it with `def`")
    parts[name] = ""  # its place is taken, so that a function that calls itself ends
    for used, value in _leans_on(thing, source).items():
        if used in parts or value is thing:
            continue
        if isinstance(value, types.ModuleType):
            parts[used] = f"import {value.__name__}" + (f" as {used}" if used != value.__name__ else "")
        elif isinstance(value, (int, float, str, bool, tuple, type(None))):
            parts[used] = f"{used} = {value!r}"
        elif getattr(value, "__module__", None) == "__main__" and hasattr(value, "__name__"):
            _write(value, parts)
        elif hasattr(value, "__name__") and getattr(value, "__module__", None):
            as_used = f" as {used}" if used != value.__name__ else ""
            parts[used] = f"from {value.__module__} import {value.__name__}{as_used}"
        else:
            raise CannotKeepError(f"{name} leans on {used}, which is a {type(value).__name__}: give it as an argument")
    text = parts.pop(name)
    parts[name] = text or source.rstrip()
    return name


def _source(thing: Any) -> str:
    """Find the text of a function or class; a class in a cell has no file, so it is looked for around its methods."""
    try:
        if not isinstance(thing, type):
            return textwrap.dedent(inspect.getsource(thing))
        method = next(value for value in vars(thing).values() if inspect.isfunction(value))
        text = "".join(inspect.findsource(method)[0])
        found = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ClassDef)]
        node = next(n for n in found if n.name == thing.__name__)
        first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
        return textwrap.dedent("\n".join(text.splitlines()[first - 1 : node.end_lineno]))
    except (OSError, TypeError, StopIteration) as error:
        raise CannotKeepError(f"the text of {thing.__name__} cannot be found") from error


def _leans_on(thing: Any, source: str) -> dict[str, Any]:
    """Find the globals that a text reads, in the order in which it reads them."""
    functions = (
        [thing] if not isinstance(thing, type) else [f for f in vars(thing).values() if hasattr(f, "__globals__")]
    )
    known = {name: value for function in functions for name, value in getattr(function, "__globals__", {}).items()}
    for function in functions:
        known |= inspect.getclosurevars(function).nonlocals if inspect.isfunction(function) else {}
    read = [node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)]
    return {name: known[name] for name in read if name in known and not name.startswith("__")}
