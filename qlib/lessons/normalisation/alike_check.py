"""The check of exercise 11.4: does an agent act on the inputs that it learns from, and is it left as it was?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from qlib.core.agent import QAgent
from qlib.core.settings import Settings
from qlib.lessons.check import exercise
from qlib.lessons.expected import answered, expect, explain, require
from qlib.lessons.normalisation.pictures import RANGES

_RANGES = torch.tensor(RANGES, dtype=torch.float32)


class _Twice(QAgent):
    def q_values(self, observations):
        return super().q_values(torch.as_tensor(observations) / _RANGES)


class _Never(QAgent):
    def q_values(self, observations):
        return super().q_values(torch.as_tensor(observations) * _RANGES)


class _Swaps(QAgent):
    def q_values(self, observations):
        return super().q_values(observations).flip(-1)


class _High(QAgent):
    """Its values lie near 100, as those of a good agent do."""

    def __init__(self, settings, seed):
        super().__init__(settings, seed)
        with torch.no_grad():
            self.online.layers[-1].bias += 100


def _off(by: float, at: Any = ..., kind: type[QAgent] = QAgent) -> type[QAgent]:
    """Make a kind of agent that acts on values of which some are off."""

    class Off(kind):  # type: ignore[misc,valid-type]
        def q_values(self, observations):
            values = super().q_values(observations).clone()
            values[at] += by
            return values

    return Off


_Shifted, _Rounded, _HighShifted = _off(0.01), _off(0.00005), _off(0.0005, kind=_High)
_LastRow, _FirstRow = _off(0.0002, (-1, -1)), _off(-0.0002, (0, 0))
for _broken in (_Twice, _Never, _Swaps, _Shifted, _LastRow, _Rounded, _FirstRow, _High, _HighShifted):
    _broken.__name__ = _broken.__qualname__ = "QAgent"  # a class's name says nothing about what it does

_SCALED = Settings(observation_scale=tuple(RANGES.tolist()))
_NORMED = Settings(network="batch_norm")
_ASK = "agent.online(...) is what learns, agent.q_values(...) is what acts: compare their values"
_EVAL = "agent.online.eval() before you ask it: in train mode batch norm uses this batch's own mean"
_ALIKE = (  # a kind of agent, its settings, whether it acts as it learns, why, and a hint
    (QAgent, Settings(), True, "nothing is scaled anywhere", _ASK),
    (QAgent, _SCALED, True, "the network scales, for learning and for acting", _ASK),
    (_Twice, _SCALED, False, "this agent divides before it asks the network, which divides too", _ASK),
    (_Never, _SCALED, False, "this agent acts on what its network never saw in learning", _ASK),
    (_Swaps, _SCALED, False, "this agent takes each action's value for the other's", "compare value by value"),
    (
        _Shifted,
        Settings(),
        False,
        "every value is 0.01 too high: the best action is the same, the values are not",
        _ASK,
    ),
    (_LastRow, Settings(), False, "one value of the last observation is off by 0.0002", "compare every value"),
    (
        _Rounded,
        Settings(),
        True,
        "values that differ by 0.00005 are alike, to within 0.0001",
        "torch.allclose, with atol=1e-4 and rtol=0",
    ),
    (
        _FirstRow,
        Settings(),
        False,
        "one value of the first observation is 0.0002 too low",
        "compare every value, by size",
    ),
    (_High, Settings(), True, "its values are near 100, and are the same for both", _ASK),
    (
        _HighShifted,
        Settings(),
        False,
        "values near 100 are off by 0.0005: what np.allclose and torch.allclose allow grows with the values",
        "rtol=0, atol=1e-4",
    ),
    (QAgent, _NORMED, True, "batch norm in eval mode is the same for both", _EVAL),
    (_Shifted, _NORMED, False, "every value is 0.01 too high, with batch norm as well", _ASK),
)


@exercise("11.4 Find the bug: scaled where, and how often?")
def scaled_alike(answer: Callable) -> None:
    """Check a function of an agent and observations that says whether it acts on the inputs that it learns from."""
    rng = np.random.default_rng(11)
    for kind, settings, truth, why, hint in _ALIKE:
        for batch, seed, training in ((50, 1, False), (2, 2, True), (7, 3, True), (1, 4, False)):
            agent = kind(settings, seed)
            _gather_statistics(agent)
            agent.online.train(training)
            observations = (rng.normal(size=(batch, 4)) * RANGES).astype(np.float32)
            before, drawn = _state(agent), agent.generator.get_state()
            raises = "batch norm in train mode wants more than one row"
            with explain(ValueError, "True or False", raises, "agent.online.eval() before you ask"):
                got = _truth(answered(answer(agent, observations)))
            require(isinstance(got, (bool, np.bool_)), "True or False", got, "the question is yes or no", hint)
            expect(bool(got), truth, why, hint)
            _demand_unchanged(agent, before, training)
            same = torch.equal(agent.generator.get_state(), drawn)
            require(
                same, "the agent as it was", "a random draw", "a look must not draw from the agent's generator", hint
            )


def _gather_statistics(agent: QAgent) -> None:
    with torch.no_grad():
        agent.online.train()
        agent.online(torch.linspace(-2, 3, 64).reshape(16, 4))  # batch norm now has statistics of its own


def _state(agent: QAgent) -> dict[str, torch.Tensor]:
    return {name: tensor.clone() for name, tensor in agent.online.state_dict().items()}


def _demand_unchanged(agent: QAgent, before: dict[str, torch.Tensor], training: bool) -> None:
    moved = [name for name, tensor in agent.online.state_dict().items() if not torch.equal(tensor, before[name])]
    statistics = [name for name, _ in agent.online.named_buffers() if name in moved]
    as_it_was, look = "the agent as it was", "a look must not {}"
    require(not statistics, as_it_was, "other statistics", look.format("move batch norm's averages"), "online.eval()")
    require(not moved, as_it_was, "other weights", look.format("change the weights"))
    learns = all(parameter.requires_grad for parameter in agent.online.parameters())
    require(learns, as_it_was, "requires_grad=False", look.format("stop the weights from learning"), "torch.no_grad()")
    mode = f"change the mode, which was {'train' if training else 'eval'}: its owner may be in the middle of something"
    hint = "agent.q_values sets eval mode: remember agent.online.training first, and at the end .train(remembered)"
    came = f"training={agent.online.training}"
    require(agent.online.training == training, as_it_was, came, look.format(mode), hint)


def _truth(got: Any) -> Any:
    """Take a truth value out of a tensor or array of no dimensions."""
    if isinstance(got, torch.Tensor) and got.dtype == torch.bool and got.ndim == 0:
        return got.item()
    return got.item() if isinstance(got, np.ndarray) and got.dtype == bool and got.ndim == 0 else got
