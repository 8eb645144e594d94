"""Lesson 14's checks: each solution passes, other ways too, and each plausible mistake gets the words meant for it."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from tables import giving, make_right_test, make_tests

from qlib.lessons.from_images import checks
from qlib.lessons.from_images.batches import BATCHES


def units(pixels, size, stride):
    return (pixels - size) // stride + 1


def by_counting(pixels, size, stride):
    return len([first for first in range(0, pixels, stride) if first + size <= pixels])


def by_a_range(pixels, size, stride):
    return len(range(0, pixels - size + 1, stride))


def by_flooring(pixels, size, stride):
    return math.floor((pixels - size) / stride + 1)


def by_a_layer(pixels, size, stride):
    return torch.nn.Conv1d(1, 1, size, stride)(torch.zeros(1, 1, pixels)).shape[-1]


def as_a_float(pixels, size, stride):
    return float((pixels - size + stride) // stride)


def convolve(image, weights, bias, stride):
    k = len(weights)
    rows, columns = (range(0, n - k + 1, stride) for n in image.shape)
    return np.array([[(image[r : r + k, c : c + k] * weights).sum() + bias for c in columns] for r in rows])


def by_torch(image, weights, bias, stride):
    return F.conv2d(torch.tensor(image)[None, None], torch.tensor(weights)[None, None], stride=stride)[0, 0] + bias


def by_windows(image, weights, bias, stride):
    windows = np.lib.stride_tricks.sliding_window_view(image, weights.shape)[::stride, ::stride]
    return np.einsum("rcij,ij->rc", windows, weights) + bias


def by_shifted_images(image, weights, bias, stride):
    k = len(weights)
    height, width = ((n - k) // stride + 1 for n in image.shape)
    total = np.full((height, width), float(bias))
    for i in range(k):
        for j in range(k):
            total += weights[i, j] * image[i::stride, j::stride][:height, :width]
    return total


def as_lists(image, weights, bias, stride):
    return convolve(image, weights, bias, stride).tolist()


def all_then_thinned(image, weights, bias, stride):
    return convolve(image, weights, bias, 1)[::stride, ::stride]


def patches(of):
    def answer(image, weights, bias, stride):
        k = len(weights)
        rows, columns = (range(0, n - k + 1, stride) for n in image.shape)
        return np.array([[of(image[r : r + k, c : c + k], weights) + bias for c in columns] for r in rows])

    return answer


def stack(frames, starts, i, n):
    first = np.flatnonzero(starts[: i + 1])[-1]
    return frames[np.maximum(np.arange(i + 1 - n, i + 1), first)]


def step_by_step(frames, starts, i, n):
    made = [frames[i]]
    while len(made) < n:
        i = i if starts[i] else i - 1
        made.insert(0, frames[i])
    return np.stack(made)


def padded(frames, starts, i, n):
    first = max(k for k in range(i + 1) if starts[k])
    own = frames[max(first, i + 1 - n) : i + 1]
    return np.concatenate([np.repeat(frames[first : first + 1], n - len(own), axis=0), own])


def as_tensors(frames, starts, i, n):
    first = int(torch.tensor(starts[: i + 1]).nonzero()[-1])
    return torch.tensor(frames)[torch.arange(i + 1 - n, i + 1).clamp(min=first)]


def by_pixels_of_the_ends(frames, starts, i, n):
    first = i - np.argmax(starts[i::-1])
    return np.array([frames[max(k, first)] for k in range(i - n + 1, i + 1)])


def listed(frames, starts, i, n):
    return list(stack(frames, starts, i, n))


def first_of(starts, i):
    return np.flatnonzero(starts[: i + 1])[-1]


def places(change):
    def answer(frames, starts, i, n):
        wanted = change(np.arange(i + 1 - n, i + 1), first_of(starts, i), i)
        return frames[np.clip(wanted, 0, len(frames) - 1)]

    return answer


def from_the_first_start_inside(frames, starts, i, n):
    low = max(0, i + 1 - n)
    first = low + int(starts[low : i + 1].argmax())  # the last one counts
    return frames[np.maximum(np.arange(i + 1 - n, i + 1), first)]


def black(frames, starts, i, n):
    made = stack(frames, starts, i, n).copy()
    made[np.arange(i + 1 - n, i + 1) < first_of(starts, i)] = 0
    return made


def bugs(**changed):
    return lambda: {**BATCHES, **changed}


test_solutions, test_slips, test_mistakes, test_odd_answers = make_tests(
    [
        (
            checks.units,
            units,
            {
                "no 1": (lambda n, k, s: (n - k) // s, "the first place is not counted"),
                "no stride": (lambda n, k, s: n - k + 1, "the stride is left out"),
                "no size": (lambda n, k, s: n // s, "the size is left out"),
                "padded": (lambda n, k, s: math.ceil(n / s), "the size is left out, and the places are rounded up"),
                "not rounded": (lambda n, k, s: (n - k) / s + 1, "not rounded down"),
                "rounded up": (lambda n, k, s: math.ceil((n - k) / s) + 1, "rounded up"),
                "nearest": (lambda n, k, s: round((n - k) / s) + 1, "to the nearest"),
                "1 too early": (lambda n, k, s: (n - k + 1) // s, "the 1 is added before the division"),
                "1 too many": (lambda n, k, s: (n - k - 1) // s + 1, "1 too many is subtracted"),
                "swapped": (lambda n, k, s: (n - s) // k + 1, "size and stride are swapped"),
                "times": (lambda n, k, s: (n - k) * s + 1, "the stride multiplies"),
                "squared": (lambda n, k, s: units(n, k, s) ** 2, "the places are squared"),
                "no gaps": (lambda n, k, s: units(n, k, min(s, k)), "10 pixels, size 2, stride 3"),
                "always 8": (lambda n, k, s: 8, "must end in the image"),
            },
        ),
        (
            checks.convolve,
            convolve,
            {
                "turned": (lambda i, w, b, s: convolve(i, w[::-1, ::-1], b, s), "turned round"),
                "transposed": (lambda i, w, b, s: convolve(i, w.T, b, s), "rows and columns of the filter"),
                "matrix": (patches(lambda p, w: (p @ w).sum()), "multiplied as a matrix"),
                "mean": (patches(lambda p, w: (p * w).mean()), "the mean is taken"),
                "max": (patches(lambda p, w: (p * w).max()), "the largest product"),
                "corner": (patches(lambda p, w: p[0, 0] * w[0, 0]), "only the patch's corner"),
                "no weights": (patches(lambda p, w: p.sum()), "the weights are left out"),
                "relu": (lambda *case: np.maximum(convolve(*case), 0), "a ReLU follows"),
                "no bias": (lambda i, w, b, s: convolve(i, w, 0, s), "the bias is left out"),
                "bias per weight": (lambda i, w, b, s: convolve(i, w, b * w.size, s), "for every weight"),
                "minus bias": (lambda i, w, b, s: convolve(i, w, -b, s), "the bias is subtracted"),
                "no stride": (lambda i, w, b, s: convolve(i, w, b, 1), "the stride is left out"),
                "thinned": (lambda i, w, b, s: convolve(i[::s, ::s], w, b, 1), "the image is thinned"),
                "last left out": (lambda i, w, b, s: convolve(i[:-1, :-1], w, b, s), "the last place"),
                "transposed answer": (lambda *case: convolve(*case).T, "rows and columns of the answer"),
                "flat": (lambda *case: convolve(*case).ravel(), "the answer is flat"),
                "cut at 50": (lambda *case: convolve(*case).clip(-50, 50), "the sum of the weights times the pixels"),
                "cut at a byte": (
                    lambda *case: convolve(*case).clip(-255, 255),
                    "the sum of the weights times the pixels",
                ),
                "whole pixels": (
                    lambda i, *more: convolve(i.astype(int), *more),
                    "the sum of the weights times the pixels",
                ),
                "whole weights": (
                    lambda i, w, *more: convolve(i, w.astype(int), *more),
                    "the sum of the weights times the pixels",
                ),
                "one digit": (lambda *case: convolve(*case).round(1), "the sum of the weights times the pixels"),
                "zeros": (lambda *case: np.zeros_like(convolve(*case)), "the sum of the weights times the pixels"),
            },
        ),
        (
            checks.stack,
            stack,
            {
                "crosses": (lambda f, s, i, n: f[np.arange(i + 1 - n, i + 1)], "of the episode before are in"),
                "only 0": (places(lambda p, first, i: np.maximum(p, 0)), "only the memory's own beginning"),
                "the first start in the stack": (from_the_first_start_inside, "8 frames up to place 9"),
                "black": (black, "is black"),
                "newest": (places(lambda p, first, i: np.where(p < first, i, p)), "is the newest frame"),
                "one before": (places(lambda p, first, i: np.maximum(p, max(first - 1, 0))), "the last frame of"),
                "second": (places(lambda p, first, i: np.maximum(p, first + 1)), "second frame is repeated"),
                "bytes": (lambda *case: stack(*case).astype(np.uint8), "a stack holds the frames up to the place"),
                "reversed": (lambda *case: stack(*case)[::-1], "the newest frame stands first"),
                "still": (places(lambda p, first, i: np.full_like(p, i)), "the newest frame is repeated: nothing"),
                "early": (places(lambda p, first, i: np.maximum(p - 1, first)), "one frame too early"),
                "late": (places(lambda p, first, i: np.maximum(p + 1, first)), "one frame too late"),
                "shorter": (lambda f, s, i, n: f[max(first_of(s, i), i + 1 - n) : i + 1], "none from before"),
                "the first ones": (lambda f, s, i, n: f[:n], "none from before"),
            },
        ),
        (
            checks.bugs,
            bugs(),
            {
                "no dict": (giving("whole"), "keys A to E"),
                "too few": (giving({"A": "whole"}), "keys A to E"),
                "another word": (bugs(A="broken"), "spell it as the text does"),
                "a number": (bugs(A=3), "spell it as the text does"),
                "twice": (bugs(A="whole"), "which two do you mix up?"),
                "A and C": (bugs(A="whole", C="a stack repeated"), "in batch A you would then see"),
                "B and E": (bugs(B="not scaled", E="channels last"), "in batch B you would then see: the largest"),
                "C and E": (bugs(C="not scaled", E="whole"), "in batch C you would then see: the largest number"),
                "A and D": (
                    bugs(A="a frame of the next episode", D="a stack repeated"),
                    "in batch A you would then see: the ball falls in three",
                ),
            },
        ),
        (
            checks.what_it_shows,
            giving(["A", "C", "E"]),
            {
                "one missing": (giving("AC"), "one sentence that holds is missing"),
                "B too": (giving("ABCE"), "may be hidden longer"),
                "D too": (giving("ACDE"), "one network of each kind"),
                "F too": (giving("ACEF"), "F is what is open"),
                "G too": (giving("ACEG"), "one agent is an anecdote"),
                "B alone": (giving("B"), "may be hidden longer"),
                "no letter": (giving("XYZ"), "one letter for each sentence"),
                "numbers": (giving([1, 2]), "one letter for each sentence"),
            },
        ),
    ]
)

test_another_way = make_right_test(
    [
        *((checks.units, answer) for answer in (by_counting, by_a_range, by_flooring, by_a_layer, as_a_float)),
        *(
            (checks.convolve, answer)
            for answer in (by_torch, by_windows, by_shifted_images, as_lists, all_then_thinned)
        ),
        *((checks.stack, answer) for answer in (step_by_step, padded, as_tensors, by_pixels_of_the_ends, listed)),
        (checks.bugs, lambda: {name: f" {word.upper()} " for name, word in BATCHES.items()}),
        (checks.what_it_shows, lambda: {"a", "c", "e"}),
    ]
)
