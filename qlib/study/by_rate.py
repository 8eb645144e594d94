"""Variants at several values of a setting, by "x 4, rate 0.001": who is better when each has what suits it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from qlib.study.statistics import Interval, mean_interval

Scores = Mapping[str, np.ndarray]
"""By variant and value the scores, shape (seeds,)."""


def at(name: str, value: float, setting: str = "rate") -> str:
    """Return the label of a variant at a value of the setting, a learning rate if it is not named."""
    return f"{name}, {setting} {value:g}"


def curve(found: Scores, name: str, values: Sequence[float], setting: str = "rate") -> np.ndarray:
    """Return a variant's scores at each value, shape (values, seeds)."""
    return np.stack([found[at(name, value, setting)] for value in values])


def best(chosen: Scores, names: Iterable[str], values: Sequence[float], setting: str = "rate") -> dict[str, float]:
    """Return at which value each variant's mean is highest."""
    return {name: values[int(curve(chosen, name, values, setting).mean(1).argmax())] for name in names}


def at_their_best(
    chosen: Scores, held_out: Scores, names: Iterable[str], values: Sequence[float], over: str, setting: str = "rate"
) -> dict[str, Interval]:
    """Return by how much each variant is above one of them, each at the value that was best for it on other seeds.

    The best of several values is a little lucky on the seeds on which it was chosen, so the two sets must differ.

    Args:
        chosen: on the seeds to choose a value on.
        held_out: on the seeds to compare on.
        names: of the variants.
        values: from which to choose.
        over: the variant that is subtracted.
        setting: its name in the labels.
    """
    places = best(chosen, (*names, over), values, setting)
    scores = {name: held_out[at(name, value, setting)] for name, value in places.items()}
    return {name: mean_interval(scores[name] - scores[over]) for name in scores if name != over}
