"""What lesson 10 measured over many seeds: read from its record, or measured again; some minutes in all."""

from __future__ import annotations

import dataclasses
import itertools
from pathlib import Path

import numpy as np

from qlib.core.agent import QAgent
from qlib.core.settings import RECOMMENDED, Settings
from qlib.lessons.carrot_and_stick import curves
from qlib.lessons.carrot_and_stick.agents import (
    GAMMAS,
    KINDS,
    LEARNER,
    STICKS,
    carrot_and_stick,
    paid_and_steps,
    punished_at_limit,
    punished_both_ways,
    short_cartpole,
    stick_cells,
)
from qlib.study.compare import compare
from qlib.study.diagnostics import visited
from qlib.study.held_out import Measurement, Records, Twice, against
from qlib.study.statistics import mean_interval

Scores = dict[str, np.ndarray]
WHERE = ("calm", "tipping")
PAID = {"scored": "score", "paid": "paid"}


def against_no_stick(many: Scores, gamma: float, stick: str, seeds: slice = slice(None)) -> np.ndarray:
    """Return what a stick changes in the score over training, one number per seed."""
    return (many[f"stick {stick}, gamma {gamma}"] - many[f"stick none, gamma {gamma}"])[seeds]


def stick_claims() -> dict[str, Twice]:
    """Return what each stick changes at each gamma, on both sets of seeds, by "gamma 0.8, stick -1"."""
    names = (f"gamma {gamma}, stick {stick}" for gamma in GAMMAS for stick in list(STICKS)[1:])
    return dict(zip(names, RECORDS.claims("sticks").values(), strict=True))


def gap_claims() -> dict[str, Twice]:
    """Return by how much the gaps at gamma 0.8 are wider than at 0.99, in percent of the ceiling."""

    def take(found: Scores) -> Scores:
        gaps = {where: [100 * found[f"gap when {where}, gamma {g}"] for g in (0.8, 0.99)] for where in WHERE}
        return {f"where it is {where}": short - long for where, (short, long) in gaps.items()}

    return RECORDS.twice("gaps", take)


def paid_claims() -> dict[str, Twice]:
    """Return what the speed bonus changes in an episode: in what is scored, and in what is paid."""
    claims = RECORDS.claims("paid")
    return {f"{name} in an episode": claims[f"{by}, speed minus {by}, none"] for name, by in PAID.items()}


def helped_by(stick: str) -> list[str]:
    """Return the gammas at which a stick is shown to help, on the chosen seeds and on the held-out ones."""
    claims = stick_claims()
    return [str(g) for g in GAMMAS if claims[f"gamma {g}, stick {stick}"].verdict() == "above"]


def more_or_less(paid: Scores) -> str:
    """Say whether the agent with the speed bonus is paid more, by its interval: for a step, and for the episode."""
    more = [mean_interval(paid[f"{by}, speed"] - paid[f"{by}, none"]).above() for by in ("paid per step", "paid")]
    step, episode = ("more" if one else "less" for one in more)
    return f"{step} for a step, {episode} for the episode"


def _sticks(seeds: range) -> Scores:
    return _over_2_000_steps(stick_cells(), seeds)


def _sticks_by_gamma(seeds: range) -> Scores:
    return _over_2_000_steps(curves.cells(), seeds)


def _shaping(seeds: range) -> Scores:
    settings = dataclasses.replace(LEARNER, gamma=0.95)
    kinds = {name: (lambda seed, kind=kind: kind(settings, seed)) for name, kind in KINDS.items()}
    return _over_2_000_steps(kinds, seeds)


def _over_2_000_steps(variants: dict, seeds: range) -> Scores:
    result = compare(variants, seeds, steps=2_000, checkpoints=5)
    return {label: result.over_training(label) for label in result.labels}


def _limit(seeds: range) -> Scores:
    return _limited(dataclasses.replace(RECOMMENDED, stick=-10.0), 15_000, seeds)


def _limit_from_scratch(seeds: range) -> Scores:
    return _limited(dataclasses.replace(LEARNER, gamma=0.99, stick=-10.0, epsilon_end=0.0), 10_000, seeds)


def _limited(settings: Settings, steps: int, seeds: range) -> Scores:
    ways = punished_both_ways(settings)
    result = compare(ways, seeds, steps=steps, checkpoints=10, diagnostics=(punished_at_limit,))
    (times,) = result.diagnostics.values()
    return {label: result.over_training(label, after=steps / 2) for label in ways} | {"times punished": times[1, :, -1]}


def _short(seeds: range) -> Scores:
    settings = dataclasses.replace(LEARNER, env_id=short_cartpole(), gamma=0.99, stick=-100.0)
    result = compare(punished_both_ways(settings), seeds, steps=1_500, checkpoints=5, diagnostics=(punished_at_limit,))
    (times,) = result.diagnostics.values()
    rows = {f"rows, {label}": each[:, -1] for label, each in zip(result.labels, times, strict=True)}
    return {**result.final(), **rows}


