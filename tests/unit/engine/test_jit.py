"""What is compiled calls nothing compiled in another file: Numba would not see that it has changed."""

import ast
from pathlib import Path

import pytest
from threadpoolctl import threadpool_info

import qlib.engine
from qlib.engine import jit

FILES = [path for path in sorted(Path(qlib.engine.__file__).parent.glob("*.py")) if "@jit\n" in path.read_text()]


def test_there_are_compiled_files():
    assert {"kernels", "descent", "convolutions"} <= {path.stem for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_compiled_file_takes_from_the_engine_how_to_compile_and_nothing_else(path):
    imports = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, (ast.ImportFrom, ast.Import))]
    ours = [ast.unparse(node) for node in imports if "qlib" in ast.unparse(node)]
    assert ours == ["from qlib.engine.jit import jit"]


def test_scipy_s_blas_has_one_thread():
    assert jit.jit
    scipy = [found for found in threadpool_info() if found["user_api"] == "blas" and "scipy" in found["filepath"]]
    assert scipy and all(found["num_threads"] == 1 for found in scipy)
