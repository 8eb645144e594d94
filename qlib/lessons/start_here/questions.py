"""What lesson 00's questions are answered with, and why: kept out of its cells."""

from typing import Any

QUESTIONS: dict[str, dict[str, Any]] = {
    "untrained": {
        "question": (
            "An agent that has not trained at all balances the pole. After 500 steps an episode is stopped. How long "
            "does the pole stay up, on average over 100 episodes?"
        ),
        "choices": ["Under 20 steps", "20 to 100 steps", "100 to 400 steps", "Over 400 steps"],
        "answer": "Under 20 steps",
        "because": (
            "the mean is {mean:.1f}. It does one thing all the time, and a pole that is pushed one way only falls at "
            "once."
        ),
    },
    "beaten": {
        "question": (
            "Your best is {best} steps. After how many training steps did the mean of the agent's last 20 episodes lie "
            "above it?"
        ),
        "between": (0, 15_000, 500),
        "unit": "training steps",
        "because": (
            "CartPole takes 50 steps a second, so the agent had played for {minutes:.1f} minutes of its own time by "
            "then. 15,000 means: not within this training."
        ),
    },
    "trained": {
        "question": "How many steps does your trained agent last on average, of at most 500?",
        "between": (0, 500),
        "because": (
            "in the worst of its 100 episodes it lasted {worst:.0f} steps. The untrained agent lasted {before:.1f} on "
            "average."
        ),
    },
    "pushed": {
        "question": "How strong must a push be before fewer than half of the episodes reach step 500?",
        "between": (0, 3, 0.1),
        "within": 0.3,
        "unit": "rad/s",
        "because": (
            "of 200 episodes with one push of yours, {once} reach step 500, though nobody pushed the agent in "
            "training. Each side alone: {right:.1f} rad/s to the right, {left:.1f} to the left."
        ),
    },
}
