"""What a network for action values must do, whatever it is made of: exercise 2.4 looks at nothing else."""

from __future__ import annotations

import copy
from collections.abc import Callable

import torch
from torch import nn

from qlib.lessons.expected import answered, explain, require, tensor

_FLOATS, _KIND = "weights of float32, as nn.Linear makes them", "dtype|scalar type"
FAR = (10.0, 1e6)  # steps that an open end makes whole: what bends near 0 shows in the one, what squashes in the other


def demand_network(answer: Callable, n_observations: int, n_actions: int) -> nn.Module:
    """Return the learner's network, in train mode as it comes; it must be a module with parameters."""
    made = answered(answer(n_observations, n_actions))
    why, hint = "training asks it for its parameters", "nn.Sequential(...), or a class that inherits nn.Module"
    require(isinstance(made, nn.Module), "a module (torch.nn.Module)", made, why, hint)
    return made.train()


def demand_new_ones(answer: Callable) -> None:
    """Each call must make a network of its own, with its own random first weights."""
    torch.manual_seed(0)
    one, other = demand_network(answer, 4, 2), demand_network(answer, 4, 2)
    is_shared = one is other or {id(p) for p in one.parameters()} & {id(p) for p in other.parameters()}
    why, hint = "an update of one would change the other", "build the layers inside the function"
    require(not is_shared, "two networks with weights of their own", "two that share weights", why, hint)
    pairs = zip(one.parameters(), other.parameters(), strict=False)
    same = [torch.equal(a, b) for a, b in pairs if a.ndim > 1]  # biases may well begin at 0
    why, hint = (
        "with equal first weights every seed is the same seed",
        "no torch.manual_seed and no fixed numbers in it",
    )
    require(not any(same), "two calls with different first weights", "equal ones", why, hint)


def demand_values(network: nn.Module, observations: torch.Tensor, n_actions: int) -> None:
    """It must map (B, n) to (B, n_actions) in float32 for any B, each value by its own rule, all inputs used."""
    n = observations.shape[1]
    what = f"{n} numbers in, {n_actions} values out"
    hint = "n_observations goes into the first layer, n_actions comes out of the last"
    for rows in (64, 1, 2):
        batch = observations[:rows].clone()
        with explain(
            (RuntimeError, IndexError), f"{what} for {rows} rows", "both sizes are given, and others come, too", hint
        ):
            with explain(ValueError, f"{what} for {rows} rows", "one row must do", "no batch norm: it needs company"):
                with explain(
                    RuntimeError, _FLOATS, "observations are float32", "leave out .double() and .half()", _KIND
                ):
                    got = tensor(network(batch), "a tensor of values")
        came = f"shape {tuple(got.shape)}, {got.dtype}"
        expected = f"shape {(rows, n_actions)}, torch.float32"
        is_right = tuple(got.shape) == (rows, n_actions) and got.dtype == torch.float32
        require(
            is_right, expected, came, f"there are {rows} observations and {n_actions} actions", "the last layer's size"
        )
        require(bool(got.isfinite().all()), "numbers", got, "NaN and infinity teach nothing")
        why, hint = "others use these observations, too", "no in-place step (inplace=True, +=) on the input"
        require(torch.equal(batch, observations[:rows]), "observations as they came", "changed ones", why, hint)
    values = network(observations)
    why, hint = "backward() has to find its way", "no no_grad(), detach() or numpy() in forward"
    require(values.requires_grad, "values with a gradient", "requires_grad=False", why, hint)
    moves = values.std(0) > 1e-6
    why = "a value says what an action is worth in this state, so it moves with the state"
    hint = "are the first weights 0, or does a ReLU after the last layer cut everything off?"
    require(bool(moves.all()), "values that differ from state to state", values[:2], why, hint)
    twins = [(i, j) for i in range(n_actions) for j in range(i) if torch.equal(values[:, i], values[:, j])]
    why = "each action has a value of its own, or none could be better"
    require(not twins, "a value for each action", "the same value twice", why, "the last layer has n_actions outputs")
    shifted = [observations + torch.eye(n)[i] for i in range(n)]  # one number moved by 1
    with torch.no_grad():
        used = sum(not torch.equal(network(moved), values) for moved in shifted)
    hint = "the first layer takes n_observations numbers"
    require(used == n, f"values that use all {n} numbers", f"{used} used", what, hint)


def demand_rows_alone(network: nn.Module, observations: torch.Tensor) -> None:
    """An observation must get the same values alone, in a batch, and when it is asked about twice."""
    with torch.no_grad():
        together, again = network(observations), network(observations)
        alone = torch.cat([network(row.unsqueeze(0)) for row in observations])
    why, hint = "asked twice, it must say the same: the agent acts on these numbers", "no dropout, no noise"
    require(torch.equal(together, again), "the same values twice", "others the second time", why, hint)
    network.eval()
    with torch.no_grad():
        acting = network(observations)
    network.train()
    same = torch.allclose(together, acting, rtol=1e-4, atol=1e-4)
    why, hint = "the agent acts in eval mode and learns in train mode, on the same values", "no `if self.training`"
    require(same, "the same values in train mode and in eval mode", "others in eval mode", why, hint)
    why, hint = "a state's value must not hang on its company in the batch", "no batch norm, no mean over rows"
    same = torch.allclose(together, alone, rtol=1e-4, atol=1e-4)
    require(same, "the same values alone and in a batch", "others", why, hint)


