"""What lesson 11's questions ask about, looked at and put into their words, so that no cell gives it away."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

from qlib.core.agent import QAgent
from qlib.core.network import QNetwork, QNetworkBN
from qlib.lessons.normalisation.pictures import scaled
from qlib.study.result import Comparison


def by_the_space(observation: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return (x - low) / (high - low) as the original does, and keep quiet about it as no program should.

    Args:
        observation, low, high: shape (n,), in the environment's units.

    Returns:
        Shape (n,), with whatever the division gives.
    """
    with np.errstate(invalid="ignore"):
        return (observation - low) / (high - low)


def passed_on(agent: QAgent, observation: np.ndarray) -> dict[str, Any]:
    """Return the values, the greedy action and a loss that an agent makes of an observation, shape (n,)."""
    values = agent.q_values(observation)
    loss = nn.functional.mse_loss(values, torch.zeros_like(values)).item()
    return {"values": values.numpy(), "action": values.argmax().item(), "loss": loss}


def proper(made: dict[str, Any]) -> str:
    """Name what is a finite number, such as "values and action", or say "none"."""
    return " and ".join(name for name, number in made.items() if np.isfinite(number).all()) or "none"


def unlike(observations: np.ndarray, way: str) -> float:
    """Say how many times as far as the narrowest input, shape (B, n), the widest spreads when scaled that way."""
    spread = scaled(observations, way).std(0)
    return float(spread.max() / spread.min())


def compared(now: float, before: float) -> str:
    """Say whether inputs are "more alike", "as unlike as before", to within 1 in 20, or "less alike"."""
    return "less alike" if now > 1.05 * before else "more alike" if now < before / 1.05 else "as unlike as before"


def answer_to(network: nn.Module, rows: torch.Tensor) -> tuple[str, str]:
    """Say what a network gives for rows of observations, shape (B, n): "two values" or "an error", and its words."""
    try:
        network(rows)
    except ValueError as error:
        return "an error", str(error).split(",")[0]
    return "two values", ""


def same_in_both(plain: QNetwork, normed: QNetworkBN, batches: Sequence[torch.Tensor]) -> str:
    """Name the networks that value the first row of two batches, shape (B, n), the same; both end in eval mode."""
    alike = {}
    for name, network, training in (
        ("plain", plain, False),
        ("batch norm in train mode", normed, True),
        ("batch norm in eval mode", normed, False),
    ):
        network.train(training)
        one, other = (network(batch)[0] for batch in batches)
        alike[name] = torch.allclose(one, other, atol=1e-6)
    return "all three" if all(alike.values()) else " and ".join(name for name, same in alike.items() if same)


def ends(result: Comparison) -> np.ndarray:
    """Return each agent's median loss at the end, shape (labels,)."""
    return np.median(result.diagnostics["loss"][:, :, -1], axis=1)


def size(loss: float, whole: float) -> str:
    """Say how large a loss is beside a whole agent's: twice or half as large counts."""
    if loss < whole / 2:
        return "smaller than a whole agent's"
    return "larger than a whole agent's" if loss > 2 * whole else "about as large"


def refusal(give: Callable[..., Any], *arguments: Any) -> list[str]:
    """Return the sentences of the ValueError that a call raises, in lines of at most 100 letters."""
    try:
        give(*arguments)
    except ValueError as error:
        return [line for sentence in str(error).split(". ") for line in textwrap.wrap(sentence, 100)]
    return ["No error."]
