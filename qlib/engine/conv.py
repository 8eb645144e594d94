"""The compiled update of one agent that sees images."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

from qlib.core.agent import QAgent
from qlib.core.guards import no_denormals, one_thread
from qlib.core.network import Convolution, QNetworkConv
from qlib.engine.flat import FIRST, FlatUpdate, is_layered

CPU = torch.device("cpu")
LARGEST = 50_000  # numbers in the patches of one image: of larger ones PyTorch's own convolutions are sooner done


class ConvUpdate(FlatUpdate):
    """The compiled update of an agent with convolutions, laid out for it.

    Args:
        agents: one; `applies` says yes to it. Images of many would not fit together in a core's cache, so that one
            after the other is as quick.
    """

    def __init__(self, agents: Sequence[QAgent]) -> None:
        from qlib.engine import convolutions  # not at the top: Numba takes a second to import

        super().__init__(agents)
        (agent,) = agents
        self.convolutions: Any = convolutions
        self._frames: Any = agent.memory
        self._image: Any = agent.image
        self.plan = _plan(agent.online)
        self.sizes[0] = np.prod(_after(self.plan[-1]))
        self.dense = int(sum((n_in + 1) * n_out for n_in, n_out in zip(self.sizes, self.sizes[1:], strict=False)))
        self._unscaled = np.ones(self.sizes[0], np.float32)

    @classmethod
    def sees(cls, agent: QAgent) -> bool:
        return agent.image is not None

    @classmethod
    def computes(cls, network: nn.Module) -> bool:
        """Say whether a network is a QNetworkConv of our own convolutions and plain linear layers, and nothing else."""
        if not isinstance(network, QNetworkConv) or type(network.filters) is not nn.Sequential or not network.filters:
            return False
        blocks = list(network.filters)
        return (
            all(map(_is_plain, blocks))
            and is_layered(network, blocks)
            and sum(map(_patches, _plan(network))) <= LARGEST
        )

    def learn(self, agent: QAgent, rate: float, share: float) -> float:
        with no_denormals(True):  # where the same pixels stay dark, Adam's averages fade until they slow each step down
            return super().learn(agent, rate, share)

    def update(
        self,
        slots: np.ndarray,
        rate: float,
        shares: np.ndarray,
        who: np.ndarray = FIRST,
        weights: np.ndarray | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        n = slots.shape[1]
        _, _, double, _, has_target = self.differentiating
        with one_thread():
            batch = self._frames.at(torch.from_numpy(slots[0]))
            here = torch.cat((batch.observations, batch.next_observations))
            planes = _batch_last(self._image.to_planes(here).numpy())
        online, target = self.rows[0, 0], self.rows[0, 1]
        both = double or not has_target
        images, found = self._look(online, planes if both else np.ascontiguousarray(planes[..., :n]))
        seen = _batch_first(images[-1])
        ahead = self._look(target, np.ascontiguousarray(planes[..., n:]))[0] if has_target else images
        following = _batch_first(ahead[-1])[-n:]
        errors = np.empty(slots.shape, np.float32)
        weights = self._alike if weights is None else weights
        self.losses[0], below = self.kernels.head(
            *(online[: self.dense], target[: self.dense], self.sizes, seen, following),
            *(batch.actions.numpy(), batch.rewards.numpy(), batch.terminated.numpy(), weights[0]),
            *(*self.differentiating, errors[0], self.gradients[0, : self.dense]),
        )
        delta = _batch_last(below.reshape(n, *images[-1].shape[:-1]))
        back = (self.plan, images, found, delta, self.gradients[0, self.dense :])
        self.convolutions.look_back(online[self.dense :], *back)
        return self.advance(self.losses, self.gradients, who, shares, rate), errors

    def greedy(self, observations: np.ndarray) -> np.ndarray:
        """Choose the agent's best action for each of its observations (1, B, *shape), (1, B)."""
        with one_thread():
            planes = _batch_last(self._image.to_planes(self._image.take_all(observations[0], CPU)).numpy())
        left = _batch_first(self._look(self.rows[0, 0], planes)[0][-1])
        return self.kernels.greedy(
            self.rows[0, 0, : self.dense].reshape(1, 1, -1), self.sizes, self._unscaled, left[np.newaxis]
        )

    def _look(self, parameters: np.ndarray, planes: np.ndarray) -> tuple[tuple, tuple]:
        """Send planes (channels, H, W, B) through the convolutions; return what each sees, the end, and its ReLU's."""
        images, found = [planes], []
        for row in self.plan:
            found.append(np.empty((*_after(row), planes.shape[-1]), np.float32))
            images.append(np.empty_like(found[-1]) if row[-1] else found[-1])
        self.convolutions.look(parameters[self.dense :], self.plan, tuple(images), tuple(found))
        return tuple(images), tuple(found)


def _batch_last(images: np.ndarray) -> np.ndarray:
    """Turn images (B, channels, H, W) into those that the convolutions see, (channels, H, W, B)."""
    return np.ascontiguousarray(images.reshape(len(images), -1).T).reshape(*images.shape[1:], len(images))


def _batch_first(images: np.ndarray) -> np.ndarray:
    """Turn what the convolutions left, (channels, H, W, B), into what a dense layer sees, (B, units)."""
    return np.ascontiguousarray(images.reshape(-1, images.shape[-1]).T)


_FORWARD = Convolution.forward


def _is_plain(block: nn.Module) -> bool:
    return (
        type(block) is Convolution
        and getattr(block.forward, "__func__", None) is _FORWARD
        and block.bias is not None
        and (block.groups, block.dilation, block.padding_mode) == (1, (1, 1), "zeros")
    )


def _plan(network: Any) -> np.ndarray:
    """Describe a network's convolutions as `convolutions.look` takes them."""
    shape, plan = network.image.planes, list[tuple[int, ...]]()
    for block in network.filters:
        plan.append((*shape, block.out_channels, block.kernel_size[0], block.stride[0], block.padding[0], block.adds))
        shape = _after(plan[-1])
    return np.array(plan, np.int64)


def _patches(row: Sequence[int]) -> int:
    """Return how many numbers a convolution of the plan looks at in one image."""
    return int(row[0] * row[4] ** 2 * math.prod(_after(row)[1:]))


def _after(row: Sequence[int]) -> tuple[int, int, int]:
    """Return the shape of what a convolution of the plan gives."""
    _, high, wide, n_out, window, stride, border, _ = map(int, row)
    return n_out, (high + 2 * border - window) // stride + 1, (wide + 2 * border - window) // stride + 1
