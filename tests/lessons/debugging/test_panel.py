"""The drawer's panel shows what each instrument sees, counts runs, and takes guesses."""

import pytest

from qlib.lessons.debugging import drawer, faults, panel


@pytest.fixture(autouse=True)
def nobody_has_guessed(monkeypatch):
    monkeypatch.setattr(drawer, "_guessed", {})
    monkeypatch.setattr(drawer, "_runs", {})


def number_of(kind):
    return next(n for n in drawer.NUMBERS if drawer._kind(n) is kind)


def all_that_is_shown(drawer):
    return str([getattr(part, "drawing", getattr(part, "value", "")) for part in drawer._shown.children])


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
    seen = all_that_is_shown(shown)
    assert words in seen and faults.FAULTS[kind] not in seen + shown.readout
    assert "in 1 runs" in shown.readout and not shown.look_button.disabled


def test_what_was_seen_of_one_agent_does_not_stay_under_another():
    shown = panel.Drawer()
    shown.number.value, shown.instrument.value = number_of(faults.NoCut), "rows of the memory"
    shown.look_button.click()
    [table] = shown._shown.children
    shown.number.value = number_of(faults.Whole)
    assert not shown._shown.children and table.comm is None, "it is closed, not kept"


def test_the_curve_is_drawn_beside_the_ceiling_and_told_in_words():
    shown = panel.Drawer()
    shown.number.value = number_of(faults.Whole)
    shown.look()
    drawing, words = shown._shown.children
    scores, highest = drawing.drawing["panels"]
    line, dots = scores["marks"]
    values, ceiling = highest["marks"]
    assert line["y"] == dots["y"] and len(line["x"]) == len(values["y"]) == line["x"][-1]
    assert ceiling["at"] == pytest.approx(1 / (1 - faults.SETTINGS.gamma)) and ceiling["label"] == "ceiling"
    assert drawing.drawing["alt"] in words.value and drawing.drawing["alt"].startswith("Number ")


def test_a_click_guesses():
    shown = panel.Drawer()
    shown.number.value = number_of(faults.OneSeed)
    shown.fault.value = faults.FAULTS[faults.OneSeed]
    shown.guess_button.click()
    assert shown.readout.startswith("Right") and "found 1 of 1" in shown.readout


def test_a_page_without_a_kernel_says_what_stands_here():
    assert "19 agents" in panel.Drawer()._still()["text/plain"]
