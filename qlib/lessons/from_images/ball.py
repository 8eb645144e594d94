"""A game in which one frame hides what counts: a ball that bounces, and a bucket to be put where it will be next."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from typing import Any

import gymnasium
import numpy as np

ROWS, COLUMNS = 10, 6
ENV_ID = "qlib/Bounce-v0"


class Bounce(gymnasium.Env):
    """A ball falls one row a step, moves one column to the left or right with it, and turns round at a wall.

    | space | what |
    |---|---|
    | observation | bool, shape (10, 6): True where the ball is |
    | action | 0 to 5: the column in which a bucket waits for the ball in the next row |
    | reward | 1 if the ball falls into it, else 0 |

    An episode begins in row 0, in a column and with a direction that are drawn alike, and terminates in row 9: 9 steps.
    Where the ball goes does not depend on the bucket.
    """

    metadata = {"render_modes": []}  # noqa: RUF012  # gymnasium's own form
    observation_space = gymnasium.spaces.Box(0, 1, (ROWS, COLUMNS), bool)
    action_space = gymnasium.spaces.Discrete(COLUMNS)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[np.ndarray, dict]:
        """Let a new ball fall."""
        super().reset(seed=seed)
        column, way = (int(self.np_random.integers(n)) for n in (COLUMNS, 2))
        self.row, self.column, self.way = 0, column, turned(column, 2 * way - 1)
        return frame(self.row, self.column), {}

    def step(self, action: int) -> tuple[np.ndarray, float, bool, bool, dict]:
        """Put the bucket into a column, and let the ball fall one row."""
        self.row, self.column = self.row + 1, self.column + self.way
        caught = float(action == self.column)
        self.way = turned(self.column, self.way)
        return frame(self.row, self.column), caught, self.row == ROWS - 1, False, {}


def turned(column: int, way: int) -> int:
    """Return the way that a ball takes from a column, -1 or 1: at a wall the only one that there is."""
    return 1 if column == 0 else -1 if column == COLUMNS - 1 else way


def frame(row: int, column: int) -> np.ndarray:
    """Draw the ball: bool, shape (10, 6)."""
    image = np.zeros((ROWS, COLUMNS), bool)
    image[row, column] = True
    return image


def flights() -> list[list[int]]:
    """List the columns of every ball that there can be, row by row: 12 flights, one for each start and direction."""
    found = []
    for column, way in itertools.product(range(COLUMNS), (-1, 1)):
        flight = [column]
        for _ in range(ROWS - 1):
            way = turned(flight[-1], way)
            flight.append(flight[-1] + way)
        found.append(flight)
    return found


def stacks(frames: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return all that an agent can see, the first frame of an episode repeated, and where the ball is next.

    Args:
        frames: in a stack, from 1 up.

    Returns:
        Stacks (n, frames, 10, 6) as float32, columns of the ball in the next row (n,), and rows (n,).
    """
    seen, following, rows = [], [], []
    for flight in flights():
        for row in range(ROWS - 1):
            seen.append([frame(max(k, 0), flight[max(k, 0)]) for k in range(row + 1 - frames, row + 1)])
            following.append(flight[row + 1])
            rows.append(row)
    return np.array(seen, np.float32), np.array(following), np.array(rows)


def ceiling(frames: int) -> float:
    """Return the best mean return that there is for somebody who sees the last few frames, by counting all flights."""
    seen, following, _ = stacks(frames)
    answers: dict[bytes, Counter] = defaultdict(Counter)
    for stack, column in zip(seen, following, strict=True):
        answers[stack.tobytes()][int(column)] += 1
    return sum(max(counts.values()) for counts in answers.values()) / len(flights())


if ENV_ID not in gymnasium.registry:
    gymnasium.register(ENV_ID, entry_point=f"{__name__}:Bounce")
