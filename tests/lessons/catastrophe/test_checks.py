"""Lesson 09's checks: each solution passes, and each plausible mistake gets the words that are meant for it."""

import copy
import itertools

import numpy as np
import pytest
import torch
from tables import make_right_test, make_tests

from qlib.lessons.catastrophe import checks


def leaks(agent, batch):
    target = agent.td_target(batch)
    if not target.requires_grad:
        return False
    found = torch.autograd.grad(target.sum(), list(agent.online.parameters()), allow_unused=True)
    return any(gradient is not None for gradient in found)


def by_backward(agent, batch, forget=True):
    if forget:
        agent.online.zero_grad()
    target = agent.td_target(batch)
    if target.requires_grad:
        target.sum().backward()
    return any(p.grad is not None and bool((p.grad != 0).any()) for p in agent.online.parameters())


def reaches(agent, batch, which, rows=slice(None)):
    target = agent.td_target(batch)[rows]
    if not target.requires_grad:
        return False
    found = torch.autograd.grad(target.sum(), list(agent.online.parameters()), allow_unused=True)
    return any(g is not None and bool(g.any()) for g in found[which])


def by_the_losses(agent, batch):
    def gradient(loss):
        return torch.cat([g.flatten() for g in torch.autograd.grad(loss, list(agent.online.parameters()))])

    values = agent.online(batch.observations).gather(1, batch.actions.unsqueeze(1)).squeeze(1)
    cut = ((values - agent.td_target(batch).detach()) ** 2).mean()
    return not torch.allclose(gradient(agent.loss(batch)), gradient(cut), atol=1e-6)


def by_weights(agent, batch):
    own = {id(p) for p in agent.online.parameters()}
    todo, seen = [agent.td_target(batch).grad_fn], set()
    while todo:
        node = todo.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        if id(getattr(node, "variable", None)) in own:
            return True
        todo += [parent for parent, _ in node.next_functions]
    return False


def as_numpy_truth(agent, batch):
    return np.bool_(leaks(agent, batch))


def as_tensor_truth(agent, batch):
    return torch.tensor(leaks(agent, batch))


def asks(agent, batch):
    return agent.td_target(batch).requires_grad


def into_the_target(agent, batch):
    target, other = agent.td_target(batch), agent.target or agent.online
    if not target.requires_grad:
        return False
    found = torch.autograd.grad(target.sum(), list(other.parameters()), allow_unused=True)
    return any(gradient is not None for gradient in found)


def tau_for(updates, share):
    return 1 - (1 - share) ** (1 / updates)


def by_logarithms(updates, share):
    return -np.expm1(np.log1p(-share) / updates)


def by_halving(updates, share):
    low, high = 0.0, 1.0
    for _ in range(60):
        tau = (low + high) / 2
        low, high = (tau, high) if 1 - (1 - tau) ** updates < share else (low, tau)
    return low


def by_tensors(updates, share):
    return 1 - torch.tensor(1 - share, dtype=torch.float64).pow(1 / updates)


def in_float32(updates, share):
    return np.float32(1) - np.float32(1 - share) ** np.float32(1 / updates)


def act(network, observation):
    mode = network.training
    network.eval()
    with torch.no_grad():
        values = network(observation.unsqueeze(0))
    network.train(mode)
    return values.argmax().item()


def on_a_copy(network, observation):
    with torch.inference_mode():
        return int(copy.deepcopy(network).eval()(observation[None]).argmax())


def doubled_in_eval_mode(network, observation):
    mode = network.training
    with torch.no_grad():
        values = network.eval()(observation.repeat(2, 1))
    network.train(mode)
    return values[0].argmax()


@torch.no_grad()
def with_a_decorator(network, observation):
    mode = network.training
    try:
        return np.argmax(network.eval()(observation.view(1, -1)).numpy())
    finally:
        network.train(mode)


def layer_by_layer(network, observation):
    modes = [part.training for part in network.modules()]
    network.eval()
    with torch.no_grad():
        action = network(observation.reshape(1, 4)).max(1).indices[0]
    for part, mode in zip(network.modules(), modes, strict=True):
        part.training = mode
    return action


def broken_act(network, observation):  # as it stands in the lesson
    network.train()
    return network(observation.repeat(2, 1))[0].argmax().item()


def left_in_eval_mode(network, observation):
    network.eval()
    with torch.no_grad():
        return network(observation.unsqueeze(0)).argmax().item()


def left_in_train_mode(network, observation):
    action = left_in_eval_mode(network, observation)
    network.train()
    return action


