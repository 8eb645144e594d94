"""What lesson 00's questions are answered with, and why: kept out of its cells."""

from typing import Any

QUESTIONS: dict[str, dict[str, Any]] = {
    "untrained": {
        "question": "How long does the pole stay up on average if an agent balances it that has not trained at all?",
        "choices": [10, 50, 200, 500],
        "unit": "steps",
        "because": (
            "on average over 100 starts. It does one thing all the time, and a pole that is pushed one way "
            "only falls at once."
        ),
    },
    "trained": {
        "question": "How many steps does your trained agent last on average?",
        "between": (0, 500),
        "because": "between {least:.0f} and {most:.0f} steps. The untrained agent lasted {before:.1f} on average.",
    },
}
