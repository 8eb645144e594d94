"""The training panel: train, pause and stop an agent, change it while it learns, and watch."""

from __future__ import annotations

import html
import math
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from qlib.core.agent import QAgent
from qlib.core.settings import RECOMMENDED, Settings
from qlib.core.training import Episode
from qlib.show import picture as plotting
from qlib.show.cell import CellWidget, close
from qlib.show.live import TrainingSession
from qlib.show.view import WINDOW, LiveView, progress

NO_STICK = "none"  # a menu whose value is None shows nothing
STICKS = [(NO_STICK, NO_STICK), ("−1", -1.0), ("−10", -10.0), ("−100", -100.0)]


class TrainingPanel(CellWidget):
    """Buttons, curves and the cart around one agent that trains in the background.

    Running its cell again replaces the panel of the same name and ends its thread.

    Attributes:
        session: the TrainingSession behind the buttons.
        agent: the agent.
        history: an Episode for each episode that ended.
        progress: the line under the buttons, as text.

    Args:
        settings: the agent's hyperparameters.
        seed: the agent's seed.
        steps: the run's length in environment steps; None: `settings.episodes` episodes.
        controls: also show epsilon, learning rate and stick, save and load, and plots of loss and values.
        name: panels of different names live side by side.
    """

    _session: TrainingSession | None = None

    def __init__(
        self,
        settings: Settings = RECOMMENDED,
        seed: int = 0,
        steps: int | None = None,
        controls: bool = False,
        name: str = "training",
    ) -> None:
        self._first = settings, seed
        self._steps = steps
        self._headless = bool(os.environ.get("QLIB_STILL"))
        session = self._make_session(QAgent(settings, seed))  # what is not allowed leaves the former panel alone
        self._quiet = False
        cart = settings.env_id.startswith("CartPole") and not self._headless
        self.view = LiveView(
            cart=cart, plots=["steps", "epsilon", "loss", "value"] if controls else ["steps", "epsilon"]
        )
        self.train_button = _button("Train", "play", "success", lambda: self.session.start())
        self.pause_button = _button("Pause", "pause", "", lambda: self.session.pause())
        self.stop_button = _button("Stop", "stop", "", lambda: self.session.stop())
        self.reset_button = _button("Reset", "refresh", "", self.reset)
        self._line = widgets.HTML()
        buttons = [self.train_button, self.pause_button, self.stop_button, self.reset_button]
        self._controls = self._make_controls()
        super().__init__(name, [_row(buttons), self._line, *(self._controls if controls else []), self.view])
        self._adopt(session)

    @property
    def session(self) -> TrainingSession:
        if self._session is None:
            raise RuntimeError("This panel was replaced when its cell ran again. Use the new one.")
        return self._session

    @property
    def agent(self) -> QAgent:
        return self.session.agent

    @property
    def history(self) -> list[Episode]:
        return self.session.history

    async def finished(self) -> None:
        """Wait for the end of the run, and start it if nobody has: see `TrainingSession.finished`."""
        await self.session.finished()

    def picture(self) -> plotting.Picture:
        """Draw the history as a still picture."""
        return plotting.training(self.history, WINDOW)

    def reset(self) -> None:
        """Begin anew: the same settings and seed, an untrained agent, no history."""
        self._adopt(self._make_session(QAgent(*self._first)))

    def close(self) -> None:
        """End the thread and forget the agent."""
        if self._session is None:
            return
        self._session.close()
        self._session = None
        super().close()
        for row in self._controls:  # which need not be on the page
            close(row)

    def _make_session(self, agent: QAgent) -> TrainingSession:
        return TrainingSession(agent, self._steps, self._refresh, demos=not self._headless)

    def _adopt(self, session: TrainingSession) -> None:
        if self._session is not None:
            self._session.close()
        self._session = session
        settings = session.agent.settings
        self._quiet = True  # the controls follow the agent now, not the agent the controls
        self.hold.value = False
        self.epsilon.value = settings.epsilon_end
        self.learning_rate.value = settings.learning_rate
        stick = NO_STICK if settings.stick is None else settings.stick
        if stick not in [reward for _, reward in self.stick.options]:
            self.stick.options = [*STICKS, (f"{stick:g}", stick)]
        self.stick.value = stick
        self._quiet = False
        self._refresh(self._session)

    def _refresh(self, session: TrainingSession) -> None:
        """Show where a session stands; called in its thread."""
        running, paused = session.state == "running", session.state == "paused"
        if session is not self._session or (self._headless and (running or paused)):
            return
        self.train_button.disabled = running
        self.train_button.description = "Go on" if session.agent.steps else "Train"
        self.pause_button.disabled = not running
        self.stop_button.disabled = not (running or paused)
        self.progress = progress(session)
        self.view.show(session, f"Steps of each episode with their moving mean, and epsilon. {self.progress}")
        self._line.value = f'<span style="margin-left:2px">{html.escape(self.progress)}</span>'  # never ahead of it

    def _make_controls(self) -> list[widgets.HBox]:
        wide = {"description_width": "initial"}
        self.hold = widgets.Checkbox(description="hold epsilon at", indent=False, layout={"width": "auto"})
        self.epsilon = widgets.FloatSlider(min=0, max=1, step=0.01, layout={"width": "220px"})
        self.learning_rate = widgets.FloatLogSlider(
            min=-5, max=-1, step=0.1, description="learning rate", readout_format=".1e", style=wide
        )
        self.stick = widgets.Dropdown(options=STICKS, description="stick", style=wide, layout={"width": "130px"})
        self.hold.observe(self._on_epsilon, "value")
        self.epsilon.observe(self._on_epsilon, "value")
        self._on_change(self.learning_rate, _set_learning_rate)
        self._on_change(self.stick, lambda session, value: session.set_stick(None if value == NO_STICK else value))
        self.file_name = widgets.Text("my_agent.safetensors", description="file", style=wide, layout={"width": "240px"})
        self.save_button = _button("Save", "save", "", lambda: self.session.change(self._save))
        self.load_button = _button("Load", "folder-open", "", self._load)
        self._message = widgets.HTML()
        return [
            _row([self.hold, self.epsilon, self.learning_rate, self.stick]),
            _row([self.file_name, self.save_button, self.load_button, self._message]),
        ]

    def _on_change(self, control: widgets.Widget, act: Callable[[TrainingSession, Any], None]) -> None:
        def changed(change: Any) -> None:
            if not self._quiet:
                self.session.change(partial(act, self.session, change.new))

        control.observe(changed, "value")

    def _on_epsilon(self, change: Any) -> None:
        if self._quiet:
            return
        if change.owner is self.epsilon and not self.hold.value:
            self.hold.value = True  # which comes back here
            return
        self.session.change(partial(self.session.hold_epsilon, self.epsilon.value if self.hold.value else None))

    def _save(self) -> None:
        try:
            path = self.agent.save(self._path())
        except Exception as error:  # whatever the disk does, the run goes on
            self._say(f"Not saved: {error}")
        else:
            self._say(f"Saved {path} after {self.agent.steps:,} steps.")

    def _load(self) -> None:
        try:
            session = self._make_session(self._read())
        except Exception as error:
            self._say(f"Not loaded, your agent is as it was: {error}")
        else:
            self._adopt(session)
            agent = session.agent
            self._say(
                f"Loaded {self.file_name.value}: {agent.episodes:,} episodes, {agent.steps:,} steps. Go on trains it."
            )

    def _read(self) -> QAgent:
        agent, here = QAgent.load(self._path()), self._first[0].env_id
        if agent.settings.env_id != here:
            raise ValueError(
                f"{self._path()} holds an agent of {agent.settings.env_id}, and this panel plays {here}. Choose an "
                f"agent of {here}, or make a panel with TrainingPanel(QAgent.load(...).settings) and load it there."
            )
        return agent

    def _path(self) -> Path:
        if not self.file_name.value.strip():
            raise ValueError("the file has no name. Write one, my_agent.safetensors for example.")
        return Path(self.file_name.value.strip())

    def _say(self, text: str) -> None:
        self._message.value = f'<span role="status" style="line-height:1.4">{html.escape(text)}</span>'

    def _still(self) -> dict[str, str]:
        return {"text/plain": "The training panel: run this cell in JupyterLab to use it."}


def _set_learning_rate(session: TrainingSession, rate: float) -> None:
    # The browser moves the slider to its nearest notch when it is drawn, which nobody asked for and which would end
    # the rate's own fall. A hand moves it by a notch at least, a quarter and more.
    if not math.isclose(rate, session.agent.settings.learning_rate, rel_tol=0.12):
        session.set_learning_rate(rate)


def _button(text: str, icon: str, style: str, act: Callable[[], Any]) -> widgets.Button:
    button = widgets.Button(description=text, icon=icon, button_style=style, layout={"width": "88px"})
    button.on_click(lambda _: act())
    return button


def _row(parts: list[widgets.Widget]) -> widgets.HBox:
    return widgets.HBox(parts, layout={"flex_flow": "row wrap", "align_items": "center"})
