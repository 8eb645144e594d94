"""Instruments that put questions to copies of a trained agent: what would it draw, learn and do?

Each takes the `Account` of some episodes and the function that makes agents (or None). What is expected comes from the
settings.
"""

from __future__ import annotations

import copy
import math
from dataclasses import replace

import numpy as np
import torch
from scipy import stats

from qlib.core.agent import QAgent
from qlib.core.frames import FrameMemory
from qlib.core.network import mix
from qlib.core.rules import learning_rate, target_share
from qlib.study import equation
from qlib.study.verdict import SUSPICIOUS, Made, Said, judged, unknown
from qlib.study.witness import Account

CHANCE = 1e-6  # a test of chance condemns only what a sound agent does once in a million times


def rate(account: Account, make: Made | None) -> Said:
    """Is the step size the planned one?"""
    if not _can_learn(account):
        return unknown("the memory holds too little")
    agent = copy.deepcopy(account.agent)
    agent.settings = replace(agent.settings, compiled=False, learning_starts=0)
    notes = equation.note_steps(agent)
    agent.learn()
    if len(notes) != 1:
        return SUSPICIOUS, f"learn() made {len(notes)} steps of the agent's optimiser", "1"
    wanted = learning_rate(agent.settings, agent.steps)
    return judged(math.isclose(notes[0][1], wanted, rel_tol=1e-6), f"{notes[0][1]:.4g}", f"{wanted:.4g}")


def update(account: Account, make: Made | None) -> Said:
    """Are loss and gradient those of the equation, on batches made to tell mistakes apart?"""
    faults = _faults(account)
    if isinstance(faults, str):
        return unknown(faults)
    wanted = "loss and gradient of the equation"
    if faults is None:
        return SUSPICIOUS, f"neither the equation's nor those of {len(equation.FAULTS)} known mistakes", wanted
    return judged(not faults, "; ".join(map(equation.FAULTS.__getitem__, faults)) or f"{wanted} (3 batches)", wanted)


def chooser(account: Account, make: Made | None) -> Said:
    """Which network chooses the next action, and which one values it?"""
    settings, faults = account.agent.settings, _faults(account)
    one = account.agent.target is None
    if one != (settings.target_network == "none"):
        return SUSPICIOUS, "there is a target network" if not one else "there is none", f"{settings.target_network!r}"
    wanted = _choice("online" if settings.double and not one else "target", "target") if not one else "one network"
    if faults is None or isinstance(faults, str):
        return unknown("the update could not be explained")
    which = next((fault for fault in faults if fault in equation.VALUERS), "")
    came = {
        "": wanted,
        "online values": _choice("online", "online"),
        "target chooses": _choice("target", "target"),
        "online chooses": _choice("online", "target"),
        "swapped": _choice("target", "online"),
    }[which]
    return judged(not which, came, wanted)