def with_graph(network, observation):
    mode = network.training
    action = network.eval()(observation.unsqueeze(0)).argmax().item()
    network.train(mode)
    return action


def detached_afterwards(network, observation):
    mode = network.training
    action = network.eval()(observation.unsqueeze(0)).detach().argmax().item()
    network.train(mode)
    return action


def in_train_mode(network, observation):
    with torch.no_grad():
        return network.train()(observation.unsqueeze(0)).argmax().item()


def doubled_without_graph(network, observation):
    mode = network.training
    with torch.no_grad():
        action = network.train()(observation.repeat(2, 1))[0].argmax().item()
    network.train(mode)
    return action


def blind_on_a_copy(network, observation):
    with torch.no_grad():
        return copy.deepcopy(network).train()(observation.repeat(2, 1))[0].argmax().item()


def worst(network, observation):
    return int(act(copy.deepcopy(network), observation) * 0 + _values(network, observation).argmin())


def _values(network, observation):
    with torch.no_grad():
        return copy.deepcopy(network).eval()(observation.unsqueeze(0))


def training(network, observation):
    with torch.no_grad():
        network.layers[0].weight += 1
    return act(network, observation)


def frozen(network, observation):
    for parameter in network.parameters():
        parameter.requires_grad_(False)
    return act(network, observation)


def with_gradients(network, observation):
    action = act(network, observation)
    for parameter in network.parameters():
        parameter.grad = torch.zeros_like(parameter)
    return action


def without_averages(network, observation):
    action = act(network, observation)
    for part in network.modules():
        if isinstance(part, torch.nn.BatchNorm1d):
            part.reset_running_stats()
    return action


def stops_the_averages(network, observation):
    for part in network.modules():
        if isinstance(part, torch.nn.BatchNorm1d):
            part.momentum = 0.0
    return act(network, observation)


