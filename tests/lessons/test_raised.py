"""What is said of an error in the learner's code: the line that is the learner's, and the hint that fits."""

import functools
import linecache
from pathlib import Path

import numpy as np
import pytest
import torch

import qlib
from qlib.core.agent import QAgent
from qlib.core.settings import Settings
from qlib.lessons import raised


def caught(function, *given):
    with pytest.raises(Exception) as error:
        function(*given)
    return error.value


def cell(source, name="<cell 3>", **space):
    """Return what a notebook's cell calls `f`, with its lines where IPython keeps them."""
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    exec(compile(source, name, "exec"), space)
    return space["f"]


def test_the_line_is_counted_in_its_cell():
    source = "import torch\n\ndef f(x):\n    y = x + 1\n    return torch.zeros(2) @ y\n"
    assert raised.line_of(caught(cell(source), torch.zeros(3))) == {"Line 5": "return torch.zeros(2) @ y"}


def test_a_helper_of_the_learners_is_named_not_who_called_it():
    source = "def helper(x):\n    return 1 / x\n\ndef f(x):\n    return helper(x)\n"
    assert raised.line_of(caught(cell(source), 0)) == {"Line 2": "return 1 / x"}


def test_a_helper_of_another_cell_is_named():
    helper = cell("def f(x):\n\n    return 1 / x\n", "<cell 2>")
    assert raised.line_of(caught(cell("def f(x): return helper(x)\n", helper=helper), 0)) == {"Line 3": "return 1 / x"}


@pytest.mark.parametrize(
    "source",
    [
        "def f(m):\n    return m(torch.zeros(3))\n",
        "def f(m):\n    return np.stack([np.zeros(2), np.zeros(3)])\n",
        "def f(m):\n    return statistics.mean([])\n",
        "def f(m):\n    return np.random.default_rng(0).integers(-1)\n",
        "def f(m):\n    return QAgent(Settings(), seed='x')\n",
        "def f(m):\n    return Settings(batch_size=-1)\n",
    ],
    ids=["torch", "numpy", "standard library", "compiled", "qlib", "a dataclass of qlib's"],
)
def test_the_frames_of_libraries_are_passed_over(source):
    import statistics

    f = cell(source, torch=torch, np=np, statistics=statistics, QAgent=QAgent, Settings=Settings)
    assert raised.line_of(caught(f, torch.nn.Linear(4, 2))) == {"Line 2": source.splitlines()[1].strip()}


@pytest.mark.parametrize("file", [f"{Path(qlib.__file__).parent}_notes/mine.py", "/home/me/my-packages/mine.py"])
def test_a_file_of_the_learners_may_have_a_name_like_a_librarys(file):
    assert raised.line_of(caught(cell("f = lambda x: 1 / x\n", file), 0)) == {"Line 1": "f = lambda x: 1 / x"}


def test_code_without_a_text_gives_its_number_alone():
    space = {}
    exec("def f(x):\n    return 1 / x", space)
    assert raised.line_of(caught(space["f"], 0)) == {"Line 2": "of your code"}


def test_without_a_line_of_the_learners_nothing_is_named():
    assert raised.line_of(None) == {}
    assert raised.line_of(ValueError("never raised")) == {}


def test_of_a_lambda_a_partial_and_a_decorated_function_the_line_is_found():
    f = cell("f = lambda x: 1 / x\n")
    assert raised.line_of(caught(f, 0)) == {"Line 1": "f = lambda x: 1 / x"}
    assert raised.line_of(caught(functools.partial(f, 0))) == {"Line 1": "f = lambda x: 1 / x"}
    f = cell("@torch.no_grad()\ndef f(x):\n    return 1 / x\n", torch=torch)
    assert raised.line_of(caught(f, 0)) == {"Line 3": "return 1 / x"}


def test_an_error_has_its_words():
    assert raised.named(KeyError("a")) == "KeyError: 'a'"
    assert raised.named(AssertionError()) == "AssertionError"


