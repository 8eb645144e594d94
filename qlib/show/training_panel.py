"""The training panel: train, pause and stop an agent, change it while it learns, and watch."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import traitlets

from qlib.core.agent import QAgent
from qlib.core.settings import RECOMMENDED, Settings
from qlib.core.training import Episode
from qlib.show.cell import JobPanel, button, close, row, status
from qlib.show.control import Control, make_control
from qlib.show.control_bar import ControlBar
from qlib.show.demo import is_cart
from qlib.show.drawing import Drawing
from qlib.show.stage import WINDOW, Stage, beaten, first_frame, over_episodes
from qlib.show.training_job import FASTEST, SPEEDS, TrainingJob, standing

RATES = [10 ** (k / 10) for k in range(-50, -9)]  # from 1e-5 to 0.1
NO_STICK = "none"  # a menu whose value is None shows nothing
WIDE = {"description_width": "initial"}
CURVES = f"Each training episode's score as a dot, with the mean of {WINDOW}, and epsilon."
STICKS = [(NO_STICK, NO_STICK), ("−1", -1.0), ("−10", -10.0), ("−100", -100.0)]


class TrainingPanel(JobPanel):
    """Buttons, curves and the cart around one agent that trains in the background.

    Running its cell again replaces the panel of the same name and ends its thread.

    Attributes:
        session: the TrainingJob behind the buttons.
        agent: the agent.
        history: an Episode for each episode that ended.
        progress: the line under the buttons, as text.

    Args:
        settings: the agent's hyperparameters.
        seed: the agent's seed.
        steps: the run's length in environment steps; None: `settings.episodes` episodes.
        controls: also show epsilon, learning rate and stick, save and load, and plots of loss and values.
        name: panels of different names live side by side.
        make: the kind of agent, QAgent or a subclass.
        note: a sentence about the agent, under the buttons.
        speed: of the training, one of training_job's `SPEEDS`; the panel's menu changes it.
    """

    def __init__(
        self,
        settings: Settings = RECOMMENDED,
        seed: int = 0,
        steps: int | None = None,
        controls: bool = False,
        name: str = "training",
        make: type[QAgent] = QAgent,
        note: str = "",
        speed: str = FASTEST,
    ) -> None:
        self._make("Train", lambda: self.session.start())
        self._first, self._kind = (settings, seed), make
        self._steps = steps
        self._saved: dict[Path, tuple[list[Episode], list[float]]] = {}  # whose curve a file has, while the panel lives
        self._speed = FASTEST if self._headless else speed
        job = self._make_job(make(settings, seed))  # what is not allowed leaves the former panel alone
        self._more = controls
        self._quiet = False
        self.speed = widgets.Dropdown(options=SPEEDS.keys(), value=self._speed, description="speed", style=WIDE)
        self._on_change(self.speed, self._set_speed)
        self.view = Stage(cart=is_cart(settings))
        self.train_button = self._start_button
        self.pause_button = button("Pause", "pause", lambda: self.session.pause())
        self.reset_button = button("Reset", "refresh", self.reset)
        buttons = row([self.train_button, self.pause_button, self.stop_button, self.reset_button, self.speed])
        self._controls = self._make_controls()
        about = [widgets.HTML(status(note))] if note else []
        super().__init__(name, [buttons, *about, self._text, *(self._controls if controls else []), self.view])
        self._adopt(job)

    @property
    def session(self) -> TrainingJob:
        if self._job is None:
            raise RuntimeError("This panel was replaced when its cell ran again. Use the new one.")
        return self._job

    @property
    def agent(self) -> QAgent:
        return self.session.agent

    @property
    def history(self) -> list[Episode]:
        return self.session.history

    @property
    def progress(self) -> str:
        return self.readout

    async def finished(self) -> None:
        """Wait for the end of the run, and start it if nobody has: see `Job.finished`."""
        await self.session.finished()

    def beaten(self) -> tuple[int, int | None]:
        """Return your best, or 20 if you did not play, and the training steps until the mean of 20 lay above it."""
        yours = max(self.view.yours, default=WINDOW)
        return yours, beaten(self.history, yours)

    def picture(self) -> Drawing:
        """Draw the history."""
        return over_episodes(self.session, self._more, CURVES)

    def reset(self) -> None:
        """Begin anew: the same settings and seed, an untrained agent, no history."""
        self._adopt(self._make_job(self._kind(*self._first)))

    def close(self) -> None:
        """End the thread and forget the agent."""
        super().close()
        self._job = None
        for controls in self._controls:  # which need not be on the page
            close(controls)

    def _make_job(self, agent: QAgent) -> TrainingJob:
        return TrainingJob(agent, self._steps, self._refresh, not self._headless, self._speed)

    def _set_speed(self, session: TrainingJob, speed: str) -> None:
        self._speed = speed
        session.set_speed(speed)

    def _adopt(self, job: TrainingJob) -> None:
        self._take(job)
        settings = job.agent.settings
        self._quiet = True  # the controls follow the agent now, not the agent the controls
        self.hold.value = False
        self.epsilon.approach(settings.epsilon_end)
        self.learning_rate.approach(settings.learning_rate)
        stick = NO_STICK if settings.stick is None else settings.stick
        if stick not in [reward for _, reward in self.stick.options]:
            self.stick.options = [*STICKS, (f"{stick:g}", stick)]
        self.stick.value = stick
        self._quiet = False
        self._refresh(job)

    def _refresh(self, job: TrainingJob) -> None:
        """Show where a job stands; called in its thread."""
        if not self._follow(job):
            return
        self.train_button.description = "Go on" if job.agent.steps else "Train"
        self.pause_button.disabled = job.state != "running"
        words = standing(job, self._more)
        drawing = over_episodes(job, self._more, f"{CURVES} {words}")
        with self.view.hold_sync():  # in one message
            self.view.drawing, self.view.state = drawing.numbers(), job.state
            self.view.play(job.snapshots, job.demo)
        self._say(words)  # never ahead of the picture

    def _make_controls(self) -> list[widgets.HBox]:
        self.hold = widgets.Checkbox(description="hold", indent=False, layout={"width": "auto"})
        self.epsilon = make_control("epsilon", (0.0, 1.0, 0.01))
        self.learning_rate = Control("learning_rate", "slider", RATES, options=[f"{rate:.1e}" for rate in RATES])
        self.stick = widgets.Dropdown(options=STICKS, description="stick", style=WIDE, layout={"width": "130px"})
        self.hold.observe(self._on_epsilon, "value")
        self.epsilon.observe(self._on_epsilon, "place")
        self._on_change(
            self.learning_rate, lambda session, _: session.set_learning_rate(self.learning_rate.value), "place"
        )
        self._on_change(self.stick, lambda session, value: session.set_stick(None if value == NO_STICK else value))
        self.file_name = widgets.Text("my_agent.safetensors", description="file", style=WIDE, layout={"width": "240px"})
        self.save_button = button("Save", "save", lambda: self.session.change(self._save))
        self.load_button = button("Load", "folder-open", self._load)
        rates = row([self.hold, ControlBar([self.epsilon, self.learning_rate]), self.stick])
        rates.layout.grid_gap = "0 12px"
        return [
            rates,
            row([self.file_name, self.save_button, self.load_button, self._message]),
        ]

    def _on_change(
        self, control: traitlets.HasTraits, act: Callable[[TrainingJob, Any], None], trait: str = "value"
    ) -> None:
        def changed(change: Any) -> None:
            if not self._quiet:
                self.session.change(partial(act, self.session, change.new))

        control.observe(changed, trait)

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
            self._tell(f"Not saved: {error}")
        else:
            self._saved[path.absolute()] = self.session.copied()
            self._tell(f"Saved {path} after {self.agent.steps:,} steps.")

    def _load(self) -> None:
        try:
            job = self._make_job(self._read())
        except Exception as error:
            self._tell(f"Not loaded, your agent is as it was: {error}")
        else:
            job.look_back(self._saved.get(self._path().absolute()))
            self._adopt(job)
            agent = job.agent
            self._tell(
                f"Loaded {self.file_name.value}: {agent.episodes:,} episodes, {agent.steps:,} steps. Go on trains it."
            )

    def _read(self) -> QAgent:
        agent, here = self._kind.load(self._path()), self._first[0].env_id
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

    def _tell(self, words: str) -> None:
        self._message.value = status(words)

    def _still(self) -> dict[str, str]:
        settings, seed = self._first
        changed = {k: v for k, v in vars(settings).items() if v != getattr(Settings(), k)}
        kind = f"{self._kind.__module__}:{self._kind.__qualname__}"
        run = {"settings": changed, "seed": seed, "steps": self._steps, "controls": self._more, "make": kind}
        return first_frame(run, settings)