def demand_parameters(network: nn.Module, other: nn.Module, observations: torch.Tensor) -> None:
    """Its parameters must be found, be all there is, and each get a gradient."""
    other = other.train()
    why = "this is how a target network gets the weights: layers in a plain list are not found"
    hint = "keep layers as attributes, in nn.Sequential or in nn.ModuleList"
    require(bool(list(network.parameters())), "parameters", "none", why, hint)
    other.load_state_dict(network.state_dict())
    with torch.no_grad():
        same = torch.allclose(other(observations), network(observations), rtol=1e-4, atol=1e-5)
    require(same, "the same values after load_state_dict", "other values", why, hint)
    network.zero_grad()
    network(observations).square().sum().backward()
    for name, parameter in network.named_parameters():
        got = "none" if parameter.grad is None else "0 everywhere"
        reached = parameter.grad is not None and bool(parameter.grad.any())
        why = "what gets no gradient learns nothing: a layer that is not used, frozen, or cut off by detach()"
        require(reached, f"a gradient for {name}", got, why, "use every layer in forward, and detach nothing")


@torch.no_grad()
def demand_hidden_layer(network: nn.Module, observations: torch.Tensor) -> None:
    """A hidden layer: not linear in the observations, and not linear in the parameters either."""
    x, y = 3 * observations[:32], 3 * observations[32:]
    bend = network(x) + network(y) - network(x + y) - network(torch.zeros_like(x))
    scale = float(network(x).abs().max()) + 1e-6
    why, hint = (
        "without something between its layers a network is one linear layer",
        "nn.ReLU() after each hidden layer",
    )
    require(bool((bend.abs() > 1e-3 * scale).any()), "values that bend", "a linear network", why, hint)
    values = network(observations)
    one_layer = not any(_bends(network, name, observations, values) for name, _ in network.named_parameters())
    why, hint = "what bends the numbers before the only layer learns nothing", "Linear, ReLU, Linear"
    require(not one_layer, "a hidden layer with weights", "one layer that learns", why, hint)


def _bends(network: nn.Module, name: str, observations: torch.Tensor, values: torch.Tensor) -> bool:
    """Tell whether the values are not linear in a parameter: whatever stands behind the last bend is."""
    step = FAR[0] * torch.randn_like(dict(network.named_parameters())[name])  # one for all units may bend none
    up, down = (_moved(network, name, each)(observations) - values for each in (step, -step))
    return bool((up + down).abs().max() > 1e-3 * max(float(up.abs().max()), 1e-6))


def _moved(network: nn.Module, name: str, step: float | torch.Tensor) -> nn.Module:
    """Copy a network, with a step added to one of its parameters."""
    moved = copy.deepcopy(network)
    with torch.no_grad():
        dict(moved.named_parameters())[name].add_(step)
    return moved


@torch.no_grad()
def demand_open_end(network: nn.Module, observations: torch.Tensor) -> None:
    """Nothing after the last layer: some parameter carries each value as far up as down, without an end."""
    before = network(observations)
    low, high = before.min(), before.max()
    is_carried = torch.zeros(before.shape[1], dtype=torch.bool)  # each action's value may have a parameter of its own
    for name, _ in network.named_parameters():
        is_open = torch.ones_like(is_carried)
        for far in FAR:
            ends = []
            for step in (far, -far):
                ends.append(_moved(network, name, step)(observations))
                low, high = torch.minimum(low, ends[-1].min()), torch.maximum(high, ends[-1].max())
            reach = torch.minimum(*((end - before).abs() for end in ends))  # (64, n_actions)
            as_far = (ends[0] + ends[1] - 2 * before).abs().max() <= 1e-5 * reach.max()
            is_open &= as_far & ((reach > far / 20).float().mean(0) > 0.7)  # a row's hidden units may all be off
        is_carried |= is_open
    if is_carried.all() and _spreads(network, observations):
        return
    came = f"values from {low:.3g} to {high:.3g}, whatever a layer's weights are"
    why = "something comes after the last layer, and an action may be worth any number, above 0 or below"
    require(
        False,
        "values that can be any number, such as 10,000 and -10,000",
        came,
        why,
        "end with nn.Linear, and nothing after it",
    )


def _spreads(network: nn.Module, observations: torch.Tensor) -> bool:
    """Tell whether weights a thousand times as large carry the states' values far apart."""
    large = copy.deepcopy(network)
    for parameter in large.parameters():
        parameter.mul_(1000.0 if parameter.ndim > 1 else 1.0)
    return bool((large(observations).std(0) > 50 * network(observations).std(0)).all())
