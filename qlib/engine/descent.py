"""The step down a gradient, compiled: clipping, AdamW, and what the target network takes over of it.

Where the gradient comes from is open: `kernels` computes it for dense layers, `convolutions` for those of images, and
`traced` takes it from PyTorch.
"""

from __future__ import annotations

import numpy as np

from qlib.engine.jit import jit


@jit
def advance_all(
    rows: np.ndarray,
    counts: np.ndarray,
    losses: np.ndarray,
    gradients: np.ndarray,
    who: np.ndarray,
    shares: np.ndarray,
    rate: float,
    decay: float,
    max_norm: float,
    after: np.ndarray,
) -> None:
    """Take one AdamW step for each of some agents, in place, and let their target networks take over their shares.

    Args:
        rows: shape (agents, 6, parameters), as in `kernels`.
        counts: steps that Adam has taken, shape (agents, 1 or more equal columns).
        losses, gradients: shape (agents,) and (agents, parameters).
        who: the agents that learn.
        shares: of the online network that the target takes over, shape (agents in `who`,).
        rate: Adam's step size.
        decay, max_norm: AdamW's, and the norm that gradients are clipped to.
        after: the losses, shape (agents in `who`,), written here. NaN where a loss or its gradient is not finite: that
            agent has gone back to its last good networks.
    """
    for k in range(len(who)):
        i = who[k]
        after[k] = advance(rows[i], counts[i], losses[i], gradients[i], rate, shares[k], decay, max_norm)


@jit
def advance(
    rows: np.ndarray,
    counts: np.ndarray,
    loss: float,
    gradient: np.ndarray,
    rate: float,
    share: float,
    decay: float,
    max_norm: float,
) -> float:
    """Take one agent's step down its gradient, or back to its last good networks; return the loss, or then NaN."""
    norm = np.sqrt(np.dot(gradient, gradient))
    if not (np.isfinite(loss) and np.isfinite(norm)):
        rows[:2] = rows[4:]
        return np.nan
    rows[4:] = rows[:2]
    counts += 1
    clip = min(1.0, max_norm / (norm + 1e-6))
    step(rows, gradient, counts[0], rate, decay, clip)
    if share > 0:
        mix(rows[1], rows[0], share)
    return loss


@jit
def step(rows: np.ndarray, gradient: np.ndarray, t: float, learning_rate: float, decay: float, clip: float) -> None:
    """Take AdamW's step number t (Loshchilov and Hutter 2019, algorithm 2) with clip times the gradient."""
    online, moment1, moment2 = rows[0], rows[2], rows[3]
    factor = np.float32(clip)
    keep = np.float32(1 - learning_rate * decay)
    size = np.float32(learning_rate / (1 - 0.9**t))
    root = np.float32(np.sqrt(1 - 0.999**t))
    for i in range(len(online)):
        g = gradient[i] * factor
        moment1[i] += np.float32(0.1) * (g - moment1[i])
        moment2[i] = np.float32(0.999) * moment2[i] + np.float32(0.001) * g * g
        online[i] = online[i] * keep - size * moment1[i] / (np.sqrt(moment2[i]) / root + np.float32(1e-8))


@jit
def mix(target: np.ndarray, online: np.ndarray, share: float) -> None:
    """Move the target's parameters a share of the way to the online network's; 1 copies them."""
    if share == 1:
        target[:] = online
        return
    for i in range(len(target)):
        target[i] += np.float32(share) * (online[i] - target[i])
