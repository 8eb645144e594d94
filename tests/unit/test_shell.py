"""The shell around the lessons in JupyterLab travels with the package, and knows every lesson."""

import json
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
SHELL = ROOT / "qlib" / "show" / "lab" / "qlib-lessons"


def test_every_file_of_the_shell_lands_where_jupyterlab_looks():
    files = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["data-files"]
    lands = {}
    for folder, patterns in files.items():
        for pattern in patterns if "labextensions" in folder else ():
            lands |= {path: Path(folder, path.name) for path in ROOT.glob(pattern)}
    here = {path for path in SHELL.rglob("*") if path.is_file()}
    target = Path("share", "jupyter", "labextensions", SHELL.name)
    assert lands == {path: target / path.relative_to(SHELL) for path in here}


def test_make_lab_links_to_the_shell_since_an_editable_wheel_leaves_it_out():
    links = re.findall(r"ln -sfn \$\(CURDIR\)/(\S+) \$\(VENV\)/(\S+)", (ROOT / "Makefile").read_text())
    assert links == [(str(SHELL.relative_to(ROOT)), "share/jupyter/labextensions/")]


def test_the_package_file_names_what_is_there():
    package = json.loads((SHELL / "package.json").read_text())
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert (package["name"], package["version"]) == (SHELL.name, version)
    build = package["jupyterlab"]["_build"]
    assert build == {"load": "static/remoteEntry.js", "extension": "./extension"}
    assert f'_JUPYTERLAB["{SHELL.name}"]' in (SHELL / build["load"]).read_text()


def test_every_command_in_a_menu_or_a_toolbar_is_there():
    schema = (SHELL / "schemas" / SHELL.name / "plugin.json").read_text()
    named = set(re.findall(r'"command": "(.*?)"', schema))
    known = set(re.findall(r'"(qlib-lessons:\w+)"', (SHELL / "static" / "shell.js").read_text()))
    assert len(named) == 3 and named <= known


def test_every_lesson_has_its_picture():
    drawn = re.findall(r'^  "(\d\d_\w+)":', (SHELL / "static" / "icons.js").read_text(), re.MULTILINE)
    assert drawn == sorted(path.stem for path in (ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))


def test_what_the_cards_count_is_what_progress_counts():
    """Both read the lesson's own text: the words that they look for are the same."""
    python, page = (ROOT / "qlib" / "lessons" / "progress.py").read_text(), (SHELL / "static" / "shelf.js").read_text()
    judges = "judge|cartpole|acrobot|mountain_car"
    assert all(words in python for words in (r"^checks?\.\w+|^# \w+\.(?:" + judges + r")\(", r"^lesson\.ask\("))
    assert r"/^(checks?\.\w+|lesson\.ask\(|# \w+\.(" + judges + r")\()/gm" in page


def test_its_colours_and_its_width_are_those_of_the_tokens():
    """Lab loads the shell before any widget brings the tokens, so it says them once more."""
    tokens = (ROOT / "qlib" / "show" / "static" / "tokens.css").read_text()
    own = (SHELL / "static" / "shell.css").read_text()
    said = re.findall(r"#[0-9a-f]{6}|(?<=-figure: )\d+px", own)
    assert len(said) == 5 and set(said) <= set(re.findall(r"#[0-9a-f]{6}|(?<=-figure: )\d+px", tokens))
