"""Tile coding and linear Q-learning: the contrast to the network (Sutton and Barto 2018, sections 9.5.4 and 10.1)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from qlib.core.agent import DivergedError
from qlib.core.demands import demand_finite, demand_ranges, demand_rows, demand_whole, is_number
from qlib.core.environment import sizes
from qlib.core.rules import learning_rate
from qlib.core.settings import Settings

MOUNTAIN_CAR = (-1.2, -0.07), (0.6, 0.07)
"""Lowest and highest position in m and velocity in m a step of MountainCar-v0: the environment's own bounds."""
CART_POLE = (-2.4, -3.0, -0.21, -3.5), (2.4, 3.0, 0.21, 3.5)
"""Declared ranges of CartPole in m, m/s, rad, rad/s: where an episode ends, and usual speeds."""


class TileCoder:
    """Several grids over the same space, each moved by a different amount: an observation lies in one tile of each.

    Attributes:
        n_tiles: tiles in all tilings together.

    Args:
        low, high: the range of each dimension, shape (n,), in the observation's units; what lies outside counts as
            lying at the edge.
        tilings: how many grids, a power of two.
        tiles: tiles across each dimension's range.

    Raises:
        ValueError: if a range is infinite or empty, a number is not a whole number from 1 up, or `tilings` is no power
            of two.
    """

    def __init__(self, low: Sequence[float], high: Sequence[float], tilings: int = 8, tiles: int = 8) -> None:
        self.low, self.high = demand_ranges(low, high)
        for name, number in {"tilings": tilings, "tiles": tiles}.items():
            demand_whole(name, number)
        if tilings & (tilings - 1):  # of 3 grids all would have the same lines in the second dimension
            raise ValueError(
                f"tilings={tilings} is not allowed: the number of tilings must be a power of two (1, 2, 4, 8, ...), or "
                "grids coincide in some dimension. At least 4 for each dimension is a good choice."
            )
        self.tilings, self.tiles = tilings, tiles
        n = len(self.low)
        # Moved by 1, 3, 5, ... parts of a tile: offsets along the diagonal alone would show in what is learned.
        parts = np.arange(tilings)[:, np.newaxis] * (2 * np.arange(n) + 1)  # (tilings, n)
        self.offsets = parts % tilings / tilings
        across = tiles + 1  # a moved grid needs one more
        self.n_tiles = tilings * across**n
        self._strides = across ** np.arange(n)[::-1]
        self._first = np.arange(tilings) * across**n
        self._per_unit = tiles / (self.high - self.low)

    def cells(self, observations: np.ndarray) -> np.ndarray:
        """Return the place of an observation in each tiling, shape (..., tilings, n), from 0 to `tiles`.

        Raises:
            ValueError: if the last dimension is not n, or a number is not finite.
        """
        x = demand_rows(observations, len(self.low))
        if not np.isfinite(x).all():
            raise ValueError(f"An observation is not finite: {x}. No tile holds it; look at where it comes from.")
        along = (np.minimum(np.maximum(x, self.low), self.high) - self.low) * self._per_unit  # (..., n)
        return (along[..., np.newaxis, :] + self.offsets).astype(np.int64)

    def active(self, observations: np.ndarray) -> np.ndarray:
        """Return the numbers of the tiles that hold an observation, one of each tiling.

        Args:
            observations: shape (n,) or (B, n).

        Returns:
            Shape (tilings,) or (B, tilings), int64, each from 0 to n_tiles - 1.

        Raises:
            ValueError: as `cells`.
        """
        return self.cells(observations) @ self._strides + self._first


