"""Checks of lesson 07: full training."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from qlib.lessons.check import exercise
from qlib.lessons.expected import expect
from qlib.lessons.judge import refuse
from qlib.show.picture import moving_mean as right_means


@exercise("7.1 The whole return")
def returns(answer: Callable) -> None:
    """Check `answer(rewards, gamma)`: the return from each step of an episode on, shape (steps,)."""
    rewards = [1.0, 2.0, 3.0, -10.0]  # a carrot of a different size at each step, and a stick
    mistakes = {
        "what came before is added up: a return adds up what follows, so walk backwards": np.cumsum(rewards),
        "the order is that of a walk backwards: turn it round at the end": [-10, -7, -5, -4],
        "the reward of the step itself is left out: it belongs to its return": [-5, -7, -10, 0],
        "the return of the first step is given to all: each step has its own": [-4, -4, -4, -4],
    }
    hint = "the last return is the last reward; each one before it is its own reward plus the return after it"
    got = answer(list(rewards), 1.0)
    refuse(got, mistakes, hint)
    expect(got, [-4.0, -5.0, -7.0, -10.0], "with gamma 1 a return is the sum of the rewards from its step on", hint)
    mistakes = {
        "gamma is missing: multiply the return that follows by gamma": [-4, -5, -7, -10],
        "the reward of the step itself is discounted too: gamma discounts what follows": [0.75, 0.5, -1, -5],
        "the powers of gamma count from the start of the episode, not from each return's own step": (
            [1.5, 0.5, -0.5, -1.25]
        ),
    }
    hint = "G_t = r_t + gamma * G_(t+1)"
    got = answer(list(rewards), 0.5)
    refuse(got, mistakes, hint)
    expect(got, [1.5, 1.0, -2.0, -10.0], "with gamma 0.5 each further step is worth half", hint)
    expect(answer([7.0], 0.9), [7.0], "an episode of one step has one return, its reward")


@exercise("7.2 A moving mean that begins honestly")
def moving_mean(answer: Callable) -> None:
    """Check `answer(values, window)`: the mean of each value and those before it, shape (n,)."""
    values = [10.0, 20.0, 60.0, 30.0, 0.0]
    full = np.convolve(values, np.ones(3) / 3)
    mistakes = {
        "the first means are zeros that nobody measured, as in the original's plot": [0, 0, *full[2:5]],
        "the first means are too low: divide by the number of values that there are, not by the window": full[:5],
        "the window looks ahead: a mean at an episode may only use it and those before it": full[1:6],
        "everything so far is averaged: forget what is older than the window": right_means(values, 5),
        "the window is one value too short": right_means(values, 2),
        "the first episodes are left out: average what there is for them": full[2:5],
    }
    hint = "values[max(0, i + 1 - window) : i + 1] are the values of the window that ends at i"
    got = answer(list(values), 3)
    refuse(got, mistakes, hint)
    why = "the mean at i is over values i - window + 1 to i, or over what there is at the start"
    expect(got, right_means(values, 3), why, hint)
    expect(answer([4.0, 8.0], 10), [4.0, 6.0], "a window longer than the run averages what there is")
    expect(answer(list(values), 1), values, "a window of 1 changes nothing")
