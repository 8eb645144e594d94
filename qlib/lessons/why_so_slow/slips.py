"""Four updates with a slip that raises no error, to be told apart by what they ask PyTorch for (exercise 15.5)."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F

from qlib.core.settings import ORIGINAL
from qlib.lessons.why_so_slow.ways import Columns, learner, operations, random_rows

PARTS = {  # what an operation is for; what is not named is the loss's
    "fetching": {"randint", "index", "select", "stack"},
    "forward": {"addmm", "relu"},
    "backward": {"mm", "threshold_backward", "sum"},
    "optimiser": {
        *("_fused_adam_", "_foreach_add_", "_local_scalar_dense"),
        *("add_", "lerp_", "mul_", "addcmul_", "sqrt", "div", "addcdiv_"),
    },
    "loss": set(),
}
WHOLE = "whole"
SLIPS = {"A": "with_gradient", "B": "one_by_one", "C": "asked_twice", "D": "tensor_by_tensor"}


def counts(ring: Columns) -> dict[str, dict[str, int]]:
    """Count the operations of each part: of the whole update, and of the four with a slip, by letter."""
    return {name: _parts(_update(ring, SLIPS.get(name, ""))) for name in (WHOLE, *SLIPS)}


def _parts(update: Callable[[], object]) -> dict[str, int]:
    found = dict.fromkeys(PARTS, 0)
    for operation, n in operations(update).items():
        found[next((part for part, known in PARTS.items() if operation in known), "loss")] += n
    return found


def _update(ring: Columns, slip: str) -> Callable[[], object]:
    network, optimizer = learner() if slip == "tensor_by_tensor" else learner(fused=True)

    def update() -> None:
        rows = random_rows()
        if slip == "one_by_one":
            s, a, r, following = (torch.stack([column[row] for row in rows.tolist()]) for column in ring)
        else:
            s, a, r, following = (column[rows] for column in ring)
        with torch.set_grad_enabled(slip == "with_gradient"):
            best = network(following).max(1)[0]
        if slip == "asked_twice":
            network(s)
        loss = F.mse_loss(network(s).gather(1, a.unsqueeze(1)), (r + ORIGINAL.gamma * best).unsqueeze(1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return update
