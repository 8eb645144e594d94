"""The checks of lesson 09: a gradient that leaks, a tau for an effect, what was shown, and acting with batch norm."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch

from qlib.core.network import QNetworkBN
from qlib.core.settings import Settings
from qlib.lessons.catastrophe.leaking import AGENTS, batches
from qlib.lessons.check import exercise
from qlib.lessons.expected import answered, expect, numbers, require
from qlib.lessons.judge import judge_sentences, refuse


@exercise("9.1 Does it leak?")
def leaks(answer: Callable) -> None:
    """Check a function of an agent and a batch that says whether its target's gradient reaches the online network."""
    cases = [
        (kind, {"gamma": gamma, "hidden": hidden, **options}, leaking, why)
        for kind, options, leaking, why in AGENTS
        for gamma, hidden in ((0.8, (24, 24)), (0.99, (8,)))
    ]
    said, wanted, asks, alone, stale = [], [], [], [], []
    for number, (kind, options, leaking, _) in enumerate(cases):
        for batch in batches():
            trained = kind(Settings(**options), number)
            if number % 2:  # its last update left gradients
                for parameter in trained.online.parameters():
                    parameter.grad = torch.ones_like(parameter)
            got = answered(answer(trained, batch))
            require(_is_truth(got), "True or False", got, "the question can be answered by yes or no")
            agent = kind(Settings(**options), number)
            said.append(bool(got))
            wanted.append(leaking)
            asks.append(agent.td_target(batch).requires_grad)
            alone.append(agent.target is None)
            stale.append(leaking or number % 2 == 1)
    both = [ask and one for ask, one in zip(asks, alone, strict=True)]
    mistakes = {
        "every agent is said to leak: a loss has a gradient in all of them, the target need not": [True] * len(said),
        "no agent is said to leak": [False] * len(said),
        "only td_target(batch).requires_grad is asked: with a target network that is a false alarm": asks,
        "it is asked only whether there is a target network": alone,
        "a target network is thought safe: one of them *is* the online network, under a second name": both,
        "gradients are seen that an earlier update left: agent.online.zero_grad() before you look": stale,
        "yes and no are swapped": [not one for one in wanted],
    }
    refuse(np.array(said), {fault: np.array(x) for fault, x in mistakes.items() if x != wanted}, _LEAK_HINT)
    for i, (one, right) in enumerate(zip(said, wanted, strict=True)):
        why = cases[i // 3][3]
        require(one == right, str(right), one, why, _LEAK_HINT)


_LEAK_HINT = "torch.autograd.grad(target.sum(), list(agent.online.parameters()), allow_unused=True)"


def _is_truth(got: Any) -> bool:
    if isinstance(got, (torch.Tensor, np.ndarray)):
        return got.ndim == 0 and got.dtype in (torch.bool, np.dtype(bool))
    return isinstance(got, (bool, np.bool_))


@exercise("9.2 Choose tau")
def tau_for(answer: Callable) -> None:
    """Check a function of a number of updates and a share of the way that gives the tau which goes so far."""
    random = np.random.default_rng(92)
    cases = [(1, 0.5), (2, 0.75), (1, 0.2), (1, 0.9)]
    cases += [(int(n), round(float(random.uniform(0.05, 0.95)), 3)) for n in (2, 3, 5, 10, 37, 200, 1_000)]
    got = [float(numbers(answer(n, share), (), "τ is one number")) for n, share in cases]
    mistakes: dict[str, Callable[[int, float], float]] = {
        "each update goes an equal part of the way: it goes a share of what is *left*, which grows less": lambda n, s: (
            s / n
        ),
        "one update alone goes that far": lambda n, s: s,
        "that share is left at the end, not gone": lambda n, s: 1 - s ** (1 / n),
        "what each update leaves is given, not what it goes": lambda n, s: (1 - s) ** (1 / n),
        "the share gone is taken for the share left, and then for the step": lambda n, s: s ** (1 / n),
        "the exponent is upside down: that is how far τ = share gets in so many updates": lambda n, s: 1 - (1 - s) ** n,
        "the exponent is upside down, and what is left is given": lambda n, s: (1 - s) ** n,
        "what is left is divided by the updates": lambda n, s: (1 - s) / n,
        "what is left is divided by the updates, and that is taken for what is left each time": lambda n, s: (
            1 - (1 - s) / n
        ),
        "a rule for small steps is used for large ones: (1 − τ)ⁿ is not exp(−τ n)": lambda n, s: -np.log(1 - s) / n,
        "the share is divided by its root": lambda n, s: s / np.sqrt(n),
    }
    hint = "each update leaves 1 − τ of the way; (1 − τ) ** updates is to be 1 − share"
    refuse(got, {fault: [f(n, s) for n, s in cases] for fault, f in mistakes.items()}, hint)
    for tau, (n, share) in zip(got, cases, strict=True):
        case = f"{n} updates to go {share:g} of the way"
        require(0 <= tau <= 1, "τ from 0 to 1", tau, f"for {case}: beyond 1 the target overshoots", hint)
        gone = _follow(tau, n)
        expected = f"{share:.4f} of the way gone, by τ = {1 - (1 - share) ** (1 / n):.6f}"
        words = f"{gone:.4f} of the way gone, by τ = {tau:.6f}"
        near = bool(abs(gone - share) < 3e-4)
        require(near, expected, _Said(words), f"we followed the online network so, with {case}", hint)


class _Said(str):
    """Words for a report, without quotation marks."""

    def __repr__(self) -> str:
        return str(self)


def _follow(tau: float, updates: int) -> float:
    slow = 0.0
    for _ in range(updates):
        slow += tau * (1.0 - slow)  # the online network stands at 1
    return slow


_SENTENCES = {  # whether the measurements support it, and what to say of a wrong choice
    "a": (True, "(a) is what both sets of seeds show at gamma 0.99: their intervals lie below 0, in this setting"),
    "b": (False, "(b) is measured up to the word 'because': no agent here tells a shorter way from another reason"),
    "c": (True, "(c) is what was counted: 16 of 16 seeds, bit for bit"),
    "d": (False, "(d) is what the 128 seeds said; the held-out seeds do not show it, so it is open"),
    "e": (False, "(e) goes from one setting of CartPole and 4,000 steps to all of DQN"),
    "f": (False, "(f) takes 'open' for 'the same': an interval that holds 0 shows no difference, and rules none out"),
}


@exercise("9.3 What was shown?")
def supported(answer: Callable) -> None:
    """Check a function of nothing that gives the letters of the sentences which the measurements support."""
    judge_sentences(answer(), _SENTENCES)


def _networks() -> Iterator[tuple[Any, torch.Tensor, int]]:
    """Make networks in both modes, observations, and the actions that they prefer by more than a trifle."""
    generator = torch.Generator().manual_seed(94)
    for hidden, n_actions in (((4,), 2), ((24, 24), 2), ((16, 8), 3), ((6,), 5)):
        network: Any = QNetworkBN(4, n_actions, hidden=hidden, generator=generator)
        network.train()
        with torch.no_grad():
            for _ in range(60):  # running averages of states that it would see
                network(torch.randn(32, 4, generator=generator) + torch.tensor([0.5, 0.0, -0.5, 0.0]))
        chosen = 0
        while chosen < 4:
            observation = torch.randn(4, generator=generator)
            with torch.no_grad():
                values = copy.deepcopy(network).eval()(observation.unsqueeze(0))[0]
            best, second = values.topk(2).values
            if best - second > 1e-2:
                yield copy.deepcopy(network).train(chosen % 2 == 0), observation, int(values.argmax())
                chosen += 1


@exercise("9.4 Find the faults")
def mended_act(answer: Callable) -> None:
    """Check a function of a network with batch norm and one observation (4,) that gives the greedy action."""
    said, wanted, worst, blind = [], [], [], []
    for network, observation, action in _networks():
        before, was_training = copy.deepcopy(network), network.training
        kept: list[torch.Tensor] = []

        def keep(x: torch.Tensor, kept: list = kept) -> torch.Tensor:
            kept.append(x)
            return x

        with torch.autograd.graph.saved_tensors_hooks(keep, lambda x: x):
            got = numbers(answer(network, observation), (), "an action is one whole number", "argmax(), and .item()")
        _is_as_before(network, before, was_training)
        words = _Said(f"{len(kept)} tensors kept for one")
        require(not kept, "no graph", words, "nobody calls backward() on an action", "torch.no_grad()")
        said.append(float(got))
        wanted.append(action)
        with torch.no_grad():
            worst.append(int(before.eval()(observation.unsqueeze(0)).argmin()))
            blind.append(int(before.train()(observation.repeat(2, 1))[0].argmax()))
    mistakes = {
        "the action of the *lowest* value is chosen": worst,
        "the network acts in train mode, on two equal rows: so it cannot see the state": blind,
        "action 0 is chosen, whatever the observation": [0] * len(said),
        "action 1 is chosen, whatever the observation": [1] * len(said),
    }
    refuse(said, mistakes, "the values in eval mode, of a batch of one, and argmax")
    why = "this is the action of the highest value, in eval mode"
    for one, action in zip(said, wanted, strict=True):
        expect(one, action, why, "eval mode reads the running averages; unsqueeze(0) makes a batch of one")


def _is_as_before(network: Any, before: Any, was_training: bool) -> None:
    still = "acting must not change the network"
    buffers, former = dict(network.named_buffers()), dict(before.named_buffers())
    moved = [name for name in former if name not in buffers or not torch.equal(buffers[name], former[name])]
    hint = "eval mode reads them, train mode moves them"
    require(not moved, "running averages as they were", _Said(f"{', '.join(moved)} moved"), still, hint)
    pairs = list(zip(network.parameters(), before.parameters(), strict=False))
    same = len(pairs) == len(list(before.parameters())) and all(torch.equal(a, b) for a, b in pairs)
    require(same, "the weights as they were", "others", still)
    require(all(a.grad is None for a, _ in pairs), "no gradient in the weights", "a gradient", still)
    wants = all(a.requires_grad == b.requires_grad for a, b in pairs)
    hint = "torch.no_grad() with a `with`"
    require(wants, "weights that still ask for a gradient", "requires_grad of some is False", still, hint)
    require(repr(network) == repr(before), "the network as it was", network, still, "leave its layers' settings alone")
    mode = [name or "the network" for name, part in network.named_modules() if part.training != was_training]
    expected = f"{'train' if was_training else 'eval'} mode, as before the call"
    hint = "keep network.training first, and at the end network.train(that)"
    require(not mode, expected, _Said(f"{'eval' if was_training else 'train'} mode"), "its mode is part of it", hint)
