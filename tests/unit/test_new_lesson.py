"""`make lesson` lays out a lesson that runs, passes its own tests and takes nobody's name."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAME = "15_my_own_topic"

spec = importlib.util.spec_from_file_location("new_lesson", ROOT / "docs" / "new_lesson.py")
new_lesson = importlib.util.module_from_spec(spec)
spec.loader.exec_module(new_lesson)


@pytest.fixture(scope="module")
def tree(tmp_path_factory) -> Path:
    """A copy of the project, with a new lesson in it."""
    root = tmp_path_factory.mktemp("tree")
    for folder in ("qlib", "tests", "docs"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "notebooks").mkdir()
    for name in ("02_network", "04_choosing_actions"):
        shutil.copy(ROOT / "notebooks" / f"{name}.py", root / "notebooks")
    shutil.copy(ROOT / "pyproject.toml", root)
    shutil.copy(ROOT / "README.md", root)
    new_lesson.lay_out(NAME, root)
    return root


def run(tree: Path, *arguments: str) -> subprocess.CompletedProcess:
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    return subprocess.run([sys.executable, *arguments], cwd=tree, env=environment, capture_output=True, text=True)


def test_its_tests_pass(tree):
    found = run(tree, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/lessons/my_own_topic")
    assert found.returncode == 0, found.stdout
    assert "[100%]" in found.stdout


def test_its_notebook_runs_and_is_a_lesson_but_for_what_its_author_owes(tree):
    found = run(tree, "tests/refresh.py", f"notebooks/{NAME}.py")
    assert found.returncode == 0, found.stderr
    assert "15.1 The return: waits for your answer" in (tree / "notebooks" / f"{NAME}.ipynb").read_text()
    found = run(tree, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/lessons/test_notebooks.py")
    failed = [line for line in found.stdout.splitlines() if line.startswith("FAILED")]
    assert len(failed) == 3, found.stdout
    assert "at least 3 exercises" in found.stdout
    assert "test_a_lesson_asks_again_and_says_what_is_done" in "".join(failed)
    assert "test_the_minutes_at_the_top_and_in_the_readme" in "".join(failed)


def test_it_is_in_lint_and_names_no_placeholder(tree):
    written = [*tree.glob("**/*my_own_topic*.py"), *tree.glob("**/my_own_topic/*.py")]
    assert len(written) == 7
    for path in written:
        text = path.read_text()
        assert not [word for word in ("NN", "my_topic", "My topic") if word in text], path
    assert "# # 15 · My own topic" in written[0].read_text()
    for command in (["format", "--check"], ["check"]):
        found = run(tree, "-m", "ruff", *command, *map(str, written))
        assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "give two digits and a name"),
        ("my_topic", "give two digits and a name"),
        ("15_My_topic", "small letters"),
        ("15_my-topic", "Python can import"),
        ("15_class", "Python can import"),
        ("15_my_topic/..", "two digits"),
        ("04_my_topic", "04_choosing_actions.py is there"),
        ("16_choosing_actions", "04_choosing_actions.py is there"),
        ("16_catastrophe", "qlib/lessons/catastrophe is there"),
        ("16_check", "qlib/lessons/check.py is there"),
        (NAME, f"{NAME}.py is there"),
    ],
)
def test_a_bad_or_taken_name_is_refused_and_nothing_is_written(tree, name, words):
    before = sorted(tree.glob("**/*"))
    with pytest.raises(ValueError, match=r"is not allowed|is taken") as refused:
        new_lesson.lay_out(name, tree)
    assert words in str(refused.value)
    assert sorted(tree.glob("**/*")) == before


def test_the_command_refuses_in_a_sentence():
    found = subprocess.run([sys.executable, ROOT / "docs" / "new_lesson.py", "03_x"], capture_output=True, text=True)
    assert found.returncode == 1
    assert found.stderr.startswith("NAME='03_x' is taken") and "Traceback" not in found.stderr
