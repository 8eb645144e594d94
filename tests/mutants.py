"""Break the core on purpose, one place at a time, and list the breaks that no test notices: `make mutants`.

python tests/mutants.py [--sample N] [--jobs N] [memory prioritized rules agent training]

Cosmic Ray makes the mutants. Each is tested in a fork of this process, in which PyTorch is imported already and one
module of `qlib` is compiled from the mutant's text. So no file is touched, and many run at once. What a test starts as
a process of its own sees the module as it is.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import gc
import importlib.machinery
import importlib.util
import itertools
import multiprocessing
import multiprocessing.connection
import os
import random
import resource
import signal
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
LISTED = ROOT / "tests" / "mutants.toml"
GOAL = 0.95  # of all mutants are killed
TESTS = {  # which tests run for a file, in this order, up to the first that fails
    "memory": ["core/test_memory.py", "core/test_prioritized.py", "core/test_checkpoint.py"],
    "prioritized": ["core/test_prioritized.py", "core/test_memory.py", "core/test_checkpoint.py"],
    "rules": ["core/test_rules.py", "core/test_agent.py", "core/test_training.py"],
    "agent": [
        "core/test_agent.py",
        "core/test_prioritized.py",
        "core/test_checkpoint.py",
        "core/test_training.py",
        "engine/test_flat.py",
    ],
    "training": ["core/test_training.py", "core/test_agent.py", "engine/test_ensemble.py"],
}
BINARY = "Add_Sub Sub_Add Mul_Div Div_Mul FloorDiv_Mul Mod_FloorDiv Pow_Mul BitOr_BitAnd BitAnd_BitOr"
COMPARISON = "Eq_NotEq NotEq_Eq Lt_LtE LtE_Lt Gt_GtE GtE_Gt Is_IsNot IsNot_Is"
SECONDS = 60  # of the processor that a single test may take, some eight times what the longest takes
MEMORY = 16 * 2**30  # bytes of addresses that a mutant may take: one that allocates without end must not stop the rest


class Mutant(NamedTuple):
    """A break: the line that changes, its text before and after, and the module's whole text after."""

    file: str
    line: int
    was: str
    becomes: str
    code: str

    def __str__(self) -> str:
        return f"qlib/core/{self.file}:{self.line}\n    was     {self.was}\n    becomes {self.becomes}"


def mutants(path: Path) -> Iterator[Mutant]:
    """Yield each different way to break a module; what changes annotations and docstrings only is none."""
    from cosmic_ray.mutating import mutate_code

    source = path.read_text(encoding="utf-8")
    known = {None, meaning(source)}  # what is no Python would fail any test
    for operator in operators():
        for occurrence in itertools.count():
            code = mutate_code(source, operator, occurrence)
            if code is None:
                break
            if meaning(code) not in known:
                known.add(meaning(code))
                yield Mutant(path.name, *change(source, code), code)


def operators() -> list:
    """Return Cosmic Ray's operators, of its many swaps one or two for each sign, and one that deletes a statement."""
    import parso
    from cosmic_ray.operators.operator import Operator
    from cosmic_ray.plugins import get_operator, operator_names

    class DeleteStatement(Operator):
        def mutation_positions(self, node):
            if node.type == "simple_stmt" and node.children[0].type not in ("string", "import_from", "import_name"):
                yield node.start_pos, node.end_pos

        def mutate(self, node, index):
            node.children[0] = parso.parse(node.children[0].get_first_leaf().prefix + "pass")
            return node

        @classmethod
        def examples(cls):
            return ()

    swaps = {f"core/ReplaceBinaryOperator_{swap}" for swap in BINARY.split()}
    swaps |= {f"core/ReplaceComparisonOperator_{swap}" for swap in COMPARISON.split()}
    others = ("BinaryOperator_", "ComparisonOperator_", "/Variable", "/NoOp")
    names = [name for name in operator_names() if name in swaps or not any(other in name for other in others)]
    return [DeleteStatement(), *(get_operator(name)() for name in names)]


def meaning(code: str) -> str | None:
    """Return a text that is the same for two modules that do the same but for their annotations; None: no Python."""
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return None
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            node.returns = None
        elif isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.AnnAssign):
            node.annotation = ast.Constant(None)
    return ast.dump(tree)


def change(before: str, after: str) -> tuple[int, str, str]:
    """Return the number of the first line that differs, its text before, and its text after."""
    lines, others = before.splitlines(), after.splitlines()
    blocks = difflib.SequenceMatcher(None, lines, others, autojunk=False).get_opcodes()
    (i, j, k, m) = next(block[1:] for block in blocks if block[0] != "equal")
    was, becomes = (" ".join(line.strip() for line in part) for part in (lines[i:j], others[k:m]))
    return i + 1, was, becomes


