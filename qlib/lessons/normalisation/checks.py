"""The checks of lesson 11: ranges and back, merged statistics, the original's assertion, and what an agent acts on."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from qlib.core.agent import QAgent
from qlib.core.network import QNetwork, QNetworkBN
from qlib.core.settings import Settings
from qlib.lessons.check import answered, exercise, expect, explain, numbers, refuse, require
from qlib.lessons.normalisation.pictures import RANGES


def _unscaled(x: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    return (low + high) / 2 + x * (high - low) / 2


_UNSCALED_FAULTS: dict[str, Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]] = {
    "it came from 0 ... 1, not from -1 ... 1": lambda x, low, high: low + x * (high - low),
    "the way there is taken once more, not the way back": lambda x, low, high: 2 * (x - low) / (high - low) - 1,
    "the lower end is not added": lambda x, low, high: (x + 1) / 2 * (high - low),
    "the middle of the range is not added": lambda x, low, high: x * (high - low) / 2,
    "only the upper end is used, as if the range lay around 0": lambda x, low, high: x * high,
    "it is stretched twice as far: -1 ... 1 is 2 wide": lambda x, low, high: low + (x + 1) * (high - low),
    "the whole width is taken from the middle on": lambda x, low, high: (low + high) / 2 + x * (high - low),
    "the ends are swapped": lambda x, low, high: _unscaled(-x, low, high),
    "what lay outside the range is cut off": lambda x, low, high: _unscaled(x.clip(-1, 1), low, high),
    "all is divided by 2, the lower end as well": lambda x, low, high: (low + (x + 1) * (high - low)) / 2,
}


@exercise("11.1 And back again")
def unscaled(answer: Callable) -> None:
    """Check a function of scaled numbers (n,) or (B, n) and both ends of their ranges that gives them as they were."""
    rng = np.random.default_rng(11)
    cases = []
    for shape in ((3,), (1,), (4,), (5, 3), (1, 4), (3, 3), (2, 7)):
        low = rng.uniform(-6, 4, shape[-1]).round(2)
        cases.append((rng.uniform(-1.3, 1.3, shape).round(3), low, low + rng.uniform(0.5, 9, shape[-1]).round(2)))
    cases.append((np.array([-1.0, 0.0, 1.0, 2.0]), np.array([-4.8, 2.0, 10.0, 0.0]), np.array([4.8, 4.0, 20.0, 1.0])))
    came = [
        numbers(answer(x.copy(), low.copy(), high.copy()), x.shape, "one number for each that came")
        for x, low, high in cases
    ]
    mistakes = {
        fault: np.concatenate([wrong(*case).ravel() for case in cases]) for fault, wrong in _UNSCALED_FAULTS.items()
    }
    refuse(np.concatenate([one.ravel() for one in came]), mistakes, "-1 becomes low, 1 becomes high, 0 their middle")
    for case, one in zip(cases, came, strict=True):
        why = f"shape {case[0].shape}: -1 becomes low, 1 becomes high, and what lies between keeps its place"
        expect(one, _unscaled(*case), why, f"scaled, low and high were {[part.tolist() for part in case]}")


def _merged(n: int, mean: float, variance: float, m: int, other: float, variance_b: float) -> tuple[float, float]:
    share = m / (n + m)
    within = (1 - share) * variance + share * variance_b
    return mean + share * (other - mean), within + share * (1 - share) * (other - mean) ** 2


def _weighted(n, a, v, m, b, w) -> tuple[float, float]:
    return (n * a + m * b) / (n + m), (n * v + m * w) / (n + m)


_MERGED_FAULTS: dict[str, Callable[..., tuple[float, float]]] = {
    "how far apart the two means are is left out of the variance": _weighted,
    "both memories count alike, however much each has seen": lambda n, a, v, m, b, w: _merged(1, a, v, 1, b, w),
    "each memory has the other's weight": lambda n, a, v, m, b, w: _merged(m, a, v, n, b, w),
    "the variances are added up": lambda n, a, v, m, b, w: (_weighted(n, a, v, m, b, w)[0], v + w),
    "the distance of the means is not squared": lambda n, a, v, m, b, w: (
        _weighted(n, a, v, m, b, w)[0],
        _weighted(n, a, v, m, b, w)[1] + n * m / (n + m) ** 2 * abs(b - a),
    ),
    "the distance of the means is squared, and has no weight": lambda n, a, v, m, b, w: (
        _weighted(n, a, v, m, b, w)[0],
        _weighted(n, a, v, m, b, w)[1] + (b - a) ** 2,
    ),
    "the distance of the means is divided by the count once too seldom": lambda n, a, v, m, b, w: (
        _weighted(n, a, v, m, b, w)[0],
        _weighted(n, a, v, m, b, w)[1] + n * m / (n + m) * (b - a) ** 2,
    ),
    "the mean square is given: the mean's square is not taken off": lambda n, a, v, m, b, w: (
        _weighted(n, a, v, m, b, w)[0],
        (n * (v + a * a) + m * (w + b * b)) / (n + m),
    ),
    "the deviation is given, not the variance": lambda n, a, v, m, b, w: (
        _weighted(n, a, v, m, b, w)[0],
        _merged(n, a, v, m, b, w)[1] ** 0.5,
    ),
    "variance and mean are swapped": lambda *case: _merged(*case)[::-1],
}


@exercise("11.2 Two memories, one mean")
def merged(answer: Callable) -> None:
    """Check a function of count, mean and variance of two sets of numbers that gives both of all of them."""
    rng = np.random.default_rng(11)
    cases = []
    for n, m in ((3, 3), (1, 1), (1, 9), (40, 2), (7, 12), (500, 3), (2, 2), (0, 6), (5, 0)):
        kept: list[Any] = []
        for count in (n, m):
            values = rng.normal(rng.uniform(-5, 5), rng.uniform(0.5, 3), count)
            kept += [values.mean(), values.var()] if count else [0.0, 1.0]
        a, v, b, w = map(float, kept)
        cases.append((n, a, v, m, b, w))
    came = np.array([numbers(answer(*case), (2,), "two numbers: the mean, the variance") for case in cases])
    refuse(came, {fault: [wrong(*case) for case in cases] for fault, wrong in _MERGED_FAULTS.items()}, _SQUARES)
    for (n, a, v, m, b, w), one in zip(cases, came, strict=True):
        why = f"{n} numbers (mean {a:.3g}, variance {v:.3g}) and {m} (mean {b:.3g}, variance {w:.3g}), as numpy finds"
        expect(one, _merged(n, a, v, m, b, w), why, _SQUARES)


_SQUARES = "the variance of all is their mean square minus the square of their mean"


_KINDS = {  # a range, whether min-max can scale it, and a hint
    "around 0": (-4.8, 4.8, True, "finite, and high above low"),
    "narrow": (-0.418, 0.418, True, "finite, and high above low"),
    "all above 0": (2.0, 7.5, True, "finite, and high above low"),
    "tiny": (0.0, 1e-6, True, "narrow is not empty"),
    "wide": (-1e20, 1e20, True, "up to 1e30 is allowed"),
    "infinite": (-np.inf, np.inf, False, "isfinite asks whether a number is finite"),
    "infinite above": (0.0, np.inf, False, "both ends must be finite"),
    "infinite below": (-np.inf, 0.0, False, "both ends must be finite"),
    "the wrong infinity": (np.inf, np.inf, False, "both ends must be finite"),
    "empty": (-3.0, -3.0, False, "high must be above low"),
    "empty at 0": (0.0, 0.0, False, "high must be above low"),
    "upside down": (2.0, 1.0, False, "high must be above low"),
    "wide and upside down": (3.0, -1e25, False, "high must be above low"),
    "unknown below": (np.nan, 1.0, False, "a comparison with nan is False"),
    "unknown above": (1.0, np.nan, False, "a comparison with nan is False"),
    "as good as infinite": (-3.4e38, 3.4e38, False, "old gym wrote the largest float32 for infinity: 3.4e38"),
    "above 1e30": (0.0, 4e30, False, "more than 1e30 is as good as infinite"),
    "beyond 1e30": (8e29, -8e31, False, "high must be above low"),
}


@exercise("11.3 Find the bug: the assertion")
def usable(answer: Callable) -> None:
    """Check a function of both ends of the ranges that says for each dimension whether min-max can scale it."""
    rng, names = np.random.default_rng(11), list(_KINDS)
    picked = [["around 0", "infinite", "narrow", "infinite"], *([name] for name in ("around 0", "infinite", "empty"))]
    picked += [list(rng.permutation(names)), list(rng.choice(names, 6)), list(rng.choice(names, 2)), names]
    all_came, all_true = [], []
    for chosen in picked:
        low, high = (np.array([_KINDS[name][i] for name in chosen], float) for i in (0, 1))
        with np.errstate(all="ignore"):
            got = answer(low.copy(), high.copy())
        all_came.append(numbers(got, (len(low),), "one True or False for each dimension"))
        all_true.append(np.array([_KINDS[name][2] for name in chosen]))
    swapped = {"True and False are swapped": ~np.concatenate(all_true)}
    refuse(np.concatenate(all_came), swapped, "True: min-max can scale this dimension")
    for chosen, came, truth in zip(picked, all_came, all_true, strict=True):
        for i, (name, one, right) in enumerate(zip(chosen, came, truth, strict=True)):
            bottom, top, _, hint = _KINDS[name]
            came_out = bool(one) if one in (0, 1) else one
            why = f"dimension {i} runs from {bottom:g} to {top:g}: min-max {'can' if right else 'cannot'} scale it"
            require(one == right, str(bool(right)), came_out, why, hint)


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


class _Shifted(QAgent):
    def q_values(self, observations):
        return super().q_values(observations) + 0.01


class _LastRow(QAgent):
    def q_values(self, observations):
        values = super().q_values(observations).clone()
        values[-1, -1] += 0.001
        return values


class _Rounded(QAgent):
    def q_values(self, observations):
        return super().q_values(observations) + 1e-6


for _broken in (_Twice, _Never, _Swaps, _Shifted, _LastRow, _Rounded):
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
    (_LastRow, Settings(), False, "one value of the last observation is off by 0.001", "compare every value"),
    (_Rounded, Settings(), True, "values that differ by a millionth are alike, to within 0.0001", "torch.allclose"),
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
    hint = "remember agent.online.training first, and at the end agent.online.train(remembered)"
    came = f"training={agent.online.training}"
    require(agent.online.training == training, as_it_was, came, look.format(mode), hint)


def _truth(got: Any) -> Any:
    """Take a truth value out of a tensor or array of no dimensions."""
    if isinstance(got, torch.Tensor) and got.dtype == torch.bool and got.ndim == 0:
        return got.item()
    return got.item() if isinstance(got, np.ndarray) and got.dtype == bool and got.ndim == 0 else got


@exercise("11.5 Asking any network about one observation")
def acting_values(answer: Callable) -> None:
    """Check answer(network, observation (4,)) -> (2,): eval mode, no gradient, and the network left as it was."""
    observations = torch.randn(8, 4, generator=torch.Generator().manual_seed(11))
    kinds = itertools.product((QNetwork, QNetworkBN), (True, False), (1, 2))
    for (kind, was_training, seed), observation in zip(kinds, observations, strict=True):
        network = kind(generator=torch.Generator().manual_seed(seed))
        network(torch.linspace(-2, 3, 64).reshape(16, 4))  # batch norm now has statistics of its own
        expected = network.eval()(observation.unsqueeze(0)).squeeze(0).detach()
        before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
        network.train(was_training)
        rows = "batch norm takes rows, and in train mode more than one"
        with explain(ValueError, f"2 values from a {kind.__name__}", rows, "unsqueeze(0), and network.eval() before"):
            got = answer(network, observation.clone())
        numbers(got, (2,), "one observation in, one value per action out", "unsqueeze(0), then squeeze(0)")
        buffers = [name for name, _ in network.named_buffers()]
        moved = [name for name, tensor in network.state_dict().items() if not torch.equal(tensor, before[name])]
        why, hint = "asking in train mode makes batch norm learn from the question", "network.eval() before you ask"
        still = not [name for name in moved if name in buffers]
        require(still, "running statistics as they were", "running statistics that moved", why, hint)
        require(not moved, "weights as they were", "other weights", "asking changes nothing", "ask, and do not train")
        why, came = "eval() does not stop gradients, it changes layers", getattr(got, "requires_grad", False)
        hint = "with torch.no_grad() around the question"
        require(not came, "values without a gradient", f"requires_grad={came}", why, hint)
        expect(got, expected, "one observation in, one value per action out", "unsqueeze(0), then squeeze(0)")
        learns = all(parameter.requires_grad for parameter in network.parameters())
        why = "the caller's network has to learn on"
        require(learns, "parameters that learn", "requires_grad=False", why, hint)
        why = "whoever called you may be in the middle of training, or of an exam"
        hint = "remember network.training first, and at the end network.train(remembered)"
        as_it_came = f"a network with training={was_training}, as it came"
        modes = {module.training for module in network.modules()}
        require(modes == {was_training}, as_it_came, f"training={network.training}", why, hint)
