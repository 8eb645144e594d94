"""What a class needs beside its lessons: a wheel of the package, the versions that passed, and a page to begin with."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = Path(__file__).with_suffix(".md")
BUILD = ("-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation")


def provide(folder: Path) -> Path:
    """Put all that students need into the folder of their lessons.

    Args:
        folder: the lessons as a class gets them.

    Returns:
        The wheel.

    Raises:
        ValueError: if the package cannot be built.
    """
    for old in folder.glob("qlib_lessons-*.whl"):
        old.unlink()
    built = wheel(folder)
    shutil.copyfile(ROOT / "constraints.txt", folder / "constraints.txt")
    first = min(path.name for path in folder.glob("*.ipynb"))
    page = PAGE.read_text(encoding="utf-8").replace("WHEEL", built.name).replace("FIRST", first)
    (folder / "README.md").write_text(page, encoding="utf-8")
    return built


def wheel(folder: Path) -> Path:
    """Build the package with these lessons in the place of its own, which have the solutions; no network is needed.

    Args:
        folder: the lessons, and where the wheel goes.

    Returns:
        The wheel.

    Raises:
        ValueError: if it cannot be built.
    """
    with tempfile.TemporaryDirectory() as work:
        tree, made = Path(work) / "tree", Path(work) / "made"
        shutil.copytree(ROOT / "qlib", tree / "qlib", ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("pyproject.toml", "README.md", "LICENSE"):
            shutil.copyfile(ROOT / name, tree / name)
        shutil.copytree(folder, tree / "notebooks", ignore=shutil.ignore_patterns(".venv", "my_agent"))
        command = [sys.executable, *BUILD, "--wheel-dir", str(made), str(tree)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise ValueError(f"The package cannot be built: {done.stderr.strip()[-1000:]}")
        (built,) = made.glob("*.whl")
        return Path(shutil.copy(built, folder))
