"""The test that every explorer has: each control at both of its ends gives a picture and a sentence."""

import itertools
import json
from collections.abc import Callable, Mapping

import pytest

from qlib.show.drawing import Drawing
from qlib.show.explorer import Explorer


def make_ends_test(explorers: Mapping[str, Callable[[], Explorer]]) -> Callable:
    """Make that test for some explorers, each by name."""

    @pytest.mark.parametrize("name", explorers)
    def test_every_control_at_both_ends_gives_a_picture_and_a_sentence(name):
        explorer = explorers[name]()
        for values in itertools.product(*map(ends, explorer.controls.values())):
            picture, words = explorer.draw(**dict(zip(explorer.controls, values, strict=True)))
            assert len(picture.alt) > 15 and drawn(picture)
            assert "nan" not in words and "inf" not in words

    return test_every_control_at_both_ends_gives_a_picture_and_a_sentence


def drawn(drawing: Drawing) -> str:
    """Write what the page gets; a number that JSON cannot say is an error."""
    return json.dumps(drawing.numbers(), allow_nan=False)


def marks(drawing: Drawing, kind: type, panel: int = 0) -> list:
    """List the marks of one kind in one panel of a drawing."""
    return [mark for mark in drawing.panels[panel].marks if isinstance(mark, kind)]


def texts(drawing: Drawing, panel: int = 0) -> list[str]:
    """List the words in one panel of a drawing, mark by mark."""
    said = []
    for mark in drawing.panels[panel].marks:
        words = getattr(mark, "words", None) or getattr(mark, "label", None)
        said += [words] if isinstance(words, str) else list(words or [])
    return said


def ends(control) -> list:
    """List the first and the last value that a control can have."""
    return [control.values[0], control.values[-1]]