def _gaps(seeds: range) -> Scores:
    states = visited("CartPole-v1")
    lean = states[:, 2] + 0.3 * states[:, 3]  # rad: where the pole will be in 0.3 s
    calm, tipping = (np.abs(lean) < np.quantile(np.abs(lean), 1 / 3)), (np.abs(lean) > np.quantile(np.abs(lean), 2 / 3))

    def gap(agent: QAgent, where: np.ndarray) -> float:
        values = agent.q_values(states[where])
        return (values[:, 0] - values[:, 1]).abs().mean().item() * (1 - agent.settings.gamma)

    def gap_when_calm(agent: QAgent) -> float:
        return gap(agent, calm)

    def gap_when_tipping(agent: QAgent) -> float:
        return gap(agent, tipping)

    def right_when_tipping(agent: QAgent) -> float:  # the share in which it pushes to the side on which the pole leans
        values = agent.q_values(states[tipping])
        return float(((values[:, 1] > values[:, 0]).numpy() == (lean[tipping] > 0)).mean())

    asked = (gap_when_calm, gap_when_tipping, right_when_tipping)
    plain = {f"gamma {gamma}": dataclasses.replace(LEARNER, gamma=gamma) for gamma in (0.8, 0.99)}
    result = compare(plain, seeds, steps=1_500, checkpoints=3, diagnostics=asked)
    return {
        f"{name.replace('_', ' ')}, {label}": each[:, -1]
        for name, values in result.diagnostics.items()
        for label, each in zip(result.labels, values, strict=True)
    }


def _paid(seeds: range) -> Scores:
    def paid(agent: QAgent) -> float:
        return paid_and_steps(agent)[0]

    def paid_per_step(agent: QAgent) -> float:
        whole, steps = paid_and_steps(agent)
        return whole / steps

    settings = dataclasses.replace(LEARNER, gamma=0.95)
    variants = {name: (lambda seed, kind=KINDS[name]: kind(settings, seed)) for name in ("none", "speed")}
    result = compare(variants, seeds, steps=1_000, checkpoints=2, diagnostics=(paid, paid_per_step))
    return {
        f"{name.replace('_', ' ')}, {label}": each[:, -1]
        for name, values in {"score": result.scores, **result.diagnostics}.items()
        for label, each in zip(result.labels, values, strict=True)
    }


def _tasks(seeds: range) -> Scores:
    rest = {"punish_time_limit": False, "step_limit": 500}
    variants = {
        f"no cut, gamma 0.99, stick {stick}": carrot_and_stick(stick, 0.99, terminal_cut=False, shaping="none", **rest)
        for stick in STICKS
    }
    for shaping, gamma in itertools.product(("none", "speed"), (0.8, 0.99)):
        variants[f"{shaping}, gamma {gamma}"] = carrot_and_stick(
            "none", gamma, terminal_cut=True, shaping=shaping, **rest
        )
    result = compare(variants, seeds, steps=1_500, checkpoints=5)
    return {label: result.over_training(label) for label in result.labels}


_STICK_PAIRS = {
    f"stick {stick}, gamma {gamma}": f"stick none, gamma {gamma}" for gamma in GAMMAS for stick in list(STICKS)[1:]
}
_LIMIT = against({"limit too": "fall only"})
_GAP_PAIRS = {
    f"{name}, gamma 0.8": f"{name}, gamma 0.99" for name in ("gap when calm", "gap when tipping", "right when tipping")
}
_TASK_PAIRS = {f"no cut, gamma 0.99, stick {stick}": "no cut, gamma 0.99, stick none" for stick in list(STICKS)[1:]} | {
    f"speed, gamma {gamma}": f"none, gamma {gamma}" for gamma in (0.8, 0.99)
}
_PAID_PAIRS = {f"{name}, speed": f"{name}, none" for name in ("score", "paid", "paid per step")}

_ON = "examinations on 20 unseen starts"
RECORDS = Records(
    Path("records/carrot_and_stick.json"),  # beside the notebook
    {
        "sticks": Measurement(_sticks, 128, f"2,000 steps, mean of 5 {_ON}", 64, against(_STICK_PAIRS)),
        "sticks by gamma": Measurement(
            _sticks_by_gamma, 64, f"2,000 steps, mean of 5 {_ON}", 32, against(curves.PAIRS)
        ),
        "shaping": Measurement(_shaping, 128, f"2,000 steps, mean of 5 {_ON}", 64),
        "limit": Measurement(_limit, 16, f"15,000 steps, mean of the last 5 of 10 {_ON}", 32, _LIMIT),
        "limit from scratch": Measurement(
            _limit_from_scratch, 16, f"10,000 steps, mean of the last 5 of 10 {_ON}", 32, _LIMIT
        ),
        "short": Measurement(_short, 16, "1,500 steps, the last examination", 32, _LIMIT),
        "gaps": Measurement(
            _gaps, 16, "1,500 steps, at the end; gaps as a share of the ceiling", 32, against(_GAP_PAIRS)
        ),
        "tasks": Measurement(_tasks, 16, "1,500 steps, mean of 5 examinations", 32, against(_TASK_PAIRS)),
        "paid": Measurement(_paid, 16, "1,000 steps, at the end", 32, against(_PAID_PAIRS)),
    },
)
measured = RECORDS.measured
