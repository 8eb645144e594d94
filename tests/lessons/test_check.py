"""The frame of the checks: what is compared, who is said to have erred, and what is said of an answer that is none."""

import functools
import os
import signal
import subprocess
import sys
import time

import pytest
import torch

from qlib.lessons.check import exercise
from qlib.lessons.expected import expect, explain
from qlib.lessons.network import checks as network
from qlib.lessons.tensor_shapes import checks as shapes


@exercise("0.1 Twice")
def twice(answer):
    expect(answer(2), 4, "twice two is four")


def defined(source):
    """Return what a cell calls `f`, as the notebook's kernel compiles it: without a file."""
    space = {"functools": functools, "torch": torch}
    exec(source, space)
    return space["f"]


def test_a_result_in_place_of_a_function_is_told_apart_from_an_error():
    for result in (4, "twice", [4], torch.tensor(4)):
        report = twice(result)
        assert report.status == "failed"
        for words in ("Expected a function", "without brackets"):
            assert words in report.message


STUBS = {
    "dots behind the colon": "def f(x): ...",
    "dots": "def f(x):\n    ...",
    "dots returned": "def f(x):\n    return ...",
    "None returned": "def f(x):\n    return None",
    "a bare return": "def f(x):\n    return",
    "pass": "def f(x):\n    pass",
    "a docstring": 'def f(x):\n    """Return twice x."""',
    "a docstring and dots": 'def f(x):\n    """Return twice x."""\n    ...',
    "a docstring and dots returned": 'def f(x):\n    """Return twice x."""\n    return ...',
    "a comment": "def f(x):\n    # what now?\n    return ...",
    "a lambda": "f = lambda x: ...",
    "a lambda that gives None": "f = lambda x: None",
    "arguments with defaults": "def f(x, y: int = 3, *more, **named) -> int:\n    return ...",
    "nested": "def outer():\n    def f(x):\n        return ...\n    return f\nf = outer()",
    "without a gradient": "@torch.no_grad()\ndef f(x):\n    return ...",
    "cached": "@functools.cache\ndef f(x):\n    return ...",
    "partial": "def g(y, x):\n    return ...\nf = functools.partial(g, 1)",
    "partial of cached": "@functools.cache\ndef g(y, x): ...\nf = functools.partial(g, 1)",
    "called like a function": "class F:\n    def __call__(self, x): ...\nf = F()",
    "a method": "class F:\n    def twice(self, x): ...\nf = F().twice",
    "a class": "class f:\n    def __init__(self, x): ...\n\n    def __len__(self):\n        return ...",
}
EDITED = {
    "computed and dropped": "def f(x):\n    x * 2",
    "a name": "def f(x):\n    x",
    "assigned": "def f(x):\n    result = x * 2",
    "assigned a number": 'def f(x):\n    """Return twice x."""\n    result = 4',
    "printed": "def f(x):\n    print(x * 2, end='')",
    "returned from one branch": "def f(x):\n    if x > 5:\n        return 2 * x",
    "nested without a return": "def f(x):\n    def inner(): return 2 * x\n    inner()",
    "in a loop": "def f(x):\n    for i in range(x): pass",
    "without a gradient": "@torch.no_grad()\ndef f(x):\n    x * 2",
    "partial": "def g(y, x):\n    x * y\nf = functools.partial(g, 2)",
    "called like a function": "class F:\n    def __call__(self, x): x * 2\nf = F()",
    "a method": "class F:\n    def twice(self, x): x * 2\nf = F().twice",
    "a builtin": "f = [].append",
    "a call": "f = lambda x: [].append(x)",
    "wrapped by hand": "def shown(g):\n    return lambda x: g(x)\n@shown\ndef f(x):\n    x * 2",
}


@pytest.mark.parametrize("source", STUBS.values(), ids=STUBS)
def test_an_untouched_stub_waits(source):
    assert twice(defined(source)) == twice(None)
    assert twice(None).status == "waits"


@pytest.mark.parametrize("source", EDITED.values(), ids=EDITED)
def test_a_forgotten_return_is_told_apart_from_an_untouched_stub(source):
    report = twice(defined(source))
    assert (report.status, report.message) == ("failed", "your function returns None: is `return` missing?")


def test_dots_that_are_left_behind_other_code_are_said():
    report = twice(defined("def f(x):\n    double = x * 2\n    return ..."))
    assert (report.status, report.message) == ("failed", "your function returns `...`: put your result in its place.")


