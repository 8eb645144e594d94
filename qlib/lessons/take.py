"""The lessons in a folder of the learner's own: `qlib-lessons` copies them there and opens JupyterLab.

qlib-lessons [FOLDER] [--only-copy]

What the learner wrote is never written over. `originals/` keeps each file as it was last handed out: a file that is
still the same is brought up to date, any other stays, and JupyterLab's *Edit, Reset This Lesson* brings the new one.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

FIRST = "00_start_here.ipynb"
KINDS = ("*.ipynb", "*.py", "*.md", "records/*.json")


class Taken(NamedTuple):
    """The names of files that are new, that were brought up to date, and that stay because they are the learner's."""

    new: list[str]
    updated: list[str]
    kept: list[str]

    def __str__(self) -> str:
        parts = [f"{len(self.new)} files are new", f"{len(self.updated)} were brought up to date"]
        if self.kept:
            parts.append(f"these are yours and stay as they are: {', '.join(self.kept)}")
        return ", ".join(parts) + "."


def source() -> Path:
    """Say where the lessons are that came with the package: in the wheel's files, or beside the package.

    Raises:
        FileNotFoundError: if they are not there.
    """
    beside = Path(__file__).parents[2] / "notebooks"
    if (beside / FIRST).exists():
        return beside
    try:
        files = metadata.files("qlib-lessons") or []
    except metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.name == FIRST:
            return Path(str(file.locate())).resolve().parent
    raise FileNotFoundError(
        "The lessons are not here: install them with pip install qlib-lessons, or clone the project."
    )


def take(folder: Path, lessons: Path | None = None) -> Taken:
    """Copy the lessons to a folder, and bring up to date what nobody has changed.

    Args:
        folder: it is made if it is not there.
        lessons: where they are; None: `source()`.

    Raises:
        NotADirectoryError: if there is a file of that name.
    """
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(f"{folder} is a file, so the lessons cannot go there. Give the path of a folder.")
    lessons = source() if lessons is None else lessons
    taken = Taken([], [], [])
    for path in sorted(path for kind in KINDS for path in lessons.glob(kind)):
        name = path.relative_to(lessons)
        ours, theirs, latest = folder / "originals" / name, folder / name, path.read_bytes()
        if not theirs.exists():
            taken.new.append(str(name))
        elif theirs.read_bytes() == latest:
            pass
        elif ours.exists() and theirs.read_bytes() == ours.read_bytes():
            taken.updated.append(str(name))
        else:
            taken.kept.append(str(name))
        if str(name) not in taken.kept:
            theirs.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, theirs)
        ours.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, ours)
    return taken


def main(arguments: Sequence[str] | None = None) -> int:
    """Copy, say what was copied, and open JupyterLab."""
    parser = argparse.ArgumentParser(prog="qlib-lessons", description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=Path("qlib-lessons"))
    parser.add_argument("--only-copy", action="store_true", help="do not open JupyterLab")
    given = parser.parse_args(arguments)
    try:
        print(f"{given.folder.resolve()}: {take(given.folder)}")
    except OSError as error:
        print(error, file=sys.stderr)
        return 1
    if given.only_copy:
        return 0
    return subprocess.call([sys.executable, "-m", "jupyterlab", str(given.folder / FIRST)])
