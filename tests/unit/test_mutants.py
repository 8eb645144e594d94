"""The tool behind `make mutants` tells noticed from unnoticed, and what is listed as unnoticed is still there."""

import importlib.util
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

spec = importlib.util.spec_from_file_location("mutants", ROOT / "tests" / "mutants.py")
mutants = importlib.util.module_from_spec(spec)
spec.loader.exec_module(mutants)


def test_every_listed_survivor_has_a_reason_and_its_line_is_there():
    for each in tomllib.loads(mutants.LISTED.read_text())["survivor"]:
        assert each["file"].removesuffix(".py") in mutants.TESTS
        text = " ".join((ROOT / "qlib" / "core" / each["file"]).read_text().split())
        assert " ".join(each["was"].split()) in text, each
        assert len(each["why"]) > 20, each


def test_the_tests_of_every_file_are_there_its_own_first():
    for name, paths in mutants.TESTS.items():
        assert paths[0] == f"core/test_{name}.py" and (ROOT / "qlib" / "core" / f"{name}.py").is_file()
        assert [path for path in paths if not (ROOT / "tests" / "unit" / path).is_file()] == []


@pytest.mark.parametrize(
    ("code", "same"),
    [
        ("def f(a: int & None) -> str:\n    x: float = 1\n    return a + x\n", True),
        ("def f(a):\n    x: int = 1  # a comment\n    return a + x", True),
        ("def f(a):\n    x: int = 2\n    return a + x", False),
        ("def f(a):\n    x: int = 1\n    return a - x", False),
        ("def f(a:", False),
    ],
)
def test_annotations_and_comments_mean_nothing(code, same):
    whole = mutants.meaning("def f(a: int | None) -> int:\n    x: int = 1\n    return a + x\n")
    assert (mutants.meaning(code) == whole) == same


def test_every_mutant_is_python_and_no_two_are_the_same(tmp_path):
    pytest.importorskip("cosmic_ray", reason="comes with the extra `mutants`")
    (tmp_path / "it.py").write_text("def f(a):\n    return 1 * ~a\n")  # a swap of ~ by `not` is no Python here
    codes = [mutant.code for mutant in mutants.mutants(tmp_path / "it.py")]
    assert {"def f(a):\n    return 1 / ~a\n", "def f(a):\n    return 1 * -a\n"} <= set(codes)
    assert None not in map(mutants.meaning, codes) and len(set(map(mutants.meaning, codes))) == len(codes)


def test_a_change_is_told_by_its_first_line():
    assert mutants.change("a\n  b + 1\nc\n", "a\n  b - 1\nc\n") == (2, "b + 1", "b - 1")
    assert mutants.change("f(\n  1,\n)\nc\n", "pass\nc\n") == (1, "f( 1, )", "pass")


def test_a_mutant_survives_if_no_test_fails_and_not_if_it_hangs(tmp_path):
    """Each runs in a process of its own, so that this one's threads are not forked."""
    (tmp_path / "test_it.py").write_text(
        "from qlib.core.memory import ReplayMemory\n\n"
        "def test_it():\n    assert ReplayMemory(3).capacity == 3 and len(ReplayMemory(3)) == 0\n"
    )
    code = """
import sys
from pathlib import Path
sys.path.insert(0, "tests")
import mutants
mutants.preload()
path, line = Path("qlib/core/memory.py"), "self.capacity = capacity"
assert path.read_text().count(line) == 1

def left(*breaks, limit):
    found = [mutants.Mutant("memory.py", 1, line, new, path.read_text().replace(line, new)) for new in breaks]
    return sorted(mutant.becomes for mutant in mutants.survivors(found, [sys.argv[1]], limit, jobs=2))

print(left(line, "self.capacity = 1", "self.capacity = int(capacity)", "raise SystemExit(0)", limit=200))
print(left("while True: pass", limit=2))
mutants.SECONDS = 1
print(left("while True: pass", limit=1000))
"""
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-c", code, str(tmp_path / "test_it.py")]
    found = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=500)
    assert found.stdout == "['self.capacity = capacity', 'self.capacity = int(capacity)']\n[]\n[]\n", found
