"""The function approximator: observations in, one value per action out."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import torch
from torch import nn

from qlib.core.demands import demand_room, demand_whole
from qlib.core.images import Image
from qlib.core.settings import Settings


class QNetwork(nn.Module):
    """Estimate the value of each action in a state (Mnih et al. 2015, without the convolutions: see `QNetworkConv`).

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


class QNetworkConv(QNetwork):
    """A QNetwork that sees images, through convolutions if it has any (LeCun et al. 1989; Mnih et al. 2015).

    Pixels are mapped from their declared range to 0 ... 1, go through each convolution and a ReLU, and then in one row
    through the dense layers.

    Args:
        image: what an observation is.
        n_actions: actions to choose from.
        filters: of each convolution, channels out, rows and columns of its window, and stride; (): dense layers only.
        hidden: units in each hidden dense layer.
        padded: whether a border of zeros lets a convolution of odd window and stride 1 keep rows and columns.
        residual: whether each convolution whose output is shaped like its input adds that input (He et al. 2016).
        generator: the source of the random first weights; None: PyTorch's global one.

    Raises:
        ValueError: if a window is larger than what it looks at, no convolution could add its input although they are to
            be `residual`, or as `QNetwork`.
    """

    def __init__(
        self,
        image: Image,
        n_actions: int,
        filters: Sequence[Sequence[int]] = ((16, 3, 1),),
        hidden: Sequence[int] = (24, 24),
        padded: bool = False,
        residual: bool = False,
        generator: torch.Generator | None = None,
    ) -> None:
        shape, blocks, n_parameters = image.planes, list[Convolution](), 0
        for number, (n_out, window, stride) in enumerate(filters):
            n_in, rows, columns = shape
            border = window // 2 if padded and window % 2 == 1 and stride == 1 else 0
            if window > min(rows, columns) + 2 * border:
                raise ValueError(
                    f"filters[{number}]={tuple(filters[number])} does not fit: its window of {window} x {window} is "
                    f"larger than the {rows} x {columns} that it looks at. Use smaller windows or strides, fewer "
                    "filters, or padded=True."
                )
            n_parameters += n_out * (n_in * window**2 + 1)
            demand_room("filters", tuple(map(tuple, filters)), 24 * n_parameters)
            high, wide = ((size + 2 * border - window) // stride + 1 for size in (rows, columns))
            out = (n_out, high, wide)
            blocks.append(Convolution(n_in, n_out, window, stride, border, adds=residual and out == shape))
            shape = out
        if residual and not any(block.adds for block in blocks):
            raise ValueError(
                f"residual=True, and none of filters={tuple(map(tuple, filters))} has an output that is shaped like "
                "its input, so that it could be added. Use padded=True, and a convolution of stride 1 after one of as "
                "many channels; or residual=False."
            )
        super().__init__(math.prod(shape), n_actions, hidden, generator=generator)
        self.image = image
        self.filters = nn.Sequential(*blocks)
        _initialise(self.filters, generator)

    def forward(self, observations: torch.Tensor) -> torch.Tensor:
        """Map observations (B, *image.shape) to action values (B, n_actions), float32."""
        planes = self.image.to_planes(observations)  # (B, frames x channels, H, W)
        return self.layers(self.filters(planes).flatten(1))


class Convolution(nn.Conv2d):
    """A convolution and a ReLU, which may add its input."""

    def __init__(self, n_in: int, n_out: int, window: int, stride: int, border: int, adds: bool) -> None:
        super().__init__(n_in, n_out, window, stride, border)
        self.adds = adds

    def forward(self, planes: torch.Tensor) -> torch.Tensor:
        """Map planes (B, n_in, H, W) to (B, n_out, h, w)."""
        found = super().forward(planes).relu()
        return planes + found if self.adds else found


def build(
    settings: Settings,
    n_observations: int,
    n_actions: int,
    generator: torch.Generator | None = None,
    image: Image | None = None,
) -> QNetwork:
    """Make the network that settings describe, for images or for rows of numbers.

    Raises:
        ValueError: if the settings describe none for such observations, or as the networks.
    """
    if image is None:
        if settings.network == "conv":
            raise ValueError(
                f"network='conv' looks at images, and {settings.env_id} has observations of shape ({n_observations},). "
                "Use network='plain'."
            )
        kind = QNetwork if settings.network == "plain" else QNetworkBN
        return kind(n_observations, n_actions, settings.hidden, settings.observation_scale, generator)
    if settings.network == "batch_norm":
        raise ValueError(
            f"network='batch_norm' takes rows of numbers, and {settings.env_id} has images of shape {image.frame}. Use "
            "network='conv', or 'plain' for dense layers alone."
        )
    if settings.observation_scale is not None:
        raise ValueError(
            f"observation_scale is for rows of numbers, and {settings.env_id} has images of shape {image.frame}: the "
            "network maps their declared range to 0 ... 1 by itself. Set observation_scale=None."
        )
    conv = settings.network == "conv"
    shape = (settings.filters if conv else (), settings.hidden, settings.padded, conv and settings.residual)
    return QNetworkConv(image, n_actions, *shape, generator)


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
    """Draw PyTorch's default first weights of linear layers and convolutions from a generator of our own."""
    for layer in network.modules():
        if isinstance(layer, (nn.Linear, nn.Conv2d)):
            bound = layer.weight[0].numel() ** -0.5
            assert layer.bias is not None
            nn.init.uniform_(layer.weight, -bound, bound, generator=generator)
            nn.init.uniform_(layer.bias, -bound, bound, generator=generator)
