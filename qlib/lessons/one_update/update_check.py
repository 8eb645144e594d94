"""The check of the learner's update: the weights that it leads to tell which of twelve faults are in it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F

from qlib.core.memory import Batch
from qlib.lessons.check import exercise
from qlib.lessons.expected import answered, expect, explain, require
from qlib.lessons.judge import refuse_faults

_FAULTS = {
    "gather": "the highest value meets the target, not that of the action taken",
    "all": "the loss pulls at every action's value",
    "stop": "the gradient flows through the target",
    "zero": "the gradients of earlier updates are added up",
    "cut": "the target looks beyond the termination",
    "next": "the target looks at the observation, not at the next one",
    "online": "the online network values the next state, not the target network",
    "reward": "the rewards are left out",
    "gamma": "the discount is left out",
    "step": "the optimiser takes no step, or finds no gradient: zero_grad() comes before backward()",
    "twice": "the optimiser takes two steps",
    "copy": "the target network is moved: that is the loop's business",
}


class _Trial(NamedTuple):
    """Three batches for a network, a target network and an optimiser; made anew at each use."""

    network: torch.nn.Module
    target: torch.nn.Module
    optimizer: torch.optim.Optimizer
    batches: list[Batch]
    gamma: float


_NETWORKS = ((2, 3, 6), (4, 2, 64), (3, 4, 1), (1, 2, 5))  # observations, actions, rows


def _trials() -> list[_Trial]:
    return [_trial(*sizes, i) for i, sizes in enumerate(_NETWORKS)]


def _trial(n: int, m: int, rows: int, i: int) -> _Trial:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(i)
        deep = torch.nn.Sequential(torch.nn.Linear(n, 8), torch.nn.ReLU(), torch.nn.Linear(8, m))
        network = deep if i % 2 else torch.nn.Linear(n, m)
        target = copy.deepcopy(network).eval()
        for p in target.parameters():
            p.data += 0.3 * torch.randn(p.shape)
        if i == 2:
            target = network  # without a target network, one does both
        batches: list[Batch] = []
        for _ in range(3):
            s, next_s = torch.randn(rows, n), torch.randn(rows, n)
            ends = torch.rand(rows) < 0.5 if rows > 1 else torch.tensor([len(batches) == 1])
            rewards = (2 if i else 200) * torch.randn(rows)  # no clip is wide enough for the first network's
            batches.append(Batch(s, torch.randint(m, (rows,)), rewards, next_s, ends))
    if i == 1:
        target.requires_grad_(False)
    if i == 3:  # as somebody else may have left them
        network.eval()
        target.train()
    parameters = network.parameters()
    optimizer = torch.optim.Adam(parameters, 0.05) if i == 1 else torch.optim.SGD(parameters, 0.1)
    return _Trial(network, target, optimizer, batches, (0.9, 0.99, 0.7, 0.5)[i])


def _after(update: Callable, trial: _Trial) -> tuple[list, torch.Tensor]:
    """Run an update on each batch; return what it gave and the weights of both networks."""
    came, models = [], (trial.network, trial.target)
    asked, modes = [[p.requires_grad for p in model.parameters()] for model in models], [m.training for m in models]
    for batch in trial.batches:
        came.append(update(trial.network, trial.target, trial.optimizer, batch, trial.gamma))
        alive = asked == [[p.requires_grad for p in model.parameters()] for model in models]
        hint = "torch.no_grad() in a `with` stops a gradient for a while, and is enough"
        require(alive, "requires_grad as it was", False, "the next update could not learn", hint)
        require(torch.is_grad_enabled(), "gradients on, as they were", False, "the next update could not learn", hint)
    for name, model, was in zip(("network", "target network"), models, modes, strict=True):
        mode = ("eval mode", "train mode")
        why = "whoever gave it would go on with another network, and not know"
        hint = "no .train() and no .eval() on it, or its mode again at the end"
        require(model.training == was, f"the {name} in {mode[was]}, as it was", mode[not was], why, hint)
    return came, _weights(trial.network, trial.target)


def _weights(*networks: torch.nn.Module) -> torch.Tensor:
    return torch.cat([p.detach().flatten().clone() for network in networks for p in network.parameters()])


def _update_with(faults: Sequence[str]) -> Callable:
    def update(network, target_network, optimizer, batch, gamma):
        values = network(batch.observations)
        current = values.gather(1, batch.actions.unsqueeze(1)).squeeze(1)
        if "gather" in faults:
            current = values.max(1).values
        valuer = network if "online" in faults else target_network
        best = valuer(batch.observations if "next" in faults else batch.next_observations).max(1).values
        best = best if "cut" in faults else best * ~batch.terminated
        target = batch.rewards * ("reward" not in faults) + (1 if "gamma" in faults else gamma) * best
        target = target if "stop" in faults else target.detach()
        loss = ((values - target.unsqueeze(1)) ** 2).mean() if "all" in faults else F.mse_loss(current, target)
        if "zero" not in faults:
            optimizer.zero_grad()
        loss.backward()
        for _ in range(0 if "step" in faults else 2 if "twice" in faults else 1):
            optimizer.step()
        if "copy" in faults:
            target_network.load_state_dict(network.state_dict())
        return loss.item()

    return update


@exercise("6.4 The update", piece="update")
def update(answer: Callable) -> None:
    """Check a function of network, target_network, optimizer, batch and gamma that makes one update."""
    with explain(
        AttributeError, "batch.observations, batch.actions, batch.rewards ...", "a batch has five columns", "", "Batch"
    ):
        found = [(trial, *_after(answer, trial)) for trial in _trials()]
    answered(found[0][1][0])
    rights = [_after(_update_with(()), trial) for trial in _trials()]

    def gives_these(faults: Sequence[str]) -> bool:
        if len(faults) > 3:  # nobody makes so many, and there are thousands of ways to
            return False
        others = (_after(_update_with(faults), _trial(*sizes, i))[1] for i, sizes in enumerate(_NETWORKS))
        return all(torch.allclose(came, other, atol=1e-5) for (*_, came), other in zip(found, others, strict=True))

    if not gives_these(()):
        refuse_faults(gives_these, _FAULTS, "The weights after three updates of four small networks")
    for (trial, losses, weights), (right_losses, right) in zip(found, rights, strict=True):
        expect(weights, right, "three updates of a small network must lead to these weights", tolerance=1e-4)
        hint = "loss.item(), taken from the loss that was stepped on"
        plain = all(not isinstance(loss, torch.Tensor) or not loss.requires_grad for loss in losses)
        require(plain, "a number", losses[0], "a loss with its gradient keeps its whole batch alive", hint)
        expect(losses, right_losses, "the update returns the loss before its step, as a number", hint, tolerance=1e-4)
        _demand_left_alone(trial)


def _demand_left_alone(trial: _Trial) -> None:
    """The update may change weights and gradients of the network, and nothing else."""
    if trial.target is not trial.network:
        clean = all(p.grad is None for p in trial.target.parameters())
        why = "a gradient reached the target network: y is a constant"
        require(clean, "no gradient in the target network", "some", why, "compute y within torch.no_grad()")
