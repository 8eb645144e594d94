"""What a push of lesson 00's stage does to a trained agent, over many episodes instead of one."""

from __future__ import annotations

import gymnasium as gym
import numpy as np

from qlib.core.agent import QAgent
from qlib.show.drawing import Drawing
from qlib.show.marks import Line, Mark, Rule
from qlib.show.panel import Axis, Panel
from qlib.show.shapes import Words

PUSH = 0.6
"""What one push of the stage adds to the pole's angular velocity, in rad/s."""
STRENGTHS = np.round(np.arange(0, 3.01, 0.1), 1)
"""Pushes to try, in rad/s: strong enough to end with one that no agent bears."""
AT, LIMIT, EPISODES = 100, 500, 100


def survivors(agent: QAgent, pushes: np.ndarray) -> np.ndarray:
    """Push the pole once, at step 100 of 100 episodes for each strength, and count those that still reach step 500.

    Args:
        agent: plays greedily; it is not changed.
        pushes: what is added to the pole's angular velocity, in rad/s, shape (n,); above 0 tips it to the right.

    Returns:
        Episodes of 100, shape (n,).
    """
    envs = gym.make_vec("CartPole-v1", num_envs=len(pushes) * EPISODES, vectorization_mode="vector_entry_point")
    bare = envs.unwrapped
    envs.reset(seed=1_000_000)
    starts = bare.state[:, :EPISODES].astype(np.float64)  # type: ignore[attr-defined]  # what one environment computes in
    bare.state = np.tile(starts, len(pushes))  # type: ignore[attr-defined]
    standing = np.ones(envs.num_envs, dtype=bool)
    for step in range(LIMIT):
        if step == AT:
            bare.state[3] += np.repeat(pushes, EPISODES)  # type: ignore[attr-defined]
        _, _, terminated, _, _ = envs.step(agent.greedy(bare.state.T.astype(np.float32)))  # type: ignore[attr-defined]
        standing &= ~terminated
    return standing.reshape(-1, EPISODES).sum(1)


class Pushed:
    """One agent under pushes of many strengths, to either side.

    Args:
        agent: plays greedily; it is not changed.
    """

    def __init__(self, agent: QAgent) -> None:
        self.right, self.left = np.split(survivors(agent, np.concatenate([STRENGTHS, -STRENGTHS])), 2)

    @property
    def once(self) -> int:
        """How many of 200 episodes bear one push of the stage, half of them to either side."""
        return int((self.right + self.left)[STRENGTHS == PUSH].item())

    @property
    def enough(self) -> float:
        """The weakest push, in rad/s, after which fewer than half of the episodes go on to their end."""
        return _first(self.right + self.left < EPISODES)

    @property
    def sides(self) -> dict[str, float]:
        """The same of each side alone, by "right" and "left"."""
        return {side: _first(counts < EPISODES / 2) for side, counts in (("right", self.right), ("left", self.left))}

    def picture(self) -> Drawing:
        """Draw how many episodes bear a push of each strength."""
        marks: list[Mark] = [Rule(PUSH, "y", "one push of yours", "ink", 0, 1)]
        sides = {"to the right": (self.right, "vermilion", 0), "to the left": (self.left, "blue", 1)}
        longest = max((self.right, self.left), key=sum)
        for side, (counts, colour, dash) in sides.items():
            falls = STRENGTHS[(counts < EPISODES / 2).argmax()]
            marks.append(Line(STRENGTHS, counts, colour=colour, dash=dash))
            if counts is longest:  # each label on its own side of the two curves
                marks.append(Words(falls, 50, side, colour, right=8, up=8))
            else:
                marks.append(Words(falls, 50, side, colour, "end", right=-10, up=-12))
        words = (
            "How many of 100 episodes go on to step 500 after a push of each strength, to the right and to the left. "
            f"Of 200 with one push of {PUSH} rad/s {self.once} do; from {self.enough} rad/s on fewer than half do."
        )
        x, y = Axis("push at step 100 (rad/s)"), Axis("episodes that reach step 500", -3, 112)
        return Drawing(Panel(marks, x, y), alt=words)


def _first(few: np.ndarray) -> float:
    """Return the weakest push at which few are left, or the strongest that was tried."""
    return float(STRENGTHS[few.argmax() if few.any() else -1])
