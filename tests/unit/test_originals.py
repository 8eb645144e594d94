"""What a lesson is brought back from is what was handed out, and never what a learner wrote over it."""

import importlib.util
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
spec = importlib.util.spec_from_file_location("originals", ROOT / "docs" / "originals.py")
originals = importlib.util.module_from_spec(spec)
spec.loader.exec_module(originals)


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", *words], cwd=folder, check=True)


def test_without_git_the_first_version_is_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    lesson = tmp_path / "04_x.ipynb"
    lesson.write_text("handed out")
    (tmp_path / "claims.ipynb").write_text("no lesson")
    assert originals.keep(tmp_path) == ["04_x.ipynb"]
    lesson.write_text("a learner's")
    assert originals.keep(tmp_path) == []
    assert (tmp_path / "originals" / "04_x.ipynb").read_text() == "handed out"


def test_with_git_a_new_version_is_kept_and_a_learners_is_not(tmp_path):
    git(tmp_path, "init", "-q")
    notebooks = tmp_path / "notebooks"
    notebooks.mkdir()
    for number in ("04", "05"):
        (notebooks / f"{number}_x.ipynb").write_text("handed out")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    originals.keep(notebooks)
    (notebooks / "04_x.ipynb").write_text("a learner's")
    (notebooks / "05_x.ipynb").write_text("handed out anew")
    git(tmp_path, "add", "notebooks/05_x.ipynb")
    git(tmp_path, "commit", "-qm", "second")
    assert originals.keep(notebooks) == ["05_x.ipynb"]
    kept = [(notebooks / "originals" / f"{number}_x.ipynb").read_text() for number in ("04", "05")]
    assert kept == ["handed out", "handed out anew"]
