"""The agent: act, remember, learn."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from qlib import checkpoint
from qlib.device import demand_present
from qlib.environment import demand_finite, sizes
from qlib.memory import Batch, ReplayMemory
from qlib.network import QNetwork, QNetworkBN
from qlib.settings import Settings


class DivergedError(ArithmeticError):
    """The loss or its gradient is no longer a finite number; the weights are the last good ones."""


class QAgent:
    """A deep Q-learning agent (Mnih et al. 2015; Double DQN: van Hasselt et al. 2016).

    Attributes:
        online: the network that acts and is trained, Q(s, a; θ).
        target: the slower network that values next states, Q(s, a; θ⁻); None without a target network.
        memory: the replay memory.
        epsilon: the chance of a random action, decayed by `train` after each episode.
        steps, updates, episodes: counts since the agent was made.

    Args:
        settings: the hyperparameters.
        seed: the source of all of this agent's randomness.

    Raises:
        ValueError: if the environment is not one for these networks, or the device is not there.
    """

    def __init__(self, settings: Settings, seed: int = 0) -> None:
        self.settings = settings
        self.seed = seed
        self.n_observations, self.n_actions = sizes(settings)
        self.generator = torch.Generator().manual_seed(seed)
        self.device = demand_present(settings.device)
        self.online = self._new_network(self.generator).to(self.device)
        self.target: QNetwork | None = None
        if settings.target_network != "none":
            self.target = self._new_network().to(self.device)
            self.target.load_state_dict(self.online.state_dict())
        self._fast: list[torch.Tensor] = list(
            self.online.parameters()
        )  # listed once: walking a module takes as long as a forward pass
        self._slow: list[torch.Tensor] = [] if self.target is None else list(self.target.parameters())
        self.memory = ReplayMemory(settings.memory_size, self.n_observations, self.device)
        self.optimizer = self._new_optimizer()
        self.epsilon = settings.epsilon_start
        self.steps = self.updates = self.episodes = 0

    def act(self, observation: np.ndarray, epsilon: float = 0.0) -> int:
        """Choose an action epsilon-greedily.

        Args:
            observation: shape (n_observations,), in the environment's units.
            epsilon: the chance of a uniformly random action.

        Returns:
            The action, from 0 to n_actions - 1.

        Raises:
            ValueError: if the observation is not of shape (n_observations,).
        """
        if np.shape(observation) != (self.n_observations,):
            raise ValueError(
                f"act takes one observation of shape ({self.n_observations},), this one has shape "
                f"{np.shape(observation)}. For many at once use q_values(observations).argmax(1)."
            )
        if epsilon > 0 and torch.rand((), generator=self.generator).item() < epsilon:
            return int(torch.randint(self.n_actions, (), generator=self.generator).item())
        return int(self.q_values(observation).argmax().item())

    def q_values(self, observations: np.ndarray | torch.Tensor) -> torch.Tensor:
        """Estimate the value of each action, without gradients and in eval mode.

        Args:
            observations: shape (n_observations,) or (B, n_observations), in the environment's units.

        Returns:
            Values of shape (n_actions,) or (B, n_actions), float32, on the CPU.
        """
        x = torch.as_tensor(observations, dtype=torch.float32, device=self.device)
        if x.ndim == 0 or x.shape[-1] != self.n_observations:
            raise ValueError(f"an observation has {self.n_observations} numbers; these have shape {tuple(x.shape)}.")
        self.online.eval()
        with torch.no_grad():
            values = self.online(x.unsqueeze(0) if x.ndim == 1 else x)  # (B, A): batch norm demands the B
        return (values.squeeze(0) if x.ndim == 1 else values).cpu()

    def remember(
        self, observation, action: int, reward: float, next_observation, terminated: bool, truncated: bool = False
    ) -> None:
        """Push one transition to the memory and count the step.

        Raises:
            ValueError: if an observation or the reward is not finite; the message names the step.
        """
        demand_finite(next_observation, reward, self.steps + 1)
        over = terminated
        if self.settings.bootstrap_ends_at == "termination or truncation":
            over = terminated or truncated
        self.memory.push(observation, action, reward * self.settings.reward_scale, next_observation, over)
        self.steps += 1

    def learn(self) -> float:
        """Draw a batch and take one step down the gradient of its loss.

        Returns:
            The loss before the step; NaN while the memory holds too little to learn from.

        Raises:
            DivergedError: if the loss or its gradient is not finite; no step is taken then.
        """
        if len(self.memory) < max(self.settings.batch_size, self.settings.learning_starts):
            return math.nan
        self.online.train()
        loss = self.loss(self.memory.sample(self.settings.batch_size, self.generator))
        self.optimizer.zero_grad()
        loss.backward()
        self._demand_finite_gradient(loss)
        self._set_learning_rate()
        self.optimizer.step()
        self.updates += 1
        self._update_target()
        return loss.item()

    def loss(self, batch: Batch) -> torch.Tensor:
        """Compute the mean error of a batch, L(θ): equation 2 of Mnih et al. 2013."""
        values = self.online(batch.observations)  # (B, A)
        current = values.gather(1, batch.actions.unsqueeze(1)).squeeze(1)  # (B,)
        error = F.mse_loss if self.settings.loss == "mse" else F.smooth_l1_loss
        return error(current, self.td_target(batch))

    @torch.no_grad()  # the target is a constant: the gradient stops here
    def td_target(self, batch: Batch) -> torch.Tensor:
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

    @torch.no_grad()
    def _update_target(self) -> None:
        settings = self.settings
        if self.target is None:
            return
        if settings.target_network == "hard":
            if self.updates % settings.target_every == 0:
                self.target.load_state_dict(self.online.state_dict())
            return
        torch._foreach_lerp_(self._slow, self._fast, settings.tau)  # θ⁻ ← θ⁻ + τ (θ - θ⁻)
        for slow, fast in zip(self.target.buffers(), self.online.buffers(), strict=True):
            slow.copy_(fast)  # batch norm's statistics are averages already

    def _set_learning_rate(self) -> None:
        settings = self.settings
        if settings.learning_rate_end is None:
            return
        done = min(1.0, self.steps / settings.learning_rate_steps)
        rate = settings.learning_rate + done * (settings.learning_rate_end - settings.learning_rate)
        self.optimizer.param_groups[0]["lr"] = rate

    def _demand_finite_gradient(self, loss: torch.Tensor) -> None:
        # A finite loss can have an infinite gradient only when it is near float32's end, so look only then.
        limit = self.settings.max_gradient_norm
        if limit is not None:
            nn.utils.clip_grad_norm_(self._fast, limit)
        if not loss.item() < 1e12 and not all(p.grad.isfinite().all() for p in self._fast if p.grad is not None):
            raise DivergedError(
                f"The loss is {loss.item():.3g} at update {self.updates + 1:,}, step {self.steps:,}, and its gradient "
                "is not finite. The weights are those before this update. Lower learning_rate, or look at the rewards."
            )

    def _new_network(self, generator: torch.Generator | None = None) -> QNetwork:
        kind = QNetwork if self.settings.network == "plain" else QNetworkBN
        return kind(
            self.n_observations, self.n_actions, self.settings.hidden, self.settings.observation_scale, generator
        )

    def _new_optimizer(self) -> torch.optim.Optimizer:
        return torch.optim.AdamW(
            self._fast,
            lr=self.settings.learning_rate,
            weight_decay=self.settings.weight_decay,
            fused=self.device.type in ("cpu", "cuda"),
        )

    def to(self, device: str) -> QAgent:
        """Move networks, optimiser and memory to another device and return the agent."""
        state = self.optimizer.state_dict()
        self.device = demand_present(device)
        self.online.to(self.device)
        if self.target is not None:
            self.target.to(self.device)
        self.memory.to(self.device)
        self.optimizer = self._new_optimizer()
        self.optimizer.load_state_dict(state)  # copies the state to where the parameters are
        return self

    def save(self, path: str | Path) -> Path:
        """Write the whole agent, memory included, to one safetensors file, all at once or not at all.

        Raises:
            ValueError: if the folder does not exist.
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
