"""Marks: what the page is told is what was given, short, and never a number that JSON cannot say."""

import json
import re

import numpy as np
import pytest

from qlib.show.marks import Bars, Dots, Heat, Interval, Line, Rule, short
from qlib.show.shapes import Arrow, Box, Words
from qlib.show.tokens import STATIC

X = np.arange(3.0)
ALL = [
    Line(X, X, X - 1, X + 1, label="line"),
    Dots(X, X, label="dots"),
    Interval(X, X, X - 1, X + 1, label="interval"),
    Bars(X, X, words=["a", "b", "c"]),
    Heat(np.eye(3), 0, 3, 0, 3),
    Rule(1.0, label="rule"),
    Box(1, 1, 1, 1, "box"),
    Arrow(0, 0, 1, 1),
    Words(1, 1, "words"),
]


@pytest.mark.parametrize("mark", ALL, ids=lambda mark: type(mark).__name__)
def test_each_kind_is_told_in_json_and_known_to_the_page(mark):
    told = mark.numbers()
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    drawn = (STATIC / "marks.js").read_text().split("const DRAW = {")[1].split("\n};")[0]
    assert told["kind"] in re.findall(r"^  (\w+)\(mark", drawn, re.MULTILINE)


def test_numbers_are_exact_to_a_ten_thousandth_of_their_span_and_what_is_missing_is_null():
    values = np.array([0.0, np.pi, 1234.56789, np.nan, np.inf])
    told = short(values)
    assert told[:3] == pytest.approx(values[:3], abs=1234.6e-4) and told[3:] == [None, None]
    assert short(np.array([[1.0, np.nan], [np.inf, 2.0]])) == [[1, None], [None, 2]]
    assert short(np.float64(np.pi)) == 3.14159 and short(np.nan) is None
    assert short(np.array([1e-7, 2e-7])) == pytest.approx([1e-7, 2e-7])
    assert short(np.zeros(2)) == [0.0, 0.0] and short(np.array([[1, 2], [3, 4]])) == [[1, 2], [3, 4]]
    assert short(["left", "right"]) == ["left", "right"]


def test_an_axis_hears_of_all_that_is_to_be_seen():
    assert np.max(Line(X, X, X - 1, X + 1).reach()[1]) == 3 and np.min(Line(X, X + 5, filled=True).reach()[1]) == 0
    assert np.min(Interval(X, X, X - 4, X + 1, along="x").reach()[0]) == -4
    assert np.min(Interval(X, X, X - 4, X + 1).reach()[1]) == -4
    assert np.max(Bars(X, X, width=1).reach()[0]) == 2.5 and np.min(Bars(X, X + 3).reach()[1]) == 0
    assert Rule(7, along="x").reach() == ([], [7]) and Rule(7, along="y").reach() == ([7], [])
    assert Heat(np.eye(3), -1, 3, 0, 4).reach() == ([-1, 3], [0, 4])
    assert Words(9, 9, "beside").reach() == ([], [])


def test_a_scale_of_differences_has_0_in_its_middle():
    assert Heat(np.array([[-1.0, 3.0]]), 0, 1, 0, 1, scale="differences").ends() == (-3, 3)
    assert Heat(np.array([[-1.0, np.nan, 3.0]]), 0, 1, 0, 1).ends() == (-1, 3)
    assert Heat(np.eye(2), 0, 1, 0, 1, low=-5, high=5).numbers()["low"] == -5
