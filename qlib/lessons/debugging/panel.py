"""The drawer's panel: choose an agent, look at it with an instrument, and say what is wrong with it."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence

import ipywidgets as widgets
import numpy as np

import qlib
from qlib.lessons.debugging import drawer, faults
from qlib.show.cell import CellWidget, button, close, row, status
from qlib.show.drawing import Drawing, DrawingView
from qlib.show.marks import Dots, Line, Rule
from qlib.show.panel import Axis, Panel
from qlib.study import witness


def curve(number: int) -> Drawing:
    """Train an agent for 60 episodes, and draw its scores, and its highest value beside the ceiling."""
    agent, scores, highest = drawer.make(number)(0), [], []
    for episode in qlib.train(agent, episodes=60, steps=3_000):
        scores.append(episode.score)
        highest.append(agent.q_values(agent.memory.storage.observations[: len(agent.memory)][-500:]).max().item())
    exam = qlib.evaluate(agent, episodes=20).mean()
    words = f"Number {number}, {agent.steps:,} steps: greedy score {exam:.0f}, highest value {highest[-1]:.1f}."
    x, episodes = Axis("episode"), np.arange(1, len(scores) + 1)
    ceiling = Rule(1 / (1 - faults.SETTINGS.gamma), label="ceiling", colour="vermilion")
    return Drawing(
        Panel([Line(episodes, scores), Dots(episodes, scores)], x, Axis("score while exploring", low=0)),
        Panel([Line(episodes, highest), ceiling], x, Axis("highest value")),
        alt=words,
        height=280,
        width=840,
    )


def memory(number: int) -> str:
    """Show the last steps of five episodes, as they were and as the memory kept them."""
    account = witness.watch(drawer.make(number)(0), 5)
    heads = ("", "angle", "action", "reward", "next angle", "terminated", "truncated")
    rows: list[tuple] = []
    for seen, kept in list(zip(account.seen, account.stored, strict=False))[-4:]:
        for name, step in (("seen", seen), ("stored", kept)):
            if step is None:
                rows.append((name, "nobody knows where"))
                continue
            angles = (f"{step.observation[2]:.4f}", f"{step.next_observation[2]:.4f}")
            cells = (name, angles[0], step.action, f"{step.reward:g}", angles[1], step.terminated)
            rows.append((*cells, step.truncated if name == "seen" else ""))
    return _table(heads, rows)


def probes(number: int) -> str:
    """Train an agent on each probe, and show which it passes."""
    drawer.make(number)
    found = qlib.probes.examine(lambda settings: drawer.agent(number)(faults.probing(settings), 0))
    rows = [
        (v.probe.removeprefix("Probe"), "passed" if v.passed else "failed", _short(v.expected), _short(v.found))
        for v in found
    ]
    return _table(("probe", "", "true values", "found"), rows)


def audit(number: int) -> str:
    """Audit an agent over 30 episodes."""
    return qlib.audit(drawer.make(number), episodes=30)._repr_html_()


INSTRUMENTS: dict[str, Callable[[int], Drawing | str]] = {
    "curve and values": curve,
    "rows of the memory": memory,
    "probes": probes,
    "the audit": audit,
}


def _short(values: np.ndarray) -> str:
    return ", ".join(f"{value:.2f}" for value in np.round(values, 2).flatten() + 0.0)  # -0 is 0


def _table(heads: Sequence[str], rows: Sequence[Sequence]) -> str:
    def line(kind: str, cells: Sequence) -> str:
        return "<tr>" + "".join(f"<{kind}>{html.escape(str(cell))}</{kind}>" for cell in cells) + "</tr>"

    return f"<table>{line('th', heads)}{''.join(line('td', cells) for cells in rows)}</table>"


class Drawer(CellWidget):
    """A menu of agents and one of instruments; a guess tells what was wrong.

    Attributes:
        readout: the last sentence.
    """

    def __init__(self) -> None:
        self.number = widgets.Dropdown(options=[*drawer.NUMBERS], description="agent")
        self.instrument = widgets.Dropdown(options=[*INSTRUMENTS], description="look at")
        self.fault = widgets.Dropdown(options=drawer.CHOICES, description="it is", layout={"width": "440px"})
        self.look_button, self.guess_button = button("Look", "search", self.look), button("Guess", "check", self.guess)
        self._shown, self._said = widgets.VBox(), widgets.HTML()
        self.number.observe(self._clear, "value")  # what was seen of one agent is not of another
        above = row([self.number, self.instrument, self.look_button])
        super().__init__("drawer", [above, self._shown, row([self.fault, self.guess_button]), self._said])
        self._say(drawer.score())

    def look(self) -> None:
        """Run the chosen instrument on the chosen agent: some seconds."""
        self.look_button.disabled = True
        self._say("Running: some seconds.")
        try:
            self._show(INSTRUMENTS[self.instrument.value](self.number.value))
            self._say(f"Number {self.number.value}: {self.instrument.value}. {drawer.score()}")
        finally:
            self.look_button.disabled = False

    def guess(self) -> None:
        """Take the chosen fault as a guess for the chosen agent."""
        self._say(drawer.guess(self.number.value, self.fault.value))

    def _show(self, found: Drawing | str) -> None:
        self._clear()
        text = widgets.HTML(status(found.alt) if isinstance(found, Drawing) else found)
        text.add_class("jp-RenderedHTMLCommon")  # tables as in every other output
        self._shown.children = [DrawingView(drawing=found.numbers()), text] if isinstance(found, Drawing) else [text]

    def _clear(self, _: object = None) -> None:
        seen, self._shown.children = self._shown.children, ()
        for each in seen:
            close(each)

    def _say(self, words: str) -> None:
        self.readout = str(words)
        self._said.value = status(self.readout)

    def _still(self) -> dict[str, str]:
        words = f"The drawer: {len(drawer.NUMBERS)} agents, to be looked at and guessed in a running notebook."
        return {"text/html": f"<p>{words}</p>", "text/plain": words}
