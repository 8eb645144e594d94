"""The drawer gives nothing away, each agent in it does what its words say, and guesses are counted fairly."""

import inspect

import pytest

from qlib.lessons.debugging import drawer, faults


@pytest.fixture(autouse=True)
def nobody_has_guessed(monkeypatch):
    monkeypatch.setattr(drawer, "_guessed", {})
    monkeypatch.setattr(drawer, "_runs", {})


def test_every_fault_lies_in_the_drawer_once_and_in_another_order():
    kinds = [drawer.agent(number).__mro__[1] for number in drawer.NUMBERS]
    assert len(kinds) == len(faults.FAULTS) == 19
    assert set(kinds) == set(faults.FAULTS)
    assert kinds != list(faults.FAULTS)


def test_a_name_gives_nothing_away():
    for number in drawer.NUMBERS:
        made = drawer.make(number)(3)
        shown = " ".join([repr(made), repr(type(made)), type(made).__name__, type(made).__doc__, type(made).__module__])
        fault = type(made).__mro__[1]
        assert fault.__name__ not in shown and faults.FAULTS[fault] not in shown
        assert made.seed == 3 and made.settings == faults.SETTINGS
        with pytest.raises((OSError, TypeError)):
            inspect.getsource(type(made))
        assert drawer.agent(number) is type(made)


def test_guesses_are_counted_and_the_first_one_counts():
    number = next(n for n in drawer.NUMBERS if drawer._kind(n) is faults.NoCut)
    drawer.make(number)
    drawer.make(number)
    wrong = drawer.guess(number, "nothing is wrong")
    assert wrong.startswith("No: ") and "no terminal cut" in wrong, "it is told"
    assert "found 0 of 1 guessed, of 19 in the drawer, in 2 runs" in drawer.score()
    assert drawer.guess(number, "no terminal cut").startswith("Right")
    assert "found 0 of 1" in drawer.score(), "knowing it afterwards does not count"
    assert drawer.guess(number, "no terminal cut")._repr_html_().startswith('<p role="status">Right')


def test_what_is_not_there_is_said():
    with pytest.raises(ValueError, match="numbers 1 to 19"):
        drawer.agent(20)
    with pytest.raises(ValueError, match="none of the choices"):
        drawer.guess(1, "everything")
    assert drawer._guessed == {}
