"""The house: imports go down only and in no circle, a thing has one name everywhere, and the core runs alone."""

import graphlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("core", "engine", "study", "show")  # `lessons`, the fifth, is named after the notebooks
NAME = re.compile(r"(?:\d\d_)?(.*)")  # the pages beside the lessons have no number
LESSONS = {NAME.fullmatch(path.stem)[1]: path.stem for path in sorted((ROOT / "notebooks").glob("*.ipynb"))}
EXCEPTION = ("qlib.study.result", "qlib.show.curves")  # as pyproject.toml says, and why


def modules(folder: Path) -> list[str]:
    return sorted(path.stem for path in folder.glob("*.py") if path.stem != "__init__")


def python(code: str, root: Path = ROOT) -> subprocess.CompletedProcess:
    """Run code in an interpreter of its own that finds `qlib` in a folder only; nothing sets its number of threads."""
    # An editable installation would fetch the rooms that a copy lacks from here.
    alone = "import sys; sys.meta_path = [f for f in sys.meta_path if '__editable__' not in f.__module__]\n"
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    environment["PYTHONPATH"] = str(root)
    return subprocess.run(
        [sys.executable, "-c", alone + code], cwd=root, env=environment, capture_output=True, text=True
    )


@pytest.fixture
def copied(tmp_path) -> Path:
    """A copy of the package and of its contracts."""
    shutil.copytree(ROOT / "qlib", tmp_path / "qlib", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def contracts(root: Path) -> subprocess.CompletedProcess:
    run = "from importlinter.cli import lint_imports_command; lint_imports_command(['--no-logo', '--no-cache'])"
    return python(run, root)


def test_the_contracts_are_kept(copied):
    found = contracts(copied)
    assert found.returncode == 0, found.stdout
    assert "2 kept, 0 broken" in found.stdout


@pytest.mark.parametrize(
    ("module", "line", "arrow"),
    [
        ("core/memory.py", "from qlib.study import statistics", "qlib.core.memory -> qlib.study.statistics"),
        (
            "engine/vector.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from qlib.show.cell import Cell",
            "qlib.engine.vector -> qlib.show.cell",
        ),
        (
            "lessons/network/checks.py",
            "def late():\n    from qlib.lessons.one_update import checks",
            "qlib.lessons.network.checks -> qlib.lessons.one_update.checks",
        ),
        ("attic.py", "", "attic"),
    ],
)
def test_an_import_that_goes_up_or_aside_breaks_a_contract(copied, module, line, arrow):
    with (copied / "qlib" / module).open("a") as file:
        file.write(f"\n{line}\n")
    found = contracts(copied)
    assert found.returncode == 1
    assert arrow in " ".join(found.stdout.split()), found.stdout


def test_no_modules_import_each_other_in_a_circle():
    graph = grimp.build_graph("qlib", cache_dir=None)  # with what is imported late, or for types only
    imports = {name: set(graph.find_modules_directly_imported_by(name)) for name in graph.modules}
    imports[EXCEPTION[0]].discard(EXCEPTION[1])
    try:
        graphlib.TopologicalSorter(imports).prepare()
    except graphlib.CycleError as error:
        pytest.fail(" imported by ".join(error.args[1]))


def test_every_module_has_the_test_file_of_its_name():
    wanted = [Path("unit", room, f"test_{name}.py") for room in ROOMS for name in modules(ROOT / "qlib" / room)]
    wanted += [Path("lessons", f"test_{name}.py") for name in modules(ROOT / "qlib" / "lessons")]
    missing = [str(path) for path in wanted if not (ROOT / "tests" / path).is_file()]
    assert len(wanted) > 50 and not missing, "tests/ has no " + ", ".join(missing)


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_module_of_a_lesson_is_tested_in_its_folder(lesson):
    tests = "\n".join(path.read_text() for path in (ROOT / "tests" / "lessons" / lesson).glob("test_*.py"))
    for name in modules(ROOT / "qlib" / "lessons" / lesson):
        if name != "questions":  # words alone, which test_notebooks.py looks at
            own = (ROOT / "tests" / "lessons" / lesson / f"test_{name}.py").is_file()
            checks = ROOT / "qlib" / "lessons" / lesson / "checks.py"
            by_checks = checks.read_text() if checks.is_file() else ""  # its tables of answers test its parts
            text = tests + "\n" + by_checks
            imported = re.search(rf"from qlib\.lessons\.{lesson}(\.{name} import| import .*\b{name}\b)", text)
            assert own or imported, f"no test of tests/lessons/{lesson} is about {name}"


def test_a_lesson_has_one_name_everywhere():
    folders = {path.parent.name for path in (ROOT / "qlib" / "lessons").glob("*/__init__.py")}
    tests = {path.parent.name for path in (ROOT / "tests" / "lessons").glob("*/test_*.py")}
    records = {path.stem for path in (ROOT / "notebooks" / "records").glob("*.json")}
    assert folders == set(LESSONS)
    assert tests == set(LESSONS)
    assert records <= set(LESSONS)
    assert all((ROOT / "notebooks" / f"{notebook}.py").is_file() for notebook in LESSONS.values())


def test_the_core_loads_nothing_heavy_and_leaves_the_threads_alone():
    found = python("""
import json, os, sys
import numpy, torch
from threadpoolctl import threadpool_info

def threads():
    blas = sorted([library["filepath"], library["num_threads"]] for library in threadpool_info())
    return [torch.get_num_threads(), torch.get_num_interop_threads(), blas, dict(os.environ)]

torch.set_num_threads(2)
before = threads()
import qlib.core, qlib.core.training, qlib.core.checkpoint
print(json.dumps([before, threads(), sorted({name.partition(".")[0] for name in sys.modules})]))
""")
    assert found.returncode == 0, found.stderr
    before, after, loaded = json.loads(found.stdout)
    assert after == before
    assert {"numba", "scipy", "matplotlib"} & set(loaded) == set()


def test_a_readable_agent_learns_where_there_is_the_core_alone(copied):
    for room in (*ROOMS[1:], "lessons"):
        shutil.rmtree(copied / "qlib" / room)
    found = python(
        """
import torch
import qlib

agent = qlib.QAgent(qlib.RECOMMENDED, seed=0)
first = [parameter.clone() for parameter in agent.online.parameters()]
episodes = list(qlib.train(agent, steps=1_000))
print(qlib.__file__)
print(len(episodes) > 10, any(not torch.equal(a, b) for a, b in zip(first, agent.online.parameters())))
print(qlib.evaluate(agent, episodes=3).shape)
""",
        copied,
    )
    assert found.returncode == 0, found.stderr
    assert found.stdout.split("\n")[:3] == [str(copied / "qlib" / "__init__.py"), "True True", "(3,)"]
