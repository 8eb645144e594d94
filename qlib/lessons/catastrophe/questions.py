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
            "its curve soon stays below the whole agent's. Over 128 seeds that is 64 steps [50, 77], on average "
            "over the examinations."
        ),
    },
    "lower loss": {
        "question": "Whose loss is the lower one at the end?",
        "choices": ["whole", "through target"],
        "because": (
            "its highest value is {broken:.0f}, the whole agent's {whole:.0f}, and a loss is a square. A "
            "quiet loss is no sign of learning."
        ),
    },
    "cost at 0.8": {
        "question": "Over 128 seeds, how many steps of score does the gradient through the target cost at gamma 0.8?",
        "between": (-20, 100, 5),
        "unit": "steps",
        "because": (
            "20 [4, 35], surely more than nothing. At gamma 0.99 it costs 64 [50, 77]. The table has the intervals."
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
    "surely less": {
        "question": "Both, against a whole agent: which of them scores surely less over training, over 128 seeds?",
        "choices": ["neither", "the target in train mode only", "the doubled row only", "both"],
        "answer": "both",
        "because": "the doubled row by 158 steps [144, 173], and the target in train mode by 45 [27, 62].",
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
        "question": "The ceiling is 100. How high does the highest value climb without a target network (median seed)?",
        "between": (0, 600, 10),
        "because": "far past the ceiling. With a target network it is: {others}.",
    },
    "slow targets": {
        "question": "After 4,000 steps, where do agents with a slow target network (hard, 100; soft, 0.01) stand?",
        "choices": ["above those without", "below those without", "no difference is shown"],
        "answer": "below those without",
        "because": (
            "by 42 steps [9, 74] and by 77 [46, 107], and surely so: with values below their ceiling. The "
            "table has the quicker ones, too."
        ),
    },
    "with a target": {
        "question": "With a target network: which gradient does its online network get, beside a whole agent's?",
        "choices": ["another", "the same"],
        "because": "the gradient through the target ends in the target network's weights, and nobody moves those.",
    },
}
