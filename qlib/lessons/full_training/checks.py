"""Checks of lesson 09: full training."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from qlib.lessons.check import exercise, expect, recognise
from qlib.show.picture import moving_mean as right_means


@exercise("9.1 The whole return")
def returns(answer: Callable[[Sequence[float], float], Sequence[float]]) -> None:
    """Check `answer(rewards, gamma)`: the return from each step of an episode on, shape (steps,)."""
    rewards = [1.0, 2.0, 3.0, -10.0]  # a carrot of a different size at each step, and a stick
    got = answer(list(rewards), 1.0)
    hint = recognise(
        got,
        {
            "you add up what came before; a return adds up what follows, so walk backwards": np.cumsum(rewards),
            "your returns are in the order of a walk backwards; turn them round at the end": [-10, -7, -5, -4],
            "the reward of the step itself belongs to its return": [-5, -7, -10, 0],
            "that is the return of the first step only; each step has its own": [-4, -4, -4, -4],
        },
    )
    hint = hint or "the last return is the last reward; each one before it is its own reward plus the return after it"
    expect(got, [-4.0, -5.0, -7.0, -10.0], "with gamma 1 a return is the sum of the rewards from its step on", hint)
    got = answer(list(rewards), 0.5)
    hint = recognise(
        got,
        {
            "gamma is missing: multiply the return that follows by gamma": [-4, -5, -7, -10],
            "gamma discounts what follows, not the reward of the step itself": [0.75, 0.5, -1, -5],
            "count the powers of gamma from each return's own step, not from the start of the episode": [
                1.5,
                0.5,
                -0.5,
                -1.25,
            ],
        },
    )
    hint = hint or "G_t = r_t + gamma * G_(t+1)"
    expect(got, [1.5, 1.0, -2.0, -10.0], "with gamma 0.5 each further step is worth half", hint)
    expect(answer([7.0], 0.9), [7.0], "an episode of one step has one return, its reward")


@exercise("9.2 A moving mean that begins honestly")
def moving_mean(answer: Callable[[Sequence[float], int], Sequence[float]]) -> None:
    """Check `answer(values, window)`: the mean of each value and those before it, shape (n,)."""
    values = [10.0, 20.0, 60.0, 30.0, 0.0]
    expected = right_means(values, 3)
    got = answer(list(values), 3)
    full = np.convolve(values, np.ones(3) / 3)
    hint = recognise(
        got,
        {
            "the first means are zeros that nobody measured, as in the original's plot": [0, 0, *full[2:5]],
            "the first means are too low: divide by the number of values that there are, not by the window": full[:5],
            "your window looks ahead: a mean at an episode may only use it and those before it": full[1:6],
            "you average everything so far; forget what is older than the window": right_means(values, 5),
            "your window is one value too short": right_means(values, 2),
            "you left out the first episodes; average what there is for them": full[2:5],
        },
    )
    hint = hint or "values[max(0, i + 1 - window) : i + 1] are the values of the window that ends at i"
    why = "the mean at i is over values i - window + 1 to i, or over what there is at the start"
    expect(got, expected, why, hint)
    expect(answer([4.0, 8.0], 10), [4.0, 6.0], "a window longer than the run averages what there is")
    expect(answer(list(values), 1), values, "a window of 1 changes nothing")
