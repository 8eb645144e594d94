"""What is right in lesson 06, and why: kept out of its cells, so that nobody reads it before guessing."""

from typing import Any

QUESTIONS: dict[str, dict[str, Any]] = {
    "row 2": {
        "question": "Row 2: in A, go, reward 1, then B with the values 3 and 1. What is y?",
        "choices": [1.9, 2.8, 3.7, 4.0],
        "answer": 3.7,
        "because": "1 + 0.9 · 3. The best of B's values counts, whatever the agent does there.",
    },
    "row 4": {
        "question": "Row 4: in B, go, reward 2, and the episode terminated. What is y?",
        "choices": [2.0, 2.9, 4.7],
        "answer": 2.0,
        "because": "the reward alone, for nothing follows. 4.7 would be bootstrapped through the end.",
    },
    "one step": {
        "question": "Where is Q(A, go) after one step with learning rate 0.5?",
        "between": (1.5, 4.0, 0.025),
        "within": 0.1,
        "answer": 2.425,
        "because": "the error is 2.0 − 3.7 = −1.7, its slope 2 · (−1.7) / 4 = −0.85, and 2.0 + 0.5 · 0.85 is there.",
    },
    "target network": {
        "question": "Gamma is 0.9. What is y, with the target network?",
        "choices": [4.6, 5.5, 6.4, 7.3],
        "answer": 5.5,
        "because": "1 + 0.9 · 5. The target network chooses the best action and values it.",
    },
    "Double DQN": {
        "question": "The same row by Double DQN: what is y?",
        "choices": [4.6, 5.5, 6.4, 7.3],
        "answer": 4.6,
        "because": "the online network prefers left, 7 against 6. The target network says that left is worth 4.",
    },
    "sixteen seeds": {
        "question": "On how many of 16 seeds does the agent reach a mean of 475 steps?",
        "choices": ["none", "fewer than 12", "12 or more"],
        "answer": {True: "12 or more", False: "fewer than 12"},
        "because": "the sixteen scores are {scores}.",
    },
}
