"""The checks of lesson 06: the value before a fall, the TD target, the loss, and an update with faults."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
import torch.nn.functional as F

from qlib.core.memory import Batch
from qlib.lessons.check import answered, exercise, expect, refuse, refuse_faults, require

_GAMMA = 0.9
_BATCH = Batch(  # every action, rewards that differ, two terminations, more than one row
    observations=torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.5, -1.0], [-1.0, 0.5]]),
    actions=torch.tensor([0, 2, 1, 2]),
    rewards=torch.tensor([1.0, -2.0, 0.5, 3.0]),
    next_observations=torch.tensor([[0.0, 1.0], [0.5, -1.0], [-1.0, 0.5], [1.0, 1.0]]),
    terminated=torch.tensor([False, True, False, True]),
)
_NEXT_VALUES = torch.tensor([[1.0, 4.0, -1.0], [2.0, 0.0, 6.0], [-3.0, -1.0, -2.0], [5.0, 2.5, 1.0]])
_VALUES = torch.tensor([[0.5, 2.0, 1.0], [3.0, -1.0, 0.0], [1.0, 4.0, -2.0], [2.0, 0.0, -1.5]])
_TARGETS = torch.tensor([2.0, -1.0, 1.5, 0.5])


@exercise("6.1 The value before a fall")
def value_before_fall(answer: Callable) -> None:
    """Check a function of gamma and steps that gives the discounted sum of that many rewards of 1."""
    gamma, k = 0.8, 3
    mistakes = {
        "the ceiling is given, as if the pole never fell": 1 / (1 - gamma),
        "the first reward is discounted already": gamma + gamma**2 + gamma**3,
        "one reward too many is counted": 1 + gamma + gamma**2 + gamma**3,
        "only the last reward is counted": gamma ** (k - 1),
        "nothing is discounted": float(k),
    }
    refuse(answer(gamma, k), mistakes, "three rewards of 1 are worth 1 + gamma + gamma²")
    expect(answer(gamma, k), 2.44, "with gamma 0.8, three rewards are worth 1 + 0.8 + 0.64")
    expect(answer(0.5, 1), 1.0, "the reward of this step is not discounted")
    expect(answer(0.9, 50), (1 - 0.9**50) / 0.1, "it holds for any gamma and any number of steps")


@exercise("6.2 The TD target")
def td_target(answer: Callable) -> None:
    """Check a function of rewards, next_values, terminated and gamma that gives the TD targets, shape (B,)."""
    r, q, end = _BATCH.rewards, _NEXT_VALUES, _BATCH.terminated
    best = q.max(1).values
    mistakes = {
        "nothing is cut: a row that terminated still looks ahead": r + _GAMMA * best,
        "the cut is the wrong way round: it is the rows that go on that are cut": r + _GAMMA * best * end,
        "the reward is discounted too": _GAMMA * (r + best * ~end),
        "the discount is missing": r + best * ~end,
        "the reward of a terminated row is cut as well": (r + _GAMMA * best) * ~end,
        "argmax is used: that is the best action's number, not its value": r + _GAMMA * q.argmax(1) * ~end,
        "the mean over the actions is used": r + _GAMMA * q.mean(1) * ~end,
        "(B,) meets (B, 1) and makes (B, B)": r + _GAMMA * (best * ~end).unsqueeze(1),
    }
    refuse(answer(r, q, end, _GAMMA), mistakes, "y = r + gamma · max Q(s', a'), and y = r where terminated")
    why = "y = r + gamma · max Q(s', a'), one number per row; y = r where the row terminated"
    expect(answer(r, q, end, _GAMMA), r + _GAMMA * best * ~end, why, hint="max(1).values is of shape (B,)")
    expect(answer(r, q, end, 0.0), r, "with gamma 0 only the reward is left")


@exercise("6.3 The loss")
def q_loss(answer: Callable) -> None:
    """Check a function of values (B, A), actions (B,) and targets (B,) that gives the mean squared error."""
    a, y = _BATCH.actions, _TARGETS
    taken = _VALUES[torch.arange(len(a)), a]
    mistakes = {
        "every action's value is pulled to the target": ((_VALUES - y.unsqueeze(1)) ** 2).mean(),
        "the highest value is pulled, not the value of the action taken": ((_VALUES.max(1).values - y) ** 2).mean(),
        "(B, 1) meets (B,): each value is compared with every target": ((taken.unsqueeze(1) - y) ** 2).mean(),
        "the errors are summed, not averaged": ((taken - y) ** 2).sum(),
        "the errors are not averaged: a loss is one number": (taken - y) ** 2,
        "the errors are not squared": (taken - y).mean(),
        "the errors are made absolute, not squared": (taken - y).abs().mean(),
    }
    values = _VALUES.clone().requires_grad_()
    loss = answer(values, a, y)
    refuse(loss, mistakes, "gather(1, actions.unsqueeze(1)).squeeze(1) gives the taken values, shape (B,)")
    expect(loss, ((taken - y) ** 2).mean(), "the loss is the mean of (Q(s, a) − y)² over the batch")
    alive = isinstance(loss, torch.Tensor) and loss.requires_grad
    why = "without a gradient the network cannot learn"
    require(alive, "a tensor with a gradient", loss, why, hint="no .item(), .detach() or no_grad() in the loss")
    loss.backward()
    expected = torch.zeros_like(values)
    expected[torch.arange(len(a)), a] = 2 * (taken - y) / len(a)
    expect(values.grad, expected, "only the values of the actions taken are moved", hint="gather chooses them")


_FAULTS = {
    "gather": "the highest value meets the target, not that of the action taken",
    "stop": "the gradient flows through the target",
    "zero": "the gradients of earlier updates are added up",
    "cut": "the target looks beyond the termination",
    "next": "the target looks at the observation, not at the next one",
    "step": "the optimiser takes no step",
}


def _updated(update: Callable) -> tuple[list, torch.Tensor]:
    """Run three updates of a small linear network; return the losses and the weights."""
    network = torch.nn.Linear(2, 3, bias=False)
    network.weight.data = torch.tensor([[1.0, -0.5], [0.2, 0.8], [-0.6, 0.4]])
    optimizer = torch.optim.SGD(network.parameters(), lr=0.2)
    losses = [update(network, optimizer, _BATCH, _GAMMA) for _ in range(3)]
    return losses, network.weight.detach().clone()


def _update_with(faults: Iterable[str]) -> Callable:
    def update(network, optimizer, batch, gamma):
        values = network(batch.observations)
        if "gather" in faults:
            current = values.max(1).values
        else:
            current = values.gather(1, batch.actions.unsqueeze(1)).squeeze(1)
        best = network(batch.observations if "next" in faults else batch.next_observations).max(1).values
        if "cut" not in faults:
            best = best * ~batch.terminated
        target = batch.rewards + gamma * best
        loss = F.mse_loss(current, target if "stop" in faults else target.detach())
        if "zero" not in faults:
            optimizer.zero_grad()
        loss.backward()
        if "step" not in faults:
            optimizer.step()
        return loss.item()

    return update


@exercise("6.4 Find the faults")
def mended_update(answer: Callable) -> None:
    """Check a function of network, optimizer, batch and gamma that makes one update and returns the loss."""
    losses, weights = _updated(answer)
    right_losses, right_weights = _updated(_update_with(()))
    answered(losses[0])

    def gives_these(faults: Iterable[str]) -> bool:
        return torch.allclose(weights, _updated(_update_with(faults))[1], atol=1e-6)

    refuse_faults(gives_these, _FAULTS, "The weights after three updates")
    expect(weights, right_weights, "three updates of a small network must lead to these weights")
    expect(losses, right_losses, "the update returns the loss before its step, as a number", "loss.item()")