class Finder(importlib.machinery.SourceFileLoader):
    """Finds one module, and compiles a mutant's text in its place."""

    def __init__(self, name: str, path: Path, code: str) -> None:
        super().__init__(name, str(path))
        self.code = code

    def find_spec(self, name, path=None, target=None):
        return importlib.util.spec_from_file_location(name, self.path, loader=self) if name == self.name else None

    def get_code(self, name):
        return compile(self.code, self.path, "exec")


class EachTest:
    """A pytest plugin that ends the process in the midst of a test that goes on and on."""

    def pytest_runtest_logstart(self) -> None:
        signal.setitimer(signal.ITIMER_PROF, SECONDS)  # time of the processor: a busy machine ends no test too early


def test(mutant: Mutant, tests: list[str]) -> None:
    """Run tests with a mutant in this process, and end it: 0 if they pass."""
    import pytest

    os.setpgid(0, 0)  # what the tests start ends with them
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    for stream in (1, 2):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
    name = f"qlib.core.{mutant.file.removesuffix('.py')}"
    sys.meta_path.insert(0, Finder(name, ROOT / "qlib" / "core" / mutant.file, mutant.code))
    for path in tests:
        options = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:unraisableexception", path]
        outcome = pytest.main(options, plugins=[EachTest()])
        if outcome:
            break
    os._exit(outcome)


def survivors(found: list[Mutant], tests: list[str], limit: float, jobs: int) -> Iterator[Mutant]:
    """Yield the mutants with which all tests pass; one that takes longer than `limit` seconds counts as noticed."""
    fork = multiprocessing.get_context("fork")
    waiting, running = found[::-1], {}
    while waiting or running:
        while waiting and len(running) < jobs:
            mutant = waiting.pop()
            process = fork.Process(target=test, args=(mutant, tests))
            process.start()
            running[process] = (mutant, time.monotonic() + limit)
        multiprocessing.connection.wait([process.sentinel for process in running], timeout=1)
        for process, (mutant, deadline) in list(running.items()):
            if process.is_alive() and time.monotonic() < deadline:
                continue
            if process.is_alive():
                os.killpg(process.pid, signal.SIGKILL)
            process.join()
            del running[process]
            if process.exitcode == 0:
                yield mutant


def preload() -> None:
    """Import what every test needs and no mutant changes, and spare each fork what costs time and finds nothing."""
    import gymnasium  # noqa: F401
    import hypothesis
    import matplotlib.pyplot  # noqa: F401
    import numba  # noqa: F401
    import scipy.stats  # noqa: F401
    import torch

    torch.set_num_threads(1)
    torch.optim.Adam([torch.zeros(1)])  # the first optimiser imports another 800 modules
    phases = [hypothesis.Phase.explicit, hypothesis.Phase.generate]
    hypothesis.settings.register_profile("mutants", database=None, derandomize=True, deadline=None, phases=phases)
    hypothesis.settings.load_profile("mutants")
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    gc.freeze()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", choices=[*TESTS, []], help="modules of qlib/core; none: all of them")
    parser.add_argument("--sample", type=int, help="so many mutants of each file only")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    preload()
    listed = {(each["file"], each["was"], each["becomes"]) for each in tomllib.loads(LISTED.read_text())["survivor"]}
    failed = False
    for file in options.files or TESTS:
        path, tests = ROOT / "qlib" / "core" / f"{file}.py", [f"tests/unit/{name}" for name in TESTS[file]]
        started = time.monotonic()
        whole = Mutant(path.name, 0, "", "", path.read_text())
        if not list(survivors([whole], tests, limit=600, jobs=1)):
            raise SystemExit(
                f"The tests of {path.name} fail without a mutant. Mend that first: pytest {' '.join(tests)}"
            )
        limit = 20 + 4 * (time.monotonic() - started)
        found = list(mutants(path))
        if options.sample:
            found = random.Random(0).sample(found, min(options.sample, len(found)))
        left = list(survivors(found, tests, limit, options.jobs))
        new = [mutant for mutant in left if (mutant.file, mutant.was, mutant.becomes) not in listed]
        killed = 1 - len(left) / len(found)
        print(
            f"{path.name}: {len(found)} mutants, {len(found) - len(left)} killed ({killed:.1%}), {len(left)} survived, "
            f"{len(new)} of them not in {LISTED.name}; {time.monotonic() - started:.0f} s",
            *new,
            sep="\n",
            flush=True,
        )
        failed |= bool(new) or killed < GOAL
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
