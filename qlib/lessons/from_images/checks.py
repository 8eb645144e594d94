"""The checks of lesson 14: a layer's output size, a convolution, a stack, broken batches, what was shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from qlib.lessons.check import exercise
from qlib.lessons.expected import answered, require
from qlib.lessons.from_images.batches import BATCHES
from qlib.lessons.judge import Faults, judge, judge_cases, judge_sentences


def _units(pixels: int, size: int, stride: int) -> int:
    return (pixels - size) // stride + 1


@exercise("14.1 Output size")
def units(answer: Callable) -> None:
    """Check a function of pixels across, a filter's size and its stride, that gives the units across."""
    rng = np.random.default_rng(141)
    cases: list[tuple] = [(10, 3, 1), (84, 8, 4), (20, 4, 2), (9, 3, 1), (5, 5, 1), (5, 5, 3), (10, 3, 2), (11, 4, 3)]
    cases += [(10, 2, 3), (9, 1, 4)]  # pixels between two places that no unit sees
    for _ in range(16):
        size = int(rng.integers(1, 9))
        cases.append((size + int(rng.integers(0, 40)), size, int(rng.integers(1, 6))))
    faults: Faults = {
        "the first place is not counted: add 1": lambda n, k, s: (n - k) // s,
        "the stride is left out": lambda n, k, s: n - k + 1,
        "the size is left out, as if the filter could hang over the edge": lambda n, k, s: n // s,
        "the size is left out, and the places are rounded up": lambda n, k, s: -(-n // s),
        "the quotient is not rounded down": lambda n, k, s: (n - k) / s + 1,
        "it is rounded up: the last filter would hang over the edge": lambda n, k, s: -(-(n - k) // s) + 1,
        "it is rounded to the nearest": lambda n, k, s: round((n - k) / s) + 1,
        "the 1 is added before the division": lambda n, k, s: (n - k + 1) // s,
        "1 too many is subtracted": lambda n, k, s: (n - k - 1) // s + 1,
        "size and stride are swapped": lambda n, k, s: (n - s) // k + 1,
        "the stride multiplies": lambda n, k, s: (n - k) * s + 1,
        "the places are squared: only one way across is asked for": lambda n, k, s: _units(n, k, s) ** 2,
    }
    judge_cases(
        answer,
        cases,
        _units,
        faults,
        lambda n, k, s: f"{n} pixels, size {k}, stride {s}: the filter begins at 0, {s}, ... and must end in the image",
        "how many steps of the stride fit behind the first place? Count the first place, too",
    )


def _convolved(
    image: np.ndarray, weights: np.ndarray, bias: float, stride: int, of: Callable = lambda patch, w: (patch * w).sum()
) -> np.ndarray:
    k = len(weights)
    rows, columns = (range(0, n - k + 1, stride) for n in image.shape)
    return np.array([[of(image[r : r + k, c : c + k], weights) + bias for c in columns] for r in rows])


@exercise("14.2 A convolution by hand")
def convolve(answer: Callable) -> None:
    """Check a function of an image (H, W), weights (k, k), a bias and a stride, that gives all units, (H', W')."""
    rng = np.random.default_rng(142)
    shapes = [(3, 4, 2, 1), (5, 7, 3, 2), (6, 4, 3, 1), (4, 4, 4, 1), (7, 5, 2, 3), (9, 6, 3, 2), (5, 5, 1, 2)]
    cases = [  # quarters, which 32-bit floats add without rounding
        (rng.integers(-12, 13, (h, w)) / 4, rng.integers(-12, 13, (k, k)) / 4, float(b), s)
        for (h, w, k, s), b in zip(shapes, (0.5, -1, 2, 1, -2, 3, 1), strict=True)
    ]
    pixels = rng.integers(0, 256, (6, 7)).astype(float)  # no clip is wide enough
    cases.append((pixels, rng.integers(-12, 13, (3, 3)) / 4, -7.5, 1))

    def like(of: Callable) -> Callable:
        return lambda image, weights, bias, stride: _convolved(image, weights, bias, stride, of)

    def last_left_out(image: np.ndarray, weights: np.ndarray, bias: float, stride: int) -> np.ndarray:
        return _convolved(image[:-1, :-1], weights, bias, stride)

    faults: Faults = {
        "the filter is turned round, as mathematicians do: a layer does not": like(
            lambda p, w: (p * w[::-1, ::-1]).sum()
        ),
        "rows and columns of the filter are swapped": like(lambda p, w: (p * w.T).sum()),
        "the patch is multiplied as a matrix, not number by number": like(lambda p, w: (p @ w).sum()),
        "the mean is taken, not the sum": like(lambda p, w: (p * w).mean()),
        "the largest product is taken, not the sum": like(lambda p, w: (p * w).max()),
        "only the patch's corner is used": like(lambda p, w: p[0, 0] * w[0, 0]),
        "the weights are left out": like(lambda p, w: p.sum()),
        "a ReLU follows: it is a layer of its own": lambda i, w, b, s: np.maximum(_convolved(i, w, b, s), 0),
        "the bias is left out": lambda i, w, b, s: _convolved(i, w, 0, s),
        "the bias is added for every weight, not once": lambda i, w, b, s: _convolved(i, w, b * w.size, s),
        "the bias is subtracted": lambda i, w, b, s: _convolved(i, w, -b, s),
        "the stride is left out": lambda i, w, b, s: _convolved(i, w, b, 1),
        "the image is thinned before the filter comes: the stride moves the filter": lambda i, w, b, s: _convolved(
            i[::s, ::s], w, b, 1
        ),
        "the last place of each row and column is left out": last_left_out,
        "rows and columns of the answer are swapped": lambda i, w, b, s: _convolved(i, w, b, s).T,
        "the answer is flat": lambda i, w, b, s: _convolved(i, w, b, s).ravel(),
    }
    why = "each unit is the sum of the weights times the pixels under them, plus the bias"
    hint = "for each place: image[r : r + k, c : c + k], times the weights, summed, plus the bias"
    trials = []
    for case in cases:
        image, weights, bias, stride = case
        words = f"an image of {image.shape}, a filter of {weights.shape}, bias {bias:g}, stride {stride}"
        trials.append((words, answer(*case), _convolved(*case), _given(faults, case)))
    judge(trials, why, hint)


def _given(faults: Faults, case: tuple) -> dict[str, Any]:
    """Return what each fault gives of a case; where nothing is left to give, an empty answer."""
    return {fault: gives(*case) for fault, gives in faults.items()}


def _first(starts: np.ndarray, i: int) -> int:
    return int(np.flatnonzero(starts[: i + 1])[-1])


def _stacked(frames: np.ndarray, starts: np.ndarray, i: int, n: int) -> np.ndarray:
    return frames[np.maximum(np.arange(i + 1 - n, i + 1), _first(starts, i))]


@exercise("14.3 A stack that does not cross")
def stack(answer: Callable) -> None:
    """Check a function of all frames, whether an episode starts with each, a place and a length, that gives a stack."""
    rng = np.random.default_rng(143)
    cases: list[tuple] = []
    places = [(9, 4, 4), (9, 5, 3), (9, 0, 4), (9, 3, 2), (12, 11, 4), (12, 8, 5), (7, 2, 1), (12, 6, 2)]
    for length, at, n in [*places, (12, 9, 8)]:  # in the last, two episodes start within the stack
        starts = np.zeros(length, bool)
        starts[[0, 3, min(8, length - 1)]] = True
        cases.append((rng.integers(1, 400, (length, 2, 3)) / 4, starts, at, n))

    def plain(f: np.ndarray, s: np.ndarray, i: int, n: int) -> np.ndarray:
        return f[np.arange(i + 1 - n, i + 1)]  # below 0 it wraps round

    def black(f: np.ndarray, s: np.ndarray, i: int, n: int) -> np.ndarray:
        places = np.arange(i + 1 - n, i + 1)
        return np.where((places < _first(s, i))[:, None, None], 0.0, f[np.maximum(places, 0)])

    def of_places(change: Callable) -> Callable:
        def given(f: np.ndarray, s: np.ndarray, i: int, n: int) -> np.ndarray:
            return f[np.clip(change(np.arange(i + 1 - n, i + 1), _first(s, i), i), 0, len(f) - 1)]

        return given

    faults: Faults = {
        "frames of the episode before are in the stack": plain,
        "frames of the episode before are in the stack, and only the memory's own beginning is minded": of_places(
            lambda places, first, i: np.maximum(places, 0)
        ),
        "what lies before the start is black: repeat the episode's first frame": black,
        "what lies before the start is the newest frame: repeat the episode's first one": of_places(
            lambda places, first, i: np.where(places < first, i, places)
        ),
        "the last frame of the episode before is let in": of_places(
            lambda places, first, i: np.maximum(places, max(first - 1, 0))
        ),
        "the episode's second frame is repeated": of_places(lambda places, first, i: np.maximum(places, first + 1)),
        "the newest frame stands first: oldest first, newest last": lambda f, s, i, n: _stacked(f, s, i, n)[::-1],
        "the newest frame is repeated: nothing moves": of_places(lambda places, first, i: np.full_like(places, i)),
        "the stack ends one frame too early": of_places(lambda places, first, i: np.maximum(places - 1, first)),
        "the stack ends one frame too late: it shows what comes next": of_places(
            lambda places, first, i: np.maximum(places + 1, first)
        ),
    }
    why = "a stack holds the frames up to the place, and none from before its episode's start"
    hint = "find the last start at or before the place, and let no index be smaller: np.maximum(indices, first)"
    trials = []
    for case in cases:
        _, starts, at, n = case
        words = f"{n} frames up to place {at}, with starts at {np.flatnonzero(starts).tolist()}"
        trials.append((words, answer(*case), _stacked(*case), _given(faults, case)))
    judge(trials, why, hint)


_SIGNS = {
    "whole": "the shape is (4, 10, 6), the largest number 1, and the ball falls by one row from frame to frame",
    "channels last": "the first number of the shape is not the number of frames",
    "not scaled": "the largest number is 255",
    "a stack repeated": "the ball stands still in all four frames",
    "a frame of the next episode": "the ball falls in three frames, and is back at the top in the last",
}


@exercise("14.4 Find the bug")
def bugs(answer: Callable) -> None:
    """Check a function without arguments that returns what is wrong with each of the five batches, a dict."""
    said = answered(answer())
    is_dict = isinstance(said, dict) and set(said) == set(BATCHES)
    require(is_dict, "a dict with the keys A to E", said, "one word for each batch", '{"A": "whole", ...}')
    for name, part in said.items():
        known = isinstance(part, str) and part.strip().lower() in _SIGNS
        require(known, f"one of {', '.join(_SIGNS)}", part, f"what is wrong with {name}", "spell it as the text does")
    named = {name: part.strip().lower() for name, part in said.items()}
    different = len(set(named.values())) == len(named)
    require(different, "five different words", said, "each of the five fits one batch", "which two do you mix up?")
    for name, part in BATCHES.items():
        because = f"in batch {name} you would then see: {_SIGNS[named[name]]}"
        require(named[name] == part, "another word", said[name], because, "look again")


_SENTENCES = {  # whether it holds, and what to say of it
    "A": (True, "section 2 counts all flights: nobody who sees one frame can do better"),
    "B": (
        False,
        "B says more than was shown: two frames show how fast a thing moves, and a thing may be hidden longer",
    ),
    "C": (True, "section 2's figure has the difference for the network with convolutions, on both sets of seeds"),
    "D": (False, "D says more than was shown: one task of 60 pixels, and one network of each kind"),
    "E": (True, "section 5's figure has depth 12 on both sets of seeds"),
    "F": (False, "F is what is open: section 5 shows no difference in what is kept"),
    "G": (False, "G says more than was shown: a map says what changes the values, and one agent is an anecdote"),
}


@exercise("14.5 What it shows")
def what_it_shows(answer: Callable) -> None:
    """Check a function without arguments that returns the letters of the sentences that were shown."""
    judge_sentences(answer(), _SENTENCES)
