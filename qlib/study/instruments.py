"""The instruments of an audit: these read what a witness saw, those of `trials` put questions to copies.

An instrument takes an `Account` of some episodes and the function that makes agents (or None), and returns a verdict,
what was measured, and what was expected. What is expected comes from the settings.
"""

from __future__ import annotations

import copy
from collections.abc import Callable

import numpy as np

from qlib.core.agent import QAgent
from qlib.core.rules import next_epsilon, stepped_epsilon, stored
from qlib.study import trials, witness
from qlib.study.verdict import Made, Said, judged, unknown
from qlib.study.witness import Account, Step


def training(account: Account, make: Made | None) -> Said:
    """Does it train at all?"""
    n = len(account.scores)
    return judged(not account.error, account.error or f"{n} episodes, {len(account.seen)} steps", "no error")


def rows(account: Account, make: Made | None) -> Said:
    """Is every step pushed once, with the observation and the action that were there?"""
    n, memory = len(account.seen), account.agent.memory
    capacity = getattr(memory, "capacity", account.agent.settings.memory_size)
    pairs = _pairs(account)
    wrong = [
        name
        for name, other in {
            "the observation": any(not np.allclose(seen.observation, kept.observation) for seen, kept in pairs),
            "the action": any(seen.action != kept.action for seen, kept in pairs),
        }.items()
        if other
    ]
    words = f"{n} steps, {account.pushed} rows pushed, room for {capacity}"
    words += f"; another than was seen: {', '.join(wrong)}" if wrong else ""
    fine = account.pushed == n and capacity == account.agent.settings.memory_size and not wrong
    return judged(fine, words, f"a row a step as it was seen, room for {account.agent.settings.memory_size}")


def following(account: Account, make: Made | None) -> Said:
    """Is the stored next observation the one that came next?"""
    pairs = _pairs(account)
    if not pairs:
        return unknown("the memory does not say which row is its newest")
    same = sum(np.array_equal(kept.observation, kept.next_observation) for _, kept in pairs)
    wrong = sum(not np.allclose(seen.next_observation, kept.next_observation) for seen, kept in pairs)
    still = sum(np.array_equal(seen.observation, seen.next_observation) for seen, _ in pairs)
    words = f"of {len(pairs)} rows {wrong} hold another one than came, and {same} their own observation"
    return judged(wrong == 0, words, f"0, and {still}")


def rewards(account: Account, make: Made | None) -> Said:
    """Are the stored rewards those that were received, times the scale?"""
    pairs, scale = _pairs(account), account.agent.settings.reward_scale
    if not pairs:
        return unknown("the memory does not say which row is its newest")
    got, kept = np.array([(seen.reward, row.reward) for seen, row in pairs]).T
    fine = np.allclose(kept, got * scale, rtol=1e-4, atol=1e-6)
    return judged(fine, f"mean size {abs(kept).mean():.4g} stored", f"{abs(got * scale).mean():.4g}")


def ends(account: Account, make: Made | None) -> Said:
    """Are falls, and nothing but falls, stored as terminated? The rare time limit is tried by hand."""
    settings, pairs = account.agent.settings, _pairs(account)
    if not pairs:
        return unknown("the memory does not say which row is its newest")
    due = sum(bool(stored(settings, 0.0, seen.terminated, seen.truncated)[1]) for seen, _ in pairs)
    kept = sum(row.terminated for _, row in pairs)
    agent, (step, _) = copy.deepcopy(account.agent), pairs[0]
    tried = []
    for terminated, truncated in ((True, False), (False, True), (False, False)):
        agent.remember(step.observation, step.action, step.reward, step.next_observation, terminated, truncated)
        row = witness.newest(agent.memory)
        tried.append((row is not None and row.terminated, bool(stored(settings, 0.0, terminated, truncated)[1])))
    words = f"{due} ends seen, {kept} stored as terminated; a time limit {_cuts(tried[1][0])}"
    fine = kept == due and all(came == wanted for came, wanted in tried)
    return judged(fine, words, f"as many; a time limit {_cuts(tried[1][1])}")