class LinearQ:
    """Q-learning with a value that is linear in tiles: semi-gradient, one transition at a time, no memory.

    It goes wherever `train` and `evaluate` take a QAgent. Of the settings it reads `env_id`, `stick`,
    `reward_scale`, `gamma`, epsilon's and the learning rate's: the latter is the share of the TD error that an update
    takes away, and reaches `learning_rate_end` after `learning_rate_steps`.

    Attributes:
        weights: shape (n_actions, n_tiles), float64; a value is the sum of the active tiles' weights.
        epsilon, steps, updates, episodes: as in `QAgent`.

    Args:
        settings: see above.
        coder: which tiles hold an observation.
        seed: the source of all of this agent's randomness.
        start_value: the value of every action in every state at first. Above what the agent comes to believe it is
            *optimistic*: what was not tried looks good (Sutton and Barto 2018, section 2.6).

    Raises:
        ValueError: if the coder's ranges are not those of the environment's observations, or a number is not allowed.
    """

    def __init__(self, settings: Settings, coder: TileCoder, seed: int = 0, start_value: float = 0.0) -> None:
        demand_whole("seed", seed, least=0)
        if not is_number(start_value):
            raise ValueError(f"start_value={start_value!r} is not allowed: start_value must be a finite number.")
        n_observations, self.n_actions = sizes(settings)
        if len(coder.low) != n_observations:
            raise ValueError(
                f"{settings.env_id} has {n_observations} numbers in an observation, this coder has ranges for "
                f"{len(coder.low)}: make a TileCoder with one range for each."
            )
        self.settings, self.coder, self.seed = settings, coder, int(seed)
        self.weights = np.full((self.n_actions, coder.n_tiles), start_value / coder.tilings)
        self.generator = np.random.default_rng(seed)
        self.epsilon = settings.epsilon_start
        self.steps = self.updates = self.episodes = 0
        self._latest: tuple | None = None

    def q_values(self, observations: np.ndarray | torch.Tensor) -> torch.Tensor:
        """Estimate the value of each action, shape (n_actions,) or (B, n_actions), float32."""
        values = self.weights[:, self.coder.active(np.asarray(observations))].sum(-1)  # (A,) or (A, B)
        return torch.as_tensor(values.T, dtype=torch.float32)

    def greedy(self, observations: np.ndarray) -> np.ndarray:
        """Choose the action of the highest value for each of some observations, shape (B,); among equals the first."""
        return self.q_values(observations).argmax(1).numpy()

    def act(self, observation: np.ndarray, epsilon: float = 0.0) -> int:
        """Choose an action epsilon-greedily; among equals at random."""
        if epsilon > 0 and self.generator.random() < epsilon:
            return int(self.generator.integers(self.n_actions))
        values = self.weights[:, self.coder.active(observation)].sum(1)  # (A,)
        best = np.flatnonzero(values == values.max())
        return int(best[0] if len(best) == 1 else self.generator.choice(best))

    def remember(
        self, observation, action: int, reward: float, next_observation, terminated: bool, truncated: bool = False
    ) -> None:
        """Keep one transition until `learn` has used it; only `terminated` will cut the bootstrap.

        Raises:
            ValueError: if an observation or the reward is not finite; the message names the step.
        """
        demand_finite(observation, 0.0, self.steps)
        demand_finite(next_observation, reward, self.steps + 1)
        self._latest = observation, action, reward * self.settings.reward_scale, next_observation, terminated
        self.steps += 1

    def learn(self) -> float:
        """Move the latest transition's value towards its TD target: w ← w + α (y - Q(s, a)) on the active tiles.

        Returns:
            The squared TD error before the step; NaN if there is no new transition.

        Raises:
            DivergedError: if the squared TD error is not finite; the weights stay as they are.
        """
        if self._latest is None:
            return np.nan
        observation, action, reward, next_observation, terminated = self._latest
        self._latest = None
        here = self.coder.active(observation)
        target = reward
        if not terminated:
            target += self.settings.gamma * self.weights[:, self.coder.active(next_observation)].sum(1).max()
        error = target - self.weights[action, here].sum()
        with np.errstate(over="ignore"):  # said below, in words
            loss = error**2
        if not np.isfinite(loss):
            raise DivergedError(
                f"The squared TD error is not finite at update {self.updates + 1:,}, step {self.steps:,}. The weights "
                "are the last good ones. Lower learning_rate: above 1, a step goes too far. Or look at the rewards."
            )
        share = learning_rate(self.settings, self.steps) / self.coder.tilings
        self.weights[action, here] += share * error  # no tile is named twice: each is of another tiling
        self.updates += 1
        return float(loss)

    def __repr__(self) -> str:
        return (
            f"LinearQ({self.settings.env_id}, seed {self.seed}: {self.coder.tilings} tilings of {self.coder.tiles} "
            f"tiles a dimension, {self.weights.size:,} weights, {self.episodes:,} episodes, {self.steps:,} steps)"
        )
