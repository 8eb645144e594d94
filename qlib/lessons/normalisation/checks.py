"""The checks of lesson 11: min-max, the running mean, the original's assertion, and an input that is scaled twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from qlib.core.agent import QAgent
from qlib.core.settings import Settings
from qlib.lessons.check import answered, exercise, expect, numbers, refuse, require


@exercise("11.1 From range to range")
def symmetric(answer: Callable) -> None:
    """Check a function of an observation and both ends of its ranges that maps each range to -1 ... 1."""
    x, low, high = np.array([1.0, -3.0, 5.0]), np.array([0.0, -4.0, 2.0]), np.array([4.0, 4.0, 6.0])
    unit = (x - low) / (high - low)
    mistakes = {
        "the range is mapped to 0 ... 1": unit,
        "the range is mapped to 0 ... 2": 2 * unit,
        "the range is mapped to -1/2 ... 1/2": unit - 0.5,
        "only the upper end is used, as if the range lay around 0": x / high,
        "the lower end is not subtracted": 2 * x / (high - low) - 1,
        "the ends are swapped": 1 - 2 * unit,
    }
    got = numbers(answer(x.copy(), low.copy(), high.copy()), (3,), "one number for each dimension")
    refuse(got, mistakes, "first map to 0 ... 1; then stretch by 2, and shift by 1")
    expect(got, 2 * unit - 1, "the lower end becomes -1, the upper end 1, and what lies between keeps its place")
    expect(answer(low.copy(), low, high), [-1.0] * 3, "the lower end becomes -1")


@exercise("11.2 The running mean")
def running_mean(answer: Callable) -> None:
    """Check a function of a mean, how many numbers it is of, and one more number, that gives the mean of all."""
    mistakes = {
        "old and new count alike, however many came before": 7.0,
        "the new number is divided by the old count": 4 + 6 / 3,
        "the numbers are added up": 14.0,
        "the mean moves by the number, not by its distance from the mean": 4 + 10 / 4,
        "the old mean is weighted as one number": 3.5,
        "nothing moves": 4.0,
    }
    got = answered(answer(4.0, 3, 10.0))
    refuse(got, mistakes, "the mean goes a share of the way to the new number: 1 / (count + 1)")
    expect(got, 5.5, "three numbers with the mean 4 and a 10 make 22, shared by four")
    expect(answer(0.0, 0, 7.0), 7.0, "the mean of one number is that number")
    rng = np.random.default_rng(0)
    values, mean = rng.normal(size=20), 0.0
    for count, value in enumerate(values):
        mean = float(numbers(answer(mean, count, float(value)), (), "one number: the new mean"))
    expect(mean, values.mean(), "one after the other, twenty numbers give the same mean as all at once")


@exercise("11.3 Find the bug: the assertion")
def usable(answer: Callable) -> None:
    """Check a function of both ends of the ranges that says for each dimension whether min-max can scale it."""
    inf, nan = np.inf, np.nan
    why = "dimension {} runs from {:g} to {:g}: min-max {} scale it"
    cases = (
        ([-4.8, -inf, -0.4, -inf], [4.8, inf, 0.4, inf], "isfinite asks whether a number is finite"),
        ([0.0, -3.0, 2.0, -inf], [inf, -3.0, 1.0, 0.0], "high must be above low, and both be finite"),
        ([nan, -1.0, -3.4e38, 0.0], [1.0, 1.0, 3.4e38, 5.0], "old gym wrote the largest float32 for infinity: 3.4e38"),
    )
    for low, high, hint in cases:
        truth = [bool(np.isfinite(h - a) and 0 < h - a < 1e30) for a, h in zip(low, high, strict=True)]
        with np.errstate(all="ignore"):
            came = numbers(answer(np.array(low), np.array(high)), (len(low),), "one True or False for each dimension")
        refuse(came, {"True and False are swapped": ~np.array(truth)}, "True: min-max can scale this dimension")
        for i, (a, h, right, got) in enumerate(zip(low, high, truth, came, strict=True)):
            came_out = bool(got) if got in (0, 1) else got
            require(got == right, str(right), came_out, why.format(i, a, h, "can" if right else "cannot"), hint)


@exercise("11.4 Find the bug: scaled where, and how often?")
def scaled_alike(answer: Callable) -> None:
    """Check a function of an agent and observations that says whether it acts on the inputs that it learns from."""
    ranges = (2.4, 2.0, 0.2095, 2.0)
    observations = np.random.default_rng(0).normal(size=(50, 4)).astype(np.float32) * np.array(ranges, np.float32)

    class Twice(QAgent):
        def q_values(self, observations):
            return super().q_values(torch.as_tensor(observations) / torch.tensor(ranges))

    class Never(QAgent):
        def q_values(self, observations):
            return super().q_values(torch.as_tensor(observations) * torch.tensor(ranges))

    class Swaps(QAgent):
        def q_values(self, observations):
            return super().q_values(observations).flip(-1)

    for broken in (Twice, Never, Swaps):
        broken.__name__ = broken.__qualname__ = "QAgent"  # a class's name says nothing about what it does
    scaled = Settings(observation_scale=ranges)
    hint = "agent.online(...) is what learns, agent.q_values(...) is what acts: compare their values"
    train_mode = "agent.online.eval() before you ask it: in train mode batch norm uses this batch's own mean"
    cases = (
        (QAgent(Settings(), 1), True, "nothing is scaled anywhere", hint),
        (QAgent(scaled, 1), True, "the network scales, for learning and for acting", hint),
        (Twice(scaled, 1), False, "this agent divides before it asks the network, which divides too", hint),
        (Never(scaled, 1), False, "this agent acts on what its network never saw in learning", hint),
        (Swaps(scaled, 1), False, "this agent takes each action's value for the other's", "compare value by value"),
        (QAgent(Settings(network="batch_norm"), 1), True, "batch norm in eval mode is the same for both", train_mode),
    )
    for agent, truth, why, help_ in cases:
        got = _truth(answered(answer(agent, observations.copy())))
        require(isinstance(got, (bool, np.bool_)), "True or False", got, "the question is yes or no", help_)
        expect(bool(got), truth, why, help_)
    network = QAgent(Settings(network="batch_norm"), 1)
    network.online.eval()  # as after an action
    before = {name: tensor.clone() for name, tensor in network.online.state_dict().items()}
    answer(network, observations.copy())
    moved = [name for name, tensor in network.online.state_dict().items() if not torch.equal(tensor, before[name])]
    statistics = [name for name, _ in network.online.named_buffers() if name in moved]
    as_it_was, look = "the agent as it was", "a look must not {}"
    require(not statistics, as_it_was, "other statistics", look.format("move batch norm's averages"), "online.eval()")
    require(not moved, as_it_was, "other weights", look.format("change the weights"))
    left = look.format("leave the network in train mode: the next action would use a batch of one")
    require(not network.online.training, as_it_was, "train mode", left, "online.eval()")


def _truth(got: Any) -> Any:
    """Take a truth value out of a tensor or array of no dimensions."""
    if isinstance(got, torch.Tensor) and got.dtype == torch.bool and got.ndim == 0:
        return got.item()
    return got.item() if isinstance(got, np.ndarray) and got.dtype == bool and got.ndim == 0 else got
