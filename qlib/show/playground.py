"""A playground: choose a few settings, press Run, and watch the learning curves of many agents come in."""

from __future__ import annotations

import html
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import gymnasium as gym
import ipywidgets as widgets
import numpy as np

import qlib.engine.kernels  # noqa: F401  Numba takes a second to import: before the first click, not after it
from qlib.core.demands import demand_whole
from qlib.core.settings import Settings
from qlib.show.as_code import spell_build, spell_run, spell_settings
from qlib.show.cell import JobPanel, row, status
from qlib.show.control import make_control
from qlib.show.control_bar import ControlBar
from qlib.show.curves import agents, over_seeds
from qlib.show.drawing import Drawing, DrawingView
from qlib.show.job import MeasuringJob
from qlib.show.panel import tidy
from qlib.study.compare import Variant, measure
from qlib.study.diagnostics import Diagnostic, named
from qlib.study.result import Comparison
from qlib.study.statistics import band

COPY = "getSelection().selectAllChildren(this.previousElementSibling); document.execCommand('copy')"


class Playground(JobPanel):
    """Controls, Run and Stop above the learning curves of agents that differ in their seeds only.

    Running its cell again replaces it and ends its thread.

    Args:
        build: called with each control's value by name; returns a variant as `compare` takes it: Settings, or a
            function from a seed to a QAgent. A ValueError is shown as a sentence.
        steps: environment steps of each agent.
        seeds: agents, of seeds 0 to seeds - 1.
        diagnostics: what to draw below the scores: names from `qlib.diagnostics`, or functions.
        name: playgrounds of different names live side by side; None: the names of `build` and of its controls.
        controls: name to control, as in `Explorer`.

    Attributes:
        controls: the widgets by name.
        readout: what the picture shows now, in words.
        line: the line of Python that repeats the latest run, or "".
        result: the latest run's Comparison, its variant called "run"; None before there is a score.
    """

    def __init__(
        self,
        build: Callable[..., Variant],
        /,
        *,
        steps: int = 3_000,
        seeds: int = 16,
        diagnostics: Sequence[str | Diagnostic] = (),
        name: str | None = None,
        **controls: Any,
    ) -> None:
        demand_whole("steps", steps)
        demand_whole("seeds", seeds)
        self._asked, self._diagnostics = diagnostics, named(diagnostics)
        self.build, self.steps, self.seeds = build, steps, seeds
        self.controls = {name: make_control(name, spec) for name, spec in controls.items()}
        self.line = ""
        self._last: Comparison | None = None
        self._limits: tuple[float, ...] = ()
        self._bar: float | None = None
        self._make("Run", self.run)
        self.run_button = self._start_button
        self.view, self._code = DrawingView(), widgets.HTML()
        choices, buttons = ControlBar(list(self.controls.values())), row([self.run_button, self.stop_button])
        name = name or f"{getattr(build, '__qualname__', build)}({', '.join(controls)})"
        self._say(f"Press Run to train {agents(seeds)} for {steps:,} steps.")
        try:
            variant, line = self._plan()
            # A trial. The first agent of a kernel takes torch and Numba some seconds, which a click should not.
            deque(measure({"run": variant}, seeds=1, steps=1, starts=1), maxlen=0)
            self._expect(variant, line)  # so that nothing below moves when the curves come
            self.view.drawing = self._drawn(self._blank(), self.readout).numbers()
        except ValueError as error:
            self._say(str(error))
        super().__init__(name, [choices, buttons, self._message, self.view, self._text, self._code])

    @property
    def result(self) -> Comparison | None:
        return self._job.result if self._job else None

    def run(self) -> None:
        """Train agents with the controls' values; the run before stays as a pale line."""
        try:
            variant, line = self._plan()
            job = MeasuringJob(variant, self.seeds, self.steps, self._asked, self._refresh)
        except Exception as error:  # whatever it is, the person at the controls must see it
            return self._refuse(str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}")
        self._message.value = ""
        former = self._job
        self._take(job)
        if former is not None and former.result is not None:
            self._last = former.result
        self.line = line
        self._expect(variant, line)
        job.start()

    def _expect(self, variant: Variant, line: str) -> None:
        """Prepare the axis for a variant's scores, and write the line that measures it."""
        spec = gym.spec((variant if isinstance(variant, Settings) else variant(0).settings).env_id)
        self._bar = spec.reward_threshold
        longest = spec.max_episode_steps  # which CartPole pays a point a step for
        self._limits = (0, longest) if longest and spec.name == "CartPole" else ()
        self._code.value = _copyable(line)

    async def finished(self) -> None:
        """Wait for the end of the run, and start one if nobody has: see `Job.finished`."""
        if self._job is None:
            self.run()
        if self._job is not None:
            await self._job.finished()

    def picture(self) -> Drawing:
        """Draw the latest run, and the one before.

        Raises:
            ValueError: if there is no score yet.
        """
        if self.result is None:
            raise ValueError(f"There is no picture yet: {self.readout}")
        return self._drawn(self.result, self.readout)

    def _plan(self) -> tuple[Variant, str]:
        """Return what the controls stand for, and the line that measures it."""
        values = {name: control.value for name, control in self.controls.items()}
        variant = self.build(**values)
        made = spell_settings(variant) if isinstance(variant, Settings) else spell_build(self.build, values)
        return variant, spell_run(made, self.seeds, self.steps, self._diagnostics)

    def _refresh(self, job: MeasuringJob) -> None:
        """Show where a run stands; called in its thread."""
        if not self._follow(job):
            return
        if job.error is not None:
            return self._say(f"The run ended: {job.error}")
        result = job.result or self._blank()
        words = self._describe(result, job)
        self.view.drawing = self._drawn(result, words).numbers()
        self._say(words)  # never ahead of the picture

    def _blank(self) -> Comparison:
        """Make the result of a run that has no score yet."""
        steps = np.array([self.steps]) if self._last is None else self._last.steps
        nothing = np.full((1, self.seeds, len(steps)), np.nan)
        return Comparison(("run",), steps, nothing, diagnostics=dict.fromkeys(self._diagnostics, nothing))

    def _drawn(self, result: Comparison, words: str) -> Drawing:
        return over_seeds(result, self._last, self._limits, words)

    def _describe(self, result: Comparison, job: MeasuringJob) -> str:
        scores = result["run"]
        at = "Stopped at step" if job.state == "stopped" else "Step"
        words = [f"{at} {job.steps:,} of {self.steps:,}."] if job.steps < self.steps else []
        measured = np.flatnonzero(np.isfinite(scores).any(0))
        if len(measured):
            c = measured[-1]
            there = int(np.isfinite(scores[:, c]).sum())  # those that diverged have none
            score = f"After {result.steps[c]:,} steps: "
            if there == self.seeds:
                score += f"greedy score {_between(scores[:, c])}, mean of {agents(self.seeds)}"
            else:
                score += f"{there} of {agents(self.seeds)} have a score"
            if self._bar is not None:
                solved = f"{(scores[:, c] >= self._bar).sum()} of {self.seeds}"
                score += f"; {solved} {'are' if words else 'end'} solved ({tidy(self._bar)} or more)"
            words.append(score + ".")
            if self._last is not None and np.isfinite(self._last["run"][:, c]).any():
                change = scores[:, c] - self._last["run"][:, c]
                words.append(f"Against the last run at this step, paired by seed: {_between(change, sign=True)}.")
            if result.diagnostics:
                means = [f"{name} {_mean(values[0, :, c])}" for name, values in result.diagnostics.items()]
                words.append(f"Means of the others: {', '.join(means)}.")
        elif job.state != "running":
            words.append("No agent has a score.")
        notes = [note.removeprefix("run: ").rstrip(".") + "." for note in result.notes]
        return " ".join([*words, *(note[0].upper() + note[1:] for note in notes)])

    def _say(self, words: str) -> None:
        self.readout = words
        self._text.value = status(words)

    def _refuse(self, words: str) -> None:
        """Say why nothing runs; the run before, if there is one, stays below."""
        self.readout = words
        below = " Below is still the run before." if self._job is not None else ""
        self._message.value = status(words + below)
        if self._job is None:
            self._text.value = ""

    def _still(self) -> dict[str, str]:
        words = "The playground: run this cell in JupyterLab to use it."
        return {"text/html": f"<p>{words}</p>", "text/plain": words}


def _between(values: np.ndarray, sign: bool = False) -> str:
    """Write the mean over seeds with its interval, or why there is none."""
    if not np.isfinite(values).all():
        return _mean(values, "diverged, in this run or the last")
    numbers = [("+" if sign and x > 0 else "") + tidy(x) for x in band(values[:, np.newaxis])[:, 0]]
    if len(values) == 1:
        return numbers[0]
    return f"{numbers[0]} (95 % interval {numbers[1]} to {numbers[2]})"


def _mean(values: np.ndarray, why: str = "have no finite number") -> str:
    """Write the mean over seeds, or why there is none."""
    missing = len(values) - int(np.isfinite(values).sum())
    if missing:
        return f"none ({missing} of {agents(len(values))} {why})"
    return tidy(values.mean())


def _copyable(line: str) -> str:
    return (
        '<div class="qlib"><div class="line">The whole run as one line of Python: '
        f'<code style="user-select:all;overflow-wrap:anywhere">{html.escape(line)}</code> '
        f'<button type="button" onclick="{html.escape(COPY)}">Copy</button></div></div>'
    )
