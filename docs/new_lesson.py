"""Lay out an empty lesson, to be filled: `make lesson NAME=15_my_topic`. Its parts are copies of `docs/lesson/`."""

from __future__ import annotations

import keyword
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
TEMPLATES = ROOT / "docs" / "lesson"


def lay_out(lesson: str, root: Path = ROOT) -> list[Path]:
    """Write the notebook's text, the checks, the pictures and their tests of a new lesson.

    Args:
        lesson: two digits and a name, as in 15_my_topic.
        root: the project's folder.

    Returns:
        The paths of the files, the notebook's text first.

    Raises:
        ValueError: if the name is not of that form, or its number or its name is taken.
    """
    form = re.fullmatch(r"(\d\d)_([a-z][a-z0-9]*(?:_[a-z0-9]+)*)", lesson)
    if not form or keyword.iskeyword(form[2]):
        raise ValueError(
            f"NAME={lesson!r} is not allowed: give two digits and a name in small letters that Python can import, "
            "as in NAME=15_my_topic."
        )
    number, name = form.groups()
    package, tests = root / "qlib" / "lessons" / name, root / "tests" / "lessons" / name
    taken = [*(root / "notebooks").glob(f"{number}_*.py"), *(root / "notebooks").glob(f"[0-9][0-9]_{name}.py")]
    taken += [path for path in (package, package.with_suffix(".py"), tests) if path.exists()]
    if taken:
        raise ValueError(f"NAME={lesson!r} is taken: {taken[0].relative_to(root)} is there. Choose another one.")
    files = {
        root / "notebooks" / f"{lesson}.py": "notebook.py",
        package / "questions.py": "questions.py",
        package / "checks.py": "checks.py",
        package / "pictures.py": "pictures.py",
        tests / "test_checks.py": "test_checks.py",
        tests / "test_pictures.py": "test_pictures.py",
    }
    package.mkdir()
    tests.mkdir()
    (package / "__init__.py").touch()
    own = {"NN.": f"{int(number)}.", "NN": number, "my_topic": name, "My topic": name.replace("_", " ").capitalize()}
    for path, template in files.items():
        text = (TEMPLATES / template).read_text(encoding="utf-8")
        for placeholder, value in own.items():
            text = text.replace(placeholder, value)
        path.write_text(text, encoding="utf-8")
    return list(files)


if __name__ == "__main__":
    try:
        written = lay_out(sys.argv[1])
    except ValueError as error:
        sys.exit(str(error))
    print(*(path.relative_to(ROOT) for path in written), sep="\n")
    print(f"Write the first one, then: make refresh NB={sys.argv[1]}. What else a lesson needs: CONTRIBUTING.md.")
