"""What explains the answers of lesson 11, by question: a cell that asks gives nothing away."""

from __future__ import annotations

from typing import Any

QUESTIONS: dict[str, dict[str, Any]] = {
    "declared bounds": {
        "question": "Scaled by these bounds, how many of an observation's four numbers come out between 0 and 1?",
        "choices": [4, 3, 2, 0],
        "because": (
            "they are {scaled}. Two of the four ranges are infinite, and ∞ / ∞ is nan: not a number. It is no "
            "error. NumPy warns once, and a program that silences warnings says nothing."
        ),
    },
    "most proper": {
        "question": "Which of the three still looks like a proper number?",
        "choices": ["all three", "none", "action", "loss", "values and action"],
        "because": "the values are {values} and the loss is {loss}, but argmax gives {action} all the same.",
    },
    "more alike": {
        "question": "Divided by the declared ranges, do the four inputs become more alike, under random play?",
        "choices": ["more alike", "as unlike as before", "less alike"],
        "because": (
            "now the widest spreads {unlike:.0f} times as far as the narrowest, for the cart hardly moves "
            "while a random policy plays."
        ),
    },
    "one state": {
        "question": "The new network, still as it was made, gets a batch of one state. What comes?",
        "choices": ["two values", "two values of 0", "an error"],
        "because": (
            "{error}. One number is its own mean, so what is left of it is 0, whatever the state. PyTorch "
            "refuses: each unit has only one number to average."
        ),
    },
    "same value": {
        "question": "Which networks give that state the same value in both batches?",
        "choices": ["plain", "plain and batch norm in train mode", "plain and batch norm in eval mode", "all three"],
        "because": (
            "in train mode the value of a state depends on the company it keeps, for there batch norm normalises with "
            "the batch at hand. In eval mode it uses statistics that it gathered before."
        ),
    },
    "0 to 1": {
        "question": "At learning rate 0.003, ranges gain 70 steps over nothing. What does '0 to 1' gain?",
        "between": (-60, 120, 5),
        "unit": "steps",
        "because": (
            "with its interval {gain:+.0f}. The very same ranges do harm as 0 … 1. Section 5 ends with which part of "
            "it does."
        ),
    },
    "small rate": {
        "question": "At learning rate 0.0003, ranges gain 67 over nothing. What does 'running' gain?",
        "between": (-60, 120, 5),
        "unit": "steps",
        "because": (
            "with its interval {gain:+.0f}, while batch norm gains {normed:+.0f}. At the large rate no order"
            " among the three was shown."
        ),
    },
    "outside": {
        "question": "Divided by a quarter of the declared ranges, inputs leave −1 … 1. What do these agents score?",
        "between": (0, 300, 5),
        "unit": "steps",
        "because": (
            "against nothing that is {gain:+.0f}. Ranges four times too wide give {wide:+.0f}: if most of a "
            "range is never reached, all inputs huddle near 0."
        ),
    },
    "one number": {
        "question": "Which of the three scores highest?",
        "choices": ["all by one number", "angle alone", "position alone"],
        "because": (
            "it gains {more:+.0f} over all by one number. The position alone does harm, {position:+.0f}. It "
            "is the angle's size beside the others that counts."
        ),
    },
    "where it learns": {
        "question": "Alike under random play gains 42 over nothing. What does alike where it learns gain?",
        "between": (0, 150, 5),
        "unit": "steps",
        "because": (
            "that is {more:+.0f} more. Inputs that are alike under random play are no longer alike where the"
            " agent learns."
        ),
    },
    "own rates": {
        "question": (
            "With each at its own best rate: how many of x 0.25, angle alone and alike where it learns are shown to be "
            "above x 1, on held-out seeds?"
        ),
        "choices": [0, 1, 2, 3],
        "because": (
            "at 0.003 two of the three lay above it. And x 4 is {wide:+.0f} against nothing, each at its own rate."
        ),
    },
    "millimetres": {
        "question": "With the position in millimetres, what does batch norm score over the first 500 steps?",
        "between": (0, 150, 5),
        "unit": "steps",
        "because": (
            "a third of the usual. It stands after the first linear layer, where the position has already "
            "drowned the rest."
        ),
    },
    "halfway": {
        "question": "Halfway, at step 600, how far is the agent that scales twice below a whole one, over 128 seeds?",
        "between": (-60, 150, 5),
        "unit": "steps",
        "because": (
            "with its interval {halfway:.0f}: open, which is not the same as equal. At the end it is {end:.0f} below, "
            "and looks like forgetting."
        ),
    },
    "blank target": {
        "question": "With batch norm the agent with the blank target learns nothing. How does its loss end?",
        "choices": ["smaller than a whole agent's", "about as large", "larger than a whole agent's"],
        "because": (
            "{normed[1]:.2f} against {normed[0]:.2f} of a whole agent. In two agents that we looked at, the blank "
            "target said nearly the same of every state, and that is easy to fit. With running statistics the values "
            "stood too high, and the loss ends larger, {running[1]:.0f} against {running[0]:.1f}. Alone, neither loss "
            "says anything."
        ),
    },
}
