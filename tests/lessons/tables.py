"""The tests that every exercise has, made from a table of its solution, its known mistakes and the words for each."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from qlib.core.memory import Batch

ODD = [  # what no exercise asks for
    *(5, -1, 2.5, True, float("nan"), float("inf"), 10**400, 1j, "text", "7", b"text", object(), len),
    *([], [1, [2, 3]], [None], ["a", "b"], {"a": 1}, {1, 2}, (1,), range(3)),
    *(np.array([True, False]), np.zeros((2, 2)), np.array("a"), np.array([{}, []], dtype=object), np.zeros(0)),
    *(torch.zeros(()), torch.zeros(2, requires_grad=True), torch.zeros(5, dtype=torch.float64), torch.zeros(7, 3)),
    *(torch.tensor(0.0, dtype=torch.float64), [torch.zeros(2), torch.zeros(3)]),
    *(Batch(*[torch.zeros(4, 4)] * 5), Batch(*[torch.ones(4)] * 5), Batch(*[None] * 5), (torch.zeros(()),) * 5),
]


def giving(value: object) -> Callable:
    """Make an answer that takes nothing and returns this."""
    return lambda: value


def make_right_test(answers: list[tuple[Callable, Callable]]) -> Callable:
    """Make the test that other ways than the solution's pass as well, each a check and an answer."""

    @pytest.mark.parametrize(("check", "answer"), answers, ids=[f"{c.__name__}: {a.__name__}" for c, a in answers])
    def test_another_way_is_right_too(check, answer):
        assert check(answer).status == "passed", check(answer)

    return test_another_way_is_right_too


def make_tests(exercises: list[tuple[Callable, Callable, dict[str, tuple[Callable, str]]]]) -> tuple[Callable, ...]:
    """Make the tests of exercises, each a check, its solution, and per mistake a wrong answer and its words."""
    mistakes = [
        pytest.param(check, *case, id=f"{check.__name__}: {name}")
        for check, _, cases in exercises
        for name, case in cases.items()
    ]
    names = [check.__name__ for check, *_ in exercises]

    @pytest.mark.parametrize(("check", "solution"), [each[:2] for each in exercises], ids=names)
    def test_the_solution_passes_and_a_stub_waits(check, solution):
        assert check(solution).status == "passed", check(solution)
        for stub in (None, ..., lambda *_: None, lambda *_: ...):
            assert check(stub).status == "waits"

    @pytest.mark.parametrize(("check", "solution"), [each[:2] for each in exercises], ids=names)
    def test_a_forgotten_return_and_an_error_are_said_to_be_the_learners(check, solution):
        def forgotten(*given):
            solution(*given)

        def misspelt(*given):
            return soluton(*given)  # noqa: F821

        assert "your function returns None: is `return` missing?" in check(forgotten).message
        assert "your function returns `...`" in check(lambda *given: (solution(*given), ...)[1]).message
        message = check(misspelt).message
        assert "NameError" in message
        assert "  return soluton(*given)" in message

    @pytest.mark.parametrize(("check", "wrong", "words"), mistakes)
    def test_a_mistake_fails_with_the_words_meant_for_it(check, wrong, words):
        report = check(wrong)
        assert report.status == "failed", report
        said = [line for line in report.message.splitlines() if not line.startswith("  Line")]  # that is the test's own
        assert words in "\n".join(said), report

    @pytest.mark.parametrize("check", [each[0] for each in exercises], ids=names)
    def test_an_answer_of_another_kind_is_no_error_of_the_learners(check):
        for odd in ODD:
            report = check(lambda *_, odd=odd: odd)
            assert report.status == "failed", (odd, report)
            assert "your code raised" not in report.message, (odd, report)
            if not callable(odd):
                assert "Expected a function" in check(odd).message

    return (
        test_the_solution_passes_and_a_stub_waits,
        test_a_forgotten_return_and_an_error_are_said_to_be_the_learners,
        test_a_mistake_fails_with_the_words_meant_for_it,
        test_an_answer_of_another_kind_is_no_error_of_the_learners,
    )