test_solutions, test_slips, test_mistakes, test_odd_answers = make_tests(
    [
        (
            checks.leaks,
            leaks,
            {
                "always": (lambda agent, batch: True, "every agent is said to leak"),
                "never": (lambda agent, batch: False, "no agent is said to leak"),
                "the loss": (lambda agent, batch: agent.loss(batch).requires_grad, "every agent is said to leak"),
                "section 1": (asks, "false alarm"),
                "a graph": (lambda agent, batch: agent.td_target(batch).grad_fn is not None, "false alarm"),
                "the other network's weights": (into_the_target, "ends in the target network's weights"),
                "turned": (lambda agent, batch: not leaks(agent, batch), "swapped"),
                "no target": (lambda agent, batch: agent.target is None, "whether there is a target network"),
                "by name": (lambda agent, batch: asks(agent, batch) and agent.target is None, "second name"),
                "not the same network": (
                    lambda agent, batch: asks(agent, batch) and agent.target in (None, agent.online),
                    "made of both networks",
                ),
                "the first layer": (
                    lambda agent, batch: (
                        asks(agent, batch)
                        and torch.autograd.grad(
                            agent.td_target(batch).sum(), [agent.online.layers[0].weight], allow_unused=True
                        )[0]
                        is not None
                    ),
                    "through the last layer's weights",
                ),
                "the class": (lambda agent, batch: "Leaking" in type(agent).__name__, "no agent is said to leak"),
                "stale": (lambda agent, batch: by_backward(agent, batch, forget=False), "an earlier update left"),
                "the last tensor": (
                    lambda agent, batch: reaches(agent, batch, slice(-1, None)),
                    "all layers but the last",
                ),
                "the first row": (lambda agent, batch: reaches(agent, batch, slice(None), 0), "Expected True"),
                "the tensor": (lambda agent, batch: agent.td_target(batch), "Expected True or False"),
                "a number": (lambda agent, batch: int(leaks(agent, batch)), "Expected True or False"),
                "no graph asked for": (
                    lambda agent, batch: bool(
                        torch.autograd.grad(agent.td_target(batch).sum(), list(agent.online.parameters()))
                    ),
                    "your code raised RuntimeError",
                ),
            },
        ),
        (
            checks.tau_for,
            tau_for,
            {
                "equal parts": (lambda n, share: share / n, "equal part"),
                "at most a half": (lambda n, share: min(0.5, 1 - (1 - share) ** (1 / n)), "1 updates to go 0.9"),
                "at once": (lambda n, share: share, "one update alone"),
                "what is left": (lambda n, share: 1 - share ** (1 / n), "left at the end"),
                "what stays": (lambda n, share: (1 - share) ** (1 / n), "what each update leaves"),
                "root of the share": (lambda n, share: share ** (1 / n), "taken for the share left"),
                "upside down": (lambda n, share: 1 - (1 - share) ** n, "upside down"),
                "small steps": (lambda n, share: -np.log(1 - share) / n, "small steps"),
                "a constant": (lambda n, share: 0.5, "we followed the online network so"),
                "one over": (lambda n, share: 1 / n, "we followed the online network so"),
                "for two only": (lambda n, share: 1 - (1 - share) ** 0.5, "we followed the online network so"),
                "beyond": (lambda n, share: 1 + (1 - share) ** (1 / n), "overshoots"),
                "one less": (
                    lambda n, share: 1 - (1 - share) ** (1 / (n + 1)),
                    "we followed the online network so",
                ),
                "rounded": (lambda n, share: round(tau_for(n, share), 2), "we followed the online network so"),
            },
        ),
        (
            checks.supported,
            lambda: "ac",
            {
                "all": (lambda: "abcdef", "'because'"),
                "none of the lower half": (lambda: "abc", "'because'"),
                "e": (lambda: "ace", "to all of DQN"),
                "f": (lambda: "acf", "takes 'open' for 'the same'"),
                "without a": (lambda: "c", "(a) is what both sets of seeds show at gamma 0.99"),
                "without c": (lambda: "a", "16 of 16 seeds"),
                "d": (lambda: "acd", "the held-out seeds do not show it"),
                "none": (lambda: "", "one sentence that holds is missing"),
                "other letters": (lambda: "acx", "letters out of abcdef"),
                "numbers": (lambda: [1, 3, 4], "letters out of abcdef"),
            },
        ),
        (
            checks.mended_act,
            act,
            {
                "as it stood": (broken_act, "running averages as they were"),
                "doubled": (doubled_without_graph, "running averages as they were"),
                "blind": (blind_on_a_copy, "it cannot see the state"),
                "graph": (with_graph, "torch.no_grad()"),
                "detached": (detached_afterwards, "torch.no_grad()"),
                "train mode": (in_train_mode, "more than 1 value"),
                "eval stays": (left_in_eval_mode, "Expected train mode, as before the call"),
                "train stays": (left_in_train_mode, "Expected eval mode, as before the call"),
                "argmin": (worst, "*lowest*"),
                "weights": (training, "the weights as they were"),
                "frozen": (frozen, "still ask for a gradient"),
                "gradients": (with_gradients, "no gradient in the weights"),
                "averages that stand still": (stops_the_averages, "the network as it was"),
                "averages": (without_averages, "running averages as they were"),
                "the largest": (lambda network, x: _values(network, x).abs().argmax(), "the highest value"),
                "always 0": (lambda network, observation: 0, "action 0 is chosen"),
                "always 1": (lambda network, observation: 1, "action 1 is chosen"),
                "the value": (lambda network, observation: _values(network, observation).max(), "the highest value"),
                "the values": (lambda network, observation: _values(network, observation), "one whole number"),
            },
        ),
    ]
)

test_right = make_right_test(
    [
        *((checks.leaks, f) for f in (by_backward, by_the_losses, by_weights, as_numpy_truth, as_tensor_truth)),
        *((checks.tau_for, f) for f in (by_logarithms, by_halving, by_tensors, in_float32)),
        *((checks.mended_act, f) for f in (on_a_copy, doubled_in_eval_mode, with_a_decorator, layer_by_layer)),
    ]
)


@pytest.mark.parametrize("right", ["ac", "CA", "a, c", ["c", "a"], ("a", "c"), {"a", "c"}])
def test_letters_may_come_in_any_order_and_any_collection(right):
    assert checks.supported(lambda: right).status == "passed"


def test_of_all_choices_of_letters_one_is_right():
    every = ["".join(some) for n in range(7) for some in itertools.combinations("abcdef", n)]
    assert [some for some in every if checks.supported(lambda some=some: some).status == "passed"] == ["ac"]


def test_the_networks_of_the_check_see_the_state_in_eval_mode_only():
    cases = list(checks._networks())
    assert {network.training for network, *_ in cases} == {True, False}
    assert len({action for *_, action in cases}) > 2
    assert [act(network, observation) for network, observation, _ in cases] == [action for *_, action in cases]
    blind = [broken_act(copy.deepcopy(network), observation) for network, observation, _ in cases]
    assert all(len(set(blind[k : k + 4])) == 1 for k in range(0, len(blind), 4)), "one action a network"