def test_an_error_in_the_learners_function_names_line_and_hint():
    assert "your code raised ZeroDivisionError" in twice(lambda x: x / 0).message

    def wrong(x):
        total = torch.zeros(3)
        return total + torch.zeros(2)  # here

    lines = twice(wrong).message.splitlines()
    number = wrong.__code__.co_firstlineno + 2
    assert lines[0].startswith("your code raised RuntimeError: The size of tensor a (3) must match")
    assert lines[1].split() == ["Line", str(number), *"return total + torch.zeros(2) # here".split()]
    assert lines[2] == "  Hint     print(x.shape) of each, before this line."


def test_an_error_whose_cause_the_check_knows_is_explained_and_keeps_its_line():
    @exercise("0.2 Twice, with a list")
    def second(answer):
        with explain(IndexError, "the second", "there are two", "[1]"):
            expect(answer([3, 4]), 4, "the second is 4")

    def wrong(x):
        return x[2]

    assert second(lambda x: x[1]).status == "passed"
    number = wrong.__code__.co_firstlineno + 1
    assert second(wrong).message == (
        "not yet.\n  Expected the second\n  Came     IndexError: list index out of range\n  Because  there are two.\n"
        f"  Hint     [1].\n  Line {number:<3} return x[2]"
    )
    assert "your code raised ZeroDivisionError" in second(lambda x: 1 / 0).message


def test_gradients_that_are_left_off_are_said_and_are_on_again():
    def leaves_them_off(x):
        torch.set_grad_enabled(False)
        return 2 * x

    assert "Expected gradients on, as they were" in twice(leaves_them_off).message
    assert torch.is_grad_enabled()
    with torch.no_grad():
        assert twice(lambda x: 2 * x).status == "passed"
        assert not torch.is_grad_enabled()


def test_keyboard_interrupt_goes_through():
    def interrupted(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        twice(interrupted)


def test_a_check_of_an_endless_answer_can_be_interrupted():
    code = (
        "from qlib.lessons.forgetting_and_memory import checks\ndef f(fallen, cursor):\n    print('in', flush=True)\n"
    )
    code += "    while True: pass\nchecks.next_slot(f)"
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert child.stdout.readline() == "in\n"
        time.sleep(0.2)
        os.kill(child.pid, signal.SIGINT)
        _, errors = child.communicate(timeout=20)
    finally:
        child.kill()
    assert errors.strip().endswith("KeyboardInterrupt")


def test_a_class_of_which_a_method_is_written_or_inherited_does_not_wait():
    for source in ("class f:\n    def __init__(self, x): self.x = x", "class f(dict):\n    def get(self, x): return x"):
        assert twice(defined(source)).status == "failed"
    inherits = "class A:\n    def __init__(self, x): self.x = x\nclass f(A):\n    def get(self, x): ..."
    assert twice(defined(inherits)).status == "failed"


def _forward(x, weights, biases):
    for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
        x = (x @ weight.T + bias).relu()
    return x @ weights[-1].T + biases[-1]


@pytest.mark.parametrize(
    ("check", "solution"),
    [
        (network.forward, _forward),
        (shapes.values_of_choice, lambda c, v: v.gather(1, c.argmax(1, keepdim=True)).squeeze(1)),
    ],
    ids=["forward", "values_of_choice"],
)
def test_double_precision_is_right_too(check, solution):
    assert check(lambda *given: solution(*given).double()).status == "passed"


@exercise("0.2 A callback")
def sends(answer):
    answer(lambda x: expect(x, 4, "four is sent"))


def test_a_mistake_is_not_caught_by_the_learners_except():
    def hides(send):
        try:
            send(5)
        except Exception:
            pass

    assert "four is sent" in sends(hides).message


def test_an_answer_that_leaves_python_is_said_to():
    def leaves(x):
        sys.exit()

    assert "your code raised SystemExit" in twice(leaves).message
    assert "sys.exit()" in twice(leaves).message


def test_none_that_comes_only_at_times_is_told_apart_from_a_forgotten_return():
    same = exercise("0.3 The same")(lambda answer: [expect(answer(x), x, "itself") for x in (1, 0)])
    report = same(lambda x: x or None)
    assert "returns None for some of what it is given" in report.message


def test_an_error_of_other_words_is_not_explained_away():
    def unpacks():
        _first, _second = 5

    def sends(answer):
        with explain(TypeError, "five values", "a step gives five", "", about="unpack"):
            answer()

    def adds():
        return None + 1

    assert "five values" not in exercise("0.4 Steps")(sends)(adds).message
    assert "five values" in exercise("0.4 Steps")(sends)(unpacks).message
