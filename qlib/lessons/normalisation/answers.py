"""What explains the answers of lesson 11, by question: a cell that asks gives nothing away."""

from __future__ import annotations

from typing import Any

ANSWERS: dict[str, dict[str, Any]] = {
    "What do the four numbers of an observation become?": {
        "because": "they are {scaled}. Two of the four ranges are infinite, and ∞ / ∞ is nan."
    },
    "Which of the three still looks like a proper number?": {
        "because": "the values are {values} and the loss is {loss}, but argmax gives {action} all the same."
    },
    "Divided by the declared ranges, do the four inputs become more alike, under random play?": {
        "because": "now the widest spreads {unlike:.0f} times as far as the narrowest, for the cart hardly moves while "
        "a random policy plays."
    },
    "The new network, just trained on, gets one single state. What comes?": {
        "because": "{error}. One number is its own mean, so what is left of it is 0, whatever the state. PyTorch "
        "refuses: each unit has only one number to average."
    },
    "Which networks give that state the same value in both batches?": {
        "because": "in train mode the value of a state depends on the company it keeps."
    },
    "At learning rate 0.003, ranges gain 70 steps over nothing. What does '0 to 1' gain?": {
        "because": "with its interval {gain:+.0f}. The very same ranges do harm as 0 … 1. We come back to why."
    },
    "At learning rate 0.0003, ranges gain 67 over nothing. What does 'running' gain?": {
        "because": "with its interval {gain:+.0f}, while batch norm gains {normed:+.0f}. At the large rate no order "
        "among the three was shown."
    },
    "Divided by a quarter of the declared ranges, inputs leave −1 … 1. What do these agents score?": {
        "because": "against nothing that is {gain:+.0f}. Ranges four times too wide give {wide:+.0f}: if most of a "
        "range is never reached, all inputs huddle near 0."
    },
    "Which of the three scores highest?": {
        "because": "it gains {more:+.0f} over all by one number. The position alone does harm, {position:+.0f}. It is "
        "the angle's size beside the others that counts."
    },
    "Alike under random play gains 42 over nothing. What does alike where it learns gain?": {
        "because": "that is {more:+.0f} more. Inputs that are alike under random play are no longer alike where the "
        "agent learns."
    },
    "With the position in millimetres, what does batch norm score over the first 500 steps?": {
        "because": "a third of the usual. It stands behind the first linear layer, where the position has already "
        "drowned the rest."
    },
    "Halfway, at step 600, how far is the agent that scales twice below a whole one, over 128 seeds?": {
        "because": "nothing parts the two yet. At the end the difference is {end:+.0f}: it looks like forgetting."
    },
    "With batch norm the agent with the blank target learns nothing. Its loss ends": {
        "because": "{normed[1]:.2f} against {normed[0]:.2f} of a whole agent. With running statistics it ends larger, "
        "{running[1]:.0f} against {running[0]:.1f}. Alone, neither number says anything."
    },
}