def updates(account: Account, make: Made | None) -> Said:
    """Were as many updates made as planned?"""
    if not account.planned:
        return unknown("no update was due yet")
    counted, steps = account.agent.updates - account.before.updates, _adam(account.agent) - _adam(account.before)
    words = f"{steps} steps of the optimiser, {counted} counted"
    return judged(steps == account.planned and counted in (0, steps), words, f"{account.planned}")


def moved(account: Account, make: Made | None) -> Said:
    """Did every weight tensor of the online network move?"""
    if not account.planned:
        return unknown("no update was due yet")
    pairs = zip(account.before.online.parameters(), account.agent.online.parameters(), strict=True)
    far = [(after.detach() - before.detach()).norm().item() for before, after in pairs]
    n = sum(distance > 0 for distance in far)
    return judged(n == len(far) > 0, f"{n} of {len(far)} tensors of the online network moved", "all")


def owned(account: Account, make: Made | None) -> Said:
    """Does the optimiser own the online network's parameters, and nothing else?"""
    agent = account.agent
    has = {id(p) for group in agent.optimizer.param_groups for p in group["params"]}
    wanted = {id(p) for p in agent.online.parameters()}
    words = f"{len(has & wanted)} of the online network's {len(wanted)} tensors, and {len(has - wanted)} others"
    return judged(has == wanted, f"the optimiser owns {words}", "all, and no others")


def epsilon(account: Account, make: Made | None) -> Said:
    """Is epsilon what was planned for each step of each episode?"""
    agent, found = account.before, [each for each in account.epsilons if each]
    planned: list[list[float]] = []
    now = agent.settings.epsilon_start if agent.steps == 0 else agent.epsilon
    for each in found:
        planned.append([])
        for _ in each:
            planned[-1].append(now)
            now = stepped_epsilon(agent.settings, now)
        now = next_epsilon(agent.settings, now, agent.episodes + len(found))
    off = sum(not np.allclose(each, plan, atol=1e-6) for each, plan in zip(found, planned, strict=True))
    words = f"from {found[0][0]:.3f} to {found[-1][-1]:.3f}, off the plan in {off} of {len(found)} episodes"
    return judged(off == 0, words, f"from {planned[0][0]:.3f} to {planned[-1][-1]:.3f}")


def score(account: Account, make: Made | None) -> Said:
    """Is the score the sum of the environment's own rewards?"""
    raw = account.raw[: len(account.scores)]
    if not raw:
        return unknown("no episode was finished")
    fine = np.allclose(account.scores, raw, rtol=1e-4, atol=1e-3)
    return judged(fine, f"mean score {np.mean(account.scores):.4g}", f"{np.mean(raw):.4g}, unshaped")


LOOKS: dict[str, Callable[[Account, Made | None], Said]] = {
    "training": training,
    "rows": rows,
    "next observation": following,
    "rewards": rewards,
    "ends": ends,
    "updates": updates,
    "weights moved": moved,
    "optimiser": owned,
    "learning rate": trials.rate,
    "update": trials.update,
    "who values": trials.chooser,
    "target's lag": trials.target,
    "draws": trials.draws,
    "epsilon": epsilon,
    "exploring": trials.exploring,
    "greedy": trials.greedy,
    "acting": trials.acting,
    "ceiling": trials.ceiling,
    "output": trials.output,
    "seeds": trials.seeds,
    "score": score,
}


def _pairs(account: Account) -> list[tuple[Step, Step]]:
    """List the steps whose row in the memory is known, beside that row."""
    return [(seen, kept) for seen, kept in zip(account.seen, account.stored, strict=False) if kept is not None]


def _adam(agent: QAgent) -> int:
    """Return the steps that the agent's optimiser has taken."""
    return max((int(state["step"]) for state in agent.optimizer.state.values() if "step" in state), default=0)


def _cuts(terminated: bool) -> str:
    return "cuts" if terminated else "does not cut"
