"""The agent: act, remember, learn."""

from __future__ import annotations

import copy
import math
from pathlib import Path
from threading import RLock
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from qlib.core import accelerator, checkpoint
from qlib.core.demands import demand_present, demand_whole
from qlib.core.environment import seen
from qlib.core.guards import HeldBack, LastGood, no_denormals, one_thread
from qlib.core.images import Image
from qlib.core.memories import build_memory
from qlib.core.memory import Batch
from qlib.core.network import build, build_optimizer, mix
from qlib.core.prioritized import PrioritizedBatch, PrioritizedReplayMemory, anneal
from qlib.core.rows import Row
from qlib.core.rules import learning_rate, may_learn, stored, target_share
from qlib.core.settings import Settings


class DivergedError(ArithmeticError):
    """The loss or its gradient is no longer a finite number; the weights are the last good ones."""


class QAgent:
    """A deep Q-learning agent (Mnih et al. 2015; Double DQN: van Hasselt et al. 2016).

    Attributes:
        online: the network that acts and is trained, Q(s, a; θ).
        target: the slower network that values next states, Q(s, a; θ⁻); None without a target network.
        memory: the replay memory.
        epsilon: the chance of a random action, decayed by `train` after each episode or step.
        steps, updates, episodes: counts since the agent was made.
        observed: what an observation is, a Row or an Image.
        n_observations: numbers in one observation.

    Args:
        settings: the hyperparameters.
        seed: the source of all of this agent's randomness.

    Raises:
        ValueError: if the environment is not one for these networks, or the device is not there.
    """

    def __init__(self, settings: Settings, seed: int = 0) -> None:
        demand_whole("seed", seed, least=0)
        self.settings = settings
        self.seed = int(seed)
        image, self.n_observations, self.n_actions = seen(settings)
        self.observed = Row(self.n_observations) if image is None else image
        self.generator = torch.Generator().manual_seed(self.seed)
        self.device = demand_present(settings.device)
        with HeldBack():  # PyTorch imports more for the first optimiser, and half an import cannot be mended
            self.online = build(settings, self.n_observations, self.n_actions, self.generator, image)
            self.online.to(self.device)
            self.target = None if settings.target_network == "none" else copy.deepcopy(self.online).eval()
            self.memory = build_memory(settings, image, self.n_observations, self.device, self.n_actions)
            self.optimizer = build_optimizer(self.online, self.settings)
        self.epsilon = settings.epsilon_start
        self.steps = self.updates = self.episodes = 0
        self._good = LastGood()  # the networks' state before the last update
        self._taken: Any = None  # what the engine keeps of this agent, if it has taken over
        self._lock = RLock()  # train mode and eval mode are one switch, and a panel's thread may want the other one

    def act(self, observation: np.ndarray, epsilon: float = 0.0) -> int:
        """Choose an action epsilon-greedily.

        Args:
            observation: shape (n_observations,), in the environment's units, or an image as the environment gives it.
            epsilon: the chance of a uniformly random action.

        Returns:
            The action, from 0 to n_actions - 1.

        Raises:
            ValueError: if the observation is not of shape (n_observations,), or not such an image.
        """
        if np.shape(observation) != self.observed.shape:
            raise ValueError(
                f"act takes one observation of shape {self.observed.shape}, this one has shape "
                f"{np.shape(observation)}. For many at once use greedy(observations)."
            )
        random_action = self.explore(epsilon)
        if random_action is not None:
            return random_action
        row = self.observed.ready(observation)
        taken = self._engine()
        if taken is None:
            return int(self.q_values(row).argmax())
        return taken.greedy(row[np.newaxis, np.newaxis]).item()

    def explore(self, epsilon: float) -> int | None:
        """Draw a uniformly random action with probability epsilon; None: be greedy."""
        explores = epsilon > 0 and torch.rand((), generator=self.generator).item() < epsilon
        return int(torch.randint(self.n_actions, (), generator=self.generator).item()) if explores else None

    def greedy(self, observations: np.ndarray) -> np.ndarray:
        """Choose the action of the highest value for each of some observations (B, n_observations), shape (B,).

        Raises:
            ValueError: if an observation is not finite, or not an image as the environment gives it.
        """
        rows = self.observed.ready(observations)
        taken = self._engine()
        if taken is None:
            return self.q_values(rows).argmax(1).numpy()
        return taken.greedy(rows[np.newaxis])[0]

    def q_values(self, observations: np.ndarray | torch.Tensor) -> torch.Tensor:
        """Estimate the value of each action, without gradients and in eval mode.

        Args:
            observations: shape (n_observations,) or (B, n_observations), in the environment's units; or one or more
                images as the environment gives them.

        Returns:
            Values of shape (n_actions,) or (B, n_actions), float32, on the CPU.
        """
        x = self.observed.take_all(observations, self.device)
        is_one = x.ndim == len(self.observed.shape)
        with self._lock, one_thread(), torch.no_grad():
            self.online.eval()
            values = self.online(x.unsqueeze(0) if is_one else x)  # (B, A): batch norm demands the B
        return (values.squeeze(0) if is_one else values).cpu()

    def remember(
        self, observation, action: int, reward: float, next_observation, terminated: bool, truncated: bool = False
    ) -> None:
        """Push one transition to the memory and count the step.

        Raises:
            ValueError: if an observation or the reward is not finite; the message names the step. Or if an image is not
                as the environment declares, or does not go on from the one before.
        """
        # The first observation of an episode comes from a reset, and not from a step.
        self.observed.demand(observation, 0.0, self.steps)
        self.observed.demand(next_observation, reward, self.steps + 1)
        reward, ends = stored(self.settings, reward, terminated, truncated)
        with HeldBack():
            self.memory.push(observation, action, reward, next_observation, ends)
            self.steps += 1

    def learn(self) -> float:
        """Draw a batch and take one step down the gradient of its loss.

        Returns:
            The loss before the step; NaN while the memory holds too little to learn from.

        Raises:
            DivergedError: if the loss or its gradient is not finite; the weights are then the last with a finite loss.
        """
        settings = self.settings
        if not may_learn(settings, len(self.memory), self.memory.pushed):
            return math.nan
        with HeldBack():
            rate = self.optimizer.param_groups[0]["lr"] = learning_rate(settings, self.steps)
            share = target_share(settings, self.updates + 1)
            anneal(self.memory, settings, self.steps)
            taken = self._engine()
            if taken is not None:
                loss = taken.learn(self, rate, share)  # the same, sooner
            else:
                loss = self.update(self.memory.sample(settings.batch_size, self.generator))
                if share > 0 and not math.isnan(loss) and self.target is not None:
                    mix(self.target, self.online, share)
            if math.isnan(loss):
                raise DivergedError(
                    f"The loss or its gradient is not finite at update {self.updates + 1:,}, step {self.steps:,}. The "
                    "weights are the last ones whose loss was finite. Lower learning_rate, or look at the rewards."
                )
            self.updates += 1
        return loss

    def update(self, batch: Batch | PrioritizedBatch) -> float:
        """Take one step down the gradient of a batch's loss.

        Returns:
            The loss before the step. NaN if it or its gradient is not finite: then there is no step, and the networks
            are put back to the last ones whose loss was finite.
        """
        with self._lock, one_thread():
            self.online.train()
            loss = self.loss(batch)
            self.optimizer.zero_grad()
            loss.backward()
        norm = nn.utils.get_total_norm([p.grad for p in self.online.parameters() if p.grad is not None])
        if self.settings.max_gradient_norm is not None:
            nn.utils.clip_grads_with_norm_(self.online.parameters(), self.settings.max_gradient_norm, norm)
        if not (math.isfinite(loss.item()) and math.isfinite(norm.item())):
            self._good.put_back(self._state())
            return math.nan
        if isinstance(batch, PrioritizedBatch) and isinstance(self.memory, PrioritizedReplayMemory):
            self.memory.prioritize(batch.slots, batch.errors.cpu())
        self._good.keep(self._state())
        self._taken = None  # which keeps its own last good networks, older than these
        with no_denormals(self.image is not None):
            self.optimizer.step()
        return loss.item()

    def loss(self, batch: Batch | PrioritizedBatch) -> torch.Tensor:
        """Compute the mean error of a batch, L(θ): equation 2 of Mnih et al. 2013.

        A PrioritizedBatch is weighted, and its TD errors are written into it.
        """
        values = self.online(batch.observations)  # (B, A)
        current = values.gather(1, batch.actions.unsqueeze(1)).squeeze(1)  # (B,)
        target = self.td_target(batch)  # (B,)
        error = F.mse_loss if self.settings.loss == "mse" else F.smooth_l1_loss
        if isinstance(batch, PrioritizedBatch):
            batch.errors.copy_(current.detach() - target)
            return (batch.weights * error(current, target, reduction="none")).mean()
        return error(current, target)

    @torch.no_grad()  # the target is a constant: the gradient stops here
    def td_target(self, batch: Batch | PrioritizedBatch) -> torch.Tensor:
        """Compute y = r + γ max Q(s', a'; θ⁻), shape (B,); where the episode terminated, y = r."""
        valuer = self.online if self.target is None else self.target
        next_values = valuer(batch.next_observations)  # (B, A)
        if self.settings.double:
            next_actions = self.online(batch.next_observations).argmax(1, keepdim=True)  # (B, 1)
            best = next_values.gather(1, next_actions).squeeze(1)  # (B,)
        else:
            best = next_values.max(1).values  # (B,)
        if self.settings.bootstrap_ends_at != "nothing":
            best = best * ~batch.terminated
        return batch.rewards + self.settings.gamma * best

    @property
    def image(self) -> Image | None:
        """What an observation is, if it is an image."""
        return self.observed if isinstance(self.observed, Image) else None

    def _engine(self) -> accelerator.Taken | None:
        """Ask, each time anew, whether the engine takes over: a learner may redefine a method halfway."""
        return None if accelerator.engine is None else accelerator.engine.take(self)

    def __getstate__(self) -> dict:
        return {name: part for name, part in self.__dict__.items() if name not in ("_taken", "_lock")}

    def __setstate__(self, state: dict) -> None:
        self.__dict__ |= state | {"_taken": None, "_lock": RLock()}  # a copy lays out its own networks

    def _state(self) -> list[torch.Tensor]:
        networks = [self.online] if self.target is None else [self.online, self.target]
        return [tensor.detach() for network in networks for tensor in (*network.parameters(), *network.buffers())]

    def to(self, device: str) -> QAgent:
        """Move networks, optimiser and memory to another device and return the agent."""
        state = self.optimizer.state_dict()
        self.device = demand_present(device)
        self.online.to(self.device)
        if self.target is not None:
            self.target.to(self.device)
        self.memory.to(self.device)
        self.optimizer = build_optimizer(self.online, self.settings)
        self.optimizer.load_state_dict(state)  # copies the state to where the parameters are
        return self

    def save(self, path: str | Path) -> Path:
        """Write the whole agent, memory included, to one safetensors file, all at once or not at all.

        Raises:
            ValueError: if the path cannot be written.
        """
        return checkpoint.save(self, path)

    @classmethod
    def load(cls, path: str | Path, settings: Settings | None = None, device: str | None = None) -> QAgent:
        """Read an agent that `save` wrote; it goes on as if it had never stopped.

        Args:
            path: the file.
            settings: what to go on with; None: the saved settings. Environment and network must be the same.
            device: where to put it; None: the settings' device, or the CPU if that device is not there.

        Raises:
            ValueError: if the file is missing, damaged, of another kind, or of another environment or network.
        """
        return checkpoint.load(cls, path, settings, device)

    def __repr__(self) -> str:
        return (
            f"QAgent({self.settings.env_id}, seed {self.seed}: {self.episodes:,} episodes, {self.steps:,} steps, "
            f"{self.updates:,} updates, epsilon {self.epsilon:.3f}, {self.online.n_parameters:,} parameters "
            f"on {self.device})"
        )