def target(account: Account, make: Made | None) -> Said:
    """Does the target network follow the online network as planned?"""
    agent, settings = copy.deepcopy(account.agent), account.agent.settings
    if agent.target is None or not _can_learn(account):
        return unknown("there is no target network" if agent.target is None else "the memory holds too little")
    if {p.data_ptr() for p in agent.target.parameters()} & {p.data_ptr() for p in agent.online.parameters()}:
        return SUSPICIOUS, "target and online network share their weights: no lag at all", "a network of its own"
    agent.settings = replace(settings, learning_starts=0)
    if settings.target_network == "hard":
        agent.updates = max(1, agent.updates // settings.target_every) * settings.target_every - 3
    off, far = 0, 0.0
    for _ in range(5):
        share, before = target_share(settings, agent.updates + 1), copy.deepcopy(agent.target)
        agent.learn()
        if share > 0:
            mix(before, agent.online, float(share))
        pairs = [*zip(before.parameters(), agent.target.parameters(), strict=True)]
        distance = math.sqrt(sum((a - b).detach().square().sum().item() for a, b in pairs))
        size = math.sqrt(sum(a.detach().square().sum().item() for a, _ in pairs))
        off, far = off + (distance > 1e-5 * size), max(far, distance / size)
    plan = {"hard": f"a copy every {settings.target_every} updates", "soft": f"a share of {settings.tau:g} an update"}
    words = f"after {off} of 5 updates it is elsewhere than planned" + (
        f" (by up to {far:.2g} of its size)" if off else ""
    )
    return judged(off == 0, words, plan.get(settings.target_network, "none"))


def draws(account: Account, make: Made | None) -> Said:
    """Does learning draw each slot as often as it should?"""
    if not _can_learn(account):
        return unknown("the memory holds too little")
    settings, kept = account.agent.settings, len(account.agent.memory)
    sizes = [kept] if settings.replay == "prioritized" else [kept, min(kept, max(settings.batch_size, 32))]
    chances = []
    for n in sizes:
        small = n < kept  # a slot that is never drawn shows where there are few, drawn often
        slots = _drawn(account.agent, n, calls=240 if small else 60)
        if not len(slots):
            return unknown("the agent never asks memory.sample")
        p = np.full(n, 1 / n) if settings.replay == "uniform" else account.agent.memory.priorities  # type: ignore[attr-defined]
        parts = n if small else 32
        cells = np.minimum(np.cumsum(p / p.sum()) * parts - 1e-6, parts - 1).astype(int)  # of about the same chance
        wanted = np.bincount(cells, p / p.sum(), parts) * len(slots)
        found = np.bincount(cells[slots], minlength=parts)
        some = wanted > 0
        test = stats.chisquare(found[some], wanted[some])
        chances.append(float(test.pvalue))
    words = f"chance of a draw at least so uneven: {min(chances):.1g} (chi-square, {len(slots):,} draws)"
    rule = "all slots alike" if settings.replay == "uniform" else "slots by their priorities"
    return judged(min(chances) > CHANCE, words, rule)


def exploring(account: Account, make: Made | None) -> Said:
    """Are as many actions random as epsilon says, and these uniform?"""
    agent, states = copy.deepcopy(account.agent), _states(account, 400)
    n, best = agent.n_actions, _best(account, states)
    count = np.bincount([agent.act(x, 1.0) for x in states], minlength=n)
    uniform = float(stats.chisquare(count).pvalue) if n > 1 else 1.0
    other = sum(agent.act(x, 0.5) not in np.flatnonzero(row) for x, row in zip(states, best, strict=True))
    wanted = 0.5 * float(1 - best.mean())  # a random action is one of the best by chance
    share = float(stats.binomtest(other, len(states), wanted).pvalue) if 0 < wanted < 1 else float(other == 0)
    words = f"with epsilon 1 actions {count.tolist()}; with epsilon 0.5 {other / len(states):.0%} not greedy"
    return judged(min(uniform, share) > CHANCE, words, f"all alike; {wanted:.0%}")


def greedy(account: Account, make: Made | None) -> Said:
    """Is the greedy action the one of the highest value, in act and in greedy?"""
    agent, states = copy.deepcopy(account.agent), _states(account, 100)
    best = _best(account, states)
    one = sum(row[agent.act(x, 0.0)] for x, row in zip(states, best, strict=True))
    many = int(best[np.arange(len(states)), agent.greedy(states)].sum())
    return judged(one == many == len(states), f"act {one}, greedy {many} of {len(states)}", f"{len(states)} both")


def acting(account: Account, make: Made | None) -> Said:
    """Does acting leave the networks as they are, also after learning has set them to train mode?"""
    agent, states = copy.deepcopy(account.agent), _states(account, 20)
    before = [tensor.clone() for tensor in agent._state()]
    for x in states:
        agent.online.train()
        agent.act(x, 0.0)
    agent.online.train()
    agent.greedy(states)
    changed = sum(not torch.equal(old, new) for old, new in zip(before, agent._state(), strict=True))
    return judged(changed == 0, f"{changed} of {len(before)} tensors changed while acting", "0: eval mode")


def ceiling(account: Account, make: Made | None) -> Said:
    """Are values within what rewards and discount allow?"""
    settings = account.agent.settings
    if settings.gamma == 1 or not account.seen:
        return unknown("without a discount there is no ceiling")
    got = np.array([step.reward for step in account.seen])
    low, high = min(got.min(), 0.0) / (1 - settings.gamma), max(got.max(), 0.0) / (1 - settings.gamma)
    values = account.agent.q_values(_states(account, 400)).numpy() / settings.reward_scale
    room = max(high, -low)  # a first guess may err, and so may the maximum over guesses
    words = f"values from {values.min():.3g} to {values.max():.3g}"
    fine = values.max() <= high + room and values.min() >= low - room
    return judged(bool(fine), words, f"from {low:.3g} to {high:.3g}; up to {room:.3g} beyond is let pass")


def output(account: Account, make: Made | None) -> Said:
    """Can the network say any number, below 0 as well?"""
    agent = copy.deepcopy(account.agent)
    states = _states(account, 400)
    wide = states.mean(0) + 10 * (states.std(0) + 1e-3) * np.random.default_rng(0).normal(size=states.shape)
    values = agent.q_values(np.concatenate([states, wide]).astype(np.float32)).numpy()
    zeros = float((values == 0).mean())
    return judged(zeros < 0.01, f"{zeros:.0%} of its outputs are exactly 0", "none: nothing is cut off")


def seeds(account: Account, make: Made | None) -> Said:
    """Do seeds differ, and does a seed decide?"""
    if make is None:
        return unknown("give audit a function from a seed to an agent")
    first = [_weights(make(seed)) for seed in (0, 0, 1, 2, 3)]
    same, other = torch.equal(first[0], first[1]), len({tuple(w.tolist()) for w in first[1:]})
    words = f"4 seeds have {other} different first networks; one seed twice: {'the same' if same else 'two different'}"
    return judged(same and other == 4, words, "4; the same")


def _states(account: Account, n: int) -> np.ndarray:
    """Return n observations that were seen, evenly spread, shape (n, n_observations); some twice if there are fewer."""
    which = np.linspace(0, len(account.seen) - 1, n).astype(int)
    return np.array([account.seen[i].observation for i in which], None if account.agent.image else np.float32)


@torch.no_grad()
def _best(account: Account, states: np.ndarray) -> np.ndarray:
    """Say which actions are the online network's best, or as good within rounding, shape (n, n_actions) bool."""
    network = copy.deepcopy(account.agent.online).eval()
    values = network(torch.as_tensor(states, device=account.agent.device)).cpu().numpy()
    top = values.max(1, keepdims=True)
    return values >= top - 1e-5 * (1 + abs(top))


def _can_learn(account: Account) -> bool:
    return len(account.agent.memory) >= account.agent.settings.batch_size


def _faults(account: Account) -> tuple[str, ...] | str | None:
    """Say which known mistakes explain the update, as `equation.diagnose`; a sentence says why nobody looked."""
    if not _can_learn(account):
        return "the memory holds too little"
    if not _owns(account.agent):
        return "the optimiser does not own the online network"
    if account.faults == "nobody looked":  # two instruments ask
        tests = [equation.Batches(account.agent, seed) for seed in range(3)]
        done = [test.done() for test in tests]
        asked = all(one.asked for one in done)
        account.faults = equation.diagnose(tests, done) if asked else "the agent never asks memory.sample"
    return account.faults


def _owns(agent: QAgent) -> bool:
    owned = {id(p) for group in agent.optimizer.param_groups for p in group["params"]}
    return owned >= {id(p) for p in agent.online.parameters()}


def _drawn(agent: QAgent, n: int, calls: int) -> np.ndarray:
    """Return the slots that some calls of `learn` draw from the first n of an agent's memory."""
    agent = copy.deepcopy(agent)
    agent.settings = replace(agent.settings, compiled=False, learning_starts=0)
    memory, sample, slots = agent.memory, agent.memory.sample, []
    if n < len(memory):
        memory.pushed = n
        if isinstance(memory, FrameMemory):
            memory.first = 0
    memory.storage.rewards[:] = torch.arange(memory.capacity)  # a row says by its reward where it lies,
    memory.storage.rewards[torch.from_numpy(memory.slots())] = torch.arange(
        float(len(memory))
    )  # of those that are held

    def noting(*args, **more):
        batch = sample(*args, **more)
        slots.append(batch.rewards.cpu().numpy().astype(int))
        return batch

    memory.sample = noting  # type: ignore[method-assign]
    memory.prioritize = lambda *_: None  # type: ignore[attr-defined]
    equation.note_steps(agent)
    for _ in range(calls):
        agent.learn()
    return np.concatenate(slots) if slots else np.zeros(0, int)


def _weights(agent: QAgent) -> torch.Tensor:
    return torch.cat([p.detach().flatten().cpu() for p in agent.online.parameters()])


def _choice(chooses: str, values: str) -> str:
    return f"the {chooses} network chooses, the {values} network values"
