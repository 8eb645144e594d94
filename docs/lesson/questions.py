"""What lesson NN asks, with its answers, so that no cell gives them away."""

from __future__ import annotations

from typing import Any

QUESTIONS: dict[str, dict[str, Any]] = {
    "500 rewards": {
        "question": "A reward of 1 comes at each of 500 steps, and gamma is 0.99. What are they worth today?",
        "choices": [1, 100, 500],
        "because": "precisely {answer:.1f}. Rewards far away hardly count: together they stay below 1 / (1 - gamma).",
    },
}
