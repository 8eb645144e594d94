"""Tokens: every colour that words may have can be read, in both themes, and Python draws with the page's own."""

import pytest

from qlib.show.tokens import DASHES, NAMES, STATIC, THEMES, colour


def light(value):
    parts = [int(value[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", ["ink", *NAMES])
def test_words_in_each_colour_have_a_contrast_of_four_and_a_half(theme, name):
    high, low = sorted((light(THEMES[theme][name]), light(THEMES[theme]["paper"])), reverse=True)
    assert (high + 0.05) / (low + 0.05) >= 4.5


def test_both_themes_name_the_same_colours_and_lines_have_as_many_dashes():
    assert THEMES["light"].keys() == THEMES["dark"].keys()
    assert len(DASHES) == len(NAMES) == len(set(DASHES))
    assert colour("blue") == "#0072b2"


def test_a_colour_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(ValueError, match=r"There is no colour 'red'\. Choose one of paper, ink"):
        colour("red")


def test_no_other_style_sheet_names_a_colour():
    for sheet in STATIC.glob("*.css"):
        if sheet.stem != "tokens":
            assert "#" not in sheet.read_text(), sheet.name
