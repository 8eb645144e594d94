"""The drawer's panel shows what each instrument sees, counts runs, and takes guesses."""

import pytest

from qlib.lessons.debugging import drawer, faults, panel


@pytest.fixture(autouse=True)
def nobody_has_guessed(monkeypatch):
    monkeypatch.setattr(drawer, "_guessed", {})
    monkeypatch.setattr(drawer, "_runs", {})


def number_of(kind):
    return next(n for n in drawer.NUMBERS if drawer._kind(n) is kind)


@pytest.mark.parametrize(
    ("instrument", "kind", "words"),
    [
        ("curve and values", faults.Whole, "greedy score"),
        ("rows of the memory", faults.NextIsThis, "<td>stored</td>"),
        ("probes", faults.NoCut, "<td>End</td><td>failed</td><td>1.00</td>"),
        ("the audit", faults.RewardBefore, "<b>suspicious</b>"),
    ],
)
def test_each_instrument_shows_what_it_sees_and_not_what_it_is(instrument, kind, words):
    shown = panel.Drawer()
    shown.number.value, shown.instrument.value = number_of(kind), instrument
    shown.look_button.click()
    assert words in shown._shown.value
    assert faults.FAULTS[kind] not in shown._shown.value + shown.readout
    assert "in 1 runs" in shown.readout and not shown.look_button.disabled


def test_what_was_seen_of_one_agent_does_not_stay_under_another():
    shown = panel.Drawer()
    shown.number.value, shown.instrument.value = number_of(faults.NoCut), "rows of the memory"
    shown.look_button.click()
    assert shown._shown.value
    shown.number.value = number_of(faults.Whole)
    assert shown._shown.value == ""


def test_a_click_guesses():
    shown = panel.Drawer()
    shown.number.value = number_of(faults.OneSeed)
    shown.fault.value = faults.FAULTS[faults.OneSeed]
    shown.guess_button.click()
    assert shown.readout.startswith("Right") and "found 1 of 1" in shown.readout


def test_a_page_without_a_kernel_says_what_stands_here():
    assert "19 agents" in panel.Drawer()._still()["text/plain"]
