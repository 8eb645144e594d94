"""Findings: each difference on both sets of seeds, its verdict in words, and the table behind the figure."""

import itertools

import pytest

from qlib.show.findings import Findings
from qlib.show.marks import Interval as Marks
from qlib.show.shapes import Words
from qlib.study.held_out import Twice
from qlib.study.statistics import Interval

CLAIMS = {
    "both below": Twice(Interval(-60, -80, -40), Interval(-70, -95, -45)),
    "one set only": Twice(Interval(30, 5, 55), Interval(-4, -28, 19)),
    "not after the correction": Twice(Interval(20, 1, 39), Interval(21, 3, 40), survives=False),
}


def test_both_sets_of_seeds_stand_in_one_row_with_their_verdict():
    drawing = Findings(CLAIMS)
    chosen, held_out = [mark for mark in drawing.panels[0].marks if isinstance(mark, Marks)]
    assert chosen.x.tolist() == [-60, 30, 20] and held_out.x.tolist() == [-70, -4, 21]
    assert chosen.low.tolist() == [-80, 5, 1] and held_out.high.tolist() == [-45, 19, 40]
    assert (chosen.y - held_out.y).min() > 0 and chosen.shape != held_out.shape
    said = [mark.words for mark in drawing.panels[0].marks if isinstance(mark, Words)]
    assert said == ["below: shown", "open", "open"]
    assert list(drawing.panels[0].y.ticks.values()) == list(CLAIMS)
    x = drawing.panels[0].x
    assert x.low < -95 and x.high > 55, "nothing is cut off, and 0 is in sight"


def test_the_table_is_the_same_in_words():
    drawing = Findings(CLAIMS)
    lines = repr(drawing).splitlines()
    assert lines[1].split("  ")[0] == "both below" and lines[1].endswith("below")
    assert "-60 [-80, -40]" in lines[1] and "-70 [-95, -45]" in lines[1]
    assert lines[2].endswith("open") and lines[3].endswith("open")
    assert drawing.numbers()["table"] == repr(drawing)
    assert "The same as a table" in drawing._repr_html_() and "both below" in drawing.alt


def test_without_a_finding_there_is_no_figure():
    with pytest.raises(ValueError, match="There is no finding here"):
        Findings({})


def test_one_set_of_seeds_is_found_and_never_shown_and_is_held_against_a_bar():
    drawing = Findings({"likely": Interval(0.85, 0.66, 0.95), "a coin": Interval(0.6, 0.4, 0.8)}, bar=0.5, digits=2)
    said = [mark.words for mark in drawing.panels[0].marks if isinstance(mark, Words)]
    assert said == ["above: found", "open"] and not drawing.key
    assert "0.85 [0.66, 0.95]" in repr(drawing) and "against 0.5" in drawing.alt
    assert drawing.panels[0].x.low < 0.4, "0 is not in sight, the bar is"


def test_parts_of_the_seeds_stand_above_all_of_them_each_in_its_shape():
    some = {label: Interval(1, -200, 2) for label in CLAIMS}
    drawing = Findings(CLAIMS, parts={"seeds 0 to 15": some, "seeds 16 to 31": some})
    marks = [mark for mark in drawing.panels[0].marks if isinstance(mark, Marks)]
    assert [mark.shape for mark in marks] == ["^", "D", "o", "s"] and marks[2].x.tolist() == [-60, 30, 20]
    assert all((upper.y > lower.y).all() for upper, lower in itertools.pairwise(marks))
    assert marks[0].y.max() - marks[-1].y.max() < 0.9, "a row keeps to itself"
    assert [words.partition(": ")[2] for words, _ in drawing.key] == [
        "seeds 0 to 15",
        "seeds 16 to 31",
        "seeds chosen on",
        "held-out seeds",
    ]
    assert drawing.panels[0].x.low < -200 and "seeds 16 to 31" in repr(drawing).splitlines()[0]
