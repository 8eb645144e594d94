"""The moving picture of a training session: Python sends numbers, static/live.js draws them."""

from __future__ import annotations

from pathlib import Path

import anywidget
import numpy as np
import traitlets

from qlib.show.demonstration import Demo
from qlib.show.live import TrainingSession

STATIC = Path(__file__).parent / "static"
WINDOW = 20  # episodes in the moving mean
POINTS = 300  # episodes drawn at most, so that a long run costs no more than a short one


class LiveView(anywidget.AnyWidget):
    """Curves over the episodes, and the cart as the greedy policy moves it.

    Args:
        cart: whether to show the cart.
        plots: any of "steps", "epsilon", "loss", "value".
    """

    _esm = STATIC / "live.js"
    _css = STATIC / "live.css"
    cart = traitlets.Bool(False).tag(sync=True)
    plots: traitlets.List = traitlets.List(traitlets.Unicode()).tag(sync=True)
    series = traitlets.Bytes().tag(sync=True)  # float32 (episodes, 6): number, steps, mean, epsilon, loss, value
    status = traitlets.Dict().tag(sync=True)
    label = traitlets.Unicode().tag(sync=True)
    trajectory = traitlets.Bytes().tag(sync=True)  # float32 (steps + 1, 2): position (m), angle (rad)
    demo = traitlets.Dict().tag(sync=True)
    _shown: Demo | None = None

    def show(self, session: TrainingSession, label: str) -> None:
        """Send where a session stands, in one message.

        Args:
            session: the session; another one than before begins new curves.
            label: the picture in words, for screen readers.
        """
        if session is not getattr(self, "_session", None):
            self._session = session
            self._rows: list[tuple[float, ...]] = []
        settings = session.agent.settings
        ceiling: dict[str, float | str] | None = None
        if settings.env_id.startswith("CartPole") and settings.gamma < 1:  # one point a step, for ever
            top = "1" if settings.reward_scale == 1 else "reward scale"
            ceiling = {"value": settings.reward_scale / (1 - settings.gamma), "label": f"{top} / (1 − γ)"}
        with self.hold_sync():
            self.series = self._series(session)
            self.label = label
            self.status = {
                "state": session.state,
                "window": WINDOW,
                "steps_now": session.steps_now,
                "ceiling": ceiling,
            }
            if session.demo is not self._shown:
                self._shown = demo = session.demo
                self.trajectory = demo.trajectory.tobytes() if demo else b""
                self.demo = {"after": demo.trained_steps, "ending": demo.ending, "seed": demo.seed} if demo else {}

    def _series(self, session: TrainingSession) -> bytes:
        history = session.history
        for i in range(len(self._rows), len(history)):
            episode = history[i]
            mean = float(np.mean([e.steps for e in history[max(0, i + 1 - WINDOW) : i + 1]]))
            row = (episode.number, episode.steps, mean, episode.epsilon, episode.loss, session.values[i])
            self._rows.append(row)
        if not self._rows:
            return b""
        shown = np.unique(np.linspace(0, len(self._rows) - 1, POINTS).round().astype(int))
        return np.array([self._rows[i] for i in shown], dtype=np.float32).tobytes()


def progress(session: TrainingSession) -> str:
    """Say in one line where a session stands."""
    refused = "" if session.refused is None else f" · the last change failed: {session.refused}"
    return _standing(session) + refused


def _standing(session: TrainingSession) -> str:
    agent, history = session.agent, session.history
    if session.error is not None:
        return f"Training ended: {session.error} The agent and its history are still here."
    if session.state == "ready" and not agent.episodes:
        return "An untrained agent. Press Train."
    if session.state in ("running", "paused"):
        words = [f"episode {agent.episodes + 1:,}", f"{session.steps_now} steps now"]
    else:
        words = [session.state, f"{agent.episodes:,} episodes"]
    if history:
        words[1] += f", best {max(e.steps for e in history)}"
    words += [f"epsilon {agent.epsilon:.2f}", f"{agent.steps:,} steps in all"]
    if session.state == "paused":
        words.append("paused")
    elif session.seconds_left is not None:
        words.append(f"{session.seconds_left:.0f} s left")
    return " · ".join(words)
