"""One fall of lesson 12, update by update: the batch, what it changed, and what would have come without it."""

from __future__ import annotations

import copy
from functools import cached_property, lru_cache

import numpy as np

import qlib
from qlib.core.agent import QAgent
from qlib.core.memory import Batch
from qlib.core.settings import Settings
from qlib.core.training import evaluate, train
from qlib.lessons.forgetting_and_memory import valuemap
from qlib.lessons.forgetting_and_memory.flights import EXAMINATIONS, FORGETFUL, STEPS
from qlib.show.drawing import Drawing
from qlib.show.explorer import Explorer
from qlib.show.marks import Dots, Line, Rule
from qlib.show.panel import Axis, Panel
from qlib.study.result import Comparison

WAYS = ["as it was", "undo it", "another batch"]
FURTHER = 200  # steps to go on for
LOOKS = 4  # updates from one score to the next


class Fall:
    """A stretch of one agent's training that can be stepped through.

    Args:
        settings, seed: the agent's.
        begin, end: environment steps of the training; one update a step.
    """

    def __init__(self, settings: Settings, seed: int, begin: int, end: int) -> None:
        self.agents: list[QAgent] = []
        """The agent before each update."""
        agent = QAgent(settings, seed)

        def learn() -> float:
            if begin < agent.steps <= end:
                kept = copy.deepcopy(agent)
                del kept.learn  # this function here
                self.agents.append(kept)
            return QAgent.learn(agent)

        agent.learn = learn  # type: ignore[method-assign]
        for _ in train(agent, steps=end):
            pass
        self.begin = begin
        self.further = lru_cache(maxsize=None)(self._further)

    @cached_property
    def scores(self) -> tuple[np.ndarray, np.ndarray]:
        """The number of updates made, and the greedy score over 20 starts then."""
        made = np.arange(0, len(self.agents), LOOKS)
        return made, np.array([evaluate(self.agents[k], 20).mean() for k in made])

    def batch(self, update: int) -> Batch:
        """Draw the batch of an update once more."""
        agent = copy.deepcopy(self.agents[update])
        return agent.memory.sample(agent.settings.batch_size, agent.generator)

    def after(self, update: int, way: str = WAYS[0]) -> QAgent:
        """Make an update once more, or leave it out, or make it of another batch."""
        agent = copy.deepcopy(self.agents[update])
        if way == "another batch":
            agent.generator.manual_seed(update)
        if way != "undo it":
            agent.learn()
        return agent

    def _further(self, update: int, way: str) -> float:
        """Go on from there, in a new episode; return the greedy score over 100 starts."""
        agent = self.after(update, way)
        for _ in train(agent, steps=FURTHER):
            pass
        return float(evaluate(agent).mean())

    def draw(self, update: int, then: str) -> tuple[Drawing, str]:
        """Draw the score along the stretch, and which action is preferred before and after an update.

        Args:
            update: counted from 0.
            then: one of `WAYS`.
        """
        before, after, batch = self.agents[update], self.after(update, then), self.batch(update)
        made, scores = self.scores
        x = Axis("environment steps", self.begin, self.begin + len(self.agents))
        marks = [Line(self.begin + made, scores), Rule(self.begin + update, "y", f"{self.begin + update + 1:,}")]
        panels = [Panel(marks, x, Axis("greedy score, 20 starts (steps)", 0, 560))]
        seen = batch.observations.numpy()
        choices = [agent.q_values(seen).argmax(1).numpy() for agent in (before, after)]
        flipped = choices[0] != choices[1]
        batches = Dots(*_places(seen), "ink", 3.5), Dots(*_places(seen[flipped]), "ink", 10, hollow=True)
        leads = [valuemap.best_and_lead(agent.q_values)[1] for agent in (before, after)]
        titles = "before, with its batch", f"after: {then}"
        for lead, dots, title in zip(leads, batches, titles, strict=True):
            last = len(panels) == 2  # its scale is that of both
            marks = [valuemap.preferred(lead, named=last), *valuemap.level(lead, 0.0), dots]
            panels.append(Panel(marks, *valuemap.axes(), title, 1.2 if last else 0.9))
        turned = np.mean((leads[0] > 0) != (leads[1] > 0))
        went = self.further(update, WAYS[0])
        words = (
            f"Update at step {self.begin + update + 1:,}, {then}: the choice turned in {flipped.sum()} of the batch's "
            f"{len(seen)} states and in {turned:.1%} of the map. "
        )
        if flipped.any():
            state = ", ".join(f"{x:.2f}" for x in seen[flipped][0])
            words += f"The first of them: ({state}), ringed. "
        words += f"Trained {FURTHER} steps further from here, as it was: a score of {went:.0f} over 100 starts"
        words += "." if then == WAYS[0] else f"; {then}: {self.further(update, then):.0f}."
        alt = f"Score along the fall, and the action preferred before and after one update. {words}"
        return Drawing(*panels, alt=alt, height=300, width=860, key=valuemap.KEY), words


def of(run: Comparison, label: str, row: int, seed: int | None = None) -> Fall:
    """Record the largest fall of one forgetful agent between two examinations.

    Args:
        run, label: which agents.
        row: which of them.
        seed: its seed; None: the row.
    """
    scores = run[label][row]
    at = int((scores[:-1] - scores[1:]).argmax())
    return Fall(FORGETFUL[label], row if seed is None else seed, int(run.steps[at]), int(run.steps[at + 1]))


def worst(fall: Fall) -> tuple[int, float]:
    """Find the update at which the score over 20 starts drops most, and by how much.

    It lies in the stretch of `LOOKS` updates over which it drops most.
    """
    made, scores = fall.scores
    first = int(made[(scores[:-1] - scores[1:]).argmax()])
    fine = np.array([evaluate(fall.agents[first + k], 20).mean() for k in range(LOOKS + 1)])
    drops = fine[:-1] - fine[1:]
    return first + int(drops.argmax()), float(drops.max())


def explore(run: Comparison, label: str, row: int) -> Explorer:
    """Step through an agent's largest fall, from the update that cost most, with ten on each side: see `of`."""
    fall = of(run, label, row)
    update, _ = worst(fall)
    around = max(update - 10, 0), min(update + 10, len(fall.agents) - 1), 1, update
    return Explorer(fall.draw, name="fall", update=around, then=WAYS)


def measure(seeds: range) -> dict[str, np.ndarray]:
    """Undo the worst update of one agent a seed, or give it another batch, each shape (seeds,).

    Returns:
        The drop at that update, the share of the map that it turned, and the scores `FURTHER` steps on, each way.
    """
    label, settings = next(iter(FORGETFUL.items()))
    run = qlib.compare({label: settings}, seeds, STEPS, "processes", EXAMINATIONS)
    rows = []
    for row in range(len(seeds)):
        one = of(run, label, row, seeds[row])
        update, drop = worst(one)
        leads = [valuemap.best_and_lead(agent.q_values)[1] > 0 for agent in (one.agents[update], one.after(update))]
        rows.append([drop, np.mean(leads[0] != leads[1]), *(one.further(update, way) for way in WAYS)])
    return dict(zip(["drop", "turned", *WAYS], np.transpose(rows), strict=True))


def _places(states: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the pole's angles and angular velocities, in few digits."""
    return np.round(states[:, 2].astype(float), 3), np.round(states[:, 3].astype(float), 2)
