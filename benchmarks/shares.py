"""Table 8: where the time of `compare()` goes, part by part of one lock-step step."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from unittest import mock

import numpy as np

import qlib
from benchmarks.timing import spread, table
from qlib.engine.ensemble import Ensemble
from qlib.engine.flat import FlatUpdate
from qlib.engine.vector import CartPoles

EXAMS = "examinations"
PARTS = {  # the methods that a step calls; of one within another each has its own time only
    "update (kernel)": [(FlatUpdate, "update")],
    "drawing batches": [(Ensemble, "_draw")],
    "environment": [(CartPoles, "step"), (CartPoles, "restart")],
    "acting": [(Ensemble, "act")],
    "storing": [(Ensemble, "remember")],
    EXAMS: [(Ensemble, "evaluate_past")],
}
REST = "the rest, Python"


class Stopwatch:
    """Seconds spent in parts of a program that call each other."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys([*PARTS, REST], 0.0)
        self._part, self._since = REST, time.perf_counter()

    def enter(self, part: str) -> str:
        """Switch to another part, and return the one before; all of an examination is the examination's."""
        now, before = time.perf_counter(), self._part
        self.seconds[before] += now - self._since
        self._part, self._since = part, now
        return before

    def wrapped(self, part: str, method: Callable) -> Callable:
        def timed(*args, **kwargs):
            before = self.enter(EXAMS if self._part == EXAMS else part)
            try:
                return method(*args, **kwargs)
            finally:
                self.enter(before)

        return timed


@contextlib.contextmanager
def watched() -> Iterator[Stopwatch]:
    """Time the parts of all that is done meanwhile."""
    with contextlib.ExitStack() as patches:
        watch = Stopwatch()
        for part, methods in PARTS.items():
            for owner, name in methods:
                wrapped = watch.wrapped(part, getattr(owner, name))
                patches.enter_context(mock.patch.object(owner, name, wrapped))
        watch.enter(REST)
        yield watch
        watch.enter(REST)


def measure(hidden: tuple[int, ...], agents: int, steps: int) -> dict[str, float]:
    """Return the microseconds that each part of a step of all agents takes, examinations spread over the steps."""
    with watched() as watch:
        qlib.compare({"a": qlib.Settings(hidden=hidden)}, seeds=agents, steps=steps, executor="here")
    return {part: seconds / steps * 1e6 for part, seconds in watch.seconds.items()}


def report(rounds: int = 3, steps: int = 10_000) -> str:
    """Write table 8."""
    measure((24, 24), 2, 200)  # reads the compiled code
    cases = [(hidden, agents) for hidden in ((24, 24), (64, 64)) for agents in (16, 8)]
    found: dict[tuple, list[dict[str, float]]] = {case: [] for case in cases}
    for _ in range(rounds):
        for case in cases:
            found[case].append(measure(*case, steps))
    head, columns = [""], []
    for (hidden, agents), turns in found.items():
        head.append(f"{'-'.join(map(str, hidden))}, {agents} agents")
        medians = {part: np.median([turn[part] for turn in turns]) for part in turns[0]}
        whole = sum(medians.values())
        totals = spread([sum(turn.values()) for turn in turns], 0)
        columns.append([*(f"{each:.0f} ({100 * each / whole:.0f} %)" for each in medians.values()), totals])
    rows = list(zip([*PARTS, REST, "one step, all included"], *columns, strict=True))
    return (
        f"Microseconds of one step of all agents, and percent; `compare()` on one core, {steps:,} steps, one update a "
        "step, batch 64. Of parts that call each other each has its own time only; the examinations' time is spread "
        f"over the steps. Medians of {rounds} turns; of the whole step with minimum and maximum. The stopwatch itself "
        "is included.\n\n" + table(head, rows)
    )
