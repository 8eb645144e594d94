"""What a comparison measured, and what may be concluded from it."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from qlib.study.statistics import (
    Interval,
    interquartile_mean,
    mean_interval,
    share_difference,
    share_interval,
    superiority,
)

if TYPE_CHECKING:
    from qlib.show.drawing import Drawing


@dataclass(frozen=True)
class Comparison:
    """Greedy scores of several variants over seeds and training steps.

    Statistics are those of Agarwal et al. 2021, with 95 % intervals over seeds. A statistic that would need a number
    that is not there is NaN; an end that cannot be known prints as "?".

    Raises:
        ValueError: if the shapes do not belong together.
    """

    labels: tuple[str, ...]
    """The variants' names."""
    steps: np.ndarray
    """Environment steps at each checkpoint, shape (checkpoints,)."""
    scores: np.ndarray
    """Mean unshaped greedy return, shape (variants, seeds, checkpoints); NaN where nothing was measured."""
    notes: tuple[str, ...] = field(default=())
    """What went wrong on the way, in words."""
    diagnostics: Mapping[str, np.ndarray] = field(default_factory=dict)
    """By name what was asked for beside the scores, each of their shape: see `qlib.diagnostics`."""

    def __post_init__(self) -> None:
        for name in ("steps", "scores"):  # lists are welcome
            object.__setattr__(self, name, np.asarray(getattr(self, name)))
        variants, checkpoints = len(self.labels), self.steps.shape
        shapes = {"scores": self.scores.shape} | {name: np.shape(x) for name, x in self.diagnostics.items()}
        for name, shape in shapes.items():
            if len(checkpoints) != 1 or len(shape) != 3 or (shape[0], *shape[2:]) != (variants, *checkpoints):
                raise ValueError(
                    f"{name} of shape {shape}, steps of shape {checkpoints} and {variants} labels do not belong "
                    f"together: give steps of shape (checkpoints,), and {name} of shape (variants, seeds, checkpoints) "
                    "with one label for each variant."
                )

    def __getitem__(self, label: str) -> np.ndarray:
        """Return one variant's scores, shape (seeds, checkpoints)."""
        if label not in self.labels:
            near = difflib.get_close_matches(str(label), self.labels) or self.labels
            raise ValueError(f"There is no variant {label!r} here. Near it: {', '.join(map(repr, near))}.")
        return self.scores[self.labels.index(label)]

    def final(self) -> dict[str, np.ndarray]:
        """Return each variant's scores at the last checkpoint, shape (seeds,)."""
        return {label: self[label][:, -1] for label in self.labels}

    def over_training(self, label: str, after: float = 0, until: float | None = None) -> np.ndarray:
        """Average one variant's checkpoints: how well each seed did while it learned.

        This hangs less on chance than the last checkpoint alone.

        Args:
            label: the variant.
            after, until: environment steps; None: to the end. Checkpoints above the first and up to the second count.

        Returns:
            Mean score, shape (seeds,).

        Raises:
            ValueError: if there is no such variant, or no checkpoint between the two.
        """
        inside = (self.steps > after) & (self.steps <= (np.inf if until is None else until))
        if not inside.any():
            raise ValueError(
                f"There is no checkpoint after {after:,} until {until} steps. There are: {self.steps.tolist()}."
            )
        return self[label][:, inside].mean(1)

    def solved_at(self, bar: float = 475.0) -> dict[str, np.ndarray]:
        """Return the steps at which each seed first reached the bar, shape (seeds,); infinity if it never did."""
        reached = self.scores >= bar
        first = np.where(reached.any(2), self.steps[reached.argmax(2)], np.inf)
        return dict(zip(self.labels, first, strict=True))

    def interquartile_mean(self) -> dict[str, float]:
        """Return the mean of the middle half of each variant's final scores."""
        return {label: float(interquartile_mean(x)) for label, x in self.final().items()}

    def improvement(self, label: str, over: str) -> Interval:
        """Return the probability that a seed of one variant ends above a seed of the other, with its interval.

        A tie counts half. The seeds of the two are taken as independent.
        """
        return superiority(self[label][:, -1], self[over][:, -1])

    def difference(
        self,
        label: str,
        over: str,
        bar: float | None = None,
        when: Literal["at the end", "over training"] = "at the end",
    ) -> Interval:
        """Return by how much one variant is above another, with its interval, paired by seed.

        Args:
            label: the variant.
            over: the one that is subtracted.
            bar: None compares scores; a number compares the shares of seeds whose score is at or above it.
            when: "at the end" takes each seed's last score, "over training" the mean of its checkpoints.

        Returns:
            The mean difference: in units of score, or of share (0.25 is four more of 16 seeds).

        Raises:
            ValueError: if there is no such variant or no such `when`, or there is only one seed.
        """
        take = {"at the end": lambda label: self[label][:, -1], "over training": self.over_training}
        if when not in take:
            raise ValueError(f"when={when!r} is not allowed: give 'at the end' or 'over training'.")
        ours, theirs = take[when](label), take[when](over)
        if bar is not None:
            ours, theirs = (np.where(np.isnan(x), np.nan, x >= bar) for x in (ours, theirs))
            return share_difference(ours, theirs)
        return mean_interval(ours - theirs)

    def table(self, bar: float = 475.0) -> str:
        """List the final scores: mean and interval, interquartile mean, seeds that end solved and that ever were."""
        width = max(map(len, self.labels))
        lines = [f"{'':{width}}   mean [95 % interval]      middle half   end ≥ {bar:g} [95 %]    ever ≥ {bar:g}"]
        ever = self.solved_at(bar)
        for label, final in self.final().items():
            if not np.isfinite(final).all():
                lines.append(
                    f"{label:{width}}   not measured to the end by {np.isnan(final).sum()} of {len(final)} seeds"
                )
                continue
            one = f"{final.mean():6.1f} [ one seed has none ]"
            ends = int((final >= bar).sum())
            _, low, high = share_interval(ends, len(final))
            lines.append(
                f"{label:{width}}   {f'{mean_interval(final):6.1f}' if len(final) > 1 else one}   "
                f"{interquartile_mean(final):8.1f}   {ends:4d} of {len(final):2d} [{low:.2f}, {high:.2f}]"
                f"   {np.isfinite(ever[label]).sum():4d} of {len(final):2d}"
            )
        return "\n".join([*lines, *self.notes])

    def plot(self) -> Drawing:
        """Draw each variant's mean score over training, with its 95 % interval."""
        from qlib.show.curves import compared  # a drawing of this is a floor above this

        return compared(self)

    def __repr__(self) -> str:
        variants, seeds, checkpoints = self.scores.shape
        head = f"Comparison of {variants} variants over {seeds} seeds, {checkpoints} checkpoints"
        return f"{head} to {self.steps[-1]:,} steps\n{self.table()}"


def joined(parts: Sequence[Any]) -> Any:
    """Join what was measured a few seeds at a time: Comparisons, or label to numbers whose first axis is seeds."""
    first = parts[0]
    if not isinstance(first, Comparison):
        return {label: np.concatenate([np.asarray(each[label]) for each in parts]) for label in first}
    return Comparison(
        first.labels,
        first.steps,
        np.concatenate([each.scores for each in parts], axis=1),
        tuple(note for each in parts for note in each.notes),
        {name: np.concatenate([each.diagnostics[name] for each in parts], axis=1) for name in first.diagnostics},
    )
