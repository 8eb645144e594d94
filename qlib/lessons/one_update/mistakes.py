"""Famous mistakes, each put into the learner's own pieces, so that its work can be watched."""

from __future__ import annotations

import types
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch

from qlib.lessons.own_agent import OwnAgent
from qlib.lessons.own_run import OWN
from qlib.lessons.stand_ins import Pieces, pieces
from qlib.lessons.stand_ins import update as plain_update


def _in_update(my: Pieces, **broken: Callable) -> Pieces:
    """Let the update call broken pieces; one that calls no pieces gives way to qlib's, which calls these."""
    update = my.update
    if not set(broken) <= set(getattr(getattr(update, "__code__", None), "co_names", ())):
        update = plain_update
    known = {"td_target": my.td_target, "q_loss": my.q_loss} | broken
    theirs = types.FunctionType(update.__code__, update.__globals__ | known, update.__name__, update.__defaults__)
    return replace(my, **broken, update=theirs)


def _no_cut(my: Pieces) -> Pieces:
    def td_target(rewards, next_values, terminated, gamma):
        return my.td_target(rewards, next_values, torch.zeros_like(terminated), gamma)

    return _in_update(my, td_target=td_target)


def _all_actions(my: Pieces) -> Pieces:
    def q_loss(values, actions, targets):
        each = [my.q_loss(values, torch.full_like(actions, a), targets) for a in range(values.shape[1])]
        return torch.stack(each).mean()

    return _in_update(my, q_loss=q_loss)


def _broadcast(my: Pieces) -> Pieces:
    def q_loss(values, actions, targets):
        n = len(actions)  # (B, 1) against (B,): each value meets each target
        return my.q_loss(values.repeat_interleave(n, 0), actions.repeat_interleave(n), targets.repeat(n))

    return _in_update(my, q_loss=q_loss)


def _one_network(my: Pieces) -> Pieces:
    def update(network, target_network, optimizer, batch, gamma):
        return my.update(network, network, optimizer, batch, gamma)

    return replace(my, update=update)


def _through_target(my: Pieces) -> Pieces:
    def update(network, target_network, optimizer, batch, gamma):
        next_values = network(batch.next_observations)  # no torch.no_grad()
        targets = my.td_target(batch.rewards, next_values, batch.terminated, gamma)
        loss = my.q_loss(network(batch.observations), batch.actions, targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    return replace(my, update=update)


def _no_zero_grad(my: Pieces) -> Pieces:
    def update(network, target_network, optimizer, batch, gamma):
        before = [None if p.grad is None else p.grad.clone() for p in network.parameters()]
        kept, optimizer.zero_grad = optimizer.zero_grad, lambda *_, **__: None
        try:
            for p, gradient in zip(network.parameters(), before, strict=True):
                p.grad = gradient
            return my.update(network, target_network, optimizer, batch, gamma)
        finally:
            optimizer.zero_grad = kept

    return replace(my, update=update)


def _always_random(my: Pieces) -> Pieces:
    return replace(my, decay=lambda episodes, start, end, share: my.decay(episodes, start, start, share))


def _last_64(my: Pieces) -> Pieces:
    return replace(my, Ring=lambda capacity, n_observations: my.Ring(64, n_observations))


MISTAKES: dict[str, Callable[[Pieces], Pieces]] = {
    "none": lambda my: my,
    "no terminal cut": _no_cut,
    "a loss over all actions": _all_actions,
    "(B,) against (B, 1)": _broadcast,
    "one network, no target network": _one_network,
    "one network, gradient through the target": _through_target,
    "no zero_grad": _no_zero_grad,
    "epsilon stays at 1": _always_random,
    "the last 64 transitions only": _last_64,
    "epsilon left on in examinations": lambda my: my,
}


def agents(mistake: str, of: Pieces | None = None) -> Callable[[int], OwnAgent]:
    """Say how to make an agent of a seed, with one of `MISTAKES` in its pieces; None: in the learner's."""
    my: Any = MISTAKES[mistake](of or pieces())
    left_on = 0.2 if mistake == "epsilon left on in examinations" else 0.0
    return lambda seed: OwnAgent(OWN, seed, my, left_on)
