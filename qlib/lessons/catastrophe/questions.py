"""What lesson 09's questions hide: answers that no cell computes, and what explains them."""

from typing import Any

QUESTIONS: dict[str, dict[str, Any]] = {
    "what differs": {
        "question": "The two agents have the same weights and the same batch. Which numbers differ between them?",
        "choices": ["targets and loss and gradient", "loss and gradient", "gradient", "none"],
        "because": (
            "the target's numbers are the same, with a graph or without one, and so is the loss. Only the "
            "way back is another."
        ),
    },
    "through the target": {
        "question": "What does an agent do whose gradient flows through the target, in 1,500 steps?",
        "choices": ["its weights run away", "it learns nothing", "it learns, but worse", "the same as a whole"],
        "answer": "it learns, but worse",
        "because": (
            "its curve soon stays below the whole agent's. The next subsection has 128 seeds, and says by how many "
            "steps."
        ),
    },
    "lower loss": {
        "question": "Whose loss is the lower one at the end?",
        "choices": ["whole", "through target"],
        "because": (
            "its loss is {losses[1]}, the whole agent's {losses[0]} (medians). Its highest value is {highest[1]}, the "
            "whole agent's {highest[0]}, and a loss is a square. A quiet loss is no sign of learning."
        ),
    },
    "cost at 0.8": {
        "question": "Over 128 seeds, how many steps of score does the gradient through the target cost at gamma 0.8?",
        "between": (-20, 100, 5),
        "unit": "steps",
        "because": (
            "on these seeds, at this learning rate. The figure has the interval, and below it stands what others gave. "
            "At gamma 0.99 it costs {long}."
        ),
    },
    "no no_grad": {
        "question": "On how many of 16 seeds has the agent without no_grad exactly the whole one's weights at the end?",
        "between": (0, 16, 1),
        "within": 0,
        "because": "a graph that nobody calls backward() on adds nothing to any gradient.",
    },
    "no eval": {
        "question": "And the agent without eval(), whose network has no batch norm?",
        "between": (0, 16, 1),
        "within": 0,
        "because": "linear layers and ReLU do the same in train mode and in eval mode.",
    },
    "twice the row": {
        "question": "After 300 steps of training it acts in 200 states. How many of the 2 actions does it ever take?",
        "choices": [1, 2],
        "because": "two equal rows, minus their mean, are 0, whatever the state. It acts blindly.",
    },
    "both scores": {
        "question": (
            "Compare each with a whole agent, over 128 seeds: which is shown to score less over training (its interval "
            "lies below 0)?"
        ),
        "choices": ["neither", "the target in train mode only", "the doubled row only", "both"],
        "answer": "both",
        "because": (
            "the doubled row by {row} steps, the target in train mode by {target}. These are scores in eval mode, "
            "which is what compare takes. The doubled row suffers there, too: each look of its own moves the running "
            'averages towards "no spread at all".'
        ),
    },
    "found": {
        "question": "Which of the three agents does this diagnostic find?",
        "choices": ["QAgent", "TargetInTrainMode", "RowDoubled", "TargetInTrainMode and RowDoubled"],
        "because": (
            "it moves its running averages with each look. The target in train mode is a fault of learning, "
            "and acting does not show it: no diagnostic finds everything."
        ),
    },
    "highest value": {
        "question": (
            "The ceiling is 100. Without a target network, how high is a seed's highest value at its top (the median "
            "over seeds)?"
        ),
        "between": (0, 600, 10),
        "because": (
            "far past the ceiling. (Each seed's own top, then the median. The picture has the median at each moment, "
            "which is lower.) With a target network it is: {others}."
        ),
    },
    "slow targets": {
        "question": "After 4,000 steps, how do agents with a slow target network (hard, 100; soft, 0.01) score?",
        "choices": ["above those without", "below those without", "no difference is shown"],
        "answer": "no difference is shown",
        "because": (
            "on the 128 seeds they lie below, by {hard} steps and by {soft}. The held-out seeds do not show it. The "
            "figure has the quicker ones, too."
        ),
    },
    "four rates": {
        "question": "At gamma 0.8, at how many of the four learning rates is a cost shown, on both sets of seeds?",
        "between": (0, 4, 1),
        "within": 0,
        "unit": "rates",
        "because": "at the largest. At gamma 0.99 it is shown at {long}.",
    },
    "own rates": {
        "question": "Each at its own best rate: how many of the four target networks are shown to beat none?",
        "between": (0, 4, 1),
        "within": 0,
        "unit": "networks",
        "because": "on the held-out seeds, against none: {told}.",
    },
    "with a target": {
        "question": "With a target network: which gradient does its online network get, beside a whole agent's?",
        "choices": ["another", "the same"],
        "because": (
            "the gradient through the target ends in the target network's weights, and no optimiser moves those."
        ),
    },
}
