"""Keep the lessons as they were handed out in `notebooks/originals`, from where Lab brings one back."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


def keep(notebooks: Path = NOTEBOOKS) -> list[str]:
    """Copy each lesson that has no original yet, or that git knows to be as it was handed out.

    Args:
        notebooks: the folder of the lessons.

    Returns:
        The names that were copied.
    """
    folder = notebooks / "originals"
    folder.mkdir(exist_ok=True)
    untouched = _untouched(notebooks)
    kept = [
        path
        for path in sorted(notebooks.glob("[0-9][0-9]_*.ipynb"))
        if path.name in untouched or not (folder / path.name).exists()
    ]
    for path in kept:
        shutil.copyfile(path, folder / path.name)
    return [path.name for path in kept]


def _untouched(notebooks: Path) -> set[str]:
    """Name the files that are as git has them; none where there is no git, or no repository."""
    listed = []
    for wanted in (["ls-files"], ["diff", "--name-only", "--relative", "HEAD"]):
        try:
            run = subprocess.run(["git", *wanted, "--", "."], cwd=notebooks, capture_output=True, text=True)
        except FileNotFoundError:
            return set()
        if run.returncode:
            return set()
        listed.append(set(run.stdout.splitlines()))
    return listed[0] - listed[1]


if __name__ == "__main__":
    keep()
