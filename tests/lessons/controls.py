"""The test that every explorer has: each control at both of its ends gives a picture and a sentence."""

import itertools
from collections.abc import Callable, Mapping

import pytest

from qlib.show.explorer import Explorer
from qlib.show.picture import Picture


def make_ends_test(explorers: Mapping[str, Callable[[], Explorer]]) -> Callable:
    """Make that test for some explorers, each by name."""

    @pytest.mark.parametrize("name", explorers)
    def test_every_control_at_both_ends_gives_a_picture_and_a_sentence(name):
        explorer = explorers[name]()
        for values in itertools.product(*map(ends, explorer.controls.values())):
            picture, words = explorer.draw(**dict(zip(explorer.controls, values, strict=True)))
            assert isinstance(picture, Picture) and len(picture.alt) > 15 and picture.png()
            assert "nan" not in words and "inf" not in words

    return test_every_control_at_both_ends_gives_a_picture_and_a_sentence


def ends(control) -> list:
    """List a control's two ends: the first and the last of a menu, the lowest and the highest of a slider."""
    if hasattr(control, "options"):
        return [control.options[0], control.options[-1]]
    return [control.min, control.max] if hasattr(control, "min") else [True, False]
