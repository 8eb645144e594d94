"""The function approximator: observations in, one value per action out."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import torch
from torch import nn

from qlib.core.demands import demand_room, demand_whole
from qlib.core.settings import Settings


class QNetwork(nn.Module):
    """Estimate the value of each action in a state (Mnih et al. 2015, without the convolutions).

    Linear layers with ReLU between them, and none after the last: a return may be any number, also below 0.

    Args:
        n_observations: numbers in one observation.
        n_actions: actions to choose from.
        hidden: units in each hidden layer.
        observation_scale: what each observation is divided by, shape (n_observations,); None: nothing.
        generator: the source of the random first weights; None: PyTorch's global one.

    Raises:
        ValueError: if `observation_scale` does not have one entry per observation, or a size is not a whole number from
            1 up, or the network is larger than this machine's memory.
    """

    def __init__(
        self,
        n_observations: int = 4,
        n_actions: int = 2,
        hidden: Sequence[int] = (24, 24),
        observation_scale: Sequence[float] | None = None,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        if observation_scale is not None and len(observation_scale) != n_observations:
            raise ValueError(
                f"observation_scale has {len(observation_scale)} entries, an observation has {n_observations}: "
                "give one number for each, in the observation's units, or let qlib.carry_over(env_id, steps) find them."
            )
        scale = None if observation_scale is None else torch.tensor(observation_scale, dtype=torch.float32)
        self.scale: torch.Tensor | None
        self.register_buffer("scale", scale)
        for name, size in (
            ("n_observations", n_observations),
            ("n_actions", n_actions),
            *(("hidden", n) for n in hidden),
        ):
            demand_whole(name, size)
        sizes = [int(n_observations), *map(int, hidden)]
        n_parameters = sum((n_in + 1) * n_out for n_in, n_out in itertools.pairwise([*sizes, int(n_actions)]))
        # In training there are six of each number: gradient, Adam's two averages, the target network and the last good
        # network. A layer's objects take some 8 kB.
        demand_room("hidden", tuple(hidden), 6 * (4 * n_parameters + 8_000 * len(sizes)))
        layers: list[nn.Module] = []
        for n_in, n_out in itertools.pairwise(sizes):
            layers += self.block(n_in, n_out)
        self.layers = nn.Sequential(*layers, nn.Linear(sizes[-1], int(n_actions)))
        _initialise(self, generator)

    def block(self, n_in: int, n_out: int) -> list[nn.Module]:
        """Return the modules of one hidden layer."""
        return [nn.Linear(n_in, n_out), nn.ReLU()]

    def forward(self, observations: torch.Tensor) -> torch.Tensor:
        """Map observations (B, n_observations) to action values (B, n_actions), float32."""
        if self.scale is not None:
            observations = observations / self.scale
        return self.layers(observations)

    @property
    def n_parameters(self) -> int:
        """The number of weights and biases."""
        return sum(p.numel() for p in self.parameters())

    def extra_repr(self) -> str:
        return f"{self.n_parameters} parameters"


class QNetworkBN(QNetwork):
    """A QNetwork with batch normalisation between each linear layer and its ReLU (Ioffe and Szegedy 2015).

    In train mode a batch of one cannot be normalised; act in eval mode.
    """

    def block(self, n_in: int, n_out: int) -> list[nn.Module]:
        return [nn.Linear(n_in, n_out), nn.BatchNorm1d(n_out), nn.ReLU()]


def build(
    settings: Settings, n_observations: int, n_actions: int, generator: torch.Generator | None = None
) -> QNetwork:
    """Make the network that settings describe."""
    kind = QNetwork if settings.network == "plain" else QNetworkBN
    return kind(n_observations, n_actions, settings.hidden, settings.observation_scale, generator)


def build_optimizer(network: nn.Module, settings: Settings) -> torch.optim.Optimizer:
    """Make AdamW (Loshchilov and Hutter 2019; without weight decay it is Adam) for a network's parameters."""
    parameters = list(network.parameters())
    fused = parameters[0].device.type in ("cpu", "cuda")
    return torch.optim.AdamW(parameters, settings.learning_rate, weight_decay=settings.weight_decay, fused=fused)


@torch.no_grad()
def mix(target: nn.Module, online: nn.Module, tau: float) -> None:
    """Move the target network towards the online one: θ⁻ ← θ⁻ + τ (θ - θ⁻) (Lillicrap et al. 2016)."""
    for slow, quick in zip(target.parameters(), online.parameters(), strict=True):
        slow.lerp_(quick, tau)
    for average, latest in zip(target.buffers(), online.buffers(), strict=True):
        average.copy_(latest)  # batch norm's statistics are averages already


def _initialise(network: nn.Module, generator: torch.Generator | None) -> None:
    """Draw PyTorch's default first weights of linear layers from a generator of our own."""
    for layer in network.modules():
        if isinstance(layer, nn.Linear):
            bound = layer.in_features**-0.5
            nn.init.uniform_(layer.weight, -bound, bound, generator=generator)
            nn.init.uniform_(layer.bias, -bound, bound, generator=generator)
