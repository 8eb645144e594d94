"""A comparison of one variant in the background: it can be watched and stopped while it runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from functools import partial

import torch

from qlib.show.worker import Worker
from qlib.study.compare import Variant, measure
from qlib.study.diagnostics import Diagnostic
from qlib.study.result import Comparison

REPORT_EVERY = 0.4  # seconds: agents that learn slowly show that they do


class Measurement(Worker):
    """Measures a variant, labelled "run", in one background thread that obeys between two steps: see `Worker`.

    After Stop or the end, `start` measures from the beginning.

    Attributes:
        result: what is known so far, or None.
        steps: environment steps that each agent has taken.

    Args:
        variant, seeds, steps, diagnostics: as `measure` takes them.
        report: called in the thread with each result, some times a second, and at each change of state.
    """

    def __init__(
        self,
        variant: Variant,
        seeds: int,
        steps: int,
        diagnostics: Sequence[str | Diagnostic],
        report: Callable[[Measurement], None],
    ) -> None:
        super().__init__(lambda: report(self))
        self.result: Comparison | None = None
        self.steps = 0
        self._measure = partial(
            measure, {"run": variant}, seeds, steps, diagnostics=diagnostics, before_step=self._before_step
        )
        self._growing: Generator[Comparison, None, None] | None = self._measure()
        self._next_report = 0.0

    def _work(self) -> None:
        torch.set_num_threads(1)  # per thread; these networks are too small to share among cores
        growing, self._growing = self._growing or self._measure(), None  # a stop ends the one that it goes through
        self.result, self.steps = None, 0
        for result in growing:
            self.result = result
            self._tell()

    def _before_step(self) -> None:
        self._obey()
        self.steps += 1
        if time.monotonic() >= self._next_report:
            self._next_report = time.monotonic() + REPORT_EVERY
            self._tell()
