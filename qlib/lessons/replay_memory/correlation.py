"""How alike two steps of a run are that lie some steps apart."""

from __future__ import annotations

import numpy as np


def correlations(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Correlate each column of two arrays of shape (n, 4); returns shape (4,), each from -1 to 1."""
    a, b = first - first.mean(0), second - second.mean(0)
    return (a * b).mean(0) / (a.std(0) * b.std(0))


def pairs(episode: np.ndarray, lag: int) -> tuple[np.ndarray, np.ndarray]:
    """List the rows that lie `lag` steps apart in one episode.

    Args:
        episode: the number of the episode that each step belongs to, shape (n,).
        lag: steps between the two, from 1 up.

    Returns:
        Rows of the earlier and the later step, each of shape (pairs,).
    """
    rows = np.arange(len(episode) - lag)
    rows = rows[episode[rows] == episode[rows + lag]]
    return rows, rows + lag


def at_lag(observations: np.ndarray, episode: np.ndarray, lag: int) -> np.ndarray:
    """Correlate each quantity with itself `lag` steps later; NaN where fewer than 50 pairs lie so far apart."""
    earlier, later = pairs(episode, lag)
    few = len(earlier) < 50
    return np.full(observations.shape[1], np.nan) if few else correlations(observations[earlier], observations[later])