T, N = "torch.zeros(4, 3)", "np.zeros((4, 3))"
HINTS = {
    "print(x.shape) of each": [
        *(f"{T} @ {T}", f"{T} + torch.zeros(4)", f"{N} @ {N}", f"{N} + np.zeros(4)", f"{T}.view(5, 5)"),
        *("torch.stack([torch.zeros(2), torch.zeros(3)])", "np.stack([np.zeros(2), np.zeros(3)])"),
    ],
    "fewer dimensions": [f"{T}[0, 0, 0]", f"{N}[0, 0, 0]", f"{T}.squeeze(3)", f"{T}.max(2)", f"{N}.max(2)"],
    "whole numbers are wanted": [
        *(f"{T}.gather(1, torch.zeros(4, 1))", f"{T}[torch.zeros(4)]", f"{N}[np.zeros(4)]", f"{N}[torch.zeros(4)]"),
        *(
            "(lambda x: x[1.0])([1])",
            "range(2.0)",
            "torch.randint(2.5, (1,))",
            "np.zeros(2.5)",
            "[1][torch.tensor(1.0)]",
        ),
        "torch.nn.functional.cross_entropy(torch.zeros(2, 3), torch.zeros(2, dtype=torch.int32))",
    ],
    "gather takes a column": [f"{T}.gather(1, torch.zeros(4).long())"],
    "under torch.no_grad()": ["torch.zeros(2, requires_grad=True).add_(1)"],
    "x.detach()": ["torch.zeros(2, requires_grad=True).numpy()", "np.asarray(torch.zeros(2, requires_grad=True))"],
    "no gradient comes here": [f"{T}.sum().backward()"],
    "room for one value": [
        *(f"bool({T})", f"bool({N})", f"({T} > 0) and 1", f"max({T}, 0)", f"float({T})", f"int({N})", f"{T}.item()"),
    ],
    "names in the stub's brackets": ["missing"],
    "print(type(x))": [f"{N}.clamp(0)", f"{T}.astype(int)", "np.foo"],
    "n things have the places": ["[1][3]", f"{T}[9]", f"{N}[9]", f"{T}[:, 9]", f"{T}.gather(1, torch.full((4, 1), 3))"],
    "there is no such key": ["{'a': 1}['b']"],
    "something is None": ["None + 1", "len(None)", "(lambda x: x[0])(None)", f"{T} + None", f"{T} + ..."],
    "count the arguments": ["(lambda x: x)(1, 2)", "(lambda x: x)()", "np.mean(1, foo=2)"],
    "look at x.dtype": ["torch.nn.Linear(4, 2)(torch.zeros(4).double())", "torch.tensor([1, 2]).mean()"],
    "~ turns True": [f"~{T}", f"~{N}", "1 - torch.tensor([True])", "-np.array([True])"],
    "wants a tensor": [f"torch.argmax({N})", f"torch.nn.Linear(3, 2)({N})"],
    "a list does not calculate": ["[1] - 1", "[1.0] * 2.0"],
    "was called already": ["[loss.backward() for loss in [torch.ones(2, requires_grad=True).pow(2).sum()] * 2]"],
    "batch norm takes rows": ["torch.nn.BatchNorm1d(3)(torch.zeros(1, 3))", "torch.nn.BatchNorm1d(3)(torch.zeros(3))"],
    "calls itself": ["(lambda f: f(f))(lambda f: f(f))"],
}


@pytest.mark.parametrize(("hint", "code"), [(hint, code) for hint, codes in HINTS.items() for code in codes])
def test_a_common_error_gets_the_hint_that_fits(hint, code):
    assert hint in raised.hint_for(caught(eval, code, {"torch": torch, "np": np}))


def test_every_hint_has_a_case():
    assert len(raised._HINTS) == len(HINTS)


def test_an_error_of_no_common_kind_gets_no_hint():
    assert raised.hint_for(ValueError("one of my own")) == ""
